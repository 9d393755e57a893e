"""Dynamixel servos: the driver's verbs step by step on a clock of ours, and its settings."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

import pytest
from innervate.core.errors import ProfileError
from innervate.firmware_bridge.dynamixel.codec import (
    Instruction,
    Packets,
    encode,
)
from innervate.firmware_bridge.dynamixel.device import DynamixelOptions, Dynamixels, Stage, open_limb
from innervate.firmware_bridge.dynamixel.servo import (
    NOT_DRIVEN,
    WRONG_SETUP,
)
from innervate.firmware_bridge.dynamixel.table import Address
from innervate.firmware_bridge.settings import JointSettings, PartSettings
from innervate.sim.servo import Servo

from .dynamixel_bench import ELBOW_AND_WRIST, Bench, at, sent_to_all


@pytest.fixture
def bench() -> Iterator[Bench]:
    found = Bench()
    yield found
    found.close()


def test_asking_writes_nothing(bench: Bench) -> None:
    before = [bytes(servo.table[:120]) for servo in bench.servos]
    said = bench.turns(5)
    assert said is not None
    assert said.position_deg == pytest.approx(bench.shafts, abs=0.05)
    assert said.temperature_c == (30.0, 30.0)
    assert said.fault == 0
    assert sent_to_all(bench) == {Instruction.SYNC_READ}
    assert [bytes(servo.table[:120]) for servo in bench.servos] == before


def test_the_first_answer_takes_one_question(bench: Bench) -> None:
    """The guard's start waits half a second at most."""
    assert bench.turn() is not None


def test_torque_comes_on_without_a_move() -> None:
    """Fresh from the factory (position mode), with goal registers of yesterday that point elsewhere."""
    bench = Bench()
    for servo in bench.servos:
        servo.put(Address.GOAL_POSITION, "<i", 3000)
    before = bench.shafts
    said = bench.turns(3)
    assert said is not None
    for _ in range(20):
        bench.turn(at(*said.position_deg))
        assert bench.shafts == pytest.approx(before, abs=0.1)
    assert bench.limb.stage is Stage.DRIVEN
    for servo in bench.servos:
        assert servo.torque
        assert servo.table[Address.OPERATING_MODE] == 5
        assert servo.table[Address.WATCHDOG] == 5
        assert servo.get(Address.GOAL_CURRENT, "<h") == 735  # half the stall current of 1.47 A
    # 120 and 180 deg/s, and a fifth; 1.374 deg/s a step
    assert [servo.get(Address.PROFILE_VELOCITY, "<I") for servo in bench.servos] == [105, 158]
    bench.close()


def test_torque_comes_on_where_the_joint_is_and_not_where_it_was() -> None:
    """A limp elbow falls while answers are lost: it is caught where it was two turns ago at most."""
    bench = Bench((JointSettings("elbow", id=1),), mode=5, sag_deg_s=300.0)
    servo = bench.servos[0]
    servo.position_deg = 130.0
    said = bench.turns(2)
    assert said is not None
    wanted = at(*said.position_deg)
    bench.turns(12, wanted, deaf=True)
    while not servo.torque:
        bench.turn(wanted)
    caught_deg = servo.position_deg
    writes = [p.params for p in bench.heard if p.instruction == Instruction.SYNC_WRITE]
    engaged = next(i for i, params in enumerate(writes) if params[0] == Address.TORQUE_ENABLE)
    goal = next(params for params in reversed(writes[:engaged]) if params[0] == Address.GOAL_POSITION)
    assert struct.unpack_from("<i", goal, 5)[0] / 4096 * 360.0 < caught_deg + 7.0
    assert caught_deg < said.position_deg[0] - 30.0
    bench.close()


def test_a_servo_without_a_watchdog_is_never_driven(bench: Bench) -> None:
    """Firmware before 38. It is held where it is, and a person is told."""
    old = bench.servos[1]
    old.write = lambda address, data: 7 if address == 98 else Servo.write(old, address, data)  # type: ignore[method-assign]
    before = bench.shafts
    bench.turns(2)
    said = bench.turns(60, at(before[0] + 30.0, before[1] + 30.0))
    assert said is not None
    assert said.fault == NOT_DRIVEN
    assert bench.shafts == pytest.approx(before, abs=0.1)


def test_it_follows(bench: Bench) -> None:
    start = bench.driven().position_deg
    for k in range(50):
        bench.turn(at(start[0] + k, start[1] - 2 * k))
    said = bench.turns(30, at(start[0] + 49.0, start[1] - 98.0))
    assert said is not None
    assert said.position_deg == pytest.approx((start[0] + 49.0, start[1] - 98.0), abs=0.1)
    assert said.position_deg == pytest.approx(bench.shafts, abs=0.1)
    assert bench.limb.frames_bad == 0
    assert bench.limb.frames_acked == bench.limb.frames_sent


def test_gear_sign_and_zero() -> None:
    """Gear -2: 30 degrees of the joint are 60 of the servo, backwards; the servo's 180 is the joint's 0."""
    bench = Bench((JointSettings("elbow", id=7, gear=-2.0, zero_deg=-90.0),), mode=5)
    servo = bench.servos[0]
    servo.position_deg = 120.0
    said = bench.driven()
    assert said.position_deg == pytest.approx((30.0,), abs=0.05)
    bench.turns(100, at(45.0))
    assert servo.position_deg == pytest.approx(90.0, abs=0.1)
    bench.close()


