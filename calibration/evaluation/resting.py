"""Does a recording give itself away at rest?

Where each movement was recorded in a file section of its own, and rest with each of them, a decoder may learn
the section (where the electrodes had slid to, how warm the skin was) rather than the movement. How well a
section is told from rest alone says how far scores within a person are to be trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ...core.errors import RecordingError
from ...drivers.recordings.npz import Recording
from ..recipes import recipe
from ..scores import repetition_folds
from .bench import Bench, make_bench

MOSTLY = 0.8
"""Share of a recording's active samples that are of one class."""
KEYS = ("rest_identifies_recording", "rest_identifies_chance")


def rest_identifies(bench: Bench) -> dict[str, Any]:
    """How often the recipe `lda` tells from a window of rest which recording it is of.

    Repetitions are left out in turn, inside each condition, so that no window is shared.

    Returns:
        `rest_identifies_recording`: share of scored windows of rest; `rest_identifies_chance`: what guessing
        gives. Both None where no condition has two recordings, each with rest and mostly one movement.
    """
    right, guessed = [], []
    for part in _parts(bench.recording, bench.rest):
        try:
            resting = make_bench(part, recipe("lda"), bench.options)
        except RecordingError:  # rest is shorter than a window
            continue
        windows = resting.windows
        for train, held in repetition_folds(windows):
            known = np.unique(windows.label[train])
            tested = windows.where(held & resting.scored & np.isin(windows.label, known))
            if len(known) > 1 and len(tested):
                fitted = resting.fit(train)
                said = fitted.labels[fitted.log_posterior(tested).argmax(axis=1)]
                right += (said == tested.label).tolist()
                guessed += [1.0 / len(known)] * len(tested)
    values = (float(np.mean(right)), float(np.mean(guessed))) if right else (None, None)
    return dict(zip(KEYS, values, strict=True))


def _parts(recording: Recording, rest: int) -> Iterator[Recording]:
    """Each condition's recordings of rest and mostly one movement; rest is labelled by which they are."""
    for cond in np.unique(recording.cond).tolist():
        part = recording.select(cond=cond)
        chosen = [rec for rec in np.unique(part.rec).tolist() if _holds_both(part, rec, rest)]
        if len(chosen) > 1:
            at_rest = (part.label == rest) & np.isin(part.rec, chosen)
            which = np.where(at_rest, np.searchsorted(chosen, part.rec), -1)
            yield replace(part, label=which.astype(np.int16))


def _holds_both(recording: Recording, rec: int, rest: int) -> bool:
    labels = recording.label[recording.rec == rec]
    active = labels[(labels >= 0) & (labels != rest)]
    return bool((labels == rest).any() and len(active) and np.bincount(active).max() >= MOSTLY * len(active))
