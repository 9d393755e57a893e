"""Tasks with objects, a wandering target and a walk, on limbs that are led by hand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from innervate.calibration.tasks.dofs import Dof, Space
from innervate.calibration.tasks.handling import Blocks, Clothespins, HandlingTrial
from innervate.calibration.tasks.stance import CLOSES_S, LASTS_S, Stance, StanceTrial
from innervate.calibration.tasks.task import Outcome, Sight, Trial
from innervate.calibration.tasks.tracking import Tracking
from innervate.core.command import LimbState
from innervate.core.errors import ProfileError

JOINTS = ("index", "thumb", "wrist")
HAND = Dof("hand", {"index": 5.0, "thumb": -10.0}, {"index": 85.0, "thumb": -70.0})
WRIST = Dof("wrist rotation", {"wrist": -80.0}, {"wrist": 80.0})
ARM = Space((HAND, WRIST), JOINTS)
ANKLE = Space((Dof("ankle", {"ankle": -15.0}, {"ankle": 10.0}),), ("ankle",))
MOVES = {"dorsiflexion": {"ankle": 10.0}, "plantarflexion": {"ankle": -15.0}}
STEP_S = 0.01


def led(trial: Trial, at: Callable[[float], tuple[float, ...]], loaded: Callable[[float], float]) -> Outcome:
    """The outcome of a limb that is there at each time, and bears weight for so long."""
    for k in range(1, 10_000):
        t_s = k * STEP_S
        outcome = trial.see(Sight(t_s, LimbState(t_s, at(t_s)), "rest", 0.0, loaded(t_s)))
        if outcome is not None:
            return outcome
    raise AssertionError("it never ended")


def nobody_knows(_t_s: float) -> float:
    return -1.0


def obeying(trial: HandlingTrial, slip_s: float = -1.0) -> Callable[[float], tuple[float, ...]]:
    """A hand that is at once where the goal is; at `slip_s` it opens for a moment."""

    def at(t_s: float) -> tuple[float, ...]:
        posture = {"wrist": 0.0, **trial.goal.posture_deg}
        if 0.0 <= t_s - slip_s < 2 * STEP_S:
            posture |= HAND.posture(-1.0)
        return tuple(posture[joint] for joint in JOINTS)

    return at


def test_a_hand_that_obeys_at_once_moves_as_many_blocks_as_the_carrier_lets_it() -> None:
    (trial,) = Blocks(ARM).trials(1, seed=1)
    assert isinstance(trial, HandlingTrial)
    outcome = led(trial, obeying(trial), nobody_knows)
    assert (outcome.completed, outcome.time_s, outcome.figures["dropped"]) == (True, 60.0, 0.0)
    assert 24 <= outcome.figures["moved"] <= 28  # 2.2 s of carrying each


def test_a_hand_that_opens_on_the_way_drops_the_block_and_begins_again() -> None:
    (trial,) = Blocks(ARM).trials(1, seed=1)
    assert isinstance(trial, HandlingTrial)
    stages = []
    outcome = led(trial, lambda t_s: (stages.append(trial.stage), obeying(trial, 1.0)(t_s))[1], nobody_knows)
    assert outcome.figures["dropped"] == 1.0
    assert stages[98] == "carry over the partition"
    assert stages[103] in ("open over the block", "reach")


def test_a_hand_that_never_moves_moves_nothing() -> None:
    (trial,) = Blocks(ARM).trials(1, seed=1)
    outcome = led(trial, lambda _t_s: (45.0, -40.0, 0.0), nobody_knows)
    assert (outcome.completed, outcome.figures["moved"]) == (False, 0.0)


def test_pins_must_be_turned_before_they_are_let_go() -> None:
    (trial,) = Clothespins(ARM).trials(1, seed=1)
    assert isinstance(trial, HandlingTrial)
    done = led(trial, obeying(trial), nobody_knows)
    assert done.completed
    assert done.figures["moved"] == 3.0
    assert done.time_s < 12.0
    (trial,) = Clothespins(ARM).trials(1, seed=1)
    assert isinstance(trial, HandlingTrial)
    stiff = led(trial, lambda t_s: (*obeying(trial)(t_s)[:2], 0.0), nobody_knows)
    assert (stiff.completed, stiff.figures["moved"]) == (False, 0.0)


def test_what_the_limb_lacks_is_said() -> None:
    with pytest.raises(ProfileError, match=r"--test blocks: needs a hand .* moves ankle"):
        Blocks(ANKLE)
    with pytest.raises(ProfileError, match="--test clothespin: needs a wrist rotation"):
        Clothespins(Space((HAND,), ("index", "thumb")))
    with pytest.raises(ProfileError, match="--test tracking: needs an ankle"):
        Tracking(ARM)
    with pytest.raises(ProfileError, match="--test stance: needs a leg"):
        Stance(ARM, {"power": {"index": 85.0}}, frozenset({"ankle"}))


def test_tracking_tells_error_correlation_and_lag() -> None:
    (trial,) = Tracking(ANKLE).trials(1, seed=3)
    shown: list[float] = []

    def late(t_s: float) -> tuple[float, ...]:
        shown.append(trial.goal.posture_deg["ankle"])
        return (shown[max(len(shown) - 1 - 40, 0)],)

    outcome = led(trial, late, nobody_knows)
    assert outcome.completed
    assert outcome.figures["lag_s"] == pytest.approx(0.4, abs=0.011)
    assert 0.9 < outcome.figures["correlation"] < 1.0
    assert 0.3 < outcome.figures["error_deg"] < 2.0
    assert -15.0 < min(shown) < -8.0
    assert 4.0 < max(shown) < 10.0
    assert np.abs(np.diff(shown)).max() / STEP_S < 15.0  # an ankle of 20 deg/s can follow


def test_standing_still_is_no_tracking() -> None:
    (trial,) = Tracking(ANKLE).trials(1, seed=3)
    outcome = led(trial, lambda _t_s: (0.0,), nobody_knows)
    assert not outcome.completed
    assert "correlation" not in outcome.figures


def stance_trial() -> Trial:
    return Stance(ANKLE, MOVES, frozenset({"ankle"})).trials(1, seed=1)[0]


def striding(t_s: float) -> float:
    """0.6 s of stance, 0.4 s of swing."""
    return t_s % 1.0 + 1e-6 if t_s % 1.0 < 0.6 else 0.0


def test_a_set_point_that_moves_in_stance_is_found_and_one_in_swing_is_none() -> None:
    swings = led(stance_trial(), lambda t_s: (np.floor(t_s) % 2 if t_s % 1.0 > 0.7 else 0.0,), lambda _t: 0.0)
    assert swings.completed
    assert swings.figures["swing_deg"] > 5.0
    still = led(stance_trial(), lambda _t_s: (0.0,), striding)
    assert (still.completed, still.figures["stance_deg"]) == (True, 0.0)
    assert still.figures["strides"] == pytest.approx(LASTS_S - 1, abs=1)
    moved = led(stance_trial(), lambda t_s: (0.001 * (t_s > 4.3),), striding)
    assert not moved.completed
    assert moved.figures["stance_deg"] == pytest.approx(0.001)


def test_the_first_moments_of_a_stance_are_counted_apart() -> None:
    landing = led(stance_trial(), lambda t_s: (0.1 * (t_s > 4.0 + CLOSES_S / 2),), striding)
    assert landing.completed
    assert landing.figures["landing_deg"] == pytest.approx(0.1)


def test_a_walker_tenses_and_rests_in_turn() -> None:
    trial = stance_trial()
    assert isinstance(trial, StanceTrial)
    wanted = []
    led(trial, lambda _t_s: (wanted.append(trial.goal.movement), (0.0,))[1], striding)
    changes = sum(a != b for a, b in pairwise(wanted))
    assert 15 < changes < 60
    assert set(wanted) - {""} < {"dorsiflexion", "plantarflexion"}
