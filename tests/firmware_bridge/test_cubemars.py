"""CubeMars AK drives on a CAN bus over multicast: the verbs on a virtual clock, and the real guard."""

from __future__ import annotations

import errno
import math
import re
import select
import signal
import socket
import sys
import tomllib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from innervate.core.child import Child
from innervate.core.clock import now, sleep
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbError, LimbLost, LimbNotFound, ProfileError, RequestError
from innervate.core.profile import Profile
from innervate.core.ring import RingReader
from innervate.core.settings import write_settings
from innervate.firmware_bridge.cubemars.bus import CanBus
from innervate.firmware_bridge.cubemars.codec import RANGES, Command, Enter, encode
from innervate.firmware_bridge.cubemars.device import CubeMars, open_limb
from innervate.firmware_bridge.cubemars.drive import LOST_ZERO, OUT_OF_SCALE
from innervate.firmware_bridge.devices import open_part, part_model
from innervate.firmware_bridge.line import LimbLine
from innervate.firmware_bridge.settings import GuardSettings, JointSettings, PartSettings
from innervate.sim.ak_drive import AkDrive, AkDrives

from ..waiting import until
from .rig import Loop, Rig

pytest.importorskip("can")
pytestmark = pytest.mark.real_time

MODEL = (("model", "AK80-9"),)
ELBOW = JointSettings("elbow")
BEAT_S = 0.01
ROOT = Path(__file__).parents[2]


