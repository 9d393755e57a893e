"""The electrode board and a clinical hand: the verbs over a pseudo-terminal, and the real guard."""

from __future__ import annotations

import re
import select
import signal
import tomllib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from innervate.core.child import Child
from innervate.core.clock import now, sleep
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbLost, ProfileError
from innervate.core.profile import Profile
from innervate.firmware_bridge.devices import limb_model, open_part, part_model
from innervate.firmware_bridge.settings import GaitSettings, GuardSettings, JointSettings, PartSettings
from innervate.firmware_bridge.virtual_electrode.codec import Fault
from innervate.firmware_bridge.virtual_electrode.device import FEWER_OUTPUTS, VirtualElectrode
from innervate.firmware_bridge.virtual_electrode.levels import HANDS
from innervate.sim.electrode_board import ClinicalHand, ElectrodeFirmware
from innervate.sim.wire import PseudoTerminal

from ..waiting import until
from .rig import Loop, Rig, guarded

pytestmark = pytest.mark.real_time

BEBIONIC = HANDS["bebionic"]
ELBOW = PartSettings("moteus", "p", joints=(JointSettings("elbow"),))
CLOSE, OPEN = (1e6,), (-1e6,)
BEAT_S = 0.01
ROOT = Path(__file__).parents[2]
SLOW_MACHINE = 3.0


def part(port: str, **options: str) -> PartSettings:
    return PartSettings("virtual-electrode", port, options=tuple({"hand": "bebionic", **options}.items()))


class Bench:
    """The driver and a board on one cable, on a clock of our own."""

    def __init__(self, outputs: int = 2, **options: str) -> None:
        self.cable = PseudoTerminal()
        opened = open_part(part(self.cable.port, **options))
        assert isinstance(opened, VirtualElectrode)
        self.limb = opened
        self.board = ElectrodeFirmware(ClinicalHand(), outputs)
        self.t_s, self.deg = 0.0, 0.0
        self.board.advance(0.0)

    def beat(self, rate: float | None = None) -> LimbState:
        """One heartbeat: a frame out, the board moves on, its status back. No rate: only ask."""
        self.t_s += BEAT_S
        if rate is None:
            assert self.limb.ask()
        else:
            self.deg += rate * BEAT_S
            assert self.limb.hold(Setpoint((self.deg,), (rate,)))
        assert select.select([self.cable.fd], [], [], 2.0)[0]
        answer = b""
        while not answer:
            answer = self.board.receive(self.cable.read(), self.t_s)
        self.board.advance(self.t_s)
        self.cable.write(answer)
        said = None
        while said is None:
            select.select([self.limb.fileno()], [], [], 2.0)
            said = self.limb.poll(self.t_s)
        return said

    def run(self, seconds: float, rate: float) -> LimbState:
        for _ in range(round(seconds / BEAT_S)):
            said = self.beat(rate)
        return said

    def pause(self, seconds: float) -> None:
        for _ in range(round(seconds / BEAT_S)):
            self.t_s += BEAT_S
            self.board.advance(self.t_s)


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(outputs: int = 2, **options: str) -> Bench:
        made.append(Bench(outputs, **options))
        return made[-1]

    yield make
    for each in made:
        each.limb.close()
        each.cable.close()


def test_asking_puts_both_at_rest_and_says_where_it_was_asked_to_be(bench: Callable[..., Bench]) -> None:
    b = bench(rest_v="0.2")
    before = b.board.hand.percent
    said = b.beat()
    assert said.position_deg == (0.0,)
    assert said.fault == 0
    b.run(0.5, 0.0)
    assert b.board.level_v == pytest.approx([0.2, 0.2], abs=1e-3)
    assert b.board.hand.percent == before


def test_full_rate_closes_and_opens_at_full_speed(bench: Callable[..., Bench]) -> None:
    b = bench()
    b.beat()
    said = b.run(0.5, 150.0)
    assert b.board.level_v == pytest.approx([0.0, 5.0], abs=1e-3)
    assert said.position_deg == (b.deg,)
    assert b.deg == pytest.approx(75.0)
    closed = b.board.hand.percent
    assert closed > 20.0 + 120.0 * 0.3
    b.run(0.5, -150.0)
    assert b.board.level_v == pytest.approx([5.0, 0.0], abs=1e-3)
    assert b.board.hand.percent < closed - 30.0
    b.beat(0.0)
    assert b.board.target_v == [0.0, 0.0]
    assert b.board.level_v == [0.0, 0.0]  # falls at once


@pytest.mark.parametrize(("rate", "share"), [(30.0, 0.2), (75.0, 0.5), (300.0, 1.0)])
def test_a_slower_rate_is_a_lower_level(bench: Callable[..., Bench], rate: float, share: float) -> None:
    b = bench()
    b.run(0.3, rate)
    expected = BEBIONIC.threshold_v + share * (BEBIONIC.max_v - BEBIONIC.threshold_v)
    assert b.board.level_v[1] == pytest.approx(expected, abs=1e-3)


