"""The loop closed in simulated time: it does what a loop does, and always the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from innervate.app.closed.fitted import Worn
from innervate.app.closed.limbs import LEVELS, moves_of, space_of, worn_at
from innervate.app.closed.run import run_trials
from innervate.calibration.tasks.posture import PostureTrial
from innervate.core.errors import ProfileError

from .closed_ticks import person, ticks, told


@pytest.fixture(scope="module")
def worn() -> Worn:
    return person()


def test_same_seed_same_decisions_commands_and_joint_angles_across_processes(worn: Worn) -> None:
    """Two runs here, and one in a process of its own that also calibrates anew."""
    program = Path(__file__).with_name("closed_ticks.py")
    ran = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True)
    assert told(worn) == told(worn) == ran.stdout.strip()


def test_nothing_moves_before_somebody_wants_something(worn: Worn) -> None:
    loop, _ = worn.closed_loop()
    start = loop.limb.position_deg
    moved = max(np.abs(np.subtract(loop.step().limb.position_deg, start)).max() for _ in range(500))
    assert moved < 3.0


def test_a_wanted_movement_moves_its_joints_within_the_limits(worn: Worn) -> None:
    positions = np.array([tick.limb.position_deg for tick in ticks(worn)])
    joints = worn.limb.joints
    assert positions[-1, 0] > positions[0, 0] + 40.0
    fastest = np.abs(np.diff(positions, axis=0)).max(axis=0) / 0.010
    assert (fastest <= np.array([joint.max_rate_deg_s for joint in joints]) + 1e-6).all()
    assert (positions >= [j.least_deg for j in joints]).all()
    assert (positions <= [j.most_deg for j in joints]).all()


def test_an_added_delay_is_exactly_that(worn: Worn) -> None:
    """Same seed and an open loop (a movement to be made, whatever is seen): the limb does the same, later."""
    at_once, late = ticks(worn), ticks(worn, delay_s=0.150)
    first = next(k for k, t in enumerate(at_once) if t.limb.position_deg != at_once[0].limb.position_deg)
    then = next(k for k, t in enumerate(late) if t.limb.position_deg != late[0].limb.position_deg)
    assert then - first == 15


def test_a_trial_starts_where_it_says_and_ends(worn: Worn) -> None:
    loop, user = worn.closed_loop()
    space = space_of(worn.parts, worn.model.classes)
    trials = [PostureTrial(space, {"hand": value}, 0.2, 8.0, 0.5) for value in (0.6, -0.6, 0.6)]
    outcomes = run_trials(loop, user, trials, worn.model.classes)
    assert sum(outcome.completed for outcome in outcomes) >= 2
    assert all(len(trial.path) <= 801 for trial in trials)
    assert all(abs(trial.path[0][0]) < 0.05 for trial in trials)


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_wears_a_limb_that_its_movements_drive(level: str) -> None:
    parts, limb = worn_at(level)
    assert tuple(joint for part in parts for joint in part.joints) == limb.joint_names
    assert moves_of(parts, ("open", "power")) or moves_of(parts, ("dorsiflexion",))
    assert limb.leg == (level in ("transtibial", "transfemoral"))


def test_a_level_that_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(ProfileError, match="--patient hip: not known; allowed: transradial"):
        worn_at("hip")