def free_port() -> str:
    """A bus of its own for each test."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("", 0))
        return f"udp_multicast:239.74.163.2:{probe.getsockname()[1]}"


def part(port: str, *joints: JointSettings, **options: str) -> PartSettings:
    return PartSettings("cubemars", port, 0, joints or (ELBOW,), (*MODEL, *options.items()))


class Bench:
    """A limb and its drives on one bus, on a clock of our own."""

    def __init__(self, limb: CubeMars, bus: CanBus, *drives: AkDrive) -> None:
        self.limb, self.bus, self.body = limb, bus, AkDrives(drives)
        self.drive = drives[0]
        self.t_s = 0.0
        self.body.advance(0.0)
        self.frames: list[tuple[int, bytes]] = []

    def beat(self, *deg: float, ask: bool = False) -> LimbState | None:
        """One heartbeat: frames out, the body moves on, replies back."""
        _ = self.limb.ask() if ask else self.limb.hold(Setpoint(deg, (0.0,) * len(deg)))
        return self.exchange()

    def exchange(self) -> LimbState | None:
        """All that the limb has sent, and what it sends because of the answers."""
        self.t_s += BEAT_S
        while True:
            while len(self.frames) < self.limb.frames_sent:
                assert select.select([self.bus.fileno()], [], [], 2.0)[0]
                for number, data in self.bus.receive():
                    self.frames.append((number, data))
                    answer = self.body.receive(number, data, self.t_s)
                    if answer is not None:
                        self.bus.send(number, answer)
            self.body.advance(self.t_s)
            said = self.heard()
            if len(self.frames) == self.limb.frames_sent:
                return said

    def heard(self) -> LimbState | None:
        end_s = now() + 2.0
        while now() < end_s:
            select.select([self.limb.fileno()], [], [], 0.05)
            said = self.limb.poll(self.t_s)
            if said is not None:
                return said
        return None

    def run(self, seconds: float, *deg: float) -> LimbState:
        said = None
        for _ in range(round(seconds / BEAT_S)):
            said = self.beat(*deg)
        assert said is not None
        return said

    def ramp(self, start: float, end: float, rate_deg_s: float = 60.0) -> LimbState:
        """As the governor moves a set-point."""
        steps = max(1, round(abs(end - start) / rate_deg_s / BEAT_S))
        said = None
        for k in range(1, steps + 1):
            said = self.beat(start + (end - start) * k / steps)
        assert said is not None
        return said


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(*drives: AkDrive, joints: tuple[JointSettings, ...] = (ELBOW,), **options: str) -> Bench:
        port = free_port()
        drives = drives or (AkDrive(1, RANGES["AK80-9"], position_rad=0.7, load_nm=3.0, stop_rad=0.35),)
        bus = CanBus(port, tuple(drive.number for drive in drives))
        made.append(Bench(open_limb(part(port, *joints, **options)), bus, *drives))
        return made[-1]

    yield make
    for each in made:
        each.limb.close()
        each.bus.close()


def test_asking_enters_mit_mode_and_moves_nothing(bench: Callable[..., Bench]) -> None:
    b = bench(AkDrive(1, RANGES["AK80-9"], position_rad=0.7))
    said = None
    for _ in range(20):
        said = b.beat(ask=True)
    assert said is not None
    assert said.position_deg[0] == pytest.approx(40.1, abs=0.1)
    assert said.temperature_c == (30.0,)
    assert (said.fault, said.limiting) == (0, (False,))
    assert b.drive.position_rad == pytest.approx(0.7, abs=0.001)
    assert b.drive.driving


def test_what_another_program_left_standing_does_not_come_back_to_life(bench: Callable[..., Bench]) -> None:
    """The answer to the first FC is followed at once by a command to stay there."""
    b = bench(AkDrive(1, RANGES["AK80-9"], position_rad=0.7, command=Command(3.0, 0.0, 400.0, 1.0)))
    b.beat(ask=True)
    assert [data == encode(Enter(), RANGES["AK80-9"]) for _, data in b.frames] == [True, False]
    assert b.drive.command.position_rad == pytest.approx(0.7, abs=0.001)
    assert b.drive.command.kp_nm_rad == pytest.approx(100.0, abs=0.2)


def test_nothing_is_commanded_before_the_drive_said_where_it_is(bench: Callable[..., Bench]) -> None:
    b = bench()
    assert not b.limb.hold(Setpoint((90.0,), (0.0,)))
    b.exchange()
    assert b.drive.enters == 1
    assert b.drive.command.position_rad == pytest.approx(0.7, abs=0.001)


def test_asking_does_not_let_go_of_what_is_held(bench: Callable[..., Bench]) -> None:
    b = bench()
    said = b.beat(ask=True)
    assert said is not None
    held = b.run(0.5, said.position_deg[0])
    for _ in range(50):
        b.beat(ask=True)
    assert b.drive.position_rad == pytest.approx(held.position_deg[0] / 57.2958, abs=0.002)
    assert b.drive.command.kp_nm_rad == pytest.approx(100.0, abs=0.2)


def test_holds_a_load_and_follows(bench: Callable[..., Bench]) -> None:
    b = bench()
    b.beat(ask=True)
    at = b.limb._drives[0].joint_deg
    b.run(0.3, at)
    # 3 N m on 100 N m/rad: 1.7 degrees, less what friction holds.
    assert b.run(0.2, at).position_deg[0] == pytest.approx(at - 1.7, abs=0.5)
    said = b.ramp(at, 90.0)
    assert b.run(0.5, 90.0).position_deg[0] == pytest.approx(88.3, abs=0.5)
    assert said.limiting == (False,)
    assert b.drive.command.velocity_rad_s == pytest.approx(0.0, abs=0.02)
    assert b.drive.command.torque_nm == pytest.approx(0.0, abs=0.01)


def test_gear_sign_and_zero_of_two_joints(bench: Callable[..., Bench]) -> None:
    drives = (AkDrive(4, RANGES["AK80-9"], instant=True), AkDrive(9, RANGES["AK80-9"], instant=True))
    joints = (
        JointSettings("elbow", id=4, gear=-2.0, zero_deg=-30.0),
        JointSettings("wrist rotation", id=9, gear=1.5),
    )
    b = bench(*drives, joints=joints)
    said = b.beat(ask=True)
    assert said is not None
    assert said.position_deg == pytest.approx((30.0, 0.0), abs=0.05)
    for k in range(40):
        said = b.beat(30.0 + k, -float(k))
    assert said is not None
    assert drives[0].position_rad == pytest.approx(-2.0 * (69.0 - 30.0) / 57.2958, abs=0.002)
    assert drives[1].position_rad == pytest.approx(1.5 * -39.0 / 57.2958, abs=0.002)


def test_torque_is_bounded_and_an_overload_gives_way(bench: Callable[..., Bench]) -> None:
    b = bench(joints=(JointSettings("elbow", max_torque_nm=6.0),))
    b.beat(ask=True)
    at = b.limb._drives[0].joint_deg
    b.run(0.3, at)
    b.drive.load_nm = 9.0
    worst = 0.0
    for _ in range(30):
        said = b.beat(at)
        assert said is not None
        stiff = b.drive.command.kp_nm_rad * (b.drive.command.position_rad - b.drive.position_rad)
        worst = max(worst, stiff)
    assert said.limiting == (True,)
    # The bound is of a command against the place it was measured at; it moved on within the heartbeat.
    assert worst < 6.0 + 2.5
    assert said.position_deg[0] < at - 10.0


def test_a_fault_is_said_and_the_joint_does_not_jump_back(bench: Callable[..., Bench]) -> None:
    b = bench()
    b.beat(ask=True)
    at = b.limb._drives[0].joint_deg
    b.run(0.3, at)
    b.drive.error = 1
    said = b.run(0.3, at)
    assert said.fault == 1
    fallen = said.position_deg[0]
    assert fallen == pytest.approx(20.05, abs=0.1)  # at its stop
    b.drive.error, b.drive.velocity_rad_s = 0, 0.0
    said = b.run(0.5, at)
    assert said.fault == 0
    assert said.position_deg[0] == pytest.approx(b.run(0.2, at).position_deg[0], abs=0.3)
    assert said.position_deg[0] < at - 8.0
    b.limb.clear()
    path = [said.position_deg[0]]
    for _ in range(150):
        said = b.beat(at)
        assert said is not None
        path.append(said.position_deg[0])
    steps = [y - x for x, y in pairwise(path)]
    assert max(steps) < 0.6  # 30 deg/s asked for, and what a spring adds to it
    assert path[-1] == pytest.approx(at - 1.7, abs=0.6)


def test_armed_again_while_at_fault_it_stays_where_it_fell(bench: Callable[..., Bench]) -> None:
    """As the guard does it: its line puts the set-point where the joint is when a person clears a fault."""
    b = bench()
    first = b.beat(ask=True)
    assert first is not None
    line = LimbLine(part_model(part("p")), b.limb, first, lambda: b.limb)
    line.seated()
    at = first.position_deg[0]
    b.run(0.3, at)
    b.drive.error = 1
    fallen = b.run(0.4, at).position_deg[0]
    assert fallen == pytest.approx(20.05, abs=0.1)
    line.newest = b.run(0.01, at)
    b.drive.error = 0  # FC mends it
    line.clear()
    seat = line.measured()
    assert seat == (pytest.approx(fallen, abs=0.1),)
    said = b.exchange()  # the answer to FC comes before the next frame
    assert said is not None
    assert said.fault == 0
    assert seat is not None
    assert seat[0] is not None
    for _ in range(50):
        said = b.beat(seat[0])
        assert said is not None
        assert said.position_deg[0] == pytest.approx(fallen, abs=0.1)
        assert math.degrees(b.drive.command.position_rad) == pytest.approx(fallen, abs=0.1)


def test_clear_enters_again_only_where_there_is_an_error(bench: Callable[..., Bench]) -> None:
    b = bench()
    b.beat(ask=True)
    b.limb.clear()
    assert not b.limb.wants_to_write
    b.drive.error = 3
    b.beat(40.0)
    enters = b.drive.enters
    b.limb.clear()
    b.exchange()
    assert b.drive.enters == enters + 1


def test_a_drive_that_was_switched_off_and_on_is_a_lost_limb(bench: Callable[..., Bench]) -> None:
    """It answers and obeys nothing: the guard opens it again, and holds it where it has fallen to."""
    b = bench()
    b.beat(ask=True)
    b.run(0.3, 40.0)
    b.drive.switched_off_and_on()
    with pytest.raises(LimbLost, match="drive 1 makes no torque"):
        b.run(1.0, 40.0)
    assert b.drive.position_rad < 0.4


def test_that_watch_can_be_switched_off(bench: Callable[..., Bench]) -> None:
    b = bench(watch_torque="false")
    b.beat(ask=True)
    b.run(0.1, 40.0)
    b.drive.switched_off_and_on()
    assert b.run(0.6, 40.0).fault == 0


def test_older_firmware_says_neither_temperature_nor_error(bench: Callable[..., Bench]) -> None:
    b = bench(AkDrive(1, RANGES["AK80-9"], position_rad=0.7, short=True))
    said = b.beat(ask=True)
    assert said is not None
    assert (said.temperature_c, said.fault) == ((), 0)


def test_a_joint_far_outside_its_range_has_lost_its_zero(bench: Callable[..., Bench]) -> None:
    b = bench(AkDrive(1, RANGES["AK80-9"], position_rad=7.0))
    said = b.beat(ask=True)
    assert said is not None
    assert said.fault == LOST_ZERO


def test_a_reading_at_the_end_of_its_scale_is_not_believed(bench: Callable[..., Bench]) -> None:
    b = bench(AkDrive(1, RANGES["AK80-9"], position_rad=-13.0))
    said = b.beat(ask=True)
    assert said is not None
    assert said.fault == OUT_OF_SCALE


@pytest.mark.parametrize("stiffness", [0.05, 0.2, 1.0])
@pytest.mark.parametrize("gear", [1.0, -3.0])
def test_quick_movement_without_a_load_is_not_taken_for_switched_off(
    bench: Callable[..., Bench], stiffness: float, gear: float
) -> None:
    joint = JointSettings("elbow", gear=gear, stiffness_share=stiffness)
    b = bench(AkDrive(1, RANGES["AK80-9"], position_rad=0.7 * gear), joints=(joint,))
    said = b.beat(ask=True)
    assert said is not None
    at = said.position_deg[0]
    for target in (120.0, 20.0, 60.0):
        said = b.ramp(at, target, 120.0)
        at = target
    assert b.run(0.6, at).position_deg[0] == pytest.approx(at, abs=2.0)


def test_others_on_the_bus_and_our_own_echo_are_no_replies(bench: Callable[..., Bench]) -> None:
    b = bench()
    b.beat(ask=True)
    b.limb.ask()  # comes back to us over multicast, under the drive's own id
    b.bus.receive()
    b.bus.send(77, b"\x01" * 8)
    b.bus.send(1, b"\x01\x02")
    b.bus.send(0, b"\x05" * 8)
    assert until(lambda: b.limb.poll(1.0) or b.limb.frames_bad)
    assert (b.limb.frames_bad, b.limb.frames_acked, b.limb.frames_sent) == (1, 2, 3)


def test_a_reply_under_the_masters_id_counts(bench: Callable[..., Bench]) -> None:
    """Some firmware answers under identifier 0, with the drive's id in its first byte."""
    b = bench()
    b.limb.ask()
    answer = until(lambda: [b.body.receive(*frame, 0.0) for frame in b.bus.receive()])[0]
    b.bus.send(0, answer)
    assert b.heard() is not None


