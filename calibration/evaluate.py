"""How well a decoder would have done: offline scores of recordings, under the rules of the reference
scores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..core.clock import stopwatch
from ..core.errors import RecordingError
from ..drivers.recordings.formats import find, read
from ..drivers.recordings.npz import Recording
from ..models.design import WINDOW_MS, design_pipeline
from ..models.pipeline import PipelineSettings
from .scores import confusion_matrix, held_out_scores, rest_index, summary
from .train import recording_windows

SPLITS = ("repetition",)
SCORED_EVERY_MS = 50.0
TRAINED_EVERY_MS = 10.0
"""Training takes the window after every increment, as the limb will see them; scoring one each 50 ms."""


def evaluate(
    path: Path,
    split: str = "repetition",
    feature_set: str = "default",
    progress: Callable[[str, float], None] | None = None,
) -> dict[str, Any]:
    """Score a recording, or every one of a folder.

    `repetition`: leave one repetition out, inside each person and condition. Nothing is chosen on a held-out
    repetition, and no window spans two.

    Args:
        path: file or folder.
        split: one of `SPLITS`.
        feature_set: see `models.signal.features.FEATURE_SETS`.
        progress: told (file, share done).

    Returns:
        JSON values: `mean.{active_recall, rest_recall, accuracy}`, `people[].{id, active_recall, rest_recall,
        accuracy, confusion, classes, windows}`, `failed[].{id, error}`, and what was used.

    Raises:
        RecordingError: no such split, nothing to read, or no file of it can be scored.
    """
    if split not in SPLITS:
        raise RecordingError(f"split {split!r} is not known", f"allowed: {', '.join(SPLITS)}")
    files = find(path) if path.is_dir() else [path]
    if not files:
        raise RecordingError(f"{path}: no recording in this folder")
    begun = stopwatch()
    people: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for i, file in enumerate(files):
        if progress:
            progress(file.name, i / len(files))
        try:
            people.append(score_recording(read(file), feature_set))
        except RecordingError as error:
            if len(files) == 1:
                raise
            failed.append({"id": file.stem, "error": str(error)})
    if not people:
        raise RecordingError(f"{path}: none of {len(files)} recordings can be scored: {failed[0]['error']}")
    if progress:
        progress("done", 1.0)
    return {
        "path": str(path),
        "split": split,
        "decoder": "shrinkage LDA",
        "feature_set": feature_set,
        "window_ms": WINDOW_MS,
        "scored_every_ms": SCORED_EVERY_MS,
        "mean": {key: _mean(people, key) for key in ("active_recall", "rest_recall", "accuracy")},
        "people": people,
        "failed": failed,
        "seconds": stopwatch() - begun,
    }


def score_recording(recording: Recording, feature_set: str = "default") -> dict[str, Any]:
    """One person's scores, leaving one repetition out inside each condition.

    Raises:
        RecordingError: it holds no second repetition, or no class called rest.
    """
    settings, every = evaluation_settings(recording, feature_set)
    rest_index(recording.classes, recording.name)
    windows = recording_windows(recording, settings)
    # Counted from the start of each contiguous recording, like the increments themselves.
    starts = np.concatenate(([0], np.flatnonzero(np.diff(recording.rec)) + 1))
    since = windows.index - starts[np.searchsorted(starts, windows.index, side="right") - 1] + 1
    rows, scores = held_out_scores(windows, since % (every * settings.increment_samples) == 0)
    if not len(rows):
        raise RecordingError(
            f"{recording.name}: no condition holds two repetitions", "record each movement at least twice"
        )
    labels = np.unique(windows.label)
    names = tuple(recording.classes[i] for i in labels)
    rest = rest_index(names, recording.name)
    right = np.searchsorted(labels, windows.label[rows])
    confusion = confusion_matrix(right, scores.argmax(axis=1), len(names))
    return {
        "id": Path(recording.name).stem,
        **summary(confusion, rest),
        "classes": list(names),
        "confusion": confusion.tolist(),
        "windows": len(rows),
    }


def evaluation_settings(recording: Recording, feature_set: str = "default") -> tuple[PipelineSettings, int]:
    """(pipeline settings, increments per scored window) for a recording's rate.

    Below 1 kHz, or where 10 ms are not whole samples, windows are trained and scored on one grid: 50 ms, or
    the nearest whole samples.
    """
    rate = recording.fs
    fine = rate * TRAINED_EVERY_MS / 1000.0
    if rate >= 1000.0 and abs(fine - round(fine)) < 1e-6:
        increment_ms, every = TRAINED_EVERY_MS, round(SCORED_EVERY_MS / TRAINED_EVERY_MS)
    else:
        increment_ms, every = 1000.0 * round(rate * SCORED_EVERY_MS / 1000.0) / rate, 1
    settings = design_pipeline(
        rate, recording.channels, increment_ms, feature_set=feature_set, unit=recording.unit
    )
    return settings, every


def _mean(people: list[dict[str, Any]], key: str) -> float | None:
    values = [person[key] for person in people if person[key] is not None]
    return float(np.mean(values)) if values else None
