"""Dynamixel servos: lost answers, watchdogs, supplies, errors; whatever happens, nothing moves by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.command import Setpoint
from innervate.firmware_bridge.dynamixel.codec import (
    BROADCAST,
    Packets,
    write,
)
from innervate.firmware_bridge.dynamixel.device import Dynamixels, Stage
from innervate.firmware_bridge.dynamixel.servo import (
    TIMED_OUT,
    TORQUE_LOST,
)
from innervate.firmware_bridge.dynamixel.table import Address
from innervate.firmware_bridge.settings import JointSettings
from innervate.sim.servo import REBOOT_S
from innervate.sim.servos import ServosFirmware

from .dynamixel_bench import ELBOW_AND_WRIST, OVERLOAD, VOLTAGE, Bench, at


@pytest.fixture
def bench() -> Iterator[Bench]:
    found = Bench()
    yield found
    found.close()


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
