"""The COVVI driver against the virtual hand over real sockets: on a bench, and behind a guard."""

from __future__ import annotations

import contextlib
import math
import socket
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from innervate.core.child import Child
from innervate.core.clock import now
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbError, LimbLost, LimbNotFound, ProfileError
from innervate.core.ring import RingReader
from innervate.core.state import Reason
from innervate.firmware_bridge import tcpport
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
from innervate.firmware_bridge.tcpport import TcpPort, address_of, dial
from innervate.sim.cable import ListeningCable
from innervate.sim.covvi_hand import CovviFirmware

from ..waiting import until
from .rig import Loop, Rig, write_guard_settings

CLOSED = (90.0,) * 6
REST = (0.0,) * 6
ROUND_TRIP_S = 0.002


def at(*percent: float, rate: float = 0.0) -> Setpoint:
    position = percent * 6 if len(percent) == 1 else percent
    return Setpoint(position, (rate,) * 6)


class Bench:
    """Driver and virtual hand on a loopback connection, on a clock of their own."""

    def __init__(self, object_percent: float | None = None, hand: CovviFirmware | None = None) -> None:
        self.cable = ListeningCable()
        assert self.cable._listener is not None
        self.cable._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # soon full
        self.hand = hand or CovviFirmware(object_percent=object_percent)
        self.limb = CovviHand(dial(f"127.0.0.1:{self.cable.facts['tcp_port']}", 1), Options())
        self.t_s = 100.0
        self.said: list[LimbState] = []
        self._beat_s = self.t_s
        self._under_way: deque[tuple[float, bytes]] = deque()
        assert self.cable.connected
        self._hear()

    def run(self, seconds: float, hold: Callable[[float], Setpoint] | None = None) -> None:
        """A heartbeat every 10 ms: `hold`, or only a question."""
        end_s = self.t_s + seconds
        while True:
            due_s = min([self._beat_s, *(due for due, _ in self._under_way)])
            if due_s >= end_s:
                break
            self.t_s = due_s
            self.hand.advance(self.t_s)
            while self._under_way and self._under_way[0][0] <= self.t_s:
                self.cable.write(self._under_way.popleft()[1])
            said = self.limb.poll(self.t_s)
            if said is not None:
                self.said.append(said)
            if self.t_s >= self._beat_s:
                self._beat_s += 0.01
                if hold is None:
                    self.limb.ask()
                else:
                    self.limb.hold(hold(self.t_s))
                self._hear()
        self.t_s = end_s

    def _hear(self) -> None:
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


# -- on the bench -------------------------------------------------------------------------------------------


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


def info(hand: CovviFirmware) -> bytes:
    return encode(hand._info())


def test_a_hand_that_is_off_is_switched_on_when_a_person_arms(bench: Bench) -> None:
    bench.ready()
    bench.hand._switch(on=False, t_s=bench.t_s)
    bench.cable.write(info(bench.hand))
    bench.run(0.2)
    assert not bench.hand.powered  # by itself it stays off
    moves = bench.hand.moves
    bench.limb.clear()
    bench._hear()
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
        bench._hear()
        bench.limb.flush()
    bench._hear()
    assert (bench.hand.moves, bench.hand.stops, bench.limb.frames_sent) == (moves, stops, sent)
    bench.run(0.1, lambda _: at(25.0, rate=60.0))
    assert bench.hand.target == [80.0] * 6


def test_asked_means_that_the_positions_were_asked_for(bench: Bench) -> None:
    bench.ready()
    bench.run(0.1)
    bench._beat_s = math.inf
    bench.run(0.1)  # all is answered
    assert bench.limb.ask()
    assert not bench.limb.ask()  # the last question is still under way


def test_leaving_stops_and_keeps_it_on(bench: Bench) -> None:
    start = bench.ready().position_deg
    bench.run(0.2, lambda _: at(*start))
    bench.run(0.05, lambda _: at(60.0, rate=30.0))
    stops = bench.hand.stops
    bench.limb.leave()
    bench._hear()
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
    bench._hear()
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


# -- the line -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("10.0.0.7", ("10.0.0.7", 4267)),
        ("10.0.0.7:99", ("10.0.0.7", 99)),
        ("hand.local:4267", ("hand.local", 4267)),
        ("[::1]", ("::1", 4267)),
        ("[::1]:5", ("::1", 5)),
    ],
)
def test_addresses(text: str, found: tuple[str, int]) -> None:
    assert address_of(text, 4267) == found


@pytest.mark.parametrize(
    "text", ["", ":4267", "host:", "host:0", "host:65536", "host:x", "/dev/ttyUSB0", "[::1]x"]
)
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(ProfileError, match=r"limb\.port"):
        address_of(text, 4267)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(LimbNotFound, match="refused"):
        dial(f"127.0.0.1:{port}", 1)
    with pytest.raises(LimbError, match="no known address"):
        dial("nobody.invalid", 1)


