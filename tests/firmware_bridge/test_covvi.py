"""The COVVI driver against the virtual hand over a real socket, on a clock of our own."""

from __future__ import annotations

import math
import socket
from collections import deque
from collections.abc import Iterator

import pytest
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbLost, ProfileError
from innervate.firmware_bridge.covvi.codec import encode, hello
from innervate.firmware_bridge.covvi.device import (
    ANSWER_S,
    HAND_ERROR,
    HAND_OFF,
    CovviHand,
    Options,
    open_limb,
)
from innervate.firmware_bridge.settings import PartSettings
from innervate.firmware_bridge.tcpport import dial
from innervate.sim.cable import ListeningCable
from innervate.sim.covvi_hand import CovviFirmware

from .hand_bench import HandBench, at

ROUND_TRIP_S = 0.002


class Bench(HandBench):
    """The COVVI driver and its virtual hand on a loopback connection."""

    def __init__(self, object_percent: float | None = None, hand: CovviFirmware | None = None) -> None:
        self.cable = ListeningCable()
        assert self.cable._listener is not None
        self.cable._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # soon full
        self.hand = hand or CovviFirmware(object_percent=object_percent)
        self.limb = CovviHand(dial(f"127.0.0.1:{self.cable.facts['tcp_port']}", 1), Options())
        super().__init__(self.limb, self.hand)
        self._under_way: deque[tuple[float, bytes]] = deque()
        assert self.cable.connected
        self.hear()

    def answer_due_s(self) -> float:
        return self._under_way[0][0] if self._under_way else math.inf

    def answer(self) -> None:
        while self.answer_due_s() <= self.t_s:
            self.cable.write(self._under_way.popleft()[1])

    def hear(self) -> None:
        answer = self.hand.receive(self.cable.read(), self.t_s)
        if answer:
            self._under_way.append((self.t_s + ROUND_TRIP_S, answer))

    def ready(self) -> LimbState:
        self.run(0.5)
        return self.said[-1]

    def close(self) -> None:
        self.limb.close()
        self.cable.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    found = Bench()
    yield found
    found.close()


def info(hand: CovviFirmware) -> bytes:
    return encode(hand._info())


def test_opening_switches_on_stops_and_moves_nothing(bench: Bench) -> None:
    before = list(bench.hand.position)
    said = bench.ready()
    assert bench.hand.powered
    assert (bench.hand.moves, bench.hand.position) == (0, before)
    assert said.position_deg == tuple((raw - 40) / 1.6 for raw in before)
    assert said.limiting == (False,) * 6
    assert said.temperature_c == (30.0,)
    assert said.touch == (0.0,) * 6
    assert said.current_a == (0.0,) * 6
    assert said.fault == 0
    assert bench.limb.frames_bad == 0
    assert bench.limb.unanswered <= 12  # while it started


def test_what_somebody_else_asked_of_it_is_stopped() -> None:
    hand = CovviFirmware(instant=True)
    hand.powered = True
    hand.target, hand.raw_s = [200.0] * 6, [50.0] * 6
    hand._instant = False
    bench = Bench(hand=hand)
    assert hand.stops == 1
    assert hand.target == hand.position
    start = bench.ready().position_deg
    bench.run(0.1, lambda _: at(*start))
    assert (hand.stops, hand.moves) == (2, 0)  # again, for a hand that had to start first
    bench.close()


def test_it_follows_with_few_moves(bench: Bench) -> None:
    start = bench.ready().position_deg
    bench.run(0.2, lambda _: at(*start))
    assert bench.hand.moves == 0  # it is there
    t0 = bench.t_s

    def ramp(t_s: float) -> Setpoint:
        return Setpoint(tuple(deg + 60.0 * (t_s - t0) for deg in start), (60.0,) * 6)

    bench.run(0.8, ramp)
    wanted = ramp(bench.t_s).position_deg
    lag = [a - b for a, b in zip(wanted, bench.said[-1].position_deg, strict=True)]
    assert all(-0.4 < percent < 3.0 for percent in lag)
    assert bench.hand.raw_s == [0.9 * 160.0] * 6  # half as quick again
    # All is answered but moves, stops, what was asked while it started, and the last question.
    told = bench.hand.moves + bench.hand.stops
    assert 0 <= bench.limb.frames_sent - bench.limb.frames_acked - told <= 24
    assert bench.hand.most_moves <= 6  # in 100 ms, of one digit
    bench.run(0.1, lambda _: at(*wanted))
    moves = bench.hand.moves
    bench.run(0.5, lambda _: at(*(percent + 0.2 for percent in wanted)))
    assert bench.hand.moves - moves <= 6
    assert bench.said[-1].position_deg == pytest.approx(wanted, abs=0.7)


def test_the_start_byte_as_a_position(bench: Bench) -> None:
    bench.ready()
    bench.hand.position = bench.hand.target = [86.0] * 6
    bench.run(0.1)
    assert bench.said[-1].position_deg == (28.75,) * 6
    bench.run(0.3, lambda _: at(28.75))
    bench.run(0.3, lambda _: at(30.0, rate=60.0))
    assert bench.said[-1].position_deg == (30.0,) * 6
    assert bench.limb.frames_bad == 0


def test_a_stall_is_limiting_and_no_fault() -> None:
    bench = Bench(object_percent=40.0)
    bench.ready()
    bench.run(0.6, lambda _: at(41.0, rate=60.0))
    bench.run(0.3, lambda _: at(45.0, rate=60.0))
    said = bench.said[-1]
    assert said.position_deg == (40.0,) * 6
    assert said.limiting == (True,) * 6
    assert said.touch == (1.0,) * 6
    assert said.current_a == pytest.approx((0.8,) * 5 + (0.0,))
    assert said.fault == 0
    bench.run(0.3, lambda _: at(30.0, rate=60.0))
    assert bench.said[-1].limiting == (False,) * 6
    bench.close()


