"""The Inspire driver against the virtual hand: on a bench with its own clock, and behind a real guard."""

from __future__ import annotations

import math
import select
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.child import Child
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbLost, ProfileError
from innervate.core.state import Reason
from innervate.firmware_bridge.devices import part_model
from innervate.firmware_bridge.inspire.codec import (
    TO_HAND,
    Ack,
    Data,
    ErrorBit,
    Frames,
    Read,
    Register,
    Reply,
    Request,
    Status,
    Write,
    closed_percent,
    decode,
    encode_reply,
    pack_six,
)
from innervate.firmware_bridge.inspire.device import (
    ANSWER_S,
    FAULT_STATUS,
    InspireHand,
    Options,
    open_limb,
)
from innervate.firmware_bridge.settings import PartSettings
from innervate.sim.inspire_hand import InspireFirmware
from innervate.sim.wire import PseudoTerminal
from rh56_sdk import RH56Driver

from ..waiting import until
from .rig import Loop, Rig, rig

BAUD = 115_200
CLOSED = (90.0,) * 6
REST = (0.0,) * 6


def at(*percent: float, rate: float = 0.0) -> Setpoint:
    position = percent * 6 if len(percent) == 1 else percent
    return Setpoint(position, (rate,) * 6)


class Bench:
    """Driver and virtual hand on one cable, on a clock of their own; each byte takes its time."""

    def __init__(
        self, delay_s: float = 0.0002, object_percent: float | None = None, force_g: int = 500
    ) -> None:
        self.cable = PseudoTerminal()
        self.limb = InspireHand(self.cable.port, BAUD, Options(force_g=force_g))
        self.hand = InspireFirmware(object_percent=object_percent)
        self.delay_s = delay_s
        self.t_s = 100.0
        self.talks = True
        self.asked: list[tuple[float, Request]] = []
        self.said: list[LimbState] = []
        self._beat_s = self.t_s
        self._frames = Frames(TO_HAND)
        self._answer_s = math.inf
        self._seen = 0

    def run(self, seconds: float, hold: Callable[[float], Setpoint] | None = None) -> None:
        """A heartbeat every 10 ms: `hold`, or only a question."""
        end_s = self.t_s + seconds
        while min(self._beat_s, self._answer_s) < end_s:
            self.t_s = min(self._beat_s, self._answer_s)
            self.hand.advance(self.t_s)
            if self.t_s >= self._answer_s:
                self._answer()
            said = self.limb.poll(self.t_s)
            self._pump()
            if said is not None:
                self.said.append(said)
            if self.t_s >= self._beat_s:
                self._beat_s += 0.01
                if hold is None:
                    self.limb.ask()
                else:
                    self.limb.hold(hold(self.t_s))
                self._pump()
        self.t_s = end_s

    def _pump(self) -> None:
        """What the driver has just asked."""
        while self.limb.frames_sent > self._seen:
            assert select.select([self.cable.fd], [], [], 5.0)[0]
            for frame in self._frames.push(self.cable.read()):
                self._seen += 1
                request = decode(frame)
                assert request is not None
                assert self._answer_s == math.inf, "two questions on a bus of two wires"
                self.asked.append((self.t_s, request))
                bytes_s = request.bytes_both_ways * 10 / BAUD
                self._answer_s = self.t_s + bytes_s + self.delay_s if self.talks else math.inf
                self._request = request

    def _answer(self) -> None:
        self._answer_s = math.inf
        self.cable.write(encode_reply_of(self.hand, self._request, self.t_s))
        assert select.select([self.limb.fileno()], [], [], 5.0)[0]

    def times(self, register: int) -> list[float]:
        return [t_s for t_s, request in self.asked if request.address == register]

    def ready(self) -> LimbState:
        self.run(0.1)
        return self.said[-1]


def encode_reply_of(hand: InspireFirmware, request: Request, t_s: float) -> bytes:
    return hand._answer(request, t_s)


@pytest.fixture
def bench() -> Iterator[Bench]:
    found = Bench()
    yield found
    found.limb.close()
    found.cable.close()


# -- on the bench -------------------------------------------------------------------------------------------


def test_asking_moves_nothing_and_tells_all(bench: Bench) -> None:
    before = list(bench.hand.position)
    said = bench.ready()
    assert all(isinstance(request, Read) for _, request in bench.asked)
    assert bench.hand.position == before
    assert said.position_deg == pytest.approx([closed_percent(round(raw)) for raw in before])
    assert said.temperature_c == (30.0,) * 6
    assert said.force_n == (0.0,) * 6
    assert said.limiting == (False,) * 6
    assert said.fault == 0


