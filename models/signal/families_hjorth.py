"""Hjorth's three numbers of a channel's shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .families import Family
from .terms import POWER_FLOOR, SlidingSums


class Hjorth(Family):
    """Activity, mobility, complexity (Hjorth 1970, doi 10.1016/0013-4694(70)90143-4).

    With m0, m2, m4 the mean squares of the signal and of its first and second difference (each sum divided by
    the window's samples; the band-pass already took the mean out): activity m0, mobility root(m2 / m0),
    complexity root(m4 / m2) / root(m2 / m0).
    """

    terms = ("x2", "dx2", "ddx2")
    kinds = ("activity", "mobility", "complexity")

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        super().__init__(n_channels, n_samples, increment, lanes)
        self._per_sample = 1.0 / n_samples
        self._moments = np.zeros((3, n_channels))

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        rows, moments = out.reshape(3, -1), self._moments
        np.multiply(sums.sums[:3], self._per_sample, out=moments)  # x2, dx2, ddx2: they stand first
        rows[0] = moments[0]
        moments += POWER_FLOOR
        np.divide(moments[1:], moments[:2], out=rows[1:])
        np.sqrt(rows[1:], out=rows[1:])
        rows[2] /= rows[1]