def test_faults_of_digits_and_of_the_hand(bench: Bench) -> None:
    bench.ready()
    bench.hand.faulty[2] = True
    bench.run(0.1)
    assert bench.said[-1].fault == 0b100
    bench.hand.faulty[2] = False
    bench.hand.error = True
    bench.cable.write(info(bench.hand))
    bench.run(0.1)
    assert bench.said[-1].fault == HAND_ERROR


def test_a_hand_that_is_off_is_switched_on_when_a_person_arms(bench: Bench) -> None:
    bench.ready()
    bench.hand._switch(on=False, t_s=bench.t_s)
    bench.cable.write(info(bench.hand))
    bench.run(0.2)
    assert not bench.hand.powered  # by itself it stays off
    moves = bench.hand.moves
    bench.limb.clear()
    bench.hear()
    bench.run(0.5)
    assert bench.hand.powered
    assert bench.said[-1].fault & HAND_OFF == 0
    assert bench.hand.moves == moves
    bench.limb.clear()
    assert bench.cable.read() == b""


def test_a_silent_hand_is_asked_seldom_and_stopped_once(bench: Bench) -> None:
    start = bench.ready().position_deg
    bench.run(0.2, lambda _: at(*start))
    bench.hand.silent = True
    messages, stops, unanswered = bench.hand.messages, bench.hand.stops, bench.limb.unanswered
    bench.run(1.0)
    assert bench.hand.stops == stops + 1
    assert bench.hand.messages - messages <= 4 * (1.0 / ANSWER_S + 2)
    assert bench.limb.unanswered > unanswered
    bench.hand.silent = False
    count = len(bench.said)
    bench.run(0.3)
    assert len(bench.said) > count + 10


def test_while_the_network_is_stuck_nothing_piles_up(bench: Bench) -> None:
    start = bench.ready().position_deg
    bench.run(0.2, lambda _: at(*start))
    while bench.limb._port.send(encode(hello()) * 100):
        pass
    assert bench.limb.wants_to_write
    moves, stops, sent = bench.hand.moves, bench.hand.stops, bench.limb.frames_sent
    for percent in range(20, 60):
        assert not bench.limb.hold(at(float(percent), rate=60.0))
        assert not bench.limb.ask()
    while bench.limb.wants_to_write:
        bench.hear()
        bench.limb.flush()
    bench.hear()
    assert (bench.hand.moves, bench.hand.stops, bench.limb.frames_sent) == (moves, stops, sent)
    bench.run(0.1, lambda _: at(25.0, rate=60.0))
    assert bench.hand.target == [80.0] * 6


def test_asked_means_that_the_positions_were_asked_for(bench: Bench) -> None:
    bench.ready()
    bench.run(0.1)
    bench.beats_no_more()
    assert bench.limb.ask()
    assert not bench.limb.ask()  # the last question is still under way


def test_leaving_stops_and_keeps_it_on(bench: Bench) -> None:
    start = bench.ready().position_deg
    bench.run(0.2, lambda _: at(*start))
    bench.run(0.05, lambda _: at(60.0, rate=30.0))
    stops = bench.hand.stops
    bench.limb.leave()
    bench.hear()
    assert bench.hand.stops == stops + 1
    assert bench.hand.powered


def test_a_digit_on_the_way_is_told_the_newest_place_only(bench: Bench) -> None:
    start = bench.ready().position_deg
    bench.run(0.2, lambda _: at(*start))
    t0 = bench.t_s

    def rush(t_s: float) -> Setpoint:
        return at(*(percent + 300.0 * (t_s - t0) for percent in start), rate=300.0)

    bench.run(0.2, rush)
    last = rush(bench.t_s).position_deg
    found = [(raw - 40) / 1.6 for raw in bench.hand.target]
    assert all(a - 300.0 * 0.031 < b < a for a, b in zip(last, found, strict=True))
    assert bench.hand.moves <= 6 * 11


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_what_is_no_number_is_not_sent(bench: Bench, wrong: float) -> None:
    bench.ready()
    assert not bench.limb.hold(at(wrong))
    assert not bench.limb.hold(at(10.0, rate=wrong))
    bench.hear()
    assert bench.hand.moves == 0


def test_a_dropped_connection_is_a_lost_limb(bench: Bench) -> None:
    bench.ready()
    bench.cable.hang_up()
    with pytest.raises(LimbLost, match=r"hung up|connection lost"):
        bench.limb.poll(bench.t_s)


def test_answers_of_the_wrong_length_are_not_believed(bench: Bench) -> None:
    bench.ready()
    bench.cable.write(bytes.fromhex("56 01 00 01 2f 02 ff ff"))
    bad, position = bench.limb.frames_bad, bench.said[-1].position_deg
    bench.run(0.1)
    assert bench.limb.frames_bad == bad + 1
    assert bench.said[-1].position_deg == position


@pytest.mark.parametrize(
    ("name", "value"), [("power_percent", "4"), ("limit_percent", "101"), ("speed", "3")]
)
def test_settings_that_cannot_be_are_named(name: str, value: str) -> None:
    with pytest.raises(ProfileError, match=name):
        open_limb(PartSettings("covvi", "127.0.0.1", options=((name, value),)))


def test_settings_at_their_bounds_are_taken() -> None:
    for power, limit in ((5, 0), (100, 100)):
        assert Options(power, limit).power_percent == power
