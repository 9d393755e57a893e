"""How a sample follows from those before it: the shape of the spectrum in four numbers."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from .families import Family
from .terms import POWER_FLOOR, SlidingSums


class Autoregression(Family):
    """Coefficients a1..a4 of x[n] = a1 x[n-1] + ... + a4 x[n-4] + e, by the autocorrelation method.

    Yule-Walker equations with the biased autocorrelation of the window alone (Makhoul 1975,
    doi 10.1109/PROC.1975.9792), lag 0 raised by 1e-9 of itself so that a flat signal gives zeros. Solved by
    Schur's recursion over all channels at once: its forward and its backward row hold the coefficients so far
    and what of the autocorrelation they leave unexplained, so an order is one division, one product and one
    difference of everything. Levinson-Durbin needs three times as many calls of numpy, a solver more yet.
    """

    ORDER = 4
    terms = ("x2", "lag1", "lag2", "lag3", "lag4")
    kinds = ("AR1", "AR2", "AR3", "AR4")

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        super().__init__(n_channels, n_samples, increment, lanes)
        order = self.ORDER
        self._per_sample = 1.0 / n_samples
        # A row: coefficients 0 to ORDER, then lags 0 to ORDER. The backward row is one sample later with
        # each order, so it starts one place earlier each time instead of being moved.
        width = 2 * (order + 1)
        self._rows = np.zeros((2 * width + order, n_channels))
        self._fresh = np.zeros_like(self._rows)
        self._fresh[0] = self._fresh[width + order + 1] = 1.0
        self._lags = self._rows[order + 1 : width]
        self._lags_before = self._rows[-order:]
        self._negated = self._rows[1 : order + 1]
        self._steps = []
        for k in range(order):
            start = width + order - k
            pair = as_strided(
                self._rows, (2, width, n_channels), (start * self._rows.strides[0], *self._rows.strides)
            )
            at = order + 2 + k
            self._steps.append((pair, pair[::-1], pair[0, at], pair[1, at]))
        self._reflection = np.zeros(n_channels)
        self._product = np.zeros((2, width, n_channels))

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        lags, reflection, product = self._lags, self._reflection, self._product
        self._rows[:] = self._fresh
        np.multiply(sums.sums[sums.row["x2"]], self._per_sample * (1.0 + 1e-9), out=lags[0])
        lags[0] += POWER_FLOOR
        first = sums.row["lag1"]
        np.multiply(sums.sums[first : first + self.ORDER], self._per_sample, out=lags[1:])
        self._lags_before[:] = lags[:-1]
        for pair, swapped, unexplained, power in self._steps:
            np.divide(unexplained, power, out=reflection)
            np.multiply(swapped, reflection, out=product)
            np.subtract(pair, product, out=pair)
        np.negative(self._negated, out=out.reshape(self.ORDER, -1))


class Cepstrum(Autoregression):
    """Cepstral coefficients c1..c4 of the autoregressive model (Atal 1974, doi 10.1121/1.1914702).

    c[n] = a[n] + sum over k = 1..n-1 of (1 - k/n) a[k] c[n-k], a being the coefficients of `Autoregression`:
    the logarithm of the model's spectrum as a series of cosines.
    """

    kinds = ("CC1", "CC2", "CC3", "CC4")

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        super().__init__(n_channels, n_samples, increment, lanes)
        self._a = np.zeros((self.ORDER, n_channels))
        self._share = [(1.0 - np.arange(1, n) / n)[:, None] for n in range(1, self.ORDER + 1)]

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        a, c = self._a, out.reshape(self.ORDER, -1)
        super().compute(sums, a)
        c[:] = a
        for n in range(1, self.ORDER):
            c[n] += (self._share[n] * a[:n] * c[n - 1 :: -1]).sum(axis=0)
