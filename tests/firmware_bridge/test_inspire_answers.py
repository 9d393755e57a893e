"""What the Inspire driver makes of answers: damage, faults, force, and what cannot be."""

from __future__ import annotations

import select
from collections.abc import Iterator

import pytest
from innervate.core.command import LimbState
from innervate.core.errors import LimbLost
from innervate.firmware_bridge.inspire.codec import (
    Ack,
    Data,
    ErrorBit,
    Register,
    Reply,
    Status,
    encode_reply,
)
from innervate.firmware_bridge.inspire.device import (
    FAULT_STATUS,
)

from .hand_bench import at
from .inspire_bench import Bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    found = Bench()
    yield found
    found.close()


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
    bench.beats_no_more()
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
    bench.close()


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
