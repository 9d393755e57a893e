"""Rows about what befalls a decoder after it was trained: other positions of the limb, other days."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ...calibration.default_decoder import FittedDefault
from ...calibration.train import recording_windows
from ...drivers.recordings.npz import Recording
from ...models.batch import Windows, joined
from ...models.design import design_pipeline
from ..closed.fitted import INCREMENT_MS
from .effect import Effect, Floats, Settings, less, mean
from .rows_control import ARM, LEVEL
from .world import EVERY, body_of, doing, recorded, row

POSITIONS = 5
"""Of the limb, the calibration's included; as many as the study had, from memory."""
DAYS = 5

WITHIN, ACROSS, MANY = range(3)
"""Columns of `position`: percent wrong where it was trained, in all others, and trained in all of them."""
UNADAPTED, MENDED, SAME = range(3)
"""Columns of `days`: percent right over five later days, without and with a short calibration each day, and
in another session of the first day."""


def position(seed: int, settings: Settings) -> Floats:
    """See the columns."""
    body = doing(body_of(LEVEL, seed, Settings(settings.changed)), ARM)
    here = [0 if settings.without == "position" else number for number in range(POSITIONS)]
    trained = [recorded(body, seed, k, reps=1, befalls=f"position={number}") for k, number in enumerate(here)]
    tests = [
        recorded(body, seed, 10 + k, reps=1, befalls=f"position={number}") for k, number in enumerate(here)
    ]
    first = _fitted([recorded(body, seed, 20, befalls="position=0")])
    wrong = [_wrong(first, test) for test in tests]
    many = _fitted(trained)
    return row(wrong[0], float(np.mean(wrong[1:])), float(np.mean([_wrong(many, test) for test in tests])))


def days(seed: int, settings: Settings) -> Floats:
    """See the columns."""
    body = doing(body_of(LEVEL, seed, Settings(settings.changed)), ARM)
    fitted = _fitted([recorded(body, seed, 0)])
    unadapted, mended = [], []
    for day in range(1, DAYS + 1):
        befalls = f"day={0 if settings.without == 'days' else day}"
        short = recorded(body, seed, 10 * day, reps=1, befalls=befalls)
        test = recorded(body, seed, 10 * day + 1, reps=1, befalls=befalls)
        unadapted.append(100.0 - _wrong(fitted, test))
        mended.append(100.0 - _wrong(fitted.recalibrated(_windows(short)), test))
    same = 100.0 - _wrong(fitted, recorded(body, seed, 1, reps=1))
    return row(float(np.mean(unadapted)), float(np.mean(mended)), same)


def _windows(recording: Recording) -> Windows:
    settings = design_pipeline(recording.fs, recording.channels, INCREMENT_MS, unit=recording.unit)
    return recording_windows(recording, settings, EVERY, contact=False)


def _fitted(recordings: list[Recording]) -> FittedDefault:
    parts = []
    for k, recording in enumerate(recordings):
        windows = _windows(recording)
        windows.rep[:] += 100 * k
        parts.append(windows)
    return FittedDefault(joined(parts))


def _wrong(fitted: FittedDefault, recording: Recording) -> float:
    """Percent of a recording's labelled windows, every class counting as much."""
    windows = _windows(recording)
    said = fitted.labels[fitted.log_posterior(windows).argmax(axis=1)]
    label = windows.label
    return 100.0 * float(np.mean([np.mean(said[label == k] != k) for k in np.unique(label)]))


def _shown(names: str) -> Callable[[Floats], str]:
    return lambda people: f"% {names}: " + ", ".join(f"{value:.1f}" for value in people.mean(axis=0))


_POSITION = "FACTS 2 (10.1109/TNSRE.2011.2163529)"
_DAYS = "FACTS 2 (29689443): 7 able-bodied and 4 with amputation"
_BODY = ("body.fat_mm", "body.radius_mm")

EFFECTS = (
    Effect(
        "position",
        "error in other positions of the limb than it was trained in, less that in the same",
        f"{_POSITION}: 3.8 to 18 %",
        "points",
        18.0 - 3.8,
        8,
        position,
        less(WITHIN, ACROSS),
        0.0,
        "position",
        shows=_shown("wrong within, across, trained in all"),
        sweep=_BODY,
        n_read=False,
    ),
    Effect(
        "position_many",
        "what training in all positions takes of that error",
        f"{_POSITION}: 18 to 5.7 %",
        "points",
        18.0 - 5.7,
        8,
        position,
        less(MANY, ACROSS),
        0.0,
        "position",
        sweep=_BODY,
        n_read=False,
    ),
    Effect(
        "days",
        "accuracy over five days without adaptation",
        f"{_DAYS}: 75 %",
        "%",
        75.0,
        11,
        days,
        mean(UNADAPTED),
        mean(SAME),
        "days",
        shows=_shown("right unadapted, recalibrated, same day"),
        sweep=_BODY,
    ),
    Effect(
        "days_mended",
        "accuracy over five days with a minute's calibration each",
        f"{_DAYS}: above 92 %",
        "%",
        (92.0, math.inf),
        11,
        days,
        mean(MENDED),
        100.0,
        "mending",
        instead=mean(UNADAPTED),
        sameness=True,
        sweep=_BODY,
    ),
)
