"""What needs the window's samples themselves: their cost grows with the window, all others' does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .families import Family
from .terms import SlidingSums


class Samples(Family):
    """The conditioned samples of the window, oldest first, channels inside: what a temporal network reads."""

    follows = True

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        super().__init__(n_channels, n_samples, increment, lanes)
        self._per_channel(tuple(f"x{n}" for n in range(n_samples)))
        self._ring = np.zeros((n_samples // increment, increment * n_channels))
        self._next = 0

    def push(self, block: NDArray[np.float64]) -> None:
        """See `Family`."""
        self._ring[self._next] = block.reshape(-1)
        self._next = (self._next + 1) % len(self._ring)

    def reset(self) -> None:
        """See `Family`."""
        self._ring[:] = 0.0
        self._next = 0

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:  # noqa: ARG002 - its samples are its own
        """See `Family`."""
        rows, older = out.reshape(self._ring.shape), len(self._ring) - self._next
        rows[:older] = self._ring[self._next :]
        rows[older:] = self._ring[: self._next]


class Willison(Family):
    """WAMP, Willison amplitude: how many |x[n] - x[n-1]| are larger than a threshold.

    The threshold of the literature (Phinyomark et al. 2012, doi 10.1016/j.eswa.2012.01.102) is in volts and
    chosen for one amplifier; many of ours have arbitrary units. Here it is the window's own mean
    |x[n] - x[n-1]|, so that the count does not depend on the unit and tells how uneven the changes are.
    A change must be larger by more than rounding, or equal ones would be counted by chance.
    """

    terms = ("dabs",)
    follows = True
    MARGIN = 1e-9
    kinds = ("WAMP",)

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        super().__init__(n_channels, n_samples, increment, lanes)
        self._changes = np.zeros((n_samples // increment, increment, n_channels))
        self._larger = np.zeros(self._changes.shape, np.bool_)
        self._last = np.zeros(n_channels)
        self._next = 0
        self._per_difference = (1.0 + self.MARGIN) / (n_samples - 1)

    def push(self, block: NDArray[np.float64]) -> None:
        """See `Family`."""
        changes = self._changes[self._next]
        np.subtract(block[0], self._last, out=changes[0])
        np.subtract(block[1:], block[:-1], out=changes[1:])
        np.abs(changes, out=changes)
        self._last[:] = block[-1]
        self._next = (self._next + 1) % len(self._changes)

    def reset(self) -> None:
        """See `Family`."""
        self._changes[:] = 0.0
        self._last[:] = 0.0
        self._next = 0

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        threshold = sums.sums[sums.row["dabs"]] * self._per_difference
        np.greater(self._changes, threshold, out=self._larger)
        # The change into the window's first sample is none of the window's.
        self._larger[self._next, 0] = False
        np.add.reduce(self._larger, axis=(0, 1), dtype=np.float64, out=out)
