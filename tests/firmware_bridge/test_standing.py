"""What a person is shown and what stands after each thing that can happen; the table itself: tests/core."""

from __future__ import annotations

from itertools import product

import pytest
from innervate.core.state import Event, Reason, State
from innervate.firmware_bridge.standing import RUNNING, Standing

FAULTS = (
    Reason.LOOP_LOST,
    Reason.EMG_LOST,
    Reason.GUARD_STALLED,
    Reason.LIMB_SILENT,
    Reason.LIMB_HOT,
    Reason.LIMB_FAULT,
    Reason.LIMB_LOST,
)
"""The lightest first; written down a second time on purpose."""


def standing(state: State) -> Standing:
    made = Standing()
    if state is State.STOPPED:
        return made
    if state is State.PROMPTING:
        made.release()
        return made
    if state is State.FAULT:
        made.fault(Reason.LIMB_SILENT)
        return made
    made.arm()
    made.rest_seen = True
    if state is State.ACTIVE:
        made.happen(Event.MOVE)
    if state is State.HOLDING:
        made.happen(Event.DISTRUST)
    assert made.state is state
    return made


def test_a_limb_begins_stopped_unarmed_without_rest() -> None:
    made = Standing()
    assert (made.state, made.because) == (State.STOPPED, Reason.NOT_ARMED)
    assert not made.rest_seen
    assert not made.frozen
    assert not made.fault_stands
    assert made.reason(None) is Reason.NOT_ARMED


def test_what_runs() -> None:
    assert set(RUNNING) == {State.ARMED, State.ACTIVE, State.HOLDING}


@pytest.mark.parametrize(("first", "then"), [*product(FAULTS, FAULTS)])
def test_only_a_graver_fault_takes_the_place_of_one(first: Reason, then: Reason) -> None:
    made = standing(State.ACTIVE)
    made.fault(first)
    assert (made.state, made.because) == (State.FAULT, first)
    made.fault(then)
    assert made.state is State.FAULT
    assert made.because is max(first, then, key=FAULTS.index)
    assert made.reason(Reason.EMG_STALE) is made.because


@pytest.mark.parametrize(("first", "then"), [*product(FAULTS, FAULTS)])
def test_armed_away_a_fault_yields_to_any_other(first: Reason, then: Reason) -> None:
    made = standing(State.ARMED)
    made.fault(first)
    made.arm()
    assert not made.fault_stands
    made.fault(then)
    assert made.because is then


@pytest.mark.parametrize("state", RUNNING)
def test_a_reason_of_holding_is_no_fault_even_if_it_is_called_like_one(state: State) -> None:
    made = standing(state)
    made.because = Reason.LIMB_LOST
    assert not made.fault_stands
    made.stop(Reason.STOP_REQUESTED)
    assert (made.state, made.because) == (State.STOPPED, Reason.STOP_REQUESTED)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_stays_visible_through_stop_and_release_until_armed(fault: Reason) -> None:
    made = standing(State.ACTIVE)
    made.fault(fault)
    made.stop(Reason.STOP_REQUESTED)
    assert (made.state, made.because) == (State.STOPPED, fault)
    assert made.fault_stands
    made.release()
    assert made.state is State.PROMPTING
    assert made.reason(None) is Reason.RELEASE_REQUESTED
    made.happen(Event.RELEASED)
    assert (made.state, made.reason(None)) == (State.STOPPED, fault)
    made.arm()
    assert (made.state, made.because) == (State.ARMED, Reason.NONE)


@pytest.mark.parametrize("state", [s for s in State if s is not State.FAULT])
def test_stop_and_release_say_why(state: State) -> None:
    made = standing(state)
    made.stop(Reason.STOP_REQUESTED)
    assert (made.state, made.because) == (State.STOPPED, Reason.STOP_REQUESTED)
    made = standing(state)
    made.because = Reason.STOP_REQUESTED
    made.release()
    assert (made.state, made.because) == (State.PROMPTING, Reason.NOT_ARMED)


def test_a_release_goes_on_when_the_loop_is_lost_and_only_then() -> None:
    made = standing(State.PROMPTING)
    made.fault(Reason.LOOP_LOST)
    assert made.state is State.PROMPTING
    made.happen(Event.RELEASED)
    assert made.reason(None) is Reason.LOOP_LOST, "and it shows afterwards"
    for fault in FAULTS[1:]:
        made = standing(State.PROMPTING)
        made.fault(fault)
        assert made.state is State.FAULT
    for state in RUNNING:
        made = standing(state)
        made.fault(Reason.LOOP_LOST)
        assert made.state is State.FAULT


@pytest.mark.parametrize("fault", FAULTS)
def test_a_release_goes_on_with_the_devices_that_are_left(fault: Reason) -> None:
    made = standing(State.PROMPTING)
    made.fault(fault, others_open=True)
    assert (made.state, made.because) == (State.PROMPTING, fault)
    made.happen(Event.RELEASED)
    assert made.reason(None) is fault
    for state in RUNNING:
        made = standing(state)
        made.fault(fault, others_open=True)
        assert made.state is State.FAULT, "only a release does"


@pytest.mark.parametrize("act", ["fault", "stop", "release", "arm", "unfreeze"])
def test_whatever_happens_ends_a_freeze(act: str) -> None:
    made = standing(State.ACTIVE)
    made.freeze()
    assert made.frozen
    assert (made.state, made.reason(None)) == (State.HOLDING, Reason.FROZEN)
    match act:
        case "fault":
            made.fault(Reason.LIMB_SILENT)
        case "stop":
            made.stop(Reason.STOP_REQUESTED)
        case "release":
            made.release()
        case "arm":
            made.arm()
        case _:
            made.unfreeze()
    assert not made.frozen
    if act in ("arm", "unfreeze"):
        assert made.state is State.ARMED
        assert not made.rest_seen, "from rest on"


def test_a_freeze_and_its_end_wake_nothing_that_is_stopped() -> None:
    made = standing(State.STOPPED)
    made.unfreeze()
    assert made.state is State.STOPPED
    made.freeze()
    assert made.state is State.STOPPED


def test_what_is_shown_while_armed() -> None:
    made = Standing()
    made.arm()
    assert made.reason(Reason.NONE) is Reason.REST_FIRST
    assert made.reason(None) is Reason.REST_FIRST
    made.rest_seen = True
    assert made.reason(None) is Reason.COMMAND_EXPIRED
    assert made.reason(Reason.CONTACT) is Reason.CONTACT
    assert made.reason(Reason.NONE) is Reason.NONE
    made.happen(Event.MOVE)
    assert made.reason(None) is made.reason(Reason.CONTACT) is Reason.NONE
