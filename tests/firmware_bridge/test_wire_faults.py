"""What the wire itself can do to the guard: garbage, damaged replies, an ankle's latched time-out."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from innervate.core.child import Child
from innervate.core.clock import sleep
from innervate.core.errors import LimbNotFound, RequestError
from innervate.firmware_bridge.moteus.codec import Mode
from innervate.firmware_bridge.requests import request
from innervate.firmware_bridge.serialport import SerialPort
from innervate.sim.hand import HandFirmware
from innervate.sim.limb import Limb
from innervate.sim.wire import PseudoTerminal

from ..waiting import until
from .rig import Loop, Rig, rig, write_guard_settings

pytestmark = pytest.mark.real_time


class NoisyCable(PseudoTerminal):
    """Adds garbage before every answer, and spoils one in three."""

    spoil_all = False
    rng = random.Random(5)

    def write(self, data: bytes) -> int:
        rng = self.rng
        spoilt = bytearray(data)
        if self.spoil_all or rng.random() < 0.33:
            for at in range(20, len(spoilt), 30):  # an answer may hold several frames
                spoilt[at] ^= 0x11
        super().write(os.urandom(rng.randrange(20)) + spoilt)
        return len(data)


class Served:
    """A virtual hand in a thread of this test, on a cable of ours."""

    def __init__(self, cable: PseudoTerminal) -> None:
        self.firmware = HandFirmware()
        self._limb = Limb(self.firmware, cable, None, 460_800)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._ending.is_set():
            self._limb.turn()

    def end(self) -> None:
        self._ending.set()
        self._thread.join()


@pytest.fixture
def noisy() -> Iterator[tuple[NoisyCable, Served]]:
    cable = NoisyCable()
    served = Served(cable)
    yield cable, served
    served.end()
    cable.close()


def test_garbage_on_the_wire_moves_nothing_and_stops_nothing(
    noisy: tuple[NoisyCable, Served], tmp_path: Path
) -> None:
    cable, served = noisy
    path = write_guard_settings(tmp_path, cable.port)
    with Child("innervate.firmware_bridge", str(path), log_path=tmp_path / "log") as guard:
        guard.wait_ready(10.0)
        before = tuple(served.firmware.position)
        until(lambda: request(tmp_path / "run", "status")["frames_bad"] > 20)
        status = request(tmp_path / "run", "status")
        assert status["state"] == "STOPPED"
        until(lambda: request(tmp_path / "run", "status")["frames_acked"] > 20)
        assert tuple(served.firmware.position) == pytest.approx(before, abs=0.05)
        assert served.firmware.watchdog_trips == 0


def test_only_garbage_is_no_limb(noisy: tuple[NoisyCable, Served], tmp_path: Path) -> None:
    cable, _ = noisy
    cable.spoil_all = True
    path = write_guard_settings(tmp_path, cable.port)
    with Child("innervate.firmware_bridge", str(path)) as guard, pytest.raises(LimbNotFound, match="damaged"):
        guard.wait_ready(10.0)


def test_a_stuck_wire_keeps_the_newest_frame_and_never_half_of_one() -> None:
    """Nobody reads: frames wait here, not in the kernel, and whole ones are replaced by newer ones."""
    cable = PseudoTerminal()
    port = SerialPort(cable.port, 460_800)
    sent = 0
    while port.send(b"<%06d>" % sent):
        sent += 1
        assert sent < 100_000
    for _ in range(50):
        sent += 1
        assert not port.send(b"<%06d>" % sent)
    read = b""
    for _ in range(100):
        read += cable.read()
        port.flush()
    read += cable.read()
    assert not port.wants_to_write
    numbers = [int(read[at + 1 : at + 7]) for at in range(0, len(read), 8)]
    assert all(read[at : at + 1] == b"<" and read[at + 7 : at + 8] == b">" for at in range(0, len(read), 8))
    assert numbers == sorted(numbers)
    assert numbers[-1] == sent
    assert len(numbers) < sent
    port.close()
    cable.close()


@pytest.fixture
def ankle(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path, "innervate.sim.ankle", device="moteus-ankle", gait=True) as found:
        found.stand_and_lift()
        yield found


def _active(ankle: Rig, loop: Loop) -> None:
    """Until it follows. A leg's deadman is 25 ms: on a busy machine this test's own loop may miss it."""
    for _ in range(40):
        loop.go(0.04, target=(12.0,))
        if ankle.state()[0] in ("STOPPED", "FAULT"):
            loop.send(target=(12.0,))
            with contextlib.suppress(
                RequestError
            ):  # a busy machine: the board's last word is too old just now
                ankle.ask("arm")
        loop.go(0.04, target=(12.0,))
        loop.go(0.1, rate=20.0, target=(12.0,))
        if ankle.state()[0] == "ACTIVE":
            return
    raise AssertionError(f"never active: {ankle.state()}")


def test_an_ankle_holds_follows_and_is_never_limp(ankle: Rig) -> None:
    loop = Loop(ankle.run)
    before = ankle.position()[0]
    until(lambda: ankle.body()["mode"] == Mode.POSITION)
    _active(ankle, loop)
    until(lambda: (loop.go(0.05, rate=20.0, target=(12.0,)), abs(ankle.position()[0] - before) > 1.0)[1])
    ankle.leg("stand")
    until(lambda: ankle.load_share() > 0.4)
    loop.port.close()
    until(lambda: ankle.state() == ("FAULT", "LOOP_LOST"))
    sleep(0.3)
    held = ankle.position()[0]
    sleep(0.3)
    body = ankle.body()
    assert body["mode"] == Mode.POSITION
    assert body["watchdog_trips"] == 0
    assert ankle.position()[0] == pytest.approx(held, abs=0.1)


def test_a_killed_guard_leaves_the_ankle_damped(ankle: Rig) -> None:
    until(lambda: ankle.body()["mode"] == Mode.POSITION)
    ankle.guard.kill()
    body = until(lambda: ankle.body() if ankle.body()["watchdog_trips"] else None)
    assert body["mode"] == Mode.TIMEOUT


def test_a_latched_time_out_is_left_by_a_person_only(ankle: Rig) -> None:
    until(lambda: ankle.body()["mode"] == Mode.POSITION)
    ankle.guard.signal(signal.SIGSTOP)
    until(lambda: ankle.body()["watchdog_trips"])
    ankle.guard.signal(signal.SIGCONT)
    until(lambda: ankle.state()[0] == "FAULT")
    sleep(0.3)
    assert ankle.body()["mode"] == Mode.TIMEOUT
    assert ankle.body()["stops"] == 0
    loop = Loop(ankle.run)
    _active(ankle, loop)
    assert ankle.body()["mode"] == Mode.POSITION
    loop.port.close()


def test_weight_holds_the_ankle_and_a_swing_lets_it_go(ankle: Rig) -> None:
    """Real guard, board, controller: what the muscles ask for with weight on the foot is not done."""
    loop = Loop(ankle.run)
    _active(ankle, loop)
    ankle.leg("load 1.0")
    until(lambda: (loop.go(0.05, rate=60.0, target=(15.0,)), ankle.load_share() > 0.95)[1])
    loop.go(0.2, rate=60.0, target=(15.0,))
    before = ankle.body()["setpoint_deg"]
    loop.go(0.5, rate=60.0, target=(15.0,))
    loop.go(0.5, rate=60.0, target=(-15.0,))
    body = ankle.body()
    assert body["setpoint_deg"] == before
    # 785 N, 2 cm before the joint, against 1.6 N m per degree: it gives way so far, and no farther.
    assert body["position_deg"] - before == pytest.approx(9.8, abs=0.5)
    ankle.leg("lift")
    until(lambda: (loop.go(0.05, target=(-15.0,)), ankle.ask("status")["unloaded_s"] > 0.1)[1])
    _active(ankle, loop)
    until(lambda: (loop.go(0.05, rate=60.0, target=(-15.0,)), ankle.body()["setpoint_deg"] < before - 2.0)[1])
    loop.port.close()


def test_a_board_that_dies_shuts_the_ankle_and_another_one_is_found(ankle: Rig) -> None:
    assert ankle.gait is not None
    loop = Loop(ankle.run)
    _active(ankle, loop)
    ankle.gait.kill()
    until(lambda: (loop.go(0.02, rate=20.0, target=(12.0,)), ankle.ask("status")["unloaded_s"] == 0.0)[1])
    loop.go(0.05, rate=20.0, target=(12.0,))
    before = ankle.body()["setpoint_deg"]
    loop.go(0.3, rate=20.0, target=(12.0,))
    assert ankle.body()["setpoint_deg"] == before
    assert ankle.state()[1] in ("LOAD_UNKNOWN", "LOOP_LOST")
    loop.port.close()
    script = "0 load 0.6, 4 lift"  # the guard looks for a lost board every two seconds
    with Child("innervate.sim.gait_board", "--link", str(ankle.folder / "gait"), "--script", script) as board:
        board.wait_ready(10.0)
        until(lambda: ankle.ask("status")["unloaded_s"] > 0.1)
        assert ankle.state()[0] == "FAULT" or ankle.body()["setpoint_deg"] == before


def test_a_fault_in_the_air_brings_the_ankle_home_slowly(ankle: Rig) -> None:
    loop = Loop(ankle.run)
    _active(ankle, loop)
    until(lambda: (loop.go(0.05, rate=20.0, target=(12.0,)), ankle.body()["setpoint_deg"] > 9.0)[1])
    loop.port.close()
    until(lambda: ankle.state() == ("FAULT", "LOOP_LOST"))
    seen = ankle.truth.newest
    until(lambda: abs(ankle.body()["setpoint_deg"]) < 0.05)
    records = [
        ankle.truth.layout.unpack(payload)
        for k in range(seen, ankle.truth.newest)
        if (payload := ankle.truth.read(k))
    ]
    path = [(record["t_s"], record["setpoint_deg"]) for record in records]
    for (t_0, at_0), (t_1, at_1) in zip(path, path[20:], strict=False):
        assert abs(at_1 - at_0) <= 15.0 * (t_1 - t_0) + 0.5  # frames come every 10 ms
