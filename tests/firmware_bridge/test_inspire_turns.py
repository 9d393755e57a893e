"""Whose turn it is on the wire of an Inspire hand: a set-point does not wait for questions that can wait."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.core.command import Setpoint
from innervate.firmware_bridge.inspire.codec import (
    JOINTS,
    TO_HAND,
    Ack,
    Data,
    Frames,
    Read,
    Register,
    Request,
    decode,
    encode_reply,
    pack_six,
)
from innervate.firmware_bridge.inspire.device import InspireHand, Options
from innervate.firmware_bridge.serialport import SerialPort

BAUD = 115_200
BEAT_S = 0.010


class Port:
    """A cable in memory: what the driver sends is kept, what it hears is put."""

    port = "memory"
    wants_to_write = False
    frames = 0

    def __init__(self) -> None:
        self.sent: list[Request] = []
        self.heard = b""
        self._frames = Frames(TO_HAND)

    def send(self, frame: bytes) -> bool:
        self.sent += [request for one in self._frames.push(frame) if (request := decode(one)) is not None]
        self.frames += 1
        return True

    def read(self) -> bytes:
        heard, self.heard = self.heard, b""
        return heard


class PortOfMemory(Port, SerialPort):
    """What the driver takes for open."""


def answer(request: Request) -> bytes:
    if isinstance(request, Read):
        return encode_reply(Data(request.address, bytes(request.count)))
    return encode_reply(Ack(request.address, True))


def exchanges(delay_s: float, beats: int) -> list[tuple[float, Request]]:
    """(when, what) the driver puts to a hand of this delay, with a new set-point every heartbeat."""
    port = PortOfMemory()
    limb = InspireHand(port, BAUD, Options())
    put: list[tuple[float, Request]] = []
    beat_s, answer_s, beat = 0.0, float("inf"), 0
    while beat < beats:
        t_s = min(beat_s, answer_s)
        if t_s >= answer_s:
            port.heard, answer_s = answer(put[-1][1]), float("inf")
        limb.poll(t_s)
        if t_s >= beat_s:
            beat, beat_s = beat + 1, beat_s + BEAT_S
            limb.hold(Setpoint((10.0 + 0.1 * beat,) * JOINTS, (10.0,) * JOINTS))
        if len(port.sent) > len(put):
            assert len(port.sent) == len(put) + 1, "two questions on a bus of two wires"
            put.append((t_s, port.sent[-1]))
            answer_s = t_s + port.sent[-1].bytes_both_ways * 10 / BAUD + delay_s
    return put


def waits_s(put: list[tuple[float, Request]]) -> list[float]:
    """From the heartbeat of each set-point that went out until it did."""
    beat_of = {pack_six([round(1000 - 10 * (10.0 + 0.1 * k))] * JOINTS): (k - 1) * BEAT_S for k in range(500)}
    return [t_s - beat_of[request.data] for t_s, request in put if request.address == Register.ANGLE_SET]  # type: ignore[union-attr]


@pytest.mark.parametrize("delay_ms", [0.2, 1.0, 1.5, 2.0, 2.2])
def test_behind_a_usual_adapter_every_set_point_goes_out_and_waits_for_one_answer_at_most(
    delay_ms: float,
) -> None:
    beats = 200
    waited = waits_s(exchanges(delay_ms / 1e3, beats))
    longest_s = 0.0031 + delay_ms / 1e3
    assert len(waited) >= beats - 1
    assert max(waited) <= longest_s
    assert sorted(waited)[len(waited) // 2] <= longest_s / 2.0


@given(st.floats(0.0, 0.03))
def test_however_slow_the_hand_questions_are_put_and_no_set_point_follows_another(delay_s: float) -> None:
    put = exchanges(delay_s, 60)
    kinds = [request.address for _, request in put]
    assert all({a, b} != {Register.ANGLE_SET} for a, b in pairwise(kinds))
    exchange_s = 0.0031 + delay_s
    for register in (Register.ANGLE_SET, Register.ANGLE_ACT):
        times = [t_s for t_s, request in put if request.address == register]
        gaps = [b - a for a, b in pairwise(times)]
        assert max(gaps, default=0.0) <= max(0.0201, 3.0 * exchange_s + BEAT_S)
    assert {Register.FORCE_ACT, Register.ERROR} & set(kinds)