def test_a_far_target_of_somebody_else_is_taken_back_before_the_hand_is_made_quicker(bench: Bench) -> None:
    bench.hand.target = [0] * 6
    bench.hand.put(Register.SPEED_SET, b"\x14\x00" * 6)
    said = bench.ready()
    bench.run(0.15, lambda _: at(*said.position_deg))
    writes = [request.address for _, request in bench.asked if isinstance(request, Write)]
    assert writes[0] == Register.ANGLE_SET
    assert writes.index(Register.ANGLE_SET) < writes.index(Register.FORCE_SET)
    assert bench.hand.target == pytest.approx([1000 - 10 * deg for deg in said.position_deg], abs=1)
    assert bench.hand.six(Register.FORCE_SET) == (500,) * 6
    assert bench.hand.six(Register.SPEED_SET) == (200,) * 6


def test_the_hand_follows_the_set_point_and_its_speed(bench: Bench) -> None:
    start = bench.ready().position_deg
    t0 = bench.t_s
    bench.run(0.2, lambda _: at(*start))

    def ramp(t_s: float) -> Setpoint:
        return Setpoint(tuple(deg + 60.0 * max(t_s - t0 - 0.2, 0.0) for deg in start), (60.0,) * 6)

    bench.run(0.8, ramp)
    wanted = ramp(bench.t_s).position_deg
    # 66 ms of the hand itself, a heartbeat or two of ours: at 60 percent a second about 6 percent.
    lag = [a - b for a, b in zip(wanted, bench.said[-1].position_deg, strict=True)]
    assert all(0.0 < percent < 7.0 for percent in lag)
    assert bench.hand.six(Register.SPEED_SET) == (600,) * 6  # 75 percent a second
    bench.run(0.3, lambda _: at(*wanted))
    assert bench.said[-1].position_deg == pytest.approx(wanted, abs=0.06)


@pytest.mark.parametrize(
    ("delay_s", "sets_s", "reads_s"), [(0.0002, 0.0101, 0.041), (0.0012, 0.016, 0.09), (0.0035, 0.021, 0.10)]
)
def test_a_heartbeat_is_never_overrun(delay_s: float, sets_s: float, reads_s: float) -> None:
    """A quick hand, one behind a USB adapter, and one as slow as a third party measured (6 ms a question)."""
    bench = Bench(delay_s)
    said = bench.ready()
    bench.asked.clear()
    start_s = bench.t_s
    bench.run(1.0, lambda t_s: at(*said.position_deg, rate=30.0 + 60.0 * (t_s > start_s + 0.5)))
    for register, most_s in (
        (Register.ANGLE_SET, sets_s),
        (Register.ANGLE_ACT, sets_s),
        (Register.FORCE_ACT, reads_s),
        (Register.ERROR, reads_s),
    ):
        times = bench.times(register)
        gaps = [b - a for a, b in pairwise(times)]
        assert max(gaps) < most_s, register
    assert bench.limb.unanswered == 0
    assert bench.hand.at_once == 0
    bench.limb.close()
    bench.cable.close()


def test_a_hand_slower_than_a_heartbeat_is_known_to_be_asked() -> None:
    """The guard seats its set-point on the answer to a question of which it knows that it was put."""
    bench = Bench(delay_s=0.0162)
    put: list[bool] = []
    ask = bench.limb.ask

    def noted() -> bool:
        put.append(ask())
        return put[-1]

    bench.limb.ask = noted  # type: ignore[method-assign]
    bench.run(0.3)
    said = bench.said[-1]
    assert 4 <= sum(put) <= 12
    bench.run(0.2, lambda _: at(*said.position_deg))
    assert bench.hand.targets >= 3
    assert bench.limb.unanswered == 0
    bench.limb.close()
    bench.cable.close()


def test_lost_answers_stop_nothing_and_only_the_newest_set_point_goes_out(bench: Bench) -> None:
    said = bench.ready()
    bench.run(0.2, lambda _: at(*said.position_deg))
    bench.talks = False
    bench.asked.clear()
    start_s = bench.t_s
    bench.run(0.3, lambda t_s: at(20.0 + 10.0 * (t_s - start_s)))
    times = [t_s for t_s, _ in bench.asked]
    assert all(b - a > ANSWER_S for a, b in pairwise(times[1:]))
    assert 5 <= bench.limb.unanswered <= 10
    bench.talks = True
    bench.asked.clear()
    bench.run(0.2, lambda _: at(24.0))
    sets = [request for _, request in bench.asked if request.address == Register.ANGLE_SET]
    assert len(sets) > 10
    assert bench.hand.target == [760] * 6
    # It may have been switched off meanwhile: what it must know is told again.
    assert {Register.FORCE_SET, Register.SPEED_SET} <= {request.address for _, request in bench.asked}


