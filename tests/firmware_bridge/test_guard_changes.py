"""A recalibration or a change of model under way: nothing moves at its begin, its end or its abort, by
muscles or by itself, and nobody arms before it is over."""

from __future__ import annotations

import pytest
from innervate.core.state import Reason, State
from innervate.firmware_bridge.guard_session import COUNTDOWN_S, RECALIBRATION_S, SWAP_S
from innervate.firmware_bridge.limits import LimbModel
from innervate.firmware_bridge.requests import Asked, Verb

from .guard_bench import MOVE, REST, Bench
from .made import ABILITY_HAND, MOTEUS_ANKLE


def moving(model: LimbModel = ABILITY_HAND) -> Bench:
    """Active, and of a leg: seated and long without weight."""
    bench = Bench(model)
    bench.scale.seated, bench.scale.free_s = True, 9.0
    bench.moving()
    return bench


def shown(bench: Bench, deg: float) -> str:
    return ",".join([str(deg)] * len(bench.model.joints))


def by_limb() -> Bench:
    """The countdown is over."""
    bench = moving()
    assert "error" not in bench.ask(Verb.RECALIBRATE, "limb")
    bench.run(COUNTDOWN_S + 0.01, **REST)
    return bench


@pytest.mark.parametrize("model", [ABILITY_HAND, MOTEUS_ANKLE])
def test_muscles_move_nothing_while_it_is_under_way_nor_after_it(model: LimbModel) -> None:
    bench = moving(model)
    assert bench.ask(Verb.RECALIBRATE)["recalibrating"]
    bench.run(0.1, **MOVE)  # it brakes
    assert bench.where == (State.STOPPED, Reason.RECALIBRATING)
    bench.assert_still(2.0, **MOVE)
    bench.assert_still(2.0, **REST)
    assert not bench.ask(Verb.CANCEL)["recalibrating"]
    bench.assert_still(1.0, **REST)
    bench.assert_still(1.0, **MOVE)
    assert bench.where == (State.STOPPED, Reason.NOT_ARMED)


def test_nobody_arms_before_it_is_over_and_stop_ends_it() -> None:
    bench = moving()
    bench.ask(Verb.RECALIBRATE)
    bench.run(0.1, **REST)
    assert "recalibration is under way" in bench.ask(Verb.ARM)["error"]
    assert "not armed" in bench.ask(Verb.FREEZE)["error"]
    answer = bench.ask(Verb.STOP)
    assert (answer["recalibrating"], answer["recalibration_ended"]) == (False, "STOP_REQUESTED")
    bench.run(0.05, **REST)
    assert "error" not in bench.ask(Verb.ARM)


def test_who_carries_it_out_may_die() -> None:
    bench = moving()
    bench.ask(Verb.RECALIBRATE)
    bench.run(0.2, **REST)
    bench.assert_still(RECALIBRATION_S, **REST)
    answer = bench.ask(Verb.STATUS)
    assert (answer["recalibrating"], answer["recalibration_ended"]) == (False, "NOT_ARMED")
    assert bench.guard.state is State.STOPPED


def test_load_ends_a_legs_at_once() -> None:
    bench = moving(MOTEUS_ANKLE)
    bench.ask(Verb.RECALIBRATE)
    bench.run(0.2, **REST)
    bench.scale.reason = Reason.LOADED
    bench.turn()
    answer = bench.ask(Verb.STATUS)
    assert (answer["recalibrating"], answer["recalibration_ended"]) == (False, "LOADED")
    bench.scale.reason = Reason.NONE
    bench.assert_still(0.3, **MOVE)
    assert bench.guard.state is State.STOPPED


@pytest.mark.parametrize(("seated", "free_s"), [(False, 9.0), (True, 4.9)])
def test_a_leg_is_changed_only_seated_and_without_weight(seated: bool, free_s: float) -> None:
    bench = moving(MOTEUS_ANKLE)
    bench.scale.seated, bench.scale.free_s = seated, free_s
    for verb in (Verb.RECALIBRATE, Verb.SWAP):
        assert "seated" in bench.ask(verb)["error"]
    assert bench.guard.state is State.ACTIVE
    assert (bench.guard.counters.recalibrations, bench.guard.counters.swaps) == (0, 0)


def test_a_leg_shows_nothing_by_itself() -> None:
    bench = moving(MOTEUS_ANKLE)
    assert "a leg never moves" in bench.ask(Verb.RECALIBRATE, "limb")["error"]
    bench.ask(Verb.RECALIBRATE)
    bench.run(COUNTDOWN_S + 0.1, **REST)
    assert "cannot prompt" in bench.ask(Verb.PROMPT, "5")["error"]
    bench.assert_still(0.5, **REST)


