"""A whole recording at once: the streaming pipeline pushed over it, and the windows that may be scored.

A window counts only where label, repetition, condition and recording stay the same throughout; the filter
starts anew with each recording. One rule for training, evaluation and the reference scores.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecordingError
from .pipeline import Frame, Pipeline, PipelineSettings
from .signal.families import Moments
from .signal.features import Features

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


@dataclass(frozen=True)
class LossWindows:
    """Windows, and what is needed to tell their features had any of the channels been lost.

    Attributes:
        intact: with every channel.
        moments: of each window.
        signal_features: of the pipeline that made them.
    """

    intact: Windows
    moments: Moments
    signal_features: Features

    def without(self, lost: tuple[int, ...]) -> Windows:
        """The windows without these channels: as from `Features.values(lost)`, in the same layout.

        Raises:
            BundleError: a lost channel is none of the montage's.
        """
        features = self.intact.features.copy()
        if lost:
            self.signal_features.lose(features, self.moments, lost)
        return replace(self.intact, features=features)


class _OpenPipeline(Pipeline):
    """A pipeline whose features can be asked for more than the frames tell."""

    @property
    def signal_features(self) -> Features:
        return self._features


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
    lost: tuple[int, ...] = (),
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
        lost: channels to go without; see `Features.values`. For several losses use `windows_of_losses`.

    Raises:
        RecordingError: the arrays do not belong together, or no window fits.
        BundleError: a lost channel is none of the montage's.
    """
    if lost:
        return windows_of_losses(emg, label, rep, cond, rec, settings, every).without(lost)
    choose = _Chooser(len(emg), label, rep, cond, rec, settings, every)
    kept = [(row, frame) for row, frame in frames(emg, rec, settings) if choose.wants(row, frame)]
    return choose.windows(kept)


def windows_of_losses(
    emg: NDArray[np.float32],
    label: NDArray[np.integer],
    rep: NDArray[np.integer],
    cond: NDArray[np.integer],
    rec: NDArray[np.integer],
    settings: PipelineSettings,
    every: int = 1,
) -> LossWindows:
    """As `windows`, ready to tell the features of any loss: one pass over the recording serves all."""
    choose = _Chooser(len(emg), label, rep, cond, rec, settings, every)
    pipeline = _OpenPipeline(settings)
    kept: list[tuple[int, Frame]] = []
    moments: list[Moments] = []
    step = settings.increment_samples
    for first, end in runs(rec):
        pipeline.reset()
        # One increment at a time: its moments are there only until the next.
        for start in range(first, end, step):
            for frame in pipeline.push(emg[start : min(start + step, end)]):
                if choose.wants(first + frame.end_index, frame):
                    kept.append((first + frame.end_index, frame))
                    now = pipeline.signal_features.moments()
                    moments.append(Moments(now.squares.copy(), now.pairs.copy()))
    intact = choose.windows(kept)
    stacked = Moments(
        np.concatenate([m.squares for m in moments]), np.concatenate([m.pairs for m in moments])
    )
    return LossWindows(intact, stacked, pipeline.signal_features)


class _Chooser:
    """Which frames hold one label, repetition, condition and recording; see `windows` for the arguments."""

    def __init__(
        self,
        n: int,
        label: NDArray[np.integer],
        rep: NDArray[np.integer],
        cond: NDArray[np.integer],
        rec: NDArray[np.integer],
        settings: PipelineSettings,
        every: int,
    ) -> None:
        if any(len(a) != n for a in (label, rep, cond, rec)):
            raise RecordingError(f"{n} samples, but labels, rep, cond or rec of another length")
        changed = np.zeros(n, np.bool_)
        for column in (label, rep, cond, rec):
            changed[1:] |= np.diff(column) != 0
        self._since = np.maximum.accumulate(np.where(changed, np.arange(n), 0))
        self._window, self._step = settings.window_samples, settings.increment_samples * every
        self._columns = (label, rep, cond, rec)

    def wants(self, row: int, frame: Frame) -> bool:
        """Does the window that ends at this row count?"""
        on_grid = (frame.end_index + 1) % self._step == 0
        whole = self._since[row] <= row - self._window + 1
        return bool(frame.ready and on_grid and self._columns[0][row] >= 0 and whole)

    def windows(self, kept: list[tuple[int, Frame]]) -> Windows:
        """The windows that end at these rows."""
        if not kept:
            raise RecordingError(f"no window of {self._window} samples holds a single label")
        index = np.array([row for row, _ in kept])
        label, rep, cond, rec = (column[index].astype(np.int64) for column in self._columns)
        return Windows(
            np.stack([frame.features for _, frame in kept]),
            np.stack([frame.rms for _, frame in kept]),
            np.stack([frame.contact for _, frame in kept]),
            label,
            rep,
            cond,
            rec,
            index,
        )
