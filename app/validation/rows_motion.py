"""Rows about the motion test (Kuiken et al., JAMA 2009): selection, completion, and native muscles beside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...calibration.tasks.motion import MotionTest, mean_of
from ...calibration.tasks.task import Outcome
from ..closed.limbs import moves_of, space_of
from .effect import Effect, Floats, Settings, less, mean
from .world import calibrated_person, completed, outcomes, row

LEVELS = ("shoulder", "transhumeral")
"""Taken in turns: the five were of both."""
GRASPS = ("open", "power", "pinch", "key")
"""The hand's; the other six of ten motions are elbow's and wrist's."""
MOTION_TRIALS = 30

ARM_SELECTION, ARM_COMPLETION, ARM_DONE, HAND_SELECTION, HAND_COMPLETION, HAND_DONE = range(6)
"""Columns, of reinnervated arms; the same again of native ones from `NATIVE_FROM` on."""
NATIVE_FROM = 6


def motion(seed: int, settings: Settings) -> Floats:
    """See the columns: of the person as they are, and of the same one with nothing transferred."""
    return row(*_tested(seed, settings, native=False), *_tested(seed, settings, native=True))


def _tested(seed: int, settings: Settings, *, native: bool) -> tuple[float, ...]:
    worn = calibrated_person(LEVELS[seed % len(LEVELS)], seed, settings, native=native)
    moves = moves_of(worn.parts, worn.model.classes)
    middle = space_of(worn.parts, worn.model.classes).posture({})
    trials = MotionTest(moves, middle).trials(settings.trials(MOTION_TRIALS), seed)
    names = [trial.goal.movement for trial in trials]
    found = list(zip(names, outcomes(worn, settings, trials), strict=True))
    arm = [outcome for name, outcome in found if name not in GRASPS]
    hand = [outcome for name, outcome in found if name in GRASPS]
    return *_figures(arm), *_figures(hand)


def _figures(found: Sequence[Outcome]) -> tuple[float, float, float]:
    """Seconds to select, seconds to complete of those that were completed, percent done."""
    if not found:
        return float("nan"), float("nan"), float("nan")
    times = [outcome.time_s for outcome in found if outcome.completed]
    return mean_of(found, "selection_s"), float(np.mean(times)) if times else float("nan"), completed(found)


_KUIKEN = "Kuiken 2009, FACTS 1 (PMC3036162): 5 with TMR, virtual arm"
_SWEEP = ("traits.unlike", "traits.rise_s", "body.fat_mm")


def _row(key: str, what: str, unit: str, published: float, spread: str, column: int, null: float) -> Effect:
    return Effect(
        key,
        what,
        f"{_KUIKEN}: {published:g} ({spread})",
        unit,
        published,
        5,
        motion,
        mean(column),
        null,
        "errors",
        sweep=_SWEEP,
    )


EFFECTS = (
    _row("select_arm", "selection time, elbow and wrist", "s", 0.22, "0.06", ARM_SELECTION, 0.0),
    _row("select_hand", "selection time, hand", "s", 0.38, "0.12", HAND_SELECTION, 0.0),
    _row("complete_arm", "completion time, elbow and wrist", "s", 1.29, "0.15", ARM_COMPLETION, 1.0),
    _row("complete_hand", "completion time, hand", "s", 1.54, "0.27", HAND_COMPLETION, 1.0),
    _row("done_arm", "done within 5 s, elbow and wrist", "%", 96.3, "3.8", ARM_DONE, 100.0),
    _row("done_hand", "done within 5 s, hand", "%", 86.9, "13.9", HAND_DONE, 100.0),
    Effect(
        "native_select",
        "selection is faster with native units, elbow and wrist",
        f"{_KUIKEN}, 5 controls 0.06 s faster; intact arms there, the same arm untransferred here",
        "s",
        0.06,
        5,
        motion,
        less(NATIVE_FROM + ARM_SELECTION, ARM_SELECTION),
        0.0,
        "errors",
        sweep=_SWEEP,
    ),
    Effect(
        "native_complete",
        "completion is faster with native units, elbow and wrist",
        f"{_KUIKEN}, 5 controls 0.21 s faster; intact arms there, the same arm untransferred here",
        "s",
        0.21,
        5,
        motion,
        less(NATIVE_FROM + ARM_COMPLETION, ARM_COMPLETION),
        0.0,
        "errors",
        sweep=_SWEEP,
    ),
)