@settings(max_examples=12)
@given(
    st.lists(st.tuples(st.floats(0.01, 0.12), st.booleans(), st.booleans()), min_size=1, max_size=6),
    st.floats(0.0, 0.02),
)
def test_whatever_is_lost_one_question_at_a_time_and_in_the_end_the_newest_set_point(
    spells: list[tuple[float, bool, bool]], delay_s: float
) -> None:
    bench = Bench(delay_s)
    bench.run(0.3)
    for number, (seconds, talks, holds) in enumerate(spells):
        bench.talks = talks
        bench.run(seconds, (lambda _, n=number: at(30.0 + n)) if holds else None)  # type: ignore[misc]
    bench.talks = True
    bench.run(0.2)  # as the guard does after a silence
    bench.asked.clear()
    bench.run(0.4, lambda _: at(50.0, rate=10.0))
    assert bench.hand.six(Register.ANGLE_SET) == (500,) * 6
    assert {request.data for _, request in bench.asked if request.address == Register.ANGLE_SET} == {  # type: ignore[union-attr]
        pack_six((500,) * 6)
    }
    assert bench.hand.six(Register.FORCE_SET) == (500,) * 6
    bench.limb.close()
    bench.cable.close()


def test_a_damaged_answer_costs_itself_alone(bench: Bench) -> None:
    bench.ready()
    bench.cable.write(b"\x90\xeb\x01\x20\x11" + b"\x90\xeb\x02\x04\x12\xce\x05\x01\xec")
    assert select.select([bench.limb.fileno()], [], [], 5.0)[0]
    bench.limb.poll(bench.t_s)
    bench.run(0.15)
    count = len(bench.said)
    bench.run(0.1)
    assert len(bench.said) >= count + 9
    assert bench.limb.frames_bad >= 1


def test_answers_to_other_questions_are_not_believed(bench: Bench) -> None:
    bench.ready()
    bench._beat_s = math.inf
    bench.run(0.1)  # all is answered
    assert bench.limb.frames_sent == bench.limb.frames_acked == len(bench.asked)
    bad = bench.limb.frames_bad

    def says(reply: Reply) -> LimbState | None:
        bench.cable.write(encode_reply(reply))
        assert select.select([bench.limb.fileno()], [], [], 5.0)[0]
        return bench.limb.poll(bench.t_s)

    assert says(Data(Register.ANGLE_ACT, bytes(12))) is None  # nobody asked
    assert bench.limb.ask()
    for wrong in (
        Data(Register.FORCE_ACT, bytes(12)),
        Data(Register.ANGLE_ACT, bytes(10)),
        Ack(Register.ANGLE_ACT, True),
    ):
        assert says(wrong) is None
    assert bench.limb.frames_bad == bad + 4
    said = says(Data(Register.ANGLE_ACT, b"\xf4\x01" * 6))
    assert said is not None
    assert said.position_deg == (50.0,) * 6


def test_angles_that_cannot_be_are_not_believed(bench: Bench) -> None:
    bench.ready()
    bench.hand.position = [3000.0] * 6
    bench.hand.advance = lambda t_s: None  # type: ignore[method-assign]
    count, bad = len(bench.said), bench.limb.frames_bad
    bench.run(0.1)
    assert len(bench.said) <= count + 1
    assert bench.limb.frames_bad > bad + 5


@pytest.mark.parametrize(
    ("error", "status", "fault", "limiting"),
    [
        (ErrorBit.TOO_HOT, Status.FAULT, ErrorBit.TOO_HOT, False),
        (ErrorBit.OVERCURRENT, Status.OVERCURRENT, ErrorBit.OVERCURRENT, True),
        (ErrorBit.MOTOR | ErrorBit.STALL, Status.FAULT, ErrorBit.MOTOR, True),
        (ErrorBit.COMMUNICATION, Status.FAULT, ErrorBit.COMMUNICATION, False),
        (0, Status.FAULT, FAULT_STATUS, False),
        (ErrorBit.STALL, Status.STALL, 0, True),
        (0, Status.FORCE_REACHED, 0, True),
        (0, Status.GRASPING, 0, False),
    ],
)
def test_what_is_a_fault_and_what_only_holds_back(
    bench: Bench, error: int, status: int, fault: int, limiting: bool
) -> None:
    bench.ready()
    bench.hand.error[2], bench.hand.status[2] = int(error), int(status)
    bench.hand._show = lambda: bench.hand.put(  # type: ignore[method-assign]
        Register.ERROR, bytes((*bench.hand.error, *bench.hand.status, *bench.hand.celsius))
    )
    bench.hand.advance = lambda t_s: None  # type: ignore[method-assign]
    bench.run(0.1)
    said = bench.said[-1]
    assert said.fault == fault
    assert said.limiting == (False, False, limiting, False, False, False)