def test_an_arm_shows_movements_slowly_once_the_wearer_started_that_and_the_countdown_is_over() -> None:
    bench = moving()
    assert "nobody started" in bench.ask(Verb.PROMPT, shown(bench, 50.0))["error"]
    bench.ask(Verb.RECALIBRATE, "limb")
    bench.run(COUNTDOWN_S - 0.2, **REST)
    assert "countdown" in bench.ask(Verb.PROMPT, shown(bench, 50.0))["error"]
    bench.assert_still(0.3, **MOVE)
    assert "error" not in bench.ask(Verb.PROMPT, shown(bench, 500.0))
    assert bench.where == (State.PROMPTING, Reason.RECALIBRATING)
    before = bench.setpoint
    bench.run(0.5, **REST)
    went = [b - a for a, b in zip(before, bench.setpoint, strict=True)]
    assert 0.0 < max(went) <= bench.model.release_rate_deg_s * 0.51
    bench.run(5.0, **REST)
    ends = tuple(joint.most_deg for joint in bench.model.joints)
    assert bench.setpoint == pytest.approx(ends, abs=0.02)  # 500 is more than any joint may
    assert bench.where == (State.STOPPED, Reason.RECALIBRATING)
    bench.assert_still(0.5, **MOVE)


@pytest.mark.parametrize("value", ["", "1,2", "a,b,c,d,e,f", "nan,0,0,0,0,0"])
def test_what_is_no_posture_is_refused(value: str) -> None:
    bench = by_limb()
    assert "cannot prompt" in bench.ask(Verb.PROMPT, value)["error"]
    bench.assert_still(0.3)


@pytest.mark.parametrize("what", ["stop", "cancel", "loop", "silent", "release"])
def test_whatever_ends_it_the_limb_stops_showing_at_once(what: str) -> None:
    bench = by_limb()
    bench.ask(Verb.PROMPT, shown(bench, 90.0))
    bench.run(0.2, **REST)
    assert bench.guard.state is State.PROMPTING
    match what:
        case "loop":
            bench.wires.connected = False
        case "silent":
            bench.body.talks = False
        case _:
            bench.ask(Verb(what))
    still = {} if what == "loop" else REST
    assert what != "release" or bench.where == (State.PROMPTING, Reason.RELEASE_REQUESTED)
    bench.run(0.4, **still)
    if what == "release":
        assert bench.where == (State.STOPPED, Reason.NOT_ARMED)
        assert bench.setpoint == pytest.approx(bench.model.release_deg, abs=0.02)
        return
    assert bench.guard.state in (State.STOPPED, State.FAULT)
    bench.assert_still(1.0, **still)
    assert not bench.ask(Verb.STATUS)["recalibrating"]
    assert "cannot prompt" in bench.ask(Verb.PROMPT, shown(bench, 10.0))["error"]


def test_a_change_holds_until_a_person_arms_the_new_loop() -> None:
    bench = moving()
    assert bench.ask(Verb.SWAP)["swaps"] == 1
    bench.run(0.1, **MOVE)
    assert bench.where == (State.STOPPED, Reason.MODEL_CHANGED)
    bench.assert_still(0.3, **MOVE)
    assert "takes up" in bench.ask(Verb.ARM)["error"]
    bench.wires.connected = False
    bench.assert_still(1.0)
    assert bench.where == (State.STOPPED, Reason.MODEL_CHANGED)  # it was told to go: no fault
    bench.connect()
    bench.assert_still(0.5, **REST)
    bench.assert_still(0.5, **MOVE)
    assert "error" not in bench.ask(Verb.ARM)
    bench.run(0.05, **REST)
    bench.run(0.1, **MOVE)
    assert bench.guard.state is State.ACTIVE


def test_a_stop_gives_up_a_change_and_arming_is_possible_again() -> None:
    bench = moving()
    bench.ask(Verb.SWAP)
    bench.run(0.1, **REST)
    bench.ask(Verb.STOP)
    bench.run(0.1, **REST)
    assert "error" not in bench.ask(Verb.ARM)
    bench.run(0.1, **REST)
    bench.wires.connected = False  # the old loop is taken away all the same
    bench.run(0.1)
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)


def test_a_new_loop_that_never_comes_is_a_fault() -> None:
    bench = moving()
    bench.ask(Verb.SWAP)
    bench.run(0.1)
    bench.wires.connected = False
    bench.run(SWAP_S + 0.1)
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)


@pytest.mark.parametrize("verb", [Verb.RECALIBRATE, Verb.SWAP])
def test_a_stop_in_the_same_turn_counts(verb: Verb) -> None:
    bench = moving()
    bench.wires.asked += [Asked(Verb.STOP), Asked(verb)]
    bench.turn()
    assert "error" in bench.wires.answers[-1]
    assert bench.where == (State.STOPPED, Reason.STOP_REQUESTED)
