"""A whole recording at once: the streaming pipeline pushed over it, and the windows that may be scored.

A window counts only where label, repetition, condition and recording stay the same throughout; the filter
starts anew with each recording. One rule for training, evaluation and the reference scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BundleError, RecordingError
from .pipeline import Frame, Pipeline, PipelineSettings
from .signal.families import CoupledFamily, Moments
from .signal.features import Features

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


class _Uncoupled(Features):
    """Features one window at a time, but for those of coupled families: `fill_in` computes these for many
    windows at once, to the same bit and several times sooner."""

    def __init__(self, feature_set: str, window: int, increment: int, n_channels: int) -> None:
        super().__init__(feature_set, window, increment, n_channels)
        coupled = [isinstance(family, CoupledFamily) for family in self._families]
        self._steps = [step for step, later in zip(self._steps, coupled, strict=True) if not later]

    def fill_in(self, features: NDArray[np.float64], moments: Moments) -> None:
        """Write what `values` left out into features [n, F]."""
        for start, family in zip(self._starts, self._families, strict=True):
            if isinstance(family, CoupledFamily):
                features[:, start : start + family.size] = family.compute_many(moments)


class _ChoosingPipeline(Pipeline):
    """A pipeline that computes features of the windows that count, and of no others.

    Args:
        settings: see `Pipeline`.
        choose: says which count.
        features: in place of the pipeline's own; None keeps these.
    """

    def __init__(self, settings: PipelineSettings, choose: _Chooser, features: Features | None) -> None:
        super().__init__(settings)
        self._choose, self._first = choose, 0
        self.signal_features = self._features
        self._features = features or self._features

    def begin(self, first: int) -> None:
        """The next sample is the first of a recording, and stands in this row."""
        self.reset()
        self._first = first

    def _describe(self, lost: int) -> NDArray[np.float64]:
        end_index = self._count * self.settings.increment_samples - 1
        wanted = self._choose.wants(self._first + end_index, end_index)
        return super()._describe(lost) if wanted else self._no_features


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
    choose = _Chooser(len(emg), label, rep, cond, rec, settings, every)
    step, ch = settings.increment_samples, len(settings.channels)
    apart = None
    if ch <= MOST_CHANNELS:
        apart = _Uncoupled(settings.feature_set, settings.window_samples, step, ch)
    pipeline = _ChoosingPipeline(settings, choose, apart)
    kept: list[tuple[int, Frame]] = []
    moments: list[Moments] = []
    for first, end in runs(rec):
        pipeline.begin(first)
        # One increment at a time: its moments are there only until the next.
        for start in range(first, end, step):
            for frame in pipeline.push(emg[start : min(start + step, end)]):
                row = first + frame.end_index
                if not (frame.ready and choose.wants(row, frame.end_index)):
                    continue
                kept.append((row, frame))
                if apart is not None:
                    now = apart.moments()
                    moments.append(Moments(now.squares.copy(), now.pairs.copy()))
    made = replace(choose.windows(kept), signal_features=pipeline.signal_features)
    if apart is None:
        return made
    stacked = Moments(
        np.concatenate([m.squares for m in moments]), np.concatenate([m.pairs for m in moments])
    )
    apart.fill_in(made.features, stacked)
    return replace(made, moments=stacked)


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
        rows = np.arange(n)
        since = np.maximum.accumulate(np.where(changed, rows, 0))
        self._counts = (since <= rows - settings.window_samples + 1) & (np.asarray(label) >= 0)
        self._window, self._step = settings.window_samples, settings.increment_samples * every
        self._columns = (label, rep, cond, rec)

    def wants(self, row: int, end_index: int) -> bool:
        """Does the whole window count that ends at this row, sample `end_index` of its recording?"""
        return bool((end_index + 1) % self._step == 0 and self._counts[row])

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