def test_clear_clears_without_moving_and_is_known_within_fifty_milliseconds(bench: Bench) -> None:
    bench.ready()
    bench.limb.clear()
    bench.run(0.1)
    assert bench.hand.clears == 0  # nothing was latched
    bench.hand.error[0] = ErrorBit.TOO_HOT
    bench.run(0.1)
    assert bench.said[-1].fault
    targets = bench.hand.targets
    bench.limb.clear()
    bench.run(0.05)
    assert bench.said[-1].fault == 0
    assert (bench.hand.clears, bench.hand.targets) == (1, targets)


def test_a_clear_whose_answer_is_lost_is_put_again(bench: Bench) -> None:
    bench.ready()
    bench.hand.error[0] = ErrorBit.MOTOR
    bench.run(0.1)
    bench.talks = False
    bench.limb.clear()
    bench.run(0.1)
    assert bench.hand.clears == 0
    bench.talks = True
    bench.run(0.1)
    assert bench.hand.clears == 1
    assert bench.said[-1].fault == 0


def test_force_in_newton() -> None:
    bench = Bench(object_percent=40.0)
    bench.ready()
    bench.run(1.0, lambda _: at(45.0, rate=50.0))
    said = bench.said[-1]
    assert said.position_deg == pytest.approx((40.0,) * 6)
    assert said.force_n == pytest.approx((250 * 9.80665e-3,) * 6, rel=0.01)  # 50 steps, 5 g each
    bench.run(0.5, lambda _: at(52.0, rate=50.0))
    assert bench.said[-1].limiting == (True,) * 6
    bench.run(0.5, lambda _: at(30.0, rate=50.0))
    assert bench.said[-1].limiting == (False,) * 6
    bench.limb.close()
    bench.cable.close()


def test_leaving_holds_where_it_is(bench: Bench) -> None:
    said = bench.ready()
    bench.run(0.1, lambda _: at(60.0, rate=30.0))  # under way
    bench.run(0.05, lambda _: at(60.0))
    bench.limb.leave()
    bench._pump()
    request = bench.asked[-1][1]
    assert isinstance(request, Write)
    assert request.address == Register.ANGLE_SET
    bench._answer()
    bench.run(0.2)
    assert bench.said[-1].position_deg < (60.0,) * 6
    assert bench.said[-1].position_deg != said.position_deg


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_what_is_no_number_is_not_sent(bench: Bench, wrong: float) -> None:
    bench.ready()
    assert not bench.limb.hold(at(wrong))
    assert not bench.limb.hold(at(10.0, rate=wrong))
    bench.run(0.1)
    assert bench.hand.targets == 0


def test_a_refused_write_is_counted_and_tried_again(bench: Bench) -> None:
    said = bench.ready()
    bench.hand._write = lambda *_: False  # type: ignore[method-assign]
    bad = bench.limb.frames_bad
    bench.run(0.1, lambda _: at(*said.position_deg))
    assert bench.limb.frames_bad >= bad + 9
    assert encode_reply(Ack(1, False))[7] == 0


def test_a_pulled_cable_is_a_lost_limb(bench: Bench) -> None:
    bench.ready()
    bench.cable.close()
    select.select([bench.limb.fileno()], [], [], 5.0)
    with pytest.raises(LimbLost, match="unplugged"):
        bench.limb.poll(bench.t_s)


@pytest.mark.parametrize(
    ("name", "value"), [("id", "0"), ("id", "255"), ("force_g", "49"), ("force_g", "1001"), ("speed", "1")]
)
def test_settings_that_cannot_be_are_named(name: str, value: str) -> None:
    part = PartSettings("inspire-rh56", "unused", 115_200, options=((name, value),))
    with pytest.raises(ProfileError, match=name):
        open_limb(part)


def test_settings_at_their_bounds_are_taken() -> None:
    for hand_id, force_g in ((1, 50), (254, 1000)):
        assert Options(hand_id, force_g).force_g == force_g


def test_while_a_question_is_under_way_nothing_counts_as_sent(bench: Bench) -> None:
    bench.ready()
    bench._beat_s = math.inf
    bench.run(0.1)  # all is answered
    assert bench.limb.ask()
    assert not bench.limb.ask()
    assert not bench.limb.hold(at(20.0))
    bench._pump()
    bench.run(0.1)
    assert bench.hand.six(Register.ANGLE_SET) == (800,) * 6
    assert bench.limb.hold(at(21.0))
    bench._pump()


