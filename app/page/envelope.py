"""EMG made small enough to draw: per channel and bin the smallest and the largest value, mean removed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS_PER_S = 100
_MEAN_S = 0.5
"""Time constant of the mean that is taken away: an electrode's offset is large, and drifts over seconds."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Consecutive bins.

    Attributes:
        first_bin: counted from sample 0, so a gap in the samples is a gap in the bins.
        low: [k, ch] float32, in the source's unit; NaN where nothing could be measured.
        high: [k, ch] float32.
    """

    first_bin: int
    low: NDArray[np.float32]
    high: NDArray[np.float32]


class Envelope:
    """Samples in, slices out. How the samples are cut into pushes changes no bin's place.

    Args:
        rate_hz: of the samples.
        channels: columns of every push.
    """

    def __init__(self, rate_hz: float, channels: int) -> None:
        self.bin_samples = max(1, round(rate_hz / BINS_PER_S))
        self.bin_s = self.bin_samples / rate_hz
        self._decay = math.exp(-self.bin_s / _MEAN_S)
        self._mean: NDArray[np.float64] | None = None
        self._pending = np.empty((0, channels), np.float32)
        self._next = 0

    def push(self, first_index: int, samples: NDArray[np.float32]) -> Slice | None:
        """Take [n, ch] samples that start at `first_index`; return the bins that are now whole, if any.

        After a gap, samples up to the next bin's edge are dropped.
        """
        if first_index != self._next:
            skip = -first_index % self.bin_samples
            self._pending = self._pending[:0]
            samples = samples[skip:]
            first_index += skip
        self._next = first_index + len(samples)
        held = np.concatenate([self._pending, samples])
        whole = len(held) // self.bin_samples
        self._pending = held[whole * self.bin_samples :]
        if not whole:
            return None
        bins = held[: whole * self.bin_samples].reshape(whole, self.bin_samples, -1)
        bad = ~np.isfinite(bins).all(axis=1)
        safe = np.where(np.isfinite(bins), bins, 0.0)
        means = self._slow_means(safe.mean(axis=1, dtype=np.float64), bad)
        low = (safe.min(axis=1) - means).astype(np.float32)
        high = (safe.max(axis=1) - means).astype(np.float32)
        low[bad] = high[bad] = np.nan
        end = self._next - len(self._pending)
        return Slice(end // self.bin_samples - whole, low, high)

    def _slow_means(self, bin_means: NDArray[np.float64], bad: NDArray[np.bool_]) -> NDArray[np.float64]:
        """[k, ch] slow mean that holds for each bin."""
        if self._mean is None:
            self._mean = bin_means[0].copy()
        out = np.empty_like(bin_means)
        mean = self._mean
        for k, row in enumerate(bin_means):
            mean = np.where(bad[k], mean, row + (mean - row) * self._decay)
            out[k] = mean
        self._mean = mean
        return out


def join(slices: list[Slice]) -> Slice | None:
    """One slice over all of them, NaN in the gaps between; None for none."""
    if not slices:
        return None
    first, last = slices[0].first_bin, slices[-1].first_bin + len(slices[-1].low)
    low = np.full((last - first, slices[0].low.shape[1]), np.nan, np.float32)
    high = low.copy()
    for part in slices:
        at = part.first_bin - first
        low[at : at + len(part.low)] = part.low
        high[at : at + len(part.high)] = part.high
    return Slice(first, low, high)
