"""Box and blocks in physics: the block is where physics puts it."""

from __future__ import annotations

import pytest
from innervate.app.closed.assessing import AssessOptions, assess_person
from innervate.app.closed.box import Box, BoxTrial, box_world, grip_of
from innervate.app.closed.limbs import worn_at
from innervate.calibration.tasks.task import Outcome, Sight
from innervate.core.command import Setpoint
from innervate.core.errors import ProfileError

pytest.importorskip("mujoco")

STEP_S, RATE_DEG_S = 0.01, 150.0
PARTS, LIMB = worn_at("transradial")


def done(limit_s: float, slips_in: str = "") -> Outcome:
    """A hand that goes where it should at 150 deg/s; in that stage it opens as soon as it can."""
    world, grip = box_world(LIMB.joint_names), grip_of(PARTS)
    trial = BoxTrial(world, grip, limit_s)
    at = dict.fromkeys(world.joints, 0.0) | dict(trial.start_deg)
    world.place(tuple(at.values()))
    slipped = False
    for k in range(1, 10_000):
        goal = trial.goal.posture_deg
        if slips_in and trial.goal.text == slips_in and not slipped:
            goal = grip.posture(-1.0)
            slipped = not world.grasped("block")
        for joint, deg in goal.items():
            at[joint] += min(max(deg - at[joint], -RATE_DEG_S * STEP_S), RATE_DEG_S * STEP_S)
        limb = world.step(Setpoint(tuple(at.values()), (0.0,) * len(at)), k * STEP_S, STEP_S)
        outcome = trial.see(Sight(k * STEP_S, limb, "rest", 0.0))
        if outcome is not None:
            return outcome
    raise AssertionError("it never ended")


def test_blocks_are_gripped_carried_over_the_partition_and_let_go() -> None:
    outcome = done(12.0)
    assert outcome.completed
    assert outcome.figures["moved"] >= 2
    assert outcome.figures["dropped"] == 0


def test_a_hand_that_opens_on_the_way_drops_the_block_on_this_side() -> None:
    outcome = done(3.0, slips_in="keep it")
    assert outcome.figures["dropped"] == 1.0
    assert outcome.figures["moved"] == 0.0


def test_a_limb_without_that_grip_is_refused() -> None:
    parts, _ = worn_at("transtibial")
    with pytest.raises(ProfileError, match="needs a hand that opens and makes a tripod grip"):
        Box(box_world(LIMB.joint_names), parts)


@pytest.mark.slow
def test_a_simulated_person_moves_blocks() -> None:
    found = assess_person(AssessOptions("blocks", trials=1, limb="physics"), 1)
    assert found["figures"]["moved"] >= 3
    assert found == assess_person(AssessOptions("blocks", trials=1, limb="physics"), 1)
