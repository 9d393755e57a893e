"""When motor units fire: rates from excitation, intervals that vary, one block of time after another.

Rate coding after Fuglevand, Winter and Patla (J Neurophysiol 1993;70:2470): a unit starts at a least rate,
its rate grows with excitation above its threshold up to a peak, and intervals vary with a coefficient of
variation of 0.2. A unit carries how much of its interval is still to come, so that a block costs a handful of
array operations however many units rest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_HZ = 8.0
HZ_PER_EXCITATION = 40.0
_VARIATION = 0.2
"""Coefficient of variation of intervals (Fuglevand 1993)."""
_LEAST_INTERVAL = 0.45
"""Of the mean: no second firing within one block, and none in the refractory time."""
_MOST_INTERVAL = 2.0 - _LEAST_INTERVAL
_TABLE = 4096


class Firing:
    """All units of a person. Blocks of one length; the same excitations, the same firings.

    Args:
        muscle: [units] index of the muscle each belongs to.
        threshold: [units] excitation from which it fires.
        most_hz: [units] its peak rate.
        block_s: length of a block; the peak rate times this stays below the shortest interval.
        ticks: resolution of a block.
        rng: of the intervals.
    """

    def __init__(
        self,
        muscle: Ints,
        threshold: Floats,
        most_hz: Floats,
        block_s: float,
        ticks: int,
        rng: np.random.Generator,
    ) -> None:
        if float(most_hz.max(initial=0.0)) * block_s >= _LEAST_INTERVAL:
            raise ValueError(f"blocks of {block_s * 1000:g} ms: a unit could fire twice in one")
        self._muscle, self._ticks, self._rng = muscle, ticks, rng
        self._gain = HZ_PER_EXCITATION * block_s
        self._least = LEAST_HZ * block_s
        self._offset = self._least - self._gain * threshold
        self._most = most_hz * block_s
        self._left: Floats = np.asarray(rng.uniform(0.0, 1.0, len(muscle)))
        self._intervals = self._drawn()
        self._next = 0
        self._per_s = 1.0 / block_s
        self.rates_hz: Floats = np.zeros(0)
        """Mean rates of the units that fired in the last block."""

    def block(self, excitation: Floats) -> tuple[Ints, Ints]:
        """(unit, tick) of each firing in the next block, units ascending.

        Args:
            excitation: [muscles] throughout the block.
        """
        share = (excitation * self._gain).take(self._muscle)
        share += self._offset
        np.minimum(share, self._most, out=share)
        np.subtract(self._left, share, out=self._left, where=share > self._least)
        units = (self._left <= 0.0).nonzero()[0]
        count = len(units)
        if not count:
            return units, units
        over, paces = self._left[units], share[units]
        self.rates_hz = paces * self._per_s
        ticks = ((1.0 + over / paces) * self._ticks).astype(np.int64)
        np.minimum(ticks, self._ticks - 1, out=ticks)  # left exactly at the block's end
        if self._next + count > _TABLE:
            self._intervals, self._next = self._drawn(), 0
        over += self._intervals[self._next : self._next + count]
        self._next += count
        self._left[units] = over
        return units, ticks

    def _drawn(self) -> Floats:
        drawn = self._rng.normal(1.0, _VARIATION, _TABLE)
        return np.clip(drawn, _LEAST_INTERVAL, _MOST_INTERVAL)


def rates_hz(excitation: Floats, threshold: Floats, most_hz: Floats) -> Floats:
    """Mean rates for excitations of the same shape as the units' thresholds, 0 below them."""
    rates: Floats = np.minimum(LEAST_HZ + HZ_PER_EXCITATION * (excitation - threshold), most_hz)
    return np.where(excitation > threshold, rates, 0.0)
