"""A whole recording at once: the streaming pipeline pushed over it, and the windows that may be scored.

A window counts only where label, repetition, condition and recording stay the same throughout; the filter
starts anew with each recording. One rule for training, evaluation and the reference scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecordingError
from .pipeline import Frame, Pipeline, PipelineSettings

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Windows:
    """Labelled windows of recordings.

    Attributes:
        features: [n, F].
        rms: [n, ch].
        contact: [n, ch] uint8 flags.
        label: [n] class of the whole window.
        rep: [n] repetition.
        cond: [n] condition (day, montage).
        rec: [n] contiguous recording.
        index: [n] row of the newest sample in the recording's arrays.
    """

    features: NDArray[np.float64]
    rms: NDArray[np.float64]
    contact: NDArray[np.uint8]
    label: Ints
    rep: Ints
    cond: Ints
    rec: Ints
    index: Ints

    def __len__(self) -> int:
        return len(self.label)

    def where(self, keep: NDArray[np.bool_]) -> Windows:
        """Only the windows for which `keep` [n] is True."""
        return Windows(*(getattr(self, f.name)[keep] for f in fields(self)))


def runs(rec: NDArray[np.integer]) -> Iterator[tuple[int, int]]:
    """(first, end) row of each contiguous recording, in order."""
    edges = np.flatnonzero(np.diff(rec)) + 1
    yield from pairwise([0, *edges.tolist(), len(rec)])


def frames(
    emg: NDArray[np.float32], rec: NDArray[np.integer], settings: PipelineSettings
) -> Iterator[tuple[int, Frame]]:
    """(row of the newest sample, frame) for every increment of every contiguous recording."""
    pipeline = Pipeline(settings)
    for first, end in runs(rec):
        pipeline.reset()
        for frame in pipeline.push(emg[first:end]):
            yield first + frame.end_index, frame


def windows(
    emg: NDArray[np.float32],
    label: NDArray[np.integer],
    rep: NDArray[np.integer],
    cond: NDArray[np.integer],
    rec: NDArray[np.integer],
    settings: PipelineSettings,
    every: int = 1,
) -> Windows:
    """All windows that hold one label (not -1), repetition, condition and recording.

    Args:
        emg: [n, ch] in the settings' unit.
        label: [n] class index, -1 where there is none.
        rep: [n].
        cond: [n].
        rec: [n].
        settings: of the pipeline.
        every: take each `every`-th increment only, counted within a recording; 1 takes all.

    Raises:
        RecordingError: the arrays do not belong together, or no window fits.
    """
    n = len(emg)
    if any(len(a) != n for a in (label, rep, cond, rec)):
        raise RecordingError(f"{n} samples, but labels, rep, cond or rec of another length")
    changed = np.zeros(n, np.bool_)
    for column in (label, rep, cond, rec):
        changed[1:] |= np.diff(column) != 0
    since = np.maximum.accumulate(np.where(changed, np.arange(n), 0))
    span, step = settings.window_samples - 1, settings.increment_samples * every
    kept: list[tuple[int, Frame]] = []
    for row, frame in frames(emg, rec, settings):
        on_grid = (frame.end_index + 1) % step == 0
        if frame.ready and on_grid and label[row] >= 0 and since[row] <= row - span:
            kept.append((row, frame))
    if not kept:
        raise RecordingError(f"no window of {settings.window_samples} samples holds a single label")
    index = np.array([row for row, _ in kept])
    return Windows(
        np.stack([frame.features for _, frame in kept]),
        np.stack([frame.rms for _, frame in kept]),
        np.stack([frame.contact for _, frame in kept]),
        label[index].astype(np.int64),
        rep[index].astype(np.int64),
        cond[index].astype(np.int64),
        rec[index].astype(np.int64),
        index,
    )
