"""Virtual servos as a process: other people's hosts drive them, our driver does, and a real guard."""

from __future__ import annotations

import contextlib
import select
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from dynamixel_sdk import COMM_SUCCESS, GroupSyncRead, GroupSyncWrite, PortHandler, Protocol2PacketHandler
from innervate.core.child import Child
from innervate.core.clock import now, sleep
from innervate.core.command import Setpoint
from innervate.core.errors import LimbNotFound
from innervate.core.ring import RingReader
from innervate.core.settings import write_settings
from innervate.firmware_bridge.dynamixel.device import Dynamixels
from innervate.firmware_bridge.settings import GuardSettings, JointSettings, PartSettings
from rustypot import Xl330PyController

from ..waiting import until
from .rig import Loop, Rig, guarded

pytestmark = pytest.mark.real_time

SERVOS = "innervate.sim.servos"
GUARD = "innervate.firmware_bridge"
IDS = (1, 2, 3, 4, 5, 6)
FINGERS = ("thumb", "thumb rotation", "index", "middle", "ring", "little")
HAND = tuple(JointSettings(name, id=number) for number, name in zip(IDS, FINGERS, strict=True))
SLOW_MACHINE = 3.0
"""Wall-clock bounds are multiplied by this: two cores, shared with other tests."""


@contextlib.contextmanager
def servos(folder: Path, *options: str) -> Iterator[tuple[Child, str, RingReader]]:
    ring, link = folder / "limb.ring", folder / "port"
    args = ("--ids", "1,2,3,4,5,6", "--ring", str(ring), "--link", str(link), *options)
    with Child(SERVOS, *args, log_path=folder / "limb.log") as child:
        child.wait_ready(10.0)
        yield child, str(link), RingReader(ring)


# -- other people's hosts -----------------------------------------------------------------------------------


class PatientPort(PortHandler):  # type: ignore[misc]
    """The SDK's port, with a time-out that a busy machine does not reach."""

    def setPacketTimeout(self, packet_length: int) -> None:  # noqa: N802 - the SDK's name
        self.setPacketTimeoutMillis(2000)


@pytest.fixture(scope="module")
def instant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Port of six servos on a line that takes no time."""
    with servos(tmp_path_factory.mktemp("servos"), "--instant", "--mode", "5") as (_, link, _ring):
        yield link


def test_the_vendors_sdk_drives_our_servos(instant: str) -> None:
    port, protocol = PatientPort(instant), Protocol2PacketHandler()
    assert port.setBaudRate(1_000_000)
    for number in IDS:
        assert protocol.ping(port, number) == (1200, COMM_SUCCESS, 0)
    found, result = protocol.broadcastPing(port)
    assert (found, result) == ({number: [1200, 52] for number in IDS}, COMM_SUCCESS)
    assert protocol.write4ByteTxRx(port, 3, 116, 777) == (COMM_SUCCESS, 0)
    assert protocol.read4ByteTxRx(port, 3, 116) == (777, COMM_SUCCESS, 0)
    assert protocol.write1ByteTxRx(port, 3, 70, 1) == (COMM_SUCCESS, 7)  # read only
    writer, reader = GroupSyncWrite(port, protocol, 116, 4), GroupSyncRead(port, protocol, 116, 4)
    for number in IDS:
        reader.addParam(number)
    for k in range(50):
        goals = {number: 100 * number + k for number in IDS}
        for number, goal in goals.items():
            writer.addParam(number, goal.to_bytes(4, "little"))
        assert writer.txPacket() == COMM_SUCCESS
        writer.clearParam()
        assert reader.txRxPacket() == COMM_SUCCESS
        assert {number: reader.getData(number, 116, 4) for number in IDS} == goals
    assert protocol.reboot(port, 6) == (COMM_SUCCESS, 0)
    port.closePort()


def test_rustypot_drives_our_servos_and_stuffs_as_we_do(instant: str) -> None:
    host = Xl330PyController(instant, 1_000_000, 2.0)
    ids = list(IDS)
    until(lambda: all(host.ping(number) for number in ids))  # one may still be rebooting
    for k in range(50):
        goals = [100 * number + k for number in ids]
        host.sync_write_raw_goal_position(ids, goals)
        assert host.read_raw_goal_position(ids[0]) == goals[:1]
        assert host.sync_read_raw_goal_position(ids) == goals
    # FF FF FD in a value, going out and coming back, alone and beside others.
    for text in ("FFFFFD00", "00FFFFFD", "FFFDFFFF", "FDFFFFFD", "FFFFFDFD", "FFFFFFFD"):
        raw = bytes.fromhex(text * 2)
        host.write_raw_data(1, 76, list(raw))
        assert bytes(host.read_raw_data(1, 76, 8)) == raw
    host.write_bus_watchdog(1, 5)
    assert host.read_bus_watchdog(1) == [5]


# -- our driver ---------------------------------------------------------------------------------------------


def test_six_servos_lose_nothing(tmp_path: Path) -> None:
    """Byte time, return delays as from the factory, and an adapter's latency."""
    with servos(tmp_path) as (_, link, ring):
        limb = Dynamixels(link, 1_000_000, HAND)
        limb.poll(now())

        def answer() -> Any:
            end_s = now() + 5.0
            while now() < end_s:
                select.select([limb.fileno()], [], [], 0.1)
                said = limb.poll(now())
                if said is not None:
                    return said
            raise AssertionError("a lost answer")

        limb.ask()
        start = answer().position_deg
        for k in range(200):
            limb.hold(Setpoint(tuple(deg + 0.1 * k for deg in start), (1.0,) * 6))
            answer()
        assert limb.frames_acked == limb.frames_sent
        assert limb.frames_bad == 0
        assert until(ring.latest)["packets_bad"] == 0
        limb.close()