@pytest.mark.parametrize(
    ("how", "holds", "driving"), [("hold", True, True), ("damp", False, True), ("free", False, False)]
)
def test_what_a_clean_end_leaves(bench: Callable[..., Bench], how: str, holds: bool, driving: bool) -> None:
    b = bench(at_end=how)
    b.beat(ask=True)
    b.run(0.3, 40.0)
    b.limb.leave()
    frames = {"hold": 0, "damp": 1, "free": 2}[how]
    got: list[Any] = []
    while len(got) < frames:
        got += [b.body.receive(*frame, b.t_s) for frame in b.bus.receive()]
    b.body.advance(b.t_s + 0.2)
    assert (b.drive.command.kp_nm_rad > 50.0) is holds
    assert b.drive.driving is driving
    if how == "damp":
        # 3 N m on 2 N m s/rad and some friction: sinks, does not fall.
        assert -1.7 < b.drive.velocity_rad_s < -0.3
    if how == "hold":
        assert abs(b.drive.velocity_rad_s) < 0.05


def test_a_full_queue_waits_with_the_newest_frame_and_a_bus_that_is_down_is_a_lost_limb(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What python-can raises for SocketCAN, which this machine's kernel may not have."""
    import can

    b = bench()
    b.beat(ask=True)
    error: Exception = can.CanOperationError("Failed to transmit", errno.ENOBUFS)

    def refuse(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(b.limb._bus._bus, "send", refuse)
        assert not b.limb.hold(Setpoint((41.0,), (0.0,)))
        assert not b.limb.hold(Setpoint((42.0,), (0.0,)))
        assert b.limb.wants_to_write
    b.limb.flush()
    assert not b.limb.wants_to_write
    b.exchange()
    assert b.drive.commands == 2  # the first was to stay where it was
    assert b.drive.command.position_rad == pytest.approx(math.radians(42.0), abs=0.001)
    error = can.CanOperationError("Failed to transmit: Network is down", errno.ENETDOWN)
    monkeypatch.setattr(b.limb._bus._bus, "send", refuse)
    with pytest.raises(LimbLost, match="Network is down"):
        b.limb.hold(Setpoint((42.0,), (0.0,)))


def test_noise_on_a_multicast_bus_is_counted(bench: Callable[..., Bench]) -> None:
    b = bench()
    _, group, port = b.limb._bus.port.split(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
        for noise in (b"\xc1", b"hello", b"\x85\x01"):
            other.sendto(noise, (group, int(port)))
    assert until(lambda: b.limb.poll(1.0) or b.limb.frames_bad == 3)


@pytest.mark.parametrize(
    ("joint", "options", "named"),
    [
        ({"id": 0}, {}, "id = 0"),
        ({"stiffness_share": 0.01}, {}, "stiffness_share"),
        ({"damping_share": 0.05}, {}, "damping_share"),
        ({"max_torque_nm": 30.0}, {}, "max_torque_nm = 30: allowed 0.5 to 18"),
        ({"gear": 0.0}, {}, "gear"),
        ({"gear": 9.0}, {}, "at 140 deg the drive would be at 22.0 rad"),
        ({}, {"model": "AK1"}, "allowed: AK10-9"),
        ({}, {"torque_nm": "-3"}, "torque_nm"),
        ({}, {"at_end": "drop"}, "allowed: hold, damp, free"),
    ],
)
def test_settings_that_are_refused(joint: dict[str, Any], options: dict[str, str], named: str) -> None:
    given = PartSettings(
        "cubemars", free_port(), 0, (JointSettings("elbow", **joint),), (*{**dict(MODEL), **options}.items(),)
    )
    with pytest.raises(ProfileError, match=named):
        open_limb(given)


def test_a_model_must_be_named() -> None:
    with pytest.raises(ProfileError, match="model is missing"):
        open_limb(PartSettings("cubemars", free_port(), 0, (ELBOW,)))


def test_two_drives_of_one_id_are_refused() -> None:
    with pytest.raises(ProfileError, match="one id: 1, 1"):
        open_limb(part(free_port(), ELBOW, JointSettings("wrist rotation")))


@pytest.mark.parametrize(
    "port", ["can0", "telepathy:x", "udp_multicast:10.0.0.1", "udp_multicast:239.1.1.1:x", "udp_multicast:"]
)
def test_a_port_that_is_no_can_bus(port: str) -> None:
    with pytest.raises(ProfileError, match=r"limb\.port"):
        open_limb(part(port))


def test_a_bus_that_is_not_there() -> None:
    with pytest.raises(LimbNotFound, match="socketcan:can77"):
        open_limb(part("socketcan:can77"))


def test_a_bus_that_cannot_be_waited_for() -> None:
    with pytest.raises(LimbError, match="waited for"):
        open_limb(part("virtual:x"))


def test_without_python_can_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "can", None)
    with pytest.raises(LimbError, match=r"pip install 'innervate\[can\]'"):
        open_limb(part(free_port()))


@pytest.mark.parametrize("name", ["ankle", "knee"])
def test_no_watchdog_no_leg(name: str) -> None:
    with pytest.raises(ProfileError, match="may not drive a leg"):
        part_model(part("socketcan:can0", JointSettings(name)))


def test_ranges_of_other_firmware_are_settings() -> None:
    given = dict(part(free_port(), torque_nm="20", velocity_rad_s="30").options)
    limb = open_limb(PartSettings("cubemars", free_port(), 0, (ELBOW,), tuple(given.items())))
    assert (limb._ranges.torque_nm, limb._ranges.velocity_rad_s, limb._ranges.position_rad) == (
        20.0,
        30.0,
        12.5,
    )
    limb.close()


# -- the real guard -----------------------------------------------------------------------------------------


@pytest.fixture
def arm(tmp_path: Path) -> Iterator[Rig]:
    port, truth, run = free_port(), tmp_path / "limb.ring", tmp_path / "run"
    (tmp_path / "bus").write_text(port)
    args = ("--bus", port, "--ring", str(truth), "--load", "3", "--stop", "20")
    with Child("innervate.sim.ak_drive", *args, log_path=tmp_path / "limb.log") as limb:
        limb.wait_ready(10.0)
        path = tmp_path / "guard.json"
        write_settings(path, GuardSettings((part(port),), str(run)))
        with Child("innervate.firmware_bridge", str(path), log_path=tmp_path / "guard.log") as guard:
            guard.wait_ready(10.0)
            yield Rig(limb, guard, run, RingReader(truth), RingReader(run / "guard.ring"), tmp_path)


def moving(arm: Rig, loop: Loop, target: float = 120.0) -> None:
    for _ in range(10):
        loop.go(0.05, target=(target,))
        try:
            arm.ask("arm")
        except RequestError:
            continue
        loop.go(0.05, target=(target,))
        loop.go(0.3, rate=60.0, target=(target,))
        if arm.state()[0] == "ACTIVE":
            return
    raise AssertionError(f"never active: {arm.state()}")


def test_an_elbow_is_held_where_it_is_follows_and_stays_when_the_guard_dies(arm: Rig) -> None:
    assert arm.state() == ("STOPPED", "NOT_ARMED")
    first = arm.position()[0]
    assert 19.9 < first < 30.0  # nothing held it before: it lies at its stop, or was caught shortly above it
    until(lambda: arm.body()["commands"] > 10)
    assert arm.position()[0] == pytest.approx(first, abs=2.0)
    assert arm.body()["kp_nm_rad"] == pytest.approx(100.0, abs=0.2)
    loop = Loop(arm.run)
    moving(arm, loop)
    assert arm.position()[0] > first + 5.0
    arm.guard.signal(signal.SIGKILL)
    until(lambda: not arm.guard.running)
    last = arm.body()["command_deg"]
    sleep(0.3)
    held = arm.position()[0]
    sleep(0.3)
    body = arm.body()
    assert body["command_deg"] == last if isinstance(last, float) else tuple(last)
    assert body["position_deg"] == pytest.approx(last - 1.7, abs=1.0)
    assert arm.position()[0] == pytest.approx(held, abs=0.05)
    assert body["driving"] == 1
    loop.port.close()


def test_killed_loop_and_clean_end_hold(arm: Rig) -> None:
    loop = Loop(arm.run)
    moving(arm, loop)
    loop.port.close()
    until(lambda: arm.state() == ("FAULT", "LOOP_LOST"), 2.0)
    arm.guard.signal(signal.SIGTERM)
    until(lambda: not arm.guard.running, 3.0)
    held = until(lambda: arm.position()[0])
    sleep(0.3)
    assert arm.position()[0] == pytest.approx(held, abs=0.3)
    assert arm.body()["exits"] == 0
    assert arm.guard.exit_code == 0


def test_a_guard_that_starts_again_takes_over_without_moving(arm: Rig, tmp_path: Path) -> None:
    loop = Loop(arm.run)
    moving(arm, loop)
    arm.guard.kill()
    loop.port.close()
    sleep(0.2)
    held = arm.position()[0]
    arm.truth.new_payloads()
    with Child("innervate.firmware_bridge", str(tmp_path / "guard.json")) as again:
        again.wait_ready(10.0)
        sleep(0.3)
        path = [r["position_deg"] for r in arm.truth.new_records()]
        # It seats the set-point where the joint is, which has sagged: it sags once more by as much.
        assert max(abs(p - held) for p in path) < 2.5


def test_a_drive_that_was_off_is_held_where_it_is_found(arm: Rig, tmp_path: Path) -> None:
    loop = Loop(arm.run)
    moving(arm, loop)
    arm.limb.kill()
    until(lambda: arm.state() == ("FAULT", "LIMB_SILENT"), 2.0)
    port = (tmp_path / "bus").read_text()
    truth = tmp_path / "again.ring"
    args = ("--bus", port, "--ring", str(truth), "--load", "3", "--stop", "60")
    with Child("innervate.sim.ak_drive", *args) as again:
        again.wait_ready(10.0)
        arm.truth.close()
        arm.truth = RingReader(truth)
        until(lambda: arm.ask("status")["limb"]["answering"], 5.0)
        until(lambda: arm.body()["commands"] > 10)
        assert arm.body()["enters"] >= 1
        sleep(0.3)  # it settles on its load
        found = arm.position()[0]
        assert arm.body()["command_deg"] == pytest.approx(found, abs=2.5)
        loop.go(0.2, rate=60.0, target=(120.0,))
        assert arm.state() == ("FAULT", "LIMB_SILENT")
        assert arm.position()[0] == pytest.approx(found, abs=0.5)
    loop.port.close()


def test_the_profile_in_the_how_to_is_one() -> None:
    page = (ROOT / "docs/limbs/cubemars.md").read_text()
    (example,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    limb = Profile.model_validate(tomllib.loads(example)).limb
    joints = tuple(JointSettings(**joint.model_dump()) for joint in limb.joints)
    given = PartSettings(limb.device, free_port(), limb.baud, joints, limb.option_texts)
    assert part_model(given).joint_names == ("elbow",)
    open_part(given).close()
