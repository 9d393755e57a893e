"""A gait board on a port: heard, pulled, plugged in again; its clock; and what people write in a profile."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.app.run import guard_settings
from innervate.core.clock import now
from innervate.core.errors import LimbBusy, LimbNotFound, ProfileError
from innervate.core.profile import load_profile
from innervate.core.state import Reason
from innervate.firmware_bridge.devices import limb_model
from innervate.firmware_bridge.gait import BoardClock, GaitBoard, GaitWire
from innervate.firmware_bridge.gait_codec import load_message, shank_message
from innervate.firmware_bridge.link import Message, encode
from innervate.firmware_bridge.phase import GRAVITY_M_S2, LegPhase, check
from innervate.firmware_bridge.settings import GaitSettings
from innervate.sim.wire import PseudoTerminal

from ..waiting import until
from .gait_bench import GAIT, WEIGHT_KG

WEIGHT_N = WEIGHT_KG * GRAVITY_M_S2
ROOT = Path(__file__).parents[2]


class Cable:
    """A board of ours at the other end, which says what the test says."""

    def __init__(self, folder: Path) -> None:
        self.cable = PseudoTerminal(folder / "gait")
        self.settings = GaitSettings(port=self.cable.port, body_weight_kg=WEIGHT_KG)
        self.board = GaitBoard(self.settings)
        self.seq = 0

    def say(self, load_n: float) -> None:
        self.seq += 1
        us = round(now() * 1e6)
        self.cable.write(encode(load_message(self.seq, us, load_n + 0.01 * (self.seq % 7))))
        self.cable.write(encode(shank_message(self.seq, us, 30.0 + 0.1 * (self.seq % 7), 0.0)))

    def hears(self, reason: Reason, load_n: float | None) -> None:
        """Says it, every few milliseconds, until the board's reader thinks so."""

        def once() -> bool:
            if load_n is not None:
                self.say(load_n)
            self.board.listen(now())
            return self.board.closed(now()) is reason

        until(once, every_s=0.004)


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Cable]:
    found = Cable(tmp_path)
    yield found
    found.board.close()
    found.cable.close()


def test_weight_swing_and_silence_on_a_real_port(wired: Cable) -> None:
    assert wired.board.closed(now()) is Reason.LOAD_UNKNOWN
    wired.hears(Reason.LOADED, 0.6 * WEIGHT_N)
    wired.hears(Reason.NONE, 0.0)
    assert wired.board.unloaded_s(now()) > 0.0
    wired.hears(Reason.LOAD_UNKNOWN, None)
    assert wired.board.unloaded_s(now()) == 0.0
    assert wired.board.wire.bad == wired.board.wire.repeated == wired.board.wire.lost == 0


def test_pulled_it_knows_nothing_and_plugged_in_again_it_is_found(wired: Cable) -> None:
    wired.hears(Reason.LOADED, 0.6 * WEIGHT_N)
    wired.cable.unplug()
    wired.hears(Reason.LOAD_UNKNOWN, None)
    took_s = []
    for _ in range(200):
        before_s = now()
        wired.board.listen(before_s)
        took_s.append(now() - before_s)
    assert sorted(took_s)[190] < 0.002  # nothing waits; one that is late was not scheduled
    wired.cable.plug()
    wired.hears(Reason.LOADED, 0.6 * WEIGHT_N)
    assert wired.board.reconnects == 1
    assert not wired.board.seated


def test_a_board_that_is_not_there_is_named_and_so_is_its_setting(tmp_path: Path) -> None:
    missing = GaitSettings(port=str(tmp_path / "none"), body_weight_kg=80.0)
    with pytest.raises(LimbNotFound, match=r"gait board: .*none: no such port \(.*safety\.gait\.port"):
        GaitBoard(missing)


def test_a_board_that_somebody_else_reads_is_busy(wired: Cable) -> None:
    with pytest.raises(LimbBusy, match="gait board"):
        GaitBoard(wired.settings)


def test_without_the_patients_weight_no_port_is_opened(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match=r"safety\.gait\.body_weight_kg = 0"):
        GaitBoard(GaitSettings(port=str(tmp_path / "none")))


