"""Suspicions about the guard, each thrown at it once: two people at once, time that goes back, answers that
lie, numbers at their very bounds, what is doubted while it is frozen."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.core.command import Ask, Command, LimbState
from innervate.core.errors import LimbNotFound
from innervate.core.state import Reason, State
from innervate.firmware_bridge.devices import part_model
from innervate.firmware_bridge.governor import STALE_SAMPLE_S, judge
from innervate.firmware_bridge.limb import Limb
from innervate.firmware_bridge.line import LimbLine
from innervate.firmware_bridge.requests import Asked, Verb
from innervate.firmware_bridge.settings import JointSettings, PartSettings

from .guard_bench import MOVE, REST, Bench, Body
from .made import ABILITY_HAND, MOTEUS_ANKLE
from .promise_bench import PromiseBench


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.moving()
    return made


# -- several people, buttons that bounce ---------------------------------------------------------------------


@pytest.mark.parametrize("other", [Verb.ARM, Verb.RELEASE])
@pytest.mark.parametrize("order", [1, -1], ids=["stop first", "stop last"])
def test_of_a_stop_and_anything_else_in_one_turn_the_stop_counts(
    bench: Bench, other: Verb, order: int
) -> None:
    bench.wires.asked += [Asked(Verb.STOP), Asked(other)][::order]
    bench.turn()
    assert bench.guard.state is State.STOPPED
    bench.assert_still(0.3, **MOVE)


def test_a_page_that_stops_and_a_button_that_arms_in_one_turn() -> None:
    bench = PromiseBench((ABILITY_HAND,))
    bench.moving()
    bench.button.pressed += [Asked(Verb.ARM)] * 3  # it bounces
    bench.ask(Verb.STOP)
    assert bench.guard.state is State.STOPPED
    bench.button.pressed.append(Asked(Verb.ARM))
    bench.turn()
    assert bench.guard.state is State.ARMED  # a turn later somebody means it


def test_a_stop_by_muscles_and_a_release_by_a_person_in_one_turn(bench: Bench) -> None:
    """The person is heard first, and the muscles stop what they asked for."""
    bench.wires.asked.append(Asked(Verb.RELEASE))
    bench.command(ask=Ask.STOP)
    bench.turn()
    assert bench.guard.state is State.STOPPED


def test_a_release_that_is_asked_for_over_and_over_still_ends(bench: Bench) -> None:
    """Bouncing puts off no time limit and clears no device again and again."""
    bench.run(0.5, **MOVE)
    cleared = bench.body.cleared
    for _ in range(60):
        bench.wires.asked.append(Asked(Verb.RELEASE))
        bench.turn()
    assert bench.body.cleared == cleared + 1
    for _ in range(2100):
        bench.turn()
    assert bench.guard.state is State.STOPPED


# -- frozen -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("doubt", [Reason.CONTACT, Reason.EMG_STALE, Reason.LOOP_LATE])
def test_frozen_stays_frozen_and_says_so_after_a_doubt_has_passed(bench: Bench, doubt: Reason) -> None:
    bench.ask(Verb.FREEZE)
    bench.run(0.1, rate=60.0, reason=doubt)
    assert bench.where == (State.HOLDING, doubt)
    bench.assert_still(0.2, **MOVE)
    assert bench.where == (State.HOLDING, Reason.FROZEN)
    bench.ask(Verb.UNFREEZE)
    bench.assert_still(0.2, **MOVE)  # from rest on
    assert bench.where == (State.ARMED, Reason.REST_FIRST)


def test_unfrozen_while_an_electrode_is_doubted_it_holds(bench: Bench) -> None:
    bench.ask(Verb.FREEZE)
    bench.run(0.1, rate=60.0, reason=Reason.CONTACT)
    bench.ask(Verb.UNFREEZE)
    bench.assert_still(0.2, rate=60.0, reason=Reason.CONTACT)
    assert bench.where == (State.HOLDING, Reason.CONTACT)


# -- time ---------------------------------------------------------------------------------------------------


def test_time_that_goes_back_is_a_fault_and_frames_go_on(bench: Bench) -> None:
    """A machine that was frozen and restored. What stood would otherwise stand for ten seconds."""
    bench.clock._now_s -= 10.0
    bench.turn()
    assert bench.where == (State.FAULT, Reason.GUARD_STALLED)
    held = len(bench.body.held)
    bench.assert_still(0.5)
    assert len(bench.body.held) - held > 30
    bench.run(0.1, **REST)
    assert "error" not in bench.ask(Verb.ARM)
    bench.run(0.1, **REST)
    before = bench.setpoint
    bench.run(0.2, **MOVE)
    assert bench.setpoint[0] - before[0] > 5.0
    bench.body.talks = False
    bench.run(0.3, **MOVE)
    assert bench.where == (State.FAULT, Reason.LIMB_SILENT)


def test_a_loop_that_dies_after_time_went_back_is_noticed(bench: Bench) -> None:
    bench.clock._now_s -= 10.0
    bench.turn()
    bench.run(0.1)  # it says nothing any more
    assert "decoder" in bench.ask(Verb.ARM)["error"]


def _at(bench: Bench, seq: int = 1, **change: float) -> Command:
    t_s = bench.clock.now()
    fields = {"t_made_s": t_s, "expires_s": t_s + 0.05, "t_sample_s": t_s, **change}
    return Command(
        seq,
        fields["t_made_s"],
        fields["expires_s"],
        1,
        fields["t_sample_s"],
        (50.0,) * 6,
        (60.0,) * 6,
        Reason.NONE,
    )


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({"expires_s": 0.0}, True),
        ({"expires_s": -1e-9}, False),
        ({"t_sample_s": -STALE_SAMPLE_S + 1e-9}, True),
        ({"t_sample_s": -STALE_SAMPLE_S - 1e-9}, False),
        ({"t_made_s": 0.0099}, True),
        ({"t_made_s": 0.0101}, False),
    ],
    ids=["expires now", "a moment ago", "sample just fresh", "just stale", "just ahead", "too far ahead"],
)
def test_a_command_at_the_edge_of_its_time(bench: Bench, change: dict[str, float], allowed: bool) -> None:
    now_s = bench.clock.now()
    command = _at(bench, **{key: now_s + value for key, value in change.items()})
    assert (judge(command, 6, 0, now_s) is Reason.NONE) is allowed


def test_a_number_that_wraps_moves_nothing_until_a_person_arms(bench: Bench) -> None:
    """2^63 commands are 3 billion years; a loop that begins again without connecting anew is a broken one."""
    bench.command(60.0, seq=2**63 - 1)
    bench.turn()
    bench.seq = 0
    bench.run(0.03, **MOVE)
    bench.run(0.1, **MOVE)
    assert bench.where == (State.FAULT, Reason.LOOP_LOST)
    bench.assert_still(0.2, **MOVE)
    bench.connect()
    bench.run(0.05, **REST)
    assert "error" not in bench.ask(Verb.ARM)


# -- answers that lie ---------------------------------------------------------------------------------------


def test_one_answer_that_lies_when_the_cable_is_back_does_not_make_the_limb_jump(bench: Bench) -> None:
    """A loose plug damages frames; of an Ability Hand's one in 256 passes its checksum."""
    before = bench.setpoint
    bench.body.plugged = False
    bench.run(0.3, **REST)
    bench.body.plugged = True
    true, bench.body.position = bench.body.position, (97.0, 3.0, 88.0, 5.0, 60.0, -90.0)
    held = len(bench.body.held)
    while bench.line.newest.position_deg != bench.body.position:
        bench.turn()
    assert len(bench.body.held) == held  # one such answer alone is not believed
    bench.body.position = true
    bench.run(0.2, **REST)
    assert len(bench.body.held) > held
    assert bench.setpoint == pytest.approx(before, abs=1e-6)