def test_a_level_rises_no_faster_than_the_slew(bench: Callable[..., Bench]) -> None:
    b = bench(slew_v_s="20")
    b.beat()
    levels = []
    for _ in range(30):
        b.beat(150.0)
        levels.append(b.board.level_v[1])
    assert max(y - x for x, y in pairwise(levels)) == pytest.approx(0.2, abs=0.021)
    assert levels[-1] == pytest.approx(5.0, abs=1e-3)


def test_never_both_at_once(bench: Callable[..., Bench]) -> None:
    b = bench()
    for rate in (150.0, -150.0, 20.0, -20.0, 150.0, -5.0) * 5:
        b.beat(rate)
        assert min(b.board.target_v) == 0.0
        assert min(b.board.level_v) == 0.0
    assert b.board.hand.co_contractions == 0


def test_the_board_rests_by_itself_and_goes_on(bench: Callable[..., Bench]) -> None:
    b = bench()
    b.run(0.3, 150.0)
    b.pause(0.09)
    assert b.board.level_v[1] > 4.0
    b.pause(0.03)
    assert b.board.level_v == [0.0, 0.0]
    assert b.board.trips == 1
    b.pause(0.5)
    assert b.board.trips == 1
    said = b.beat(150.0)
    assert said.fault == 0
    assert b.board.target_v[1] > 4.0


def test_channels_may_be_crossed_or_unused(bench: Callable[..., Bench]) -> None:
    b = bench(3, channels="close,unused,open", rest_v="0.3")
    b.run(0.3, 150.0)
    assert b.board.level_v == pytest.approx([5.0, 0.0, 0.3], abs=1e-3)
    b.run(0.3, -150.0)
    assert b.board.level_v == pytest.approx([0.3, 0.0, 5.0], abs=1e-3)


def test_a_board_of_other_outputs_is_a_fault(bench: Callable[..., Bench]) -> None:
    b = bench(4)
    said = b.beat(150.0)
    assert said.fault == FEWER_OUTPUTS
    assert b.board.target_v == [0.0] * 4


def test_what_is_wrong_with_the_board_is_said(bench: Callable[..., Bench]) -> None:
    b = bench()
    b.board.supply_v = 4.2
    assert b.beat(0.0).fault == Fault.SUPPLY
    b.board.fault = Fault.CONVERTER
    assert b.beat(0.0).fault == Fault.SUPPLY | Fault.CONVERTER
    b.board.supply_v, b.board.fault = 5.0, Fault(0)
    assert b.beat(0.0).fault == 0
    assert b.limb.status is not None
    assert b.limb.status.supply_v == 5.0


def test_damage_and_foreign_frames_are_counted(bench: Callable[..., Bench]) -> None:
    b = bench()
    b.cable.write(b"\x05hello\0" + b"\x01\x02\x03\0")
    b.beat()
    assert b.limb.frames_bad == 2
    assert (b.limb.frames_sent, b.limb.frames_acked) == (1, 1)


def test_a_pulled_cable_is_a_lost_limb() -> None:
    cable = PseudoTerminal()
    limb = open_part(part(cable.port))
    cable.close()
    with pytest.raises(LimbLost, match="unplugged"):
        limb.hold(Setpoint((0.0,), (0.0,)))
    limb.close()


def test_leaving_rests_at_once(bench: Callable[..., Bench]) -> None:
    b = bench()
    b.run(0.2, 150.0)
    b.limb.leave()
    assert select.select([b.cable.fd], [], [], 2.0)[0]
    b.board.receive(b.cable.read(), b.t_s + 0.001)
    b.board.advance(b.t_s + 0.01)
    assert b.board.level_v == [0.0, 0.0]
    assert b.board.trips == 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"hand": "hook"}, "allowed: bebionic, taska, ability-hand"),
        ({"threshold_v": "5.5"}, "threshold_v = 5.5"),
        ({"rest_v": "2"}, "each must be above the one before"),
        ({"rest_v": "-1"}, "allowed 0 to 5"),
        ({"max_v": "5.2"}, "allowed 0 to 5"),
        ({"slew_v_s": "0"}, "slew_v_s = 0: allowed 5 to 5000"),
        ({"full_rate": "1"}, "full_rate = 1: allowed 10 to 400"),
        ({"channels": "open"}, "open and close once each"),
        ({"channels": "open,close,open"}, "open and close once each"),
        ({"channels": "open,close,wrist"}, "and unused"),
        ({"levels": "1"}, "no such option"),
        ({"grip_change": "wink"}, "allowed: none, co-contraction"),
        ({"grip_change": "co-contraction", "slew_v_s": "20"}, "slew_v_s = 20: grip_change wants 21 or more"),
    ],
)
def test_settings_that_are_refused(options: dict[str, str], named: str) -> None:
    with pytest.raises(ProfileError, match=named):
        open_part(part("unused", **options))


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"range_deg": ((0.0, 100.0),)}, "safety.range_deg of hand = 0 to 100"),
        ({"grips": ("power", "pinch")}, "grips = power, pinch"),
        ({"max_grip_n": 5.0}, "safety.max_grip_n = 5"),
        ({"neutral_deg": -3.0}, "safety.neutral_deg = -3"),
        ({"gait": GaitSettings(port="/dev/x", body_weight_kg=80.0)}, "safety.gait.port = '/dev/x'"),
    ],
)
def test_settings_that_mean_nothing_here_are_refused(more: dict[str, Any], named: str) -> None:
    with pytest.raises(ProfileError, match=named):
        limb_model(GuardSettings((part("p"),), "r", **more))


