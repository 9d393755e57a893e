"""Dynamixel servos: one wire for both directions, and what comes back on it."""

from __future__ import annotations

import math
import select
import struct
from collections.abc import Iterator

import pytest
from innervate.core.command import LimbState
from innervate.core.errors import LimbLost
from innervate.firmware_bridge.dynamixel.codec import (
    Instruction,
    Packet,
    Packets,
    encode,
)
from innervate.firmware_bridge.dynamixel.device import Dynamixels
from innervate.sim.wire import PseudoTerminal

from .dynamixel_bench import ELBOW_AND_WRIST, Bench, at, sent_to_all


@pytest.fixture
def bench() -> Iterator[Bench]:
    found = Bench()
    yield found
    found.close()


def test_nobody_is_interrupted(bench: Bench) -> None:
    """Half duplex: a set-point waits while answers are under way, until they have had their time."""
    start = bench.driven().position_deg
    bench.cable.read()
    assert bench.limb.hold(at(*start)) is True
    first = bench.cable.read()
    assert len(Packets().push(first)) == 2
    assert not bench.limb.hold(at(start[0] + 1.0, start[1]))
    bench.limb.poll(bench.t_s + 0.001)
    assert bench.cable.read() == b""
    bench.limb.poll(bench.t_s + 0.020)  # the answers are lost
    goals, _ = Packets().push(bench.cable.read())
    (ticks,) = struct.unpack_from("<i", goals.params, 5)
    assert ticks == round((start[0] + 1.0) / 360.0 * 4096)


def test_late_answers_are_not_spoken_into(bench: Bench) -> None:
    """They seem to answer the next question, while the servos still answer that one."""
    start = bench.driven().position_deg
    bench.turns(4, at(*start))  # none of the next questions is the long one

    def arrives(answer: bytes) -> LimbState | None:
        bench.cable.write(answer)
        select.select([bench.limb.fileno()], [], [], 5.0)
        return bench.limb.poll(bench.t_s)

    bench.limb.hold(at(*start))
    late = bench.firmware.receive(bench.cable.read(), bench.t_s)
    bench.t_s += 0.020
    bench.limb.poll(bench.t_s)
    assert bench.limb.hold(at(*start))
    second = bench.firmware.receive(bench.cable.read(), bench.t_s)
    assert arrives(late) is not None
    assert not bench.limb.hold(at(*start))
    assert arrives(second) is None
    assert bench.cable.read() == b""
    bench.t_s += 0.020
    bench.limb.poll(bench.t_s)  # what waited goes out
    assert arrives(bench.firmware.receive(bench.cable.read(), bench.t_s)) is not None
    assert bench.limb.hold(at(*start))  # in step again


def test_what_waited_while_the_guard_was_held_up_is_not_sent(bench: Bench) -> None:
    start = bench.driven().position_deg
    bench.limb.hold(at(*start))
    bench.limb.hold(at(start[0] + 30.0, start[1]))
    bench.cable.read()
    bench.limb.poll(bench.t_s + 3.0)
    assert bench.cable.read() == b""


def test_an_adapter_that_echoes_is_no_trouble(bench: Bench) -> None:
    start = bench.driven().position_deg
    bench.limb.hold(at(*start))
    sent = bench.cable.read()
    bench.cable.write(sent + bench.firmware.receive(sent, bench.t_s))
    select.select([bench.limb.fileno()], [], [], 5.0)
    assert bench.limb.poll(bench.t_s) is not None
    assert bench.limb.frames_bad == 0


def test_a_pulled_cable_is_a_lost_limb() -> None:
    cable = PseudoTerminal()
    limb = Dynamixels(cable.port, 1_000_000, ELBOW_AND_WRIST)
    cable.close()
    with pytest.raises(LimbLost, match="unplugged"):
        limb.hold(at(0.0, 0.0))
    limb.close()


def test_frames_of_others_are_counted_and_not_believed(bench: Bench) -> None:
    start = bench.driven().position_deg
    bench.limb.hold(at(*start))
    bench.cable.read()
    strange = (Packet(9, Instruction.STATUS, bytes(10)), Packet(1, Instruction.STATUS, bytes(3)))
    refusal = Packet(1, Instruction.STATUS, bytes(10), error=4)
    bench.cable.write(b"".join(map(encode, (*strange, refusal))))
    select.select([bench.limb.fileno()], [], [], 5.0)
    assert bench.limb.poll(bench.t_s) is None
    assert bench.limb.frames_bad == 3


def test_nothing_that_is_no_number_goes_out(bench: Bench) -> None:
    start = bench.driven().position_deg
    bench.heard.clear()
    bench.turn(at(math.nan, start[1]))
    bench.turn(at(math.inf, start[1]))
    assert sent_to_all(bench) == {Instruction.SYNC_READ}