@given(lies=st.lists(st.floats(-150.0, 150.0), min_size=1, max_size=6))
def test_whatever_single_answers_say_the_set_point_is_put_where_two_agree(lies: list[float]) -> None:
    body = Body(6, 20.0)
    line = LimbLine(ABILITY_HAND, body, LimbState(0.0, (20.0,) * 6), _never)
    now_s = 0.0
    for k, deg in enumerate([*lies, 30.0, 30.0]):
        before = line.newest.position_deg
        now_s += 0.01
        body.ask()
        line.speak(now_s, None)  # type: ignore[arg-type] # only asks: its place is in doubt
        body.position = (deg,) * 6
        line.listen(now_s + 0.001)
        found = line.measured()
        if found is not None:
            assert all(a is not None and abs(a - b) <= 5.0 for a, b in zip(found, before, strict=True))
        assert k < len(lies) or found is not None or abs(before[0] - 30.0) > 5.0


def _never() -> Limb:
    raise LimbNotFound("no such port")


def test_a_reconnect_while_it_opens_ends_the_opening(bench: Bench) -> None:
    bench.run(0.8, **MOVE)
    bench.ask(Verb.RELEASE)
    bench.run(0.1)
    bench.body.plugged = False
    bench.run(0.05)
    assert bench.where == (State.FAULT, Reason.LIMB_LOST)
    bench.body.plugged = True
    bench.run(0.5)
    assert bench.line.answering(bench.clock.now())
    bench.assert_still(1.0)
    assert bench.guard.state is State.FAULT


