"""Where in the spectrum a channel's power lies, from sums alone: no Fourier transform."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .families import Family
from .terms import POWER_FLOOR, SlidingSums, by_lane


class Spectrum(Family):
    """log m0, log m2, log m4; mean frequency; logarithms of the power in five bands.

    - log m0, m2, m4: half the logarithm of the mean square of the signal and of its first and second
      difference, the roots of the spectral moments by Parseval (Khushaba et al. 2014,
      doi 10.1016/j.neunet.2014.03.010).
    - MNF, mean frequency in cycles per sample: arccos(r1 / r0) / (2 pi), r0 and r1 being the autocorrelation
      (Miller, Rochwarger 1972, doi 10.1109/TIT.1972.1054886). It is a sine's frequency; of a spectrum it
      averages the cosine of the frequency instead of the frequency itself.
    - P0 to P4: power around 0, 1/8, 2/8, 3/8 and 4/8 of the sampling rate: the spectrum after Blackman and
      Tukey, sum of w[k] r[k] cos(2 pi f k) over the lags -4 to 4, with Bartlett's weights w[k] = 1 - |k|/5
      (Percival, Walden 1993, doi 10.1017/CBO9780511622762, chapter 6), which keep it from going below zero.
      Bands are as wide as four lags allow, about a fifth of the sampling rate.
    """

    terms = ("x2", "dx2", "ddx2", "lag1", "lag2", "lag3", "lag4")
    LAGS = 4
    BANDS = 5
    kinds = ("log m0", "log m2", "log m4", "MNF", "log P0", "log P1", "log P2", "log P3", "log P4")

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        super().__init__(n_channels, n_samples, increment, lanes)
        self._per_sample = 1.0 / n_samples
        lags = np.arange(self.LAGS + 1)
        weight = (1.0 - lags / (self.LAGS + 1.0)) * np.where(lags == 0, 1.0, 2.0)
        frequency = np.arange(self.BANDS) / (2.0 * (self.BANDS - 1))
        self._bands = weight * np.cos(2.0 * np.pi * frequency[:, None] * lags)
        self._correlation = np.zeros((self.LAGS + 1, n_channels))

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        rows, r = out.reshape(4 + self.BANDS, -1), self._correlation
        np.multiply(sums.sums[:3], self._per_sample, out=rows[:3])  # x2, dx2, ddx2: they stand first
        first = sums.row["lag1"]
        r[0] = rows[0]
        np.multiply(sums.sums[first : first + self.LAGS], self._per_sample, out=r[1:])
        np.matmul(self._bands, by_lane(r, self.lanes), out=by_lane(rows[4:], self.lanes))
        # Rounding may leave a band without power a little below zero.
        np.maximum(rows[4:], 0.0, out=rows[4:])
        np.divide(r[1], r[0] + POWER_FLOOR, out=rows[3])
        np.arccos(rows[3], out=rows[3])
        rows[3] *= 0.5 / np.pi
        for powers in (rows[:3], rows[4:]):
            powers += POWER_FLOOR
            np.log(powers, out=powers)
        rows[:3] *= 0.5