# -- the wire, without a port -----------------------------------------------------------------------------


@given(st.lists(st.one_of(st.binary(max_size=40), st.integers(0, 3)), max_size=30), st.randoms())
def test_no_bytes_make_it_raise_or_open(pieces: list[bytes | int], rng: random.Random) -> None:
    phase = LegPhase(GAIT)
    wire = GaitWire(phase)
    t_s = 10.0
    for k, piece in enumerate(pieces):
        t_s += rng.choice([0.0, 0.004, 0.1])
        data = piece if isinstance(piece, bytes) else encode(Message(piece, k, bytes(8 + 4 * (piece == 2))))
        wire.take(data, t_s)
        phase.look(t_s)
        assert phase.closed(t_s) is Reason.LOAD_UNKNOWN  # it has never shown weight
        assert phase.unloaded_s(t_s) == 0.0


def test_frames_that_come_twice_or_never_are_counted_and_other_boards_frames_are_not_heard() -> None:
    wire = GaitWire(LegPhase(GAIT))
    for seq in (1, 2, 2, 2, 5):
        wire.take(encode(load_message(seq, 4000 * seq, 1.0)), 10.0 + 0.004 * seq)
    wire.take(encode(Message(9, 1, b"x")) + b"\1\2\3\0", 10.1)
    assert (wire.repeated, wire.lost, wire.foreign, wire.bad) == (2, 2, 1, 2)


def test_a_backlog_is_dated_as_old_as_it_is() -> None:
    """The guard was held up for a second: what waited meanwhile is not news, what comes then is."""
    clock = BoardClock()
    for k in range(100):
        assert clock.dated(4000 * k, 10.0 + 0.004 * k) == pytest.approx(10.0 + 0.004 * k, abs=1e-6)
    for k in range(100, 350):
        assert clock.dated(4000 * k, 11.4) == pytest.approx(10.0 + 0.004 * k, abs=1e-3)


@pytest.mark.parametrize("ppm", [-100, 100])
def test_an_hour_of_drift_and_a_wrap_make_no_sample_old(ppm: int) -> None:
    clock, worst_s = BoardClock(), 0.0
    for k in range(90_000):
        t_s = 0.05 * k
        board_us = int(t_s * (1e6 + ppm)) + 2**32 - 1_000_000
        dated_s = clock.dated(board_us % 2**32, t_s)
        assert dated_s is not None
        worst_s = max(worst_s, t_s - dated_s)
    assert worst_s < 0.001


def test_jitter_of_a_usb_adapter_is_taken_off() -> None:
    clock, rng = BoardClock(), random.Random(3)
    errors = []
    for k in range(1000):
        dated_s = clock.dated(4000 * k, 10.0 + 0.004 * k + rng.uniform(0.001, 0.016))
        assert dated_s is not None
        errors.append(abs(dated_s - 10.001 - 0.004 * k))
    assert max(errors[200:]) < 0.002


def test_a_clock_that_begins_anew_is_noticed_and_streams_may_overtake() -> None:
    clock = BoardClock()
    assert clock.dated(1_000_000, 10.0) == 10.0
    assert clock.dated(1_004_000, 10.004) == pytest.approx(10.004)
    assert clock.dated(1_003_000, 10.004) == pytest.approx(10.003, abs=1e-5)
    assert clock.dated(0, 10.008) is None
    assert clock.dated(4_000, 10.012) == pytest.approx(10.012)
    assert clock.dated(9_000_000, 10.016) is None


# -- what people write ------------------------------------------------------------------------------------


def test_the_profile_in_the_how_to_is_one(tmp_path: Path) -> None:
    page = (ROOT / "docs/limbs/gait-board.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "profile.toml"
    path.write_text(example)
    settings = guard_settings(load_profile(path), tmp_path)
    check(settings.gait)
    model = limb_model(settings)
    assert model.leg
    assert model.joint_names == ("ankle",)
    assert model.release_deg == (settings.neutral_deg,)