# -- a guard ------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def rig(folder: Path, *options: str) -> Iterator[Rig]:
    with (
        servos(folder, *options) as (limb, link, _),
        guarded(folder, limb, PartSettings("dynamixel", link, joints=HAND)) as found,
    ):
        yield found


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Rig]:
    with rig(tmp_path) as found:
        yield found


@pytest.fixture
def loop(hand: Rig) -> Iterator[Loop]:
    found = Loop(hand.run)
    yield found
    found.port.close()


CLOSED = (90.0,) * 6


def test_a_guard_holds_and_follows(hand: Rig, loop: Loop) -> None:
    before = hand.position()
    body = until(lambda: hand.body() if all(hand.body()["torque"]) else None)
    assert body["watchdog"] == (5,) * 6
    assert hand.position() == pytest.approx(before, abs=0.2)
    hand.moving(loop)
    loop.go(0.3, rate=60.0, target=CLOSED)
    assert min(b - a for a, b in zip(before, hand.position(), strict=True)) > 5.0
    assert loop.last is not None
    assert loop.last.limb.position_deg == pytest.approx(hand.position(), abs=8.0)
    assert len(loop.last.limb.current_a) == len(loop.last.limb.temperature_c) == 6
    until(lambda: hand.state() == ("FAULT", "LOOP_LOST"), 2.0)  # the deadman: the loop is there, and silent
    assert hand.ask("status")["loop_connected"]
    sleep(0.2)
    held = hand.position()
    sleep(0.3)
    assert hand.position() == pytest.approx(held, abs=0.2)
    body = hand.body()
    assert body["watchdog_trips"] == 0
    assert body["packets_bad"] == 0
    assert all(body["torque"])


def test_a_killed_guard_leaves_it_to_the_servos_own_watchdog(hand: Rig, loop: Loop, tmp_path: Path) -> None:
    """They stop where they are, torque on; a new guard holds them there."""
    hand.moving(loop)
    loop.go(0.1, rate=100.0, target=CLOSED)
    hand.guard.signal(signal.SIGKILL)
    t_killed_s = now()
    until(lambda: hand.body()["watchdog_trips"] == 6, 3.0)
    body = hand.body()
    assert body["t_watchdog_s"] - t_killed_s < 0.150 * SLOW_MACHINE
    assert all(body["torque"])
    stopped = hand.position()
    sleep(0.3)
    assert hand.position() == pytest.approx(stopped, abs=0.3)
    hand.guard.kill()
    with Child(GUARD, str(tmp_path / "guard.json"), log_path=tmp_path / "log") as again:
        again.wait_ready(10.0)
        until(lambda: hand.body()["watchdog"] == (5,) * 6, 3.0)
        assert hand.state() == ("STOPPED", "NOT_ARMED")
        sleep(0.2)
        assert hand.position() == pytest.approx(stopped, abs=0.5)