def test_once_it_was_there_connecting_again_waits_for_nothing() -> None:
    """A full backlog on loopback swallows what asks to connect, as a network that is away does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        text = f"127.0.0.1:{address[1]}"
        first = dial(text, 1)
        assert first.first
        with contextlib.ExitStack() as stack:
            for _ in range(4):
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex(address)
            start_s = now()
            for _ in range(20):
                with pytest.raises(LimbNotFound, match="not connected yet"):
                    dial(text, 1)
            assert now() - start_s < 0.2
            tcpport._dialling.pop(address)[1].close()
        first.close()


def test_a_connection_that_came_about_meanwhile_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        text = f"127.0.0.1:{server.getsockname()[1]}"
        first = dial(text, 1)
        again = until(lambda: attempt(text))
        assert not again.first
        first.close()
        again.close()


def attempt(text: str) -> TcpPort | None:
    with contextlib.suppress(LimbNotFound):
        return dial(text, 1)
    return None


def test_a_line_that_is_stuck_keeps_the_newest_frame_and_mixes_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        port = dial(f"127.0.0.1:{server.getsockname()[1]}", 1)
        peer, _ = server.accept()
        frames = [bytes((number,)) * 999 for number in range(200)]
        took = [port.send(frame) for frame in frames]
        assert not all(took)
        assert port.wants_to_write
        peer.settimeout(0.05)
        data = b""
        while port.wants_to_write or data[-1:] != frames[-1][:1]:
            with contextlib.suppress(TimeoutError):
                data += peer.recv(65536)
            port.flush()
        runs = [data[i : i + 999] for i in range(0, len(data), 999)]
        assert all(run in frames for run in runs)
        assert runs[-1] == frames[-1]
        assert len(runs) == port.frames < len(frames)
        port.close()
        peer.close()


@pytest.mark.parametrize(
    ("name", "value"), [("power_percent", "4"), ("limit_percent", "101"), ("speed", "3")]
)
def test_settings_that_cannot_be_are_named(name: str, value: str) -> None:
    with pytest.raises(ProfileError, match=name):
        open_limb(PartSettings("covvi", "127.0.0.1", options=((name, value),)))


def test_settings_at_their_bounds_are_taken() -> None:
    for power, limit in ((5, 0), (100, 100)):
        assert Options(power, limit).power_percent == power


# -- real processes -----------------------------------------------------------------------------------------


def hand_process(folder: Path, ring: str, *options: str) -> Child:
    return Child(
        "innervate.sim.covvi_hand", "--ring", str(folder / ring), *options, log_path=folder / "limb.log"
    )


@contextlib.contextmanager
def covvi_rig(folder: Path, *options: str, **settings: Any) -> Iterator[Rig]:
    with hand_process(folder, "limb.ring", *options) as limb:
        port = limb.wait_ready(10.0)["tcp_port"]
        path = write_guard_settings(folder, f"127.0.0.1:{port}", "covvi", **settings)
        with Child("innervate.firmware_bridge", str(path), log_path=folder / "guard.log") as guard:
            guard.wait_ready(10.0)
            run = folder / "run"
            yield Rig(
                limb, guard, run, RingReader(folder / "limb.ring"), RingReader(run / "guard.ring"), folder
            )


def test_behind_the_guard_it_holds_follows_and_closes_no_further_on_an_object(tmp_path: Path) -> None:
    with covvi_rig(tmp_path, "--object", "40") as rig:
        before = rig.position()
        loop = Loop(rig.run)
        loop.go(0.15, rate=60.0, target=CLOSED)
        assert rig.position() == before  # nobody armed it
        rig.moving(loop)
        until(lambda: loop.go(0.05, rate=60.0, target=CLOSED) or rig.ask("status")["limb"]["limiting"][1])
        loop.go(0.1, rate=60.0, target=CLOSED)
        status = rig.ask("status")
        assert status["state"] == "ACTIVE"
        assert status["limb"]["position_deg"][1] == 40.0
        loop.go(0.3, rate=60.0, target=CLOSED)
        assert rig.ask("status")["setpoint_deg"][1] == status["setpoint_deg"][1] < 60.0
        assert rig.body()["most_moves"] <= 6
        loop.go(0.1, rate=0.0, target=CLOSED)
        loop.go(0.4, rate=60.0, target=REST)
        assert rig.position()[1] < 39.0
        loop.port.close()


def test_unplugged_is_a_fault_and_back_it_does_not_move(tmp_path: Path) -> None:
    with covvi_rig(tmp_path) as rig:
        loop = Loop(rig.run)
        rig.moving(loop)
        rig.limb.kill()
        until(lambda: rig.state() == ("FAULT", Reason.LIMB_LOST.name))
        again = hand_process(tmp_path, "2.ring", "--seed", "7", "--tcp-port", str(rig.limb.facts["tcp_port"]))
        with again:
            again.wait_ready(10.0)
            until(lambda: rig.ask("status")["limb"]["answering"])
            loop.go(0.2, rate=60.0, target=CLOSED)
            status = rig.ask("status")
            assert (status["state"], status["reason"]) == ("FAULT", "LIMB_LOST")
            assert status["limb"]["reconnects"] == 1
            assert status["setpoint_deg"] == pytest.approx(status["limb"]["position_deg"])
            body = until(RingReader(tmp_path / "2.ring").latest)
            assert body["moves"] == 0
            assert body["stops"] >= 1
        loop.port.close()


def test_a_killed_guard_leaves_no_far_target(tmp_path: Path) -> None:
    """Nobody tells the hand to stop then: it must be nearly where it was told to be."""
    with covvi_rig(tmp_path) as rig:
        loop = Loop(rig.run)
        rig.moving(loop)
        asked = rig.ask("status")["setpoint_deg"]
        rig.guard.kill()
        loop.port.close()
        until(lambda: (body := rig.body())["position_deg"] == body["target_deg"])
        assert all(there - then < 60.0 * 0.05 for there, then in zip(rig.position(), asked, strict=True))
