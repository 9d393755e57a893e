"""A whole recording at once: the streaming pipeline pushed over it, and the windows that may be scored.

A window counts only where label, repetition, condition and recording stay the same throughout; the filter
starts anew with each recording. One rule for training, evaluation and the reference scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BundleError, RecordingError
from .pipeline import Frame, Pipeline, PipelineSettings
from .signal.families import Moments
from .signal.features import Features
from .stretches import Stretches

Ints = NDArray[np.int64]


MOST_CHANNELS = 16
"""Up to so many, windows keep their second moments, so that any loss can be told from them: at 64 channels
five minutes would be a gigabyte."""


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
        moments: of each window; None above `MOST_CHANNELS` channels.
        signal_features: of the pipeline that made them.
    """

    features: NDArray[np.float64]
    rms: NDArray[np.float64]
    contact: NDArray[np.uint8]
    label: Ints
    rep: Ints
    cond: Ints
    rec: Ints
    index: Ints
    moments: Moments | None = None
    signal_features: Features | None = None

    def __len__(self) -> int:
        return len(self.label)

    def where(self, keep: NDArray[np.bool_]) -> Windows:
        """Only the windows for which `keep` [n] is True."""
        moments = self.moments
        if moments is not None:
            moments = Moments(
                moments.squares[keep], moments.pairs[keep] if moments.pairs.size else moments.pairs
            )
        chosen = {name: getattr(self, name)[keep] for name in _COLUMNS}
        return Windows(**chosen, moments=moments, signal_features=self.signal_features)

    def trials(self) -> Ints:
        """[n] number of the trial: one stretch of one label, repetition, condition and recording."""
        new = np.zeros(len(self), np.bool_)
        for column in (self.label, self.rep, self.cond, self.rec):
            new[1:] |= np.diff(column) != 0
        return np.cumsum(new)

    def without(self, lost: tuple[int, ...]) -> NDArray[np.float64]:
        """[n, F] features without these channels: as from `Features.values(lost)`, in the same layout.

        Raises:
            BundleError: a lost channel is none of the montage's, or the windows kept no moments.
        """
        if self.moments is None or self.signal_features is None:
            raise BundleError(f"losses are told for montages of up to {MOST_CHANNELS} channels")
        features = self.features.copy()
        if lost:
            self.signal_features.lose(features, self.moments, lost)
        return features


_COLUMNS = tuple(f.name for f in fields(Windows))[:-2]


def joined(parts: Sequence[Windows]) -> Windows:
    """Windows of several recordings made with the same settings, one after the other."""
    if len(parts) == 1:
        return parts[0]
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in _COLUMNS
    }
    kept = [part.moments for part in parts if part.moments is not None]
    moments = None
    if len(kept) == len(parts):
        squares, pairs = ([getattr(m, name) for m in kept] for name in ("squares", "pairs"))
        moments = Moments(np.concatenate(squares), np.concatenate(pairs))
    return Windows(**columns, moments=moments, signal_features=parts[0].signal_features)


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
    contact: bool = True,
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
        contact: watch contact; False leaves the flags 0, for those who do not look at them.

    Raises:
        BundleError: the settings cannot work, or do not fit the channels.
        RecordingError: the arrays do not belong together, or no window fits.
    """
    ch, columns = len(settings.channels), (label, rep, cond, rec)
    if any(len(column) != len(emg) for column in columns):
        raise RecordingError(f"{len(emg)} samples, but labels, rep, cond or rec of another length")
    if emg.shape[1] != ch:
        raise BundleError(f"samples of shape {emg.shape}; the decoder was made for {ch} channels")
    features = Features(settings.feature_set, settings.window_samples, settings.increment_samples, ch)
    index = _ends(columns, settings, every)
    if not len(index):
        raise RecordingError(f"no window of {settings.window_samples} samples holds a single label")
    few = ch <= MOST_CHANNELS
    made = Stretches(settings, emg, list(runs(rec)), index, few, contact).describe()
    of_label, of_rep, of_cond, of_rec = (column[index].astype(np.int64) for column in columns)
    return Windows(
        made.features,
        made.rms,
        made.contact,
        of_label,
        of_rep,
        of_cond,
        of_rec,
        index,
        made.moments,
        features,
    )


def _ends(columns: Sequence[NDArray[np.integer]], settings: PipelineSettings, every: int) -> Ints:
    """Rows of the newest samples of the windows that count; `columns` are label, rep, cond, rec."""
    n = len(columns[0])
    changed = np.zeros(n, np.bool_)
    for column in columns:
        changed[1:] |= np.diff(column) != 0
    rows, step = np.arange(n), settings.increment_samples * every
    since = np.maximum.accumulate(np.where(changed, rows, 0))
    counts = (since <= rows - settings.window_samples + 1) & (np.asarray(columns[0]) >= 0)
    ends = np.concatenate([np.arange(first + step - 1, end, step) for first, end in runs(columns[3])])
    chosen: Ints = ends[counts[ends]]
    return chosen
