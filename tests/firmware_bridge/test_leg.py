"""What the guard lets an ankle do, on the virtual clock: real guard, gait board bytes and phase machine."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.core.state import Reason, State
from innervate.firmware_bridge.devices import part_model
from innervate.firmware_bridge.guard import Guard
from innervate.firmware_bridge.leg import NoSensor
from innervate.firmware_bridge.requests import Verb
from innervate.firmware_bridge.settings import JointSettings, PartSettings

from .gait_bench import GAIT, IMU_ONLY, LegBench
from .guard_bench import MOVE, REST

BRAKING_DEG = 0.7
"""60 deg/s lost at 3000 deg/s^2: 0.6 deg, and one step of rounding."""
UP: dict[str, Any] = {"rate": 60.0}
DOWN: dict[str, Any] = {"rate": 60.0, "target_deg": (-15.0,)}


def moving(bench: LegBench) -> None:
    bench.armed()
    bench.run(0.1, **UP)
    assert bench.where == (State.ACTIVE, Reason.NONE)


# -- stance -----------------------------------------------------------------------------------------------


def test_in_stance_no_command_moves_the_ankle() -> None:
    bench = LegBench()
    bench.armed()
    bench.board.do("stand")
    bench.run(0.3, **REST)
    assert bench.where == (State.ARMED, Reason.LOADED)
    bench.assert_still(1.0, **UP)
    bench.assert_still(0.1, **REST)
    bench.assert_still(1.0, **DOWN)
    assert bench.where == (State.ARMED, Reason.LOADED)


def test_load_that_comes_in_a_movement_ends_it_within_its_braking() -> None:
    bench = LegBench()
    moving(bench)
    bench.board.do("stand")
    while bench.guard.reason is not Reason.LOADED:
        bench.run(0.01, **UP)
    at = bench.at()
    bench.run(0.03, **UP)
    assert abs(bench.at() - at) <= BRAKING_DEG
    bench.assert_still(1.0, **UP)


def test_after_stance_the_person_rests_before_the_ankle_follows() -> None:
    bench = LegBench()
    moving(bench)
    bench.board.do("stand")
    bench.run(0.2, **UP)
    bench.board.do("lift")
    bench.run(0.1, **UP)
    bench.assert_still(0.3, **UP)
    assert bench.where == (State.ARMED, Reason.REST_FIRST)
    bench.run(0.05, **REST)
    before = bench.at()
    bench.run(0.1, **DOWN)
    assert bench.where == (State.ACTIVE, Reason.NONE)
    assert bench.at() < before


def test_a_gate_that_shuts_between_two_commands_wants_rest_too() -> None:
    """Shorter than the time between commands: 40 ms, and a loop that is just not yet lost."""
    bench = LegBench()
    moving(bench)
    bench.board.phase.hear_load(bench.clock.now() + 0.001, math.nan)  # one bad sample
    bench.turn(0.002)
    assert bench.guard.state is State.ARMED
    assert bench.guard.reason in (Reason.LOAD_UNKNOWN, Reason.LOADED)
    bench.board.do("sit")  # the foot swings on
    bench.run(0.02, **UP)  # brakes
    bench.assert_still(0.3, **UP)
    assert bench.where == (State.ARMED, Reason.REST_FIRST)


def test_walking_with_muscles_that_never_rest_moves_nothing() -> None:
    bench = LegBench()
    bench.armed()
    bench.board.do("walk 100")
    bench.run(0.2, **REST)
    while bench.guard.reason is not Reason.LOADED:
        bench.run(0.01, **REST)
    bench.assert_still(5.0, **UP)


def test_walking_each_swing_follows_from_rest_and_each_stance_holds() -> None:
    bench = LegBench()
    bench.armed()
    bench.board.do("walk 80")
    moved_in_swing = 0.0
    last = bench.at()
    loaded_s = 0.0
    for k in range(2000):
        swing_turns = bench.board.unloaded_s(bench.clock.now())
        if k % 2 == 0:
            # Rests in stance, pulls up once the foot has been in the air for 80 ms.
            bench.command(
                **(UP if swing_turns > 0.08 and k % 400 < 200 else DOWN if swing_turns > 0.08 else REST)
            )
        bench.turn()
        moved = abs(bench.at() - last)
        last = bench.at()
        loaded_s = loaded_s + 0.005 if bench.board.share >= GAIT.unloaded_share else 0.0
        if loaded_s > 0.035:  # one heartbeat to hear of it, two to brake
            assert moved == 0.0
        else:
            moved_in_swing += moved
    assert moved_in_swing > 20.0


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    *("stand", "lift", "sit", "rest", "lean", "walk 60", "walk 120", "load 0.11", "load 1.2"),
                    *("fault nan", "fault silent", "fault frozen", "fault corrupt", "fault none"),
                    *("fault offset 0.3", "fault restart", "fault imu", "fault stuck"),
                ]
            ),
            st.sampled_from([REST, UP, DOWN, {"rate": 60.0, "reason": Reason.LOW_CONFIDENCE}]),
            st.sampled_from([None, None, *Verb.__members__.values()]),
            st.integers(1, 60),
        ),
        max_size=14,
    )
)
def test_whatever_happens_weight_holds_the_ankle(script: list[tuple[str, dict[str, Any], Any, int]]) -> None:
    """Any life of a leg, any requests: 35 ms after weight is on it, and until it is off, nothing moves.

    That is one heartbeat to hear of it and two to brake; 150 ms with a sensor that has just failed.
    """
    bench = LegBench()
    bench.armed()
    loaded_s, last, still_by_s = 0.0, bench.at(), 0.035
    for line, command, verb, turns in script:
        bench.board.do(line)
        if line.startswith("fault"):
            still_by_s = 0.035 if line == "fault none" else 0.150
        if verb is not None and verb is not Verb.SHUTDOWN:
            bench.ask(verb, "power" if verb is Verb.GRIP else "")
            last, loaded_s = bench.at(), 0.0
        for k in range(turns):
            if k % 2 == 0:
                bench.command(**command)
            bench.turn()
            loaded_s = loaded_s + 0.005 if bench.board.share >= 0.25 else 0.0
            if loaded_s > still_by_s:
                assert bench.at() == last, (line, command)
            last = bench.at()


# -- the board --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["silent", "stuck", "corrupt", "nan", "imu"])
def test_a_board_that_dies_in_mid_swing_stops_the_ankle_within_60_ms(fault: str) -> None:
    bench = LegBench()
    moving(bench)
    died_s = bench.clock.now()
    bench.board.do(f"fault {fault}")
    while bench.guard.reason is not Reason.LOAD_UNKNOWN:
        bench.run(0.01, **DOWN)
        assert bench.clock.now() - died_s < 0.2
    assert bench.clock.now() - died_s <= 0.060 + 1e-9
    bench.run(0.025, **DOWN)
    bench.assert_still(1.0, **DOWN)
    assert bench.guard.state is State.ARMED


def test_without_a_board_nothing_but_the_hold() -> None:
    bench = LegBench()
    bench.guard = Guard(
        *(bench.model, bench.line, bench.wires, bench.wires, None, bench.clock), gate=NoSensor()
    )
    bench.connect()
    bench.run(0.1, **REST)
    for verb in (Verb.ARM, Verb.RELEASE, Verb.SIT, Verb.RECALIBRATE):
        assert "error" in bench.ask(verb)
    bench.assert_still(1.0, **MOVE)


# -- faults -----------------------------------------------------------------------------------------------


def lose_the_loop(bench: LegBench) -> None:
    bench.wires.connected = False
    bench.turn()
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)


def test_a_fault_with_weight_on_the_leg_holds() -> None:
    bench = LegBench()
    moving(bench)
    bench.board.do("stand")
    bench.run(0.3, **REST)
    lose_the_loop(bench)
    bench.assert_still(5.0)


def test_a_fault_with_an_unknown_load_holds() -> None:
    bench = LegBench()
    moving(bench)
    bench.board.do("fault silent")
    lose_the_loop(bench)
    bench.run(0.1)
    bench.assert_still(5.0)


def test_a_fault_without_weight_returns_to_neutral_slowly() -> None:
    bench = LegBench(at_deg=-10.0)
    bench.armed()
    bench.run(0.05, **DOWN)
    bench.run(2.0)  # the loop falls silent: FAULT, and home
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)
    assert bench.at() == pytest.approx(0.0, abs=0.01)

    bench = LegBench(at_deg=-10.0)
    bench.armed()
    bench.run(0.03, **UP)
    fault_at, fault_s = bench.at(), bench.clock.now()
    lose_the_loop(bench)
    path = [bench.at()]
    for _ in range(400):
        bench.turn()
        path.append(bench.at())
        if bench.clock.now() - fault_s <= 0.1:
            assert abs(bench.at() - fault_at) <= 2.0
    steps = [abs(b - a) for a, b in pairwise(path[8:])]  # after braking
    assert max(steps) <= 15.0 * 0.015 + 1e-9  # a frame every 10 ms, seen in turns of 5
    assert path[-1] == pytest.approx(0.0, abs=0.01)
    for a, b in zip(path[20:], path[60:], strict=False):
        assert abs(b - a) <= 15.0 * 0.2 + 0.2


def test_weight_stops_the_return_at_once_and_it_goes_on_in_the_air() -> None:
    bench = LegBench(at_deg=-12.0)
    bench.armed()
    lose_the_loop(bench)
    bench.run(0.3)
    assert bench.at() > -12.0
    bench.board.do("stand")
    bench.run(0.1)
    assert -12.0 < bench.at() < -1.0
    bench.assert_still(2.0)
    bench.board.do("lift")
    bench.assert_still(0.3)  # half a second in the air first: not in the swings of a walk
    bench.run(2.0)
    assert bench.at() == pytest.approx(0.0, abs=0.01)


def test_walking_on_after_a_fault_never_returns() -> None:
    """A swing is over before the foot could be where the next step does not expect it."""
    bench = LegBench(at_deg=-12.0)
    bench.armed()
    bench.board.do("walk 100")
    lose_the_loop(bench)
    bench.run(2.0)
    bench.assert_still(5.0)


def test_a_release_stops_with_weight() -> None:
    bench = LegBench(at_deg=-15.0)
    bench.stand_and_lift()
    assert "error" not in bench.ask(Verb.RELEASE)
    bench.run(0.3)
    assert bench.at() > -15.0
    bench.board.do("stand")
    bench.run(0.1)
    bench.assert_still(1.0)
    assert bench.guard.state is State.PROMPTING


# -- what people ask --------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", [Verb.ARM, Verb.RELEASE])
def test_with_weight_or_without_knowing_a_person_is_refused(verb: Verb) -> None:
    bench = LegBench()
    bench.connect()
    bench.run(0.05, **REST)
    bench.board.do("stand")
    bench.run(0.3, **REST)
    assert "weight on the limb" in bench.ask(verb)["error"]
    bench.board.do("fault silent")
    bench.run(0.3, **REST)
    assert "load sensor" in bench.ask(verb)["error"]
    assert bench.guard.state is State.STOPPED


def test_seated_the_ankle_follows_with_the_foot_on_the_floor_and_ends_with_weight() -> None:
    bench = LegBench()
    bench.stand_and_lift()
    bench.connect()
    assert "error" in bench.ask(Verb.SIT)
    bench.board.do("sit")
    bench.run(5.2, **REST)
    assert bench.ask(Verb.SIT)["seated"]
    bench.board.do("rest")
    bench.run(0.3, **REST)
    assert "error" not in bench.ask(Verb.ARM)
    bench.run(0.05, **REST)
    before = bench.at()
    bench.run(0.1, **UP)
    assert bench.where == (State.ACTIVE, Reason.NONE)
    assert bench.at() > before
    bench.board.do("stand")
    bench.run(0.1, **UP)
    bench.assert_still(0.5, **UP)
    assert bench.guard.reason is Reason.LOADED
    assert not bench.ask(Verb.STATUS)["seated"]


def test_recalibration_wants_a_seat_and_five_seconds_without_weight() -> None:
    bench = LegBench()
    bench.stand_and_lift()
    bench.run(6.0)
    assert "seated" in bench.ask(Verb.RECALIBRATE)["error"]
    bench.ask(Verb.SIT)
    assert bench.ask(Verb.RECALIBRATE)["recalibrations"] == 1
    bench.board.do("lean")
    bench.run(0.3)
    assert "seated" in bench.ask(Verb.RECALIBRATE)["error"]
    bench.board.do("rest")
    bench.run(0.3)
    assert "error" in bench.ask(Verb.RECALIBRATE)  # not yet five seconds
    bench.ask(Verb.STAND)
    assert not bench.ask(Verb.STATUS)["seated"]


def test_by_the_shank_alone_armed_with_the_leg_held_out_and_moved_in_mid_swing_only() -> None:
    bench = LegBench(IMU_ONLY)
    bench.connect()
    bench.board.do("stand")
    bench.run(0.3, **REST)
    assert "weight on the limb" in bench.ask(Verb.ARM)["error"]
    bench.board.do("stretch")
    bench.run(2.5, **REST)
    assert "error" not in bench.ask(Verb.ARM)
    bench.assert_still(0.5, **UP)
    bench.board.do("walk 60")
    last, moved = bench.at(), 0.0
    for k in range(1200):
        in_swing = bench.board.closed(bench.clock.now()) is Reason.NONE
        if k % 2 == 0:
            bench.command(**(DOWN if in_swing and bench.guard.reason is Reason.NONE else REST))
        bench.turn()
        if bench.board.share >= GAIT.unloaded_share:
            assert bench.at() == last
        moved += abs(bench.at() - last)
        last = bench.at()
    assert moved > 1.0


def test_no_joint_of_a_leg_returns_faster_than_15_degrees_a_second_whatever_drives_it() -> None:
    servo = part_model(PartSettings("dynamixel", "p", joints=(JointSettings("ankle inversion"),)))
    assert servo.release_rate_deg_s > 15.0
    bench = LegBench(at_deg=-9.0, model=servo)
    bench.stand_and_lift()
    bench.connect()
    bench.run(0.1, **REST)
    assert "error" not in bench.ask(Verb.RELEASE)
    bench.run(0.4)
    assert -9.0 < bench.at() <= -9.0 + 0.4 * 15.0 + 0.2
    bench.ask(Verb.STOP)
    bench.run(0.1, **REST)
    assert "error" not in bench.ask(Verb.ARM)
    lose_the_loop(bench)
    start = bench.at()
    bench.run(0.1)
    assert 0.0 < bench.at() - start <= 0.1 * 15.0 + 0.2
