"""Longer blocks out of increments, for what need not be looked at in every increment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK_S = 0.2
SLOT_S = 0.01
_SHORTEST_S, _LONGEST_S = 0.007, 0.016


def block_shape(increment: int, rate_hz: float) -> tuple[int, int]:
    """(increments per block, samples per slot): about 0.2 s and 10 ms, whole slots and whole increments."""
    first = max(1, round(BLOCK_S * rate_hz / increment))
    shapes = [(n, _slot(n * increment, rate_hz)) for n in range(first, 2 * first + 1)]
    for n, slot in shapes:
        if _SHORTEST_S <= slot / rate_hz <= _LONGEST_S:
            return n, slot
    return shapes[0]


def _slot(samples: int, rate_hz: float) -> int:
    """The divisor of `samples` that is nearest to a slot."""
    wanted = SLOT_S * rate_hz
    divisors = (d for d in range(1, min(samples, round(4 * wanted) + 1) + 1) if samples % d == 0)
    return min(divisors, key=lambda d: abs(d - wanted))


class Blocks:
    """Gathers increments.

    Args:
        n_channels: columns.
        increment: samples per increment.
        rate_hz: samples per second.
    """

    def __init__(self, n_channels: int, increment: int, rate_hz: float) -> None:
        n_increments, self.slot = block_shape(increment, rate_hz)
        self.seconds = n_increments * increment / rate_hz
        self.slot_s = self.slot / rate_hz
        self.n_slots = n_increments * increment // self.slot
        samples = np.zeros((n_increments * increment, n_channels))
        self._parts = list(samples.reshape(n_increments, increment, n_channels))
        self._n, self._filled = n_increments, 0
        # Extremes along the first axis cost a sixth of those along a middle one, which pays for the copy.
        self._by_slot = samples.reshape(self.n_slots, self.slot, n_channels).transpose(1, 0, 2)
        self._turned = np.zeros(self._by_slot.shape)

    def reset(self) -> None:
        """The next increment is a block's first."""
        self._filled = 0

    def push(self, increment: NDArray[np.float64]) -> bool:
        """Take one [increment, ch] in; True when it completes a block."""
        self._parts[self._filled][:] = increment
        self._filled += 1
        if self._filled < self._n:
            return False
        self._filled = 0
        return True

    def extremes(self, high: NDArray[np.float64], low: NDArray[np.float64]) -> None:
        """Write the greatest and the least value of each slot of the complete block into [slots, ch]."""
        np.copyto(self._turned, self._by_slot)
        np.maximum.reduce(self._turned, axis=0, out=high)
        np.minimum.reduce(self._turned, axis=0, out=low)
