"""CubeMars AK drives on a CAN bus over multicast: the verbs, on a clock of our own."""

from __future__ import annotations

import errno
import math
import socket
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from innervate.core.command import Setpoint
from innervate.core.errors import LimbLost
from innervate.firmware_bridge.cubemars.bus import CanBus
from innervate.firmware_bridge.cubemars.codec import RANGES, Command, Enter, encode
from innervate.firmware_bridge.cubemars.device import open_limb
from innervate.firmware_bridge.cubemars.drive import LOST_ZERO, OUT_OF_SCALE
from innervate.firmware_bridge.devices import part_model
from innervate.firmware_bridge.line import LimbLine
from innervate.firmware_bridge.settings import JointSettings
from innervate.sim.ak_drive import AkDrive

from ..waiting import until
from .cubemars_bench import ELBOW, Bench, free_port, part

pytest.importorskip("can")
pytestmark = pytest.mark.real_time


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
