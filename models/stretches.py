"""Whole recordings through the parts of the streaming pipeline: filter and contact, which remember, increment
by increment; features of many stretches at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .pipeline import PipelineSettings
from .signal.contact import ContactMonitor
from .signal.families import Moments
from .signal.lanes import SideBySide

COLUMNS = 256
"""Channels of all lanes together: so many that a call of numpy costs less than its arithmetic, so few that
their sums stay in the processor's cache."""
WINDOWS_A_LANE = 8
"""Window lengths in a lane. A lane begins a window early, which is computed for nothing."""


@dataclass(frozen=True)
class _Stretch:
    """Increments of one recording that begin on a multiple of the window, so that a lane's sums stand in the
    same places of its ring, and are added in the same order, as those of the stream.

    Attributes:
        recording: row of the recording's first sample.
        start: first increment.
        count: increments; those but the last, one fewer than a window has, are the next stretch's too.
    """

    recording: int
    start: int
    count: int


@dataclass(frozen=True)
class Described:
    """What the stream would say of some windows.

    Attributes:
        features: [m, F].
        rms: [m, ch].
        contact: [m, ch] uint8 flags.
        moments: None where they are not kept.
    """

    features: NDArray[np.float64]
    rms: NDArray[np.float64]
    contact: NDArray[np.uint8]
    moments: Moments | None


class Stretches:
    """Recordings, cut into stretches.

    Args:
        settings: of the pipeline.
        emg: [n, ch].
        recordings: (first, end) row of each, in order.
        index: [m] ascending rows of the windows' newest samples: the last of an increment each, after a whole
            window of its recording.
        moments: keep second moments.
        contact: watch contact; otherwise flags are 0.
    """

    def __init__(
        self,
        settings: PipelineSettings,
        emg: NDArray[np.float32],
        recordings: Sequence[tuple[int, int]],
        index: NDArray[np.int64],
        moments: bool,
        contact: bool,
    ) -> None:
        self._settings, self._emg, self._index = settings, emg, index
        self._length, ch = settings.increment_samples, len(settings.channels)
        self._n = settings.window_samples // self._length
        self._stretches = list(self._cut(recordings))
        lanes = min(max(1, COLUMNS // ch), len(self._stretches))
        steps = max(stretch.count for stretch in self._stretches)
        self._side = SideBySide(settings.feature_set, settings.window_samples, self._length, ch, lanes)
        self._conditioner = settings.conditioner()
        self._monitor = settings.contact_monitor() if contact else None
        self._raw = np.zeros((lanes, steps, self._length, ch))
        self._valid = np.ones(self._raw.shape, np.bool_)
        self._whole = np.zeros((lanes, steps), np.bool_)
        self._conditioned = np.zeros(self._raw.shape)
        self._block = np.zeros((self._length, lanes, ch))
        self._level = np.zeros((steps, lanes, ch))
        # Which of the windows ends with this increment; -1 for none.
        self._place = np.full((lanes, steps), -1)
        many, pairs = len(index), self._side.sums.pair_sums.shape[1:]
        self._made = Described(
            np.zeros((many, self._side.size)),
            np.zeros((many, ch)),
            np.zeros((many, ch), np.uint8),
            Moments(np.zeros((many, ch)), np.zeros((many, *pairs))) if moments else None,
        )

    def describe(self) -> Described:
        """Go through all of them."""
        lanes = self._side.lanes
        for first in range(0, len(self._stretches), lanes):
            group = self._stretches[first : first + lanes]
            self._condition(group)
            self._compute()
            if self._monitor is not None:
                self._watch(group, self._monitor)
        return self._made

    def _cut(self, recordings: Sequence[tuple[int, int]]) -> Iterator[_Stretch]:
        every = WINDOWS_A_LANE * self._n
        for first, end in recordings:
            count = (end - first) // self._length
            for start in range(0, count - self._n + 1, every):
                yield _Stretch(first, start, min(every + self._n - 1, count - start))

    def _condition(self, group: Sequence[_Stretch]) -> None:
        """Fill the lanes."""
        length, shared, before = self._length, self._n - 1, WINDOWS_A_LANE * self._n
        self._place[:] = -1
        for lane, stretch in enumerate(group):
            filled = self._conditioned[lane]
            if stretch.start == 0:
                self._conditioner.reset()
                fresh = slice(0, stretch.count)
            else:
                filled[:shared] = self._conditioned[lane - 1, before : before + shared]
                fresh = slice(shared, stretch.count)
            rows = stretch.recording + length * (stretch.start + np.arange(stretch.count + 1))
            raw, valid = self._raw[lane], self._valid[lane]
            samples = self._emg[rows[fresh.start] : rows[-1]]
            raw[fresh] = samples.reshape(-1, *raw.shape[1:])
            valid[fresh] = True
            for step in range(fresh.start, fresh.stop):
                filled[step] = self._conditioner.process(raw[step], valid[step])
                self._whole[lane, step] = self._conditioner.whole
            ends = rows[self._n :] - 1
            place = np.minimum(np.searchsorted(self._index, ends), len(self._index) - 1)
            self._place[lane, shared : stretch.count] = np.where(self._index[place] == ends, place, -1)

    def _compute(self) -> None:
        """Features of the lanes' windows."""
        side, made = self._side, self._made
        side.reset()
        columns = self._block.reshape(self._length, -1)
        for step in range(self._raw.shape[1]):
            np.copyto(self._block, self._conditioned[:, step].transpose(1, 0, 2))
            side.push(columns)
            if self._monitor is not None:
                self._level[step] = side.rms()
            chosen = np.flatnonzero(self._place[:, step] >= 0)
            if len(chosen):
                place = self._place[chosen, step]
                made.rms[place] = side.rms()[chosen]
                made.features[place], moments = side.many(chosen)
                if made.moments is not None:
                    made.moments.squares[place] = moments.squares
                    made.moments.pairs[place] = moments.pairs

    def _watch(self, group: Sequence[_Stretch], monitor: ContactMonitor) -> None:
        """Contact over the increments of the lanes, one lane after the other."""
        shared = self._n - 1
        for lane, stretch in enumerate(group):
            if stretch.start == 0:
                monitor.reset()
            for step in range(shared if stretch.start else 0, stretch.count):
                flags = monitor.update(
                    self._raw[lane, step],
                    self._conditioned[lane, step],
                    None if self._whole[lane, step] else self._valid[lane, step],
                    self._level[step, lane] if step >= shared else None,
                )
                if self._place[lane, step] >= 0:
                    self._made.contact[self._place[lane, step]] = flags
