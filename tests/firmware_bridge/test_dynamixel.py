"""Dynamixel servos: the driver's verbs step by step on a clock of ours, whatever the servos do."""

from __future__ import annotations

import contextlib
import math
import select
import struct
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.command import LimbState, Setpoint
from innervate.core.errors import LimbLost, ProfileError
from innervate.firmware_bridge.dynamixel.codec import (
    BROADCAST,
    Instruction,
    Packet,
    Packets,
    encode,
    write,
)
from innervate.firmware_bridge.dynamixel.device import DynamixelOptions, Dynamixels, Stage, open_limb
from innervate.firmware_bridge.dynamixel.servo import (
    NOT_DRIVEN,
    TIMED_OUT,
    TORQUE_LOST,
    WRONG_SETUP,
)
from innervate.firmware_bridge.dynamixel.table import Address
from innervate.firmware_bridge.settings import JointSettings, PartSettings
from innervate.sim.servo import REBOOT_S, Servo
from innervate.sim.servos import ServosFirmware
from innervate.sim.wire import PseudoTerminal

ELBOW_AND_WRIST = (JointSettings("elbow", id=1), JointSettings("wrist rotation", id=2))
OVERLOAD, VOLTAGE = 0x20, 0x01


def at(*position_deg: float) -> Setpoint:
    return Setpoint(position_deg, (0.0,) * len(position_deg))


class Bench:
    """A driver and virtual servos on one pseudo-terminal; time passes when we say so."""

    def __init__(
        self,
        joints: tuple[JointSettings, ...] = ELBOW_AND_WRIST,
        options: DynamixelOptions | None = None,
        **sim: Any,
    ) -> None:
        self.cable = PseudoTerminal()
        self.firmware = ServosFirmware([joint.id for joint in joints], **sim)
        self.limb = Dynamixels(self.cable.port, 1_000_000, joints, options or DynamixelOptions())
        self.t_s = 100.0
        self.heard: list[Packet] = []
        self._packets = Packets()
        self.limb.poll(self.t_s)

    @property
    def servos(self) -> list[Servo]:
        return list(self.firmware.servos.values())

    @property
    def shafts(self) -> tuple[float, ...]:
        return tuple(servo.position_deg for servo in self.servos)

    def turn(
        self,
        setpoint: Setpoint | None = None,
        *,
        dt_s: float = 0.010,
        deaf: bool = False,
        mute: bool = False,
    ) -> LimbState | None:
        """One heartbeat: hold (or only ask), let the servos answer, and listen.

        Args:
            deaf: their answers are lost.
            mute: our frames are.
        """
        self.t_s += dt_s
        self.firmware.advance(self.t_s)
        said = self.limb.poll(self.t_s)
        if setpoint is None:
            self.limb.ask()
        else:
            self.limb.hold(setpoint)
        for _ in range(3):  # some answers lead to another question at once
            sent = self.cable.read()
            self.heard += self._packets.push(sent)
            answer = b"" if mute else self.firmware.receive(sent, self.t_s)
            if not answer or deaf:
                break
            self.cable.write(answer)
            select.select([self.limb.fileno()], [], [], 5.0)
            said = self.limb.poll(self.t_s) or said
        return said

    def turns(self, count: int, setpoint: Setpoint | None = None, **more: Any) -> LimbState | None:
        said = None
        for _ in range(count):
            said = self.turn(setpoint, **more) or said
        return said

    def driven(self) -> LimbState:
        """Held where it is."""
        said = self.turns(3)
        assert said is not None
        for _ in range(20):
            said = self.turn(at(*said.position_deg)) or said
            if self.limb.stage is Stage.DRIVEN:
                return said
        raise AssertionError(f"never driven: {self.limb.stage!r}, fault {said.fault}")

    def silence(self, seconds: float) -> None:
        """Nobody speaks to the servos."""
        for _ in range(round(seconds / 0.01)):
            self.t_s += 0.01
            self.firmware.advance(self.t_s)

    def close(self) -> None:
        self.limb.close()
        self.cable.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    found = Bench()
    yield found
    found.close()


def sent_to_all(bench: Bench) -> set[int]:
    return {packet.instruction for packet in bench.heard}


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


def test_lost_and_damaged_answers_stall_nothing() -> None:
    bench = Bench(mode=5, spoil=0.03)
    start = bench.driven().position_deg
    heard = [bench.turn(at(*start)) for _ in range(300)]
    assert sum(said is not None for said in heard) > 220
    longest = max(map(len, "".join("-" if said is None else " " for said in heard).split()), default=0)
    assert longest < 7  # within the 80 ms after which the guard calls it silent
    assert bench.limb.frames_bad > 5
    assert bench.limb.stage is Stage.DRIVEN
    assert sum(servo.trips for servo in bench.servos) == 0
    bench.close()