def test_it_is_slower_than_its_set_point_never() -> None:
    """SPEED_SET 1000 is 125 percent a second: the set-point stays below."""
    assert all(
        joint.max_rate_deg_s <= 125.0 for joint in part_model(PartSettings("inspire-rh56", "p")).joints
    )


# -- the peer, and real processes ---------------------------------------------------------------------------


def test_the_peer_as_host_of_the_virtual_hand(tmp_path: Path) -> None:
    with Child("innervate.sim.inspire_hand", "--link", str(tmp_path / "hand"), "--instant") as child:
        child.wait_ready(10.0)
        with RH56Driver(str(tmp_path / "hand")) as hand:
            hand.move_to([1000, 900, 800, 700, 600, 500])
            assert hand.wait_until_reached([1000, 900, 800, 700, 600, 500], tolerance=1)
            hand.set_speed([300] * 6)
            hand.set_force_threshold([250] * 6)
            assert hand.read_force() == [0] * 6
            assert hand.read_status() == [2] * 6
            assert hand.read_error() == [0] * 6
            assert hand.read_temperature() == [30] * 6
            hand.clear_error()


@pytest.fixture
def holding(tmp_path: Path) -> Iterator[Rig]:
    with rig(
        tmp_path, "innervate.sim.inspire_hand", "--object", "35", device="inspire-rh56", max_grip_n=2.0
    ) as r:
        yield r


def test_behind_the_guard_it_holds_follows_and_grips_no_harder_than_allowed(holding: Rig) -> None:
    before = holding.position()
    loop = Loop(holding.run)
    loop.go(0.15, rate=60.0, target=CLOSED)
    assert holding.position() == before  # nobody armed it
    holding.moving(loop)
    until(lambda: loop.go(0.05, rate=25.0, target=CLOSED) or holding.position()[3] > 34.9)
    loop.go(0.3, rate=25.0, target=CLOSED)
    status = holding.ask("status")
    assert status["state"] == "ACTIVE"
    assert status["limb"]["position_deg"][3] == pytest.approx(35.0)
    # 2 N is 4 percent into this object. More is what the set-point went on for until the force was known
    # (the hand acts 66 ms late, and says its force every 60 ms). The hand's own limit is 4.9 N.
    assert 1.9 < status["limb"]["force_n"][3] < 4.5
    loop.go(0.3, rate=25.0, target=CLOSED)
    assert holding.ask("status")["setpoint_deg"][3] == status["setpoint_deg"][3] < 44.0
    loop.go(0.1, rate=0.0, target=CLOSED)
    loop.go(0.4, rate=60.0, target=REST)
    assert holding.position()[3] < 34.0
    assert holding.body()["at_once"] == 0
    loop.port.close()


def test_a_killed_guard_leaves_no_far_target(holding: Rig) -> None:
    """Nobody tells the hand to stop then: it must be nearly where it was told to be."""
    loop = Loop(holding.run)
    holding.moving(loop)
    loop.go(0.1, rate=60.0, target=CLOSED)
    asked = holding.ask("status")["setpoint_deg"]
    holding.guard.kill()
    loop.port.close()

    def arrived() -> bool:
        body = holding.body()
        pairs = zip(body["target_deg"], body["position_deg"], strict=True)
        return body["targets"] > 0 and all(abs(min(a, 35.0) - b) < 0.2 for a, b in pairs)

    until(arrived)
    told = holding.body()["target_deg"]
    assert all(now - then < 60.0 * 0.05 for now, then in zip(told, asked, strict=True))


def test_unplugged_is_a_fault_and_back_it_does_not_move(tmp_path: Path) -> None:
    with rig(tmp_path, "innervate.sim.inspire_hand", device="inspire-rh56") as r:
        loop = Loop(r.run)
        r.moving(loop)
        r.limb.kill()
        until(lambda: r.state() == ("FAULT", Reason.LIMB_LOST.name))
        again = Child(
            "innervate.sim.inspire_hand",
            "--link",
            str(tmp_path / "port"),
            "--ring",
            str(tmp_path / "2.ring"),
            "--seed",
            "7",
        )
        with again:
            again.wait_ready(10.0)
            until(lambda: r.ask("status")["limb"]["answering"])
            loop.go(0.3, rate=60.0, target=CLOSED)
            status = r.ask("status")
            assert (status["state"], status["reason"]) == ("FAULT", "LIMB_LOST")
            assert status["setpoint_deg"] == pytest.approx(status["limb"]["position_deg"], abs=0.11)
        loop.port.close()