def test_a_limb_that_is_seated_anew_as_it_opens_goes_on_from_where_it_is(bench: Bench) -> None:
    """Its latched fault was cleared by the release itself: it had been pushed meanwhile."""
    bench.body.fault = 9
    bench.run(0.1, **REST)
    bench.body.position = (61.0,) * 5 + (-61.0,)
    bench.run(0.1, **REST)
    assert "error" not in bench.ask(Verb.RELEASE)
    assert bench.setpoint == pytest.approx(bench.body.position, abs=1.5)
    bench.run(9.0)
    assert bench.guard.state is State.STOPPED


# -- hot, cold, hot -----------------------------------------------------------------------------------------


def test_hot_cold_and_hot_again_each_wants_a_person() -> None:
    bench = PromiseBench((MOTEUS_ANKLE,))
    bench.moving()
    for _ in range(2):
        bench.devices[0].celsius = 90.0
        bench.run(0.05, **MOVE)
        assert bench.where == (State.FAULT, Reason.LIMB_HOT)
        bench.devices[0].celsius = 40.0
        bench.run(0.05, **REST)
        assert bench.where == (State.FAULT, Reason.LIMB_HOT)
        assert "error" not in bench.ask(Verb.ARM)
        bench.run(0.05, **REST)
        bench.run(0.05, **MOVE)
        assert bench.guard.state is State.ACTIVE


def test_heat_that_is_not_a_number_is_not_cold_enough_to_hide_another_joints() -> None:
    line = LimbLine(
        MOTEUS_ANKLE, Body(1, 0.0), LimbState(0.0, (0.0,), temperature_c=(math.nan, 90.0)), _never
    )
    assert line.hot


def test_the_ankle_gets_hot_while_the_elbow_is_hot_already() -> None:
    """The second trouble is of the same name as the first, and a fault of its own: it ends a release."""
    elbow = part_model(PartSettings("moteus", "e", joints=(JointSettings("elbow"),)))
    bench = PromiseBench((elbow, MOTEUS_ANKLE))
    bench.moving()
    bench.devices[0].celsius = 90.0
    bench.run(0.05, **REST)
    assert "error" not in bench.ask(Verb.RELEASE)
    bench.run(0.05)
    assert bench.guard.state is State.PROMPTING
    bench.devices[1].celsius = 90.0
    bench.run(0.05)
    assert bench.guard.status(bench.clock.now())["not_releasing"] == ["ankle"]