def test_an_elbow_beside_it_may_have_a_range() -> None:
    ranges = ((-1e9, 1e9), (10.0, 90.0))
    model = limb_model(GuardSettings((part("p"), ELBOW), "r", range_deg=ranges))
    assert (model.joints[1].least_deg, model.joints[1].most_deg) == (10.0, 90.0)
    with pytest.raises(ProfileError, match="nobody knows where it is"):
        limb_model(GuardSettings((part("p"), ELBOW), "r", range_deg=((0.0, 100.0), (10.0, 90.0))))


def test_a_release_opens_wherever_it_is() -> None:
    """Nobody knows where such a hand is, so its release is not a place: it opens while the release lasts."""
    model = limb_model(GuardSettings((part("p"),), "r"))
    assert model.release_deg[0] <= -1e6
    assert model.device_watchdog_s == 0.1


def test_the_profile_in_the_how_to_is_one() -> None:
    page = (ROOT / "docs/limbs/virtual-electrode.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    limb = Profile.model_validate(tomllib.loads(example)).limb
    cable = PseudoTerminal()
    given = PartSettings(limb.device, cable.port, limb.baud, (), limb.option_texts)
    assert part_model(given).joint_names == ("hand",)
    open_part(given).close()
    cable.close()


# -- the real guard -----------------------------------------------------------------------------------------


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Rig]:
    link = tmp_path / "port"
    args = ("--ring", str(tmp_path / "limb.ring"), "--link", str(link))
    with Child("innervate.sim.electrode_board", *args, log_path=tmp_path / "limb.log") as limb:
        limb.wait_ready(10.0)
        with guarded(tmp_path, limb, part(str(link))) as found:
            yield found


def levels(hand: Rig) -> list[float]:
    return list(hand.body()["level_v"])


def test_rests_until_armed_then_closes_opens_and_stops(hand: Rig) -> None:
    first = hand.position()
    loop = Loop(hand.run)
    loop.go(0.1, rate=60.0, target=CLOSE)
    assert hand.position() == first
    assert levels(hand) == [0.0, 0.0]
    hand.moving(loop, CLOSE, 0.25)
    closed = hand.position()[0]
    assert closed > first[0] + 3.0
    # 60 % a second of 150: two fifths of the way from threshold to greatest.
    assert levels(hand)[1] == pytest.approx(BEBIONIC.at(0.4), abs=0.01)
    loop.go(0.3, rate=60.0, target=OPEN)
    assert levels(hand)[1] == 0.0
    assert levels(hand)[0] > 1.4
    assert hand.position()[0] < closed - 3.0
    hand.ask("stop")
    until(lambda: levels(hand) == [0.0, 0.0], 1.0)
    loop.port.close()


def test_a_killed_guard_leaves_both_at_rest(hand: Rig) -> None:
    loop = Loop(hand.run)
    hand.moving(loop, CLOSE, 0.25)
    assert levels(hand)[1] > 1.4
    t_killed_s = now()
    hand.guard.signal(signal.SIGKILL)
    body = until(lambda: hand.body() if hand.body()["trips"] else None, 3.0)
    assert list(body["level_v"]) == [0.0, 0.0]
    assert body["t_watchdog_s"] - t_killed_s < 0.15 * SLOW_MACHINE
    # By the board's own clock, whatever this machine did meanwhile.
    assert 0.100 <= body["t_watchdog_s"] - body["t_set_s"] < 0.103
    held = hand.position()
    sleep(0.2)
    assert hand.position() == held
    loop.port.close()


def test_a_killed_loop_stops_it(hand: Rig) -> None:
    loop = Loop(hand.run)
    hand.moving(loop, CLOSE, 0.25)
    loop.port.close()
    until(lambda: hand.state() == ("FAULT", "LOOP_LOST"), 2.0)
    until(lambda: levels(hand) == [0.0, 0.0], 1.0)
    assert hand.body()["trips"] == 0


def test_a_release_opens_it_without_a_loop(hand: Rig) -> None:
    before = hand.position()[0]
    hand.ask("release")
    until(lambda: hand.position()[0] < before - 5.0, 3.0)
    hand.ask("stop")
    until(lambda: levels(hand) == [0.0, 0.0], 1.0)


def test_a_clean_end_rests(hand: Rig) -> None:
    loop = Loop(hand.run)
    hand.moving(loop, CLOSE, 0.25)
    hand.guard.signal(signal.SIGTERM)
    until(lambda: not hand.guard.running, 3.0)
    assert hand.guard.exit_code == 0
    until(lambda: levels(hand) == [0.0, 0.0], 1.0)
    loop.port.close()
