"""Tasks and their figures, on limbs that are led by hand."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.calibration.tasks.dofs import Dof, Space
from innervate.calibration.tasks.fitts import Fitts
from innervate.calibration.tasks.motion import MotionTest
from innervate.calibration.tasks.posture import PostureTrial
from innervate.calibration.tasks.tac import LIMIT_S, TRAVEL, Tac
from innervate.calibration.tasks.task import Outcome, Sight, Trial
from innervate.core.command import LimbState
from innervate.core.errors import ProfileError

JOINTS = ("index", "thumb", "wrist")
HAND = Dof("hand", {"index": 5.0, "thumb": -10.0}, {"index": 85.0, "thumb": -70.0})
WRIST = Dof("wrist rotation", {"wrist": -80.0}, {"wrist": 80.0})
SPACE = Space((HAND, WRIST), JOINTS)
STEP_S = 0.01


def posture(hand: float, wrist: float) -> tuple[float, ...]:
    at = SPACE.posture({"hand": hand, "wrist rotation": wrist})
    return tuple(at[joint] for joint in JOINTS)


def led(trial: Trial, way: list[tuple[float, float]]) -> Outcome | None:
    """The outcome of a limb that is at each of these values for one step, and stays at the last."""
    for k in range(2000):
        hand, wrist = way[min(k, len(way) - 1)]
        t_s = (k + 1) * STEP_S
        outcome = trial.see(Sight(t_s, LimbState(t_s, posture(hand, wrist)), "rest", 0.0))
        if outcome is not None:
            return outcome
    return None


def line(target: tuple[float, float], steps: int) -> list[tuple[float, float]]:
    return [(target[0] * k / steps, target[1] * k / steps) for k in range(1, steps + 1)]


@given(hand=st.floats(-1, 1), wrist=st.floats(-1, 1))
def test_a_posture_and_its_values_are_one_thing(hand: float, wrist: float) -> None:
    assert SPACE.values(posture(hand, wrist)) == pytest.approx([hand, wrist], abs=1e-9)
    assert HAND.value(dict(zip(JOINTS, posture(hand, wrist), strict=True))) == pytest.approx(hand, abs=1e-9)


def test_a_straight_way_is_all_efficient_and_its_throughput_is_that_of_the_norm() -> None:
    trial = PostureTrial(SPACE, {"hand": 0.8}, 0.1, 10.0, 1.0)
    outcome = led(trial, line((0.8, 0.0), 100))
    assert outcome is not None
    assert outcome.completed
    assert outcome.time_s == pytest.approx(0.88, abs=0.011)  # 0.7 of 0.8, at its pace
    assert outcome.figures["path_efficiency"] == pytest.approx(1.0)
    assert outcome.figures["overshoots"] == 0
    assert outcome.figures["difficulty_bit"] == pytest.approx(math.log2(0.8 / 0.2 + 1))
    assert outcome.figures["throughput_bit_s"] == pytest.approx(math.log2(5) / outcome.time_s)


def test_a_detour_and_an_overshoot_count() -> None:
    way = [*line((0.8, 0.0), 50), *((0.8 + 0.01 * k, 0.0) for k in range(20)), (0.8, 0.0)]
    outcome = led(PostureTrial(SPACE, {"hand": 0.8}, 0.1, 10.0, 1.0), way)
    assert outcome is not None
    assert outcome.completed
    assert outcome.figures["overshoots"] == 1
    assert outcome.figures["path_efficiency"] < 0.75


def test_passing_through_is_not_being_there() -> None:
    outcome = led(PostureTrial(SPACE, {"hand": 0.5}, 0.1, 3.0, 1.0), line((1.0, 0.0), 20))
    assert outcome is not None
    assert not outcome.completed
    assert outcome.time_s == 3.0
    assert "throughput_bit_s" not in outcome.figures


def test_the_other_dof_must_stay() -> None:
    outcome = led(PostureTrial(SPACE, {"hand": 0.5}, 0.1, 3.0, 1.0), line((0.5, 0.5), 20))
    assert outcome is not None
    assert not outcome.completed


def test_tac_asks_for_every_combination_equally_often() -> None:
    trials = Tac(SPACE, 2).trials(40, seed=1)
    asked = Counter(tuple(sorted(trial.goal.posture_deg.items())) for trial in trials)
    assert len(asked) == 4
    assert set(asked.values()) == {10}
    assert [t.goal for t in Tac(SPACE, 2).trials(40, seed=1)] == [t.goal for t in trials]
    assert [t.goal for t in Tac(SPACE, 2).trials(40, seed=2)] != [t.goal for t in trials]
    wide = SPACE.values(tuple(trials[0].goal.posture_deg[joint] for joint in JOINTS))
    assert [abs(value) for value in wide] == pytest.approx([TRAVEL, TRAVEL])


def test_tac_in_time_is_completed_and_late_is_not() -> None:
    target = (TRAVEL, 0.0)
    trial = PostureTrial(SPACE, {"hand": TRAVEL}, 0.05, LIMIT_S, 2.0)
    late = led(trial, [(0.0, 0.0)] * 1400 + [target])
    assert late is not None
    assert not late.completed


@pytest.mark.parametrize("motions", [0, 3, 4])
def test_more_dofs_than_the_limb_has_are_refused(motions: int) -> None:
    with pytest.raises(ProfileError, match=f"--motions {motions}: this limb has 2 degrees of freedom"):
        Tac(SPACE, motions)
    if motions == 3:
        with pytest.raises(ProfileError, match="allowed: 1 to 2"):
            Fitts(SPACE, motions)


def test_fitts_targets_lie_in_reach_and_are_of_every_difficulty() -> None:
    trials = Fitts(SPACE, 2).trials(24, seed=1)
    values = [SPACE.values(tuple(t.goal.posture_deg[j] for j in JOINTS)) for t in trials]
    assert all(abs(value) <= 1.0 for at in values for value in at)
    widths = {round(next(iter(t.goal.tolerance_deg.values())), 6) for t in trials}
    assert len(widths) == 2


def motion_outcome(said: list[str]) -> Outcome:
    test = MotionTest({"power": {"index": 85.0}}, {"index": 5.0})
    (trial,) = test.trials(1, seed=1)
    for k in range(2000):
        t_s = (k + 1) * STEP_S
        movement = said[min(k, len(said) - 1)]
        outcome = trial.see(Sight(t_s, LimbState(t_s, (5.0, -10.0, 0.0)), movement, 1.0))
        if outcome is not None:
            return outcome
    raise AssertionError("it never ended")


def test_motion_test_counts_selection_from_the_first_decision_that_is_not_rest() -> None:
    outcome = motion_outcome(["rest"] * 50 + ["open"] * 22 + ["power"])
    assert outcome.completed
    assert outcome.figures["selection_s"] == pytest.approx(0.22)
    assert outcome.time_s == pytest.approx(1.22, abs=0.011)


def test_motion_test_needs_a_second_of_right_decisions_within_five() -> None:
    broken = motion_outcome(["open", "power"] * 50 + ["power"] * 100)
    assert broken.completed
    assert broken.time_s == pytest.approx(1.5, abs=0.02)
    wrong = motion_outcome(["open"])
    assert (wrong.completed, wrong.time_s) == (False, 5.0)
    assert "selection_s" not in wrong.figures
    never = motion_outcome(["rest"])
    assert not never.completed