@pytest.mark.parametrize("turns", [15, 18])
def test_a_tripped_watchdog_is_a_fault_until_a_person_clears_it(bench: Bench, turns: int) -> None:
    start = bench.driven().position_deg
    far = at(start[0] + 60.0, start[1])
    bench.turns(turns, far)
    bench.silence(0.12)
    assert [servo.table[Address.WATCHDOG] for servo in bench.servos] == [0xFF, 0xFF]
    stopped = bench.shafts
    said = bench.turn(far)
    assert said is not None
    assert said.fault == TIMED_OUT  # the first that is heard of it
    said = bench.turns(30, far)
    assert said is not None
    assert said.fault == TIMED_OUT
    assert bench.shafts == pytest.approx(stopped, abs=0.2)
    bench.limb.clear()
    for _ in range(20):  # the guard has put its set-point where the limb says it is
        said = bench.turn(at(*said.position_deg)) or said
        assert bench.shafts == pytest.approx(stopped, abs=0.2)
    assert said.fault == 0
    assert [servo.table[Address.WATCHDOG] for servo in bench.servos] == [5, 5]
    bench.turns(100, at(start[0] + 5.0, start[1]))
    assert bench.shafts[0] == pytest.approx(start[0] + 5.0, abs=0.1)


def test_a_new_driver_finds_servos_that_an_old_one_left_tripped() -> None:
    """The guard was killed and started again: it holds them where they are, by itself."""
    bench = Bench(mode=5)
    start = bench.driven().position_deg
    bench.turns(10, at(start[0] + 60.0, start[1]))
    bench.silence(0.12)
    assert all(servo.tripped for servo in bench.servos)
    stopped = bench.shafts
    bench.limb.close()
    bench.limb = Dynamixels(bench.cable.port, 1_000_000, ELBOW_AND_WRIST)
    bench.limb.poll(bench.t_s)
    assert bench.driven().fault == 0
    bench.turns(20, at(*stopped))
    assert bench.shafts == pytest.approx(stopped, abs=0.1)
    assert all(servo.torque and not servo.tripped for servo in bench.servos)
    bench.close()


def test_an_overloaded_servo_is_rebooted_when_a_person_clears_it() -> None:
    """It has let go already. The other one is never let go of."""
    bench = Bench(mode=5, sag_deg_s=20.0)
    start = bench.driven().position_deg
    bench.servos[0].fail(OVERLOAD)
    said = bench.turns(4, at(*start))  # the alert bit makes us look at once
    assert said is not None
    assert said.fault == OVERLOAD
    bench.turns(20, at(*start))
    assert not bench.servos[0].torque
    assert bench.servos[0].reboots == 0
    bench.limb.clear()
    for _ in range(int(REBOOT_S / 0.01) - 5):
        assert bench.turn() is None  # it is silent; the guard says so, and a person arms again
        assert bench.servos[1].torque
    said = bench.turns(20)
    assert said is not None
    assert said.fault == 0
    assert [servo.reboots for servo in bench.servos] == [1, 0]
    sunk = said.position_deg
    assert sunk[0] < start[0] - 3.0
    said = bench.driven()
    assert bench.shafts == pytest.approx(sunk, abs=1.5)
    assert [servo.trips for servo in bench.servos] == [0, 0]
    bench.close()


def test_an_error_that_keeps_the_torque_on_never_costs_the_torque(bench: Bench) -> None:
    """Voltage is not in an XM430's shutdown mask: a reboot would drop the joint for nothing."""
    bench.servos[0].table[63] = 0x34
    start = bench.driven().position_deg
    bench.servos[0].fail(VOLTAGE)
    said = bench.turns(4, at(*start))
    assert said is not None
    assert said.fault == VOLTAGE
    bench.limb.clear()
    said = bench.turns(30, at(*start))
    assert said is not None
    assert said.fault == 0
    assert bench.servos[0].reboots == 0
    assert bench.servos[0].torque
    bench.servos[0].fail(0x08)
    said = bench.turns(20, at(*start))
    assert said is not None
    assert said.fault == VOLTAGE | 0x08


def test_a_servo_that_lost_its_supply_is_not_driven_until_a_person_clears_it(bench: Bench) -> None:
    start = bench.driven().position_deg
    bench.servos[1].reboot(bench.t_s)
    said = bench.turns(70, at(*start))
    assert said is not None
    assert said.fault == TORQUE_LOST
    assert not bench.servos[1].torque
    assert bench.servos[0].torque
    bench.limb.clear()
    bench.driven()
    assert bench.servos[1].torque