def test_a_guard_held_up_faults_and_a_person_arms_again(hand: Rig, loop: Loop) -> None:
    hand.moving(loop)
    hand.guard.signal(signal.SIGSTOP)
    until(lambda: hand.body()["watchdog_trips"] == 6, 3.0)
    stopped = hand.position()
    hand.guard.signal(signal.SIGCONT)
    until(lambda: hand.state()[0] == "FAULT", 2.0)
    until(lambda: hand.ask("status")["limb"]["fault"] == 255, 2.0)
    loop.go(0.2, rate=60.0, target=CLOSED)
    assert hand.position() == pytest.approx(stopped, abs=0.5)
    hand.moving(loop)
    loop.go(0.2, rate=60.0, target=CLOSED)
    assert hand.position()[0] > stopped[0] + 2.0


def test_an_overloaded_servo_comes_back_where_it_is(tmp_path: Path) -> None:
    """It lets go and sinks; nothing drives it back up to where it was."""
    with rig(tmp_path, "--fail", "1:0x20:0.6", "--sag", "15") as hand:
        loop = Loop(hand.run)
        with contextlib.closing(loop.port):

            def at_last(what: Callable[[], bool]) -> None:
                until(lambda: loop.go(0.02) or what(), 4.0)  # the loop goes on meanwhile

            at_last(lambda: hand.state() == ("FAULT", "LIMB_FAULT"))
            hand.ask("arm")
            at_last(lambda: hand.body()["reboots"] == 1)
            at_last(lambda: hand.state()[0] == "FAULT")  # it is silent, and what it said last is that fault
            at_last(lambda: all(hand.body()["torque"]))
            caught_deg = hand.position()[0]
            hand.truth.new_payloads()
            loop.go(0.2)
            path_deg = [record["position_deg"][0] for record in hand.truth.new_records()]
            assert max(path_deg) < caught_deg + 0.5
            assert hand.state()[0] == "FAULT"
            hand.moving(loop)
            assert hand.ask("status")["limb"]["fault"] == 0


def test_unplugged_faults_and_comes_back_without_moving(hand: Rig, loop: Loop, tmp_path: Path) -> None:
    hand.moving(loop)
    hand.limb.kill()
    until(lambda: hand.state() == ("FAULT", "LIMB_LOST"), 2.0)
    again_folder = tmp_path / "again"
    again_folder.mkdir()
    ring = again_folder / "limb.ring"
    args = ("--ids", "1,2,3,4,5,6", "--ring", str(ring), "--link", str(tmp_path / "port"), "--seed", "7")
    with Child(SERVOS, *args) as again:
        again.wait_ready(10.0)
        truth = RingReader(ring)
        before = until(truth.latest)["position_deg"]
        until(lambda: all(truth.latest()["torque"]), 5.0)  # type: ignore[index]
        loop.go(0.2, rate=60.0, target=CLOSED)
        assert until(truth.latest)["position_deg"] == pytest.approx(before, abs=0.3)
        assert hand.state() == ("FAULT", "LIMB_LOST")


def test_a_clean_end_leaves_it_held(hand: Rig, loop: Loop) -> None:
    hand.moving(loop)
    hand.guard.signal(signal.SIGTERM)
    until(lambda: not hand.guard.running, 3.0)
    assert hand.guard.exit_code == 0
    until(lambda: hand.body()["watchdog"] == (0,) * 6, 2.0)
    held = hand.position()
    sleep(0.3)
    body = hand.body()
    assert body["watchdog_trips"] == 0
    assert all(body["torque"])
    assert body["position_deg"] == pytest.approx(held, abs=0.2)


def test_a_servo_that_is_not_there_is_said(tmp_path: Path) -> None:
    with servos(tmp_path) as (_, link, _ring):
        joints = (*HAND, JointSettings("elbow", id=9))
        path = tmp_path / "guard.json"
        write_settings(
            path, GuardSettings((PartSettings("dynamixel", link, joints=joints),), str(tmp_path / "run"))
        )
        with Child(GUARD, str(path)) as child, pytest.raises(LimbNotFound, match="with these ids"):
            child.wait_ready(10.0)