@pytest.mark.parametrize("turns", [-2, 0, 1])
def test_whole_turns_that_a_servo_counts_make_no_difference(turns: int) -> None:
    """Multi-turn modes forget turns when switched off: the joint's range says which one it is in."""
    bench = Bench((JointSettings("wrist rotation", id=1),), mode=5)
    servo = bench.servos[0]
    servo.position_deg = 300.0 + 360.0 * turns
    said = bench.driven()
    assert said.position_deg == pytest.approx((-60.0,), abs=0.05)
    bench.turns(60, at(-50.0))
    assert servo.position_deg == pytest.approx(310.0 + 360.0 * turns, abs=0.1)
    bench.close()


def test_torque_bound_and_limiting() -> None:
    joints = (
        JointSettings("thumb", id=1, max_torque_nm=0.1),
        JointSettings("index", id=2, max_torque_nm=90.0),
    )
    bench = Bench(joints, object_deg=40.0)
    start = bench.driven().position_deg
    assert not any(bench.turn(at(*start)).limiting)  # type: ignore[union-attr]
    bounds = [servo.get(Address.GOAL_CURRENT, "<h") for servo in bench.servos]
    assert bounds == [int(0.1 / (0.52 / 1.47) * 1000), 1470]  # never above the stall current
    said = bench.turns(40, at(80.0, start[1]))
    assert said is not None
    assert said.limiting == (True, False)
    assert said.current_a[0] == pytest.approx(0.282)
    bench.close()


def test_a_servo_in_another_mode_whose_torque_is_on_is_left_alone() -> None:
    bench = Bench(mode=1)
    bench.servos[0].table[Address.TORQUE_ENABLE] = 1
    said = bench.turns(20, at(*bench.shafts))
    assert said is not None
    assert said.fault == WRONG_SETUP
    assert sent_to_all(bench) == {Instruction.SYNC_READ}
    bench.close()


@pytest.mark.parametrize(("family", "bound"), [("auto", None), ("xl330", 735), ("xm430", 427)])
def test_a_servo_of_an_unknown_number(family: str, bound: int | None) -> None:
    bench = Bench(options=DynamixelOptions(model=family), mode=5)  # type: ignore[arg-type]
    for servo in bench.servos:
        servo.put(Address.MODEL, "<H", 9999)
    if bound is None:
        said = bench.turns(10, at(*bench.shafts))
        assert said is not None
        assert said.fault == WRONG_SETUP
        assert not bench.servos[0].torque
    else:
        bench.driven()
        assert bench.servos[0].get(Address.GOAL_CURRENT, "<h") == bound
    bench.close()


def test_a_clean_end_holds_for_good(bench: Bench) -> None:
    start = bench.driven().position_deg
    bench.limb.hold(at(*start))
    sent = bench.cable.read()
    bench.cable.write(bench.firmware.receive(sent, bench.t_s))
    bench.limb.leave()
    (last,) = Packets().push(bench.cable.read())
    assert (last.instruction, last.params[:4]) == (Instruction.SYNC_WRITE, bytes((98, 0, 1, 0)))
    bench.firmware.receive(encode(last), bench.t_s)
    bench.silence(1.0)
    assert all(servo.torque and not servo.tripped for servo in bench.servos)
    assert bench.shafts == pytest.approx(start, abs=0.1)


def test_a_clean_end_waits_for_no_answer_that_is_lost(bench: Bench) -> None:
    start = bench.driven().position_deg
    bench.limb.hold(at(*start))
    bench.cable.read()
    bench.limb.leave()
    assert len(Packets().push(bench.cable.read())) == 1


@pytest.mark.parametrize(
    ("joints", "complaint"),
    [
        ((), "1 to 16"),
        ((JointSettings("elbow", id=1), JointSettings("wrist flexion", id=1)), "two servos of the id 1"),
        ((JointSettings("elbow", id=253),), "id = 253"),
        ((JointSettings("elbow", gear=0.0),), "gear"),
        ((JointSettings("elbow", gear=3.0),), "forget|does not know its turns"),
        ((JointSettings("elbow", max_torque_nm=math.nan),), "max_torque_nm"),
        ((JointSettings("ankle"),), "moteus"),
        ((JointSettings("tail"),), "tail"),
    ],
)
def test_settings_that_cannot_be_are_refused(joints: tuple[JointSettings, ...], complaint: str) -> None:
    with pytest.raises(ProfileError, match=complaint):
        Dynamixels("unused", 1_000_000, joints)


def test_a_line_too_slow_for_its_servos_is_refused() -> None:
    joints = tuple(JointSettings("elbow", id=number) for number in range(16))
    with pytest.raises(ProfileError, match="57600"):
        Dynamixels("unused", 57_600, joints)


def test_options_come_from_the_profile() -> None:
    part = PartSettings("dynamixel", "unused", 1_000_000, ELBOW_AND_WRIST, (("model", "ax12"),))
    with pytest.raises(ProfileError, match="auto, xl330, xm430"):
        open_limb(part)