@pytest.mark.parametrize("turns", [0, 3, 6])
def test_a_servo_that_was_off_and_on_is_believed_about_its_turns(turns: int) -> None:
    """It counted 420 degrees and counts 60 now: the joint is where it was, and nothing turns it round."""
    bench = Bench((JointSettings("wrist rotation", id=1),), mode=5)
    servo = bench.servos[0]
    servo.position_deg = 420.0
    start = bench.driven().position_deg
    assert start == pytest.approx((60.0,), abs=0.1)
    bench.turns(turns, at(*start))
    servo.reboot(bench.t_s)
    heard = [said for _ in range(80) if (said := bench.turn(at(*start))) is not None]
    assert heard[-1].fault == TORQUE_LOST
    assert {round(said.position_deg[0]) for said in heard} == {60}
    bench.limb.clear()
    bench.driven()
    bench.turns(20, at(*heard[-1].position_deg))
    assert servo.position_deg == pytest.approx(60.0, abs=0.2)
    bench.close()


def test_clear_acts_only_on_what_is_latched(bench: Bench) -> None:
    bench.driven()
    bench.limb.clear()
    assert bench.limb.stage is Stage.DRIVEN


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


def test_nothing_that_is_no_number_goes_out(bench: Bench) -> None:
    start = bench.driven().position_deg
    bench.heard.clear()
    bench.turn(at(math.nan, start[1]))
    bench.turn(at(math.inf, start[1]))
    assert sent_to_all(bench) == {Instruction.SYNC_READ}


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


def test_a_virtual_servo_refuses_what_a_real_one_does() -> None:
    firmware = ServosFirmware((1,))
    servo = firmware.servos[1]
    (answer,) = Packets().push(firmware.receive(write(1, Address.HARDWARE_ERROR, b"\1"), 0.0))
    assert answer.error == 7
    firmware.receive(write(1, Address.TORQUE_ENABLE, b"\1"), 0.0)
    (answer,) = Packets().push(firmware.receive(write(1, Address.OPERATING_MODE, b"\5"), 0.0))
    assert answer.error == 7
    firmware.receive(write(BROADCAST, Address.WATCHDOG, b"\5"), 0.0)
    for k in range(20):
        firmware.advance(0.01 * k)
    assert servo.tripped
    (answer,) = Packets().push(firmware.receive(write(1, Address.GOAL_POSITION, bytes(4)), 0.2))
    assert answer.error == 4
    (answer,) = Packets().push(firmware.receive(write(1, Address.WATCHDOG, b"\0"), 0.2))
    assert answer.error == 0
    (answer,) = Packets().push(firmware.receive(write(1, Address.GOAL_POSITION, bytes(4)), 0.2))
    assert answer.error == 0


HAPPENINGS = st.one_of(
    st.just(("turn",)),
    st.just(("turn",)),
    st.just(("ask",)),
    st.just(("deaf",)),
    st.just(("mute",)),
    st.just(("silence",)),
    st.just(("clear",)),
    st.tuples(st.just("reboot"), st.integers(0, 1)),
    st.tuples(st.just("fail"), st.integers(0, 1), st.sampled_from((VOLTAGE, 0x08, OVERLOAD))),
)


def happen(bench: Bench, happening: tuple[Any, ...], stay: Setpoint) -> None:
    match happening:
        case ("turn",):
            bench.turns(6, stay)
        case ("ask",):
            bench.turns(3)
        case ("deaf",):
            bench.turns(3, stay, deaf=True)
        case ("mute",):
            bench.turns(4, stay, mute=True)
        case ("silence",):
            bench.silence(0.12)
        case ("clear",):
            bench.limb.clear()
        case ("reboot", i):
            bench.servos[i].reboot(bench.t_s)
        case ("fail", i, bits):
            bench.servos[i].fail(bits)


@settings(max_examples=25)
@given(st.lists(HAPPENINGS, max_size=25))
def test_asked_to_stay_it_stays_whatever_happens(happenings: list[tuple[Any, ...]]) -> None:
    """Goal registers of yesterday point elsewhere; frames, answers, supply and torque come and go."""
    with contextlib.closing(Bench(mode=5)) as bench:
        bench.servos[1].position_deg = 660.0
        for servo in bench.servos:
            servo.put(Address.GOAL_POSITION, "<i", 3000)
        first = bench.turns(3)
        assert first is not None
        stay, before = at(*first.position_deg), bench.shafts
        for happening in happenings:
            happen(bench, happening, stay)
            for servo, was_deg in zip(bench.servos, before, strict=True):
                assert abs((servo.position_deg - was_deg + 180.0) % 360.0 - 180.0) < 0.1
        for _ in range(2):  # a person arms as often as the limb asks for it, and then all is driven
            bench.turns(60, stay)
            bench.limb.clear()
        said = bench.turns(25, stay)
        assert said is not None
        assert said.fault == 0
        assert bench.limb.stage is Stage.DRIVEN
        assert said.position_deg == pytest.approx(first.position_deg, abs=0.1)
