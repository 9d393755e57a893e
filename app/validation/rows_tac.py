"""Rows about target achievement: postures of one and three motions, classifiers of one and three DOFs."""

from __future__ import annotations

import math

import numpy as np

from ...calibration.tasks.motion import mean_of
from ...calibration.tasks.tac import Tac
from ..closed.limbs import space_of
from .effect import Effect, Floats, Settings, correlation, less, ratio
from .rows_control import ARM, LEVEL
from .world import accuracy, calibrated_person, completed, outcomes, row, seconds

TAC_TRIALS = 12
"""Of each kind; one-DOF classifiers share them."""
_PAIRS = tuple((ARM[k], ARM[k + 1]) for k in range(0, len(ARM), 2))

T1, T3, DONE1, DONE3, ALONE, RIGHT_ALONE, RIGHT, PATH = range(8)
"""Columns: seconds of one and of three motions, % completed of both, % completed of one motion with one-DOF
classifiers, % right offline of those and of the three-DOF classifier, % path efficiency of three motions."""


def tac(seed: int, settings: Settings) -> Floats:
    """See the columns."""
    worn = calibrated_person(LEVEL, seed, settings, ARM)
    space = space_of(worn.parts, worn.model.classes)
    n = settings.trials(TAC_TRIALS)
    one, three = (outcomes(worn, settings, Tac(space, k).trials(n, seed), k) for k in (1, 3))
    alone, right = [], []
    for pair in _PAIRS:
        single = calibrated_person(LEVEL, seed, settings, pair)
        task = Tac(space_of(single.parts, single.model.classes), 1)
        alone += outcomes(single, settings, task.trials(max(n // len(_PAIRS), 1), seed))
        right.append(accuracy(single.model))
    told = settings.without == "errors"
    return row(
        seconds(one),
        seconds(three),
        completed(one),
        completed(three),
        completed(alone),
        100.0 if told else float(np.mean(right)),
        100.0 if told else accuracy(worn.model),
        100.0 * mean_of(three, "path_efficiency"),
    )


def fewer(people: Floats) -> float:
    """Percent fewer completed with the three-DOF classifier than with one-DOF ones, the same task."""
    alone = float(people[:, ALONE].mean())
    return 100.0 * (1.0 - float(people[:, DONE1].mean()) / alone) if alone else 0.0


def predicts(people: Floats) -> float:
    """Correlation over people of offline accuracy and time to a three-motion posture."""
    return correlation(people[:, RIGHT], people[:, T3])


def path_predicts(people: Floats) -> float:
    """The same of path efficiency, which is measured in the loop."""
    return correlation(people[:, PATH], people[:, T3])


def _shown(people: Floats) -> str:
    mean = people.mean(axis=0)
    return (
        f"{mean[T1]:.2f} s and {mean[T3]:.2f} s; completed {mean[DONE1]:.0f} and {mean[DONE3]:.0f} %, "
        f"one-DOF classifiers {mean[ALONE]:.0f} %; "
        f"right offline {mean[RIGHT_ALONE]:.1f} and {mean[RIGHT]:.1f} %"
    )


_TAC = "Simon 2011, FACTS 1 (PMC4232230): 5 transradial"
_SWEEP = ("traits.visual_delay_s", "traits.approach_s", "traits.unlike", "traits.learning")

EFFECTS = (
    Effect(
        "tac_ratio",
        "time to a posture of three motions over one of one motion",
        f"{_TAC}: 3.6 (0.8)",
        "times",
        3.6,
        5,
        tac,
        ratio(T3, T1),
        1.0,
        "seeing",
        shows=_shown,
        sweep=_SWEEP,
    ),
    Effect(
        "tac_fewer",
        "one-motion postures completed with a three-DOF classifier, against one-DOF ones",
        f"{_TAC}: 31 % fewer; that the task was of one motion is our reading",
        "% fewer",
        31.0,
        5,
        tac,
        fewer,
        0.0,
        "errors",
        sweep=_SWEEP,
    ),
    Effect(
        "tac_offline",
        "offline accuracy lost by a three-DOF classifier, against one-DOF ones",
        f"{_TAC}: 97.2 (2.0) and 94.1 (3.1) %, not significant",
        "points",
        3.1,
        5,
        tac,
        less(RIGHT, RIGHT_ALONE),
        0.0,
        "errors",
        sweep=("body.fat_mm", "body.radius_mm"),
    ),
    Effect(
        "offline_predicts",
        "offline accuracy predicts little of closed-loop time (r; less than half of the variance is ours)",
        f"{_TAC}: no significant difference offline, 31 % fewer trials; 12 people here",
        "r",
        (-0.7, math.inf),
        12,
        tac,
        predicts,
        0.0,
        "loop",
        instead=path_predicts,
        sameness=True,
    ),
)
