"""What is computed from window sums: one small class per family, each says which terms it needs.

`compute(sums, out)` writes `size` numbers; the order inside a family is feature by feature, channels inside.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from .terms import SlidingSums

POWER_FLOOR = 1e-12
"""Added to mean powers and (its root) to mean amplitudes before the logarithm, in the signal's unit squared:
far below any amplifier's noise in volts or microvolts; it makes a dead channel a number."""
AMPLITUDE_FLOOR = 1e-6


class Family:
    """One group of features of `n_channels` over windows of `n_samples`."""

    terms: ClassVar[tuple[str, ...]]
    """Keys of `terms.LOOK_BACK` whose sums it needs."""
    pairs: ClassVar[bool]
    """Does it also need the sums of all channel pairs?"""
    size: int
    names: tuple[str, ...]

    def __init__(self, n_channels: int, n_samples: int) -> None:
        raise NotImplementedError

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """Write `size` features of the window that `sums` holds."""
        raise NotImplementedError


class TimeDomain(Family):
    """MAV, ZC, SSC, WL (Hudgins, Parker, Scott 1993, doi 10.1109/10.204774), without a noise threshold.

    MAV: mean |x|. ZC: changes of sign, zeros skipped. SSC: strict local extremes. WL: sum |x[n] - x[n-1]|.
    """

    terms = ("abs", "zc", "ssc", "dabs")
    pairs = False

    def __init__(self, n_channels: int, n_samples: int) -> None:
        self.size = 4 * n_channels
        self.names = tuple(f"{f}[{c}]" for f in ("MAV", "ZC", "SSC", "WL") for c in range(n_channels))
        self._per_sample = 1.0 / n_samples

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        rows = out.reshape(4, -1)
        np.multiply(sums.sums[sums.row["abs"]], self._per_sample, out=rows[0])
        rows[1] = sums.sums[sums.row["zc"]]
        rows[2] = sums.sums[sums.row["ssc"]]
        rows[3] = sums.sums[sums.row["dabs"]]


class LogMoments(Family):
    """Logarithms of m0, m2, m4, MAV and WL; then ZC and SSC.

    m0, m2, m4: root mean square of the signal and of its first and second difference, the spectral moments
    of Khushaba et al. 2014 (doi 10.1016/j.neunet.2014.03.010) by Parseval's theorem. The logarithm makes a
    change of effort a shift, and their distribution nearly normal, which is what a linear decoder assumes.
    """

    terms = ("x2", "dx2", "ddx2", "abs", "dabs", "zc", "ssc")
    pairs = False

    def __init__(self, n_channels: int, n_samples: int) -> None:
        kinds = ("log m0", "log m2", "log m4", "log MAV", "log WL", "ZC", "SSC")
        self.size = 7 * n_channels
        self.names = tuple(f"{f}[{c}]" for f in kinds for c in range(n_channels))
        # The five sums stand first and in this order in `sums`: one logarithm does all of them.
        self._per_sample = 1.0 / n_samples
        self._floor = np.array([POWER_FLOOR] * 3 + [AMPLITUDE_FLOOR] * 2)[:, None]
        self._half = np.array([0.5] * 3 + [1.0] * 2)[:, None]

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        rows = out.reshape(7, -1)
        logs = rows[:5]
        np.multiply(sums.sums[:5], self._per_sample, out=logs)
        logs += self._floor
        np.log(logs, out=logs)
        logs *= self._half
        rows[5:] = sums.sums[5:7]


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
    pairs = False

    def __init__(self, n_channels: int, n_samples: int) -> None:
        order = self.ORDER
        self.size = order * n_channels
        self.names = tuple(f"AR{k + 1}[{c}]" for k in range(order) for c in range(n_channels))
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


class LogCovariance(Family):
    """Matrix logarithm of the channels' second-moment matrix, upper triangle row by row, off-diagonals times
    root 2.

    Log-Euclidean metric (Arsigny et al. 2006, doi 10.1002/mrm.20965): Euclidean distance of these vectors is
    the distance of the matrices. 1e-6 of the mean power is added to the diagonal, so that copied or dead
    channels do not send it to minus infinity. The band-pass already took the mean out.
    """

    terms = ("x2",)
    pairs = True
    RIDGE = 1e-6

    def __init__(self, n_channels: int, n_samples: int) -> None:
        upper = np.triu_indices(n_channels)
        self.size = len(upper[0])
        self.names = tuple(f"log C[{i},{j}]" for i, j in zip(*upper, strict=True))
        self._flat = upper[0] * n_channels + upper[1]
        self._weight = np.where(upper[0] == upper[1], 1.0, np.sqrt(2.0))
        self._per_sample = 1.0 / n_samples
        self._ridge = self.RIDGE / n_channels
        self._matrix = np.zeros((n_channels, n_channels))
        self._diagonal = self._matrix.reshape(-1)[:: n_channels + 1]
        self._log = np.zeros((n_channels, n_channels))
        self._log_flat = self._log.reshape(-1)

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        np.multiply(sums.pair_sums, self._per_sample, out=self._matrix)
        self._diagonal += self._ridge * np.add.reduce(self._diagonal) + POWER_FLOOR
        values, vectors = np.linalg.eigh(self._matrix)
        # Rounding can leave a tiny eigenvalue below zero, never below the floor in exact arithmetic.
        np.maximum(values, POWER_FLOOR, out=values)
        np.matmul(vectors * np.log(values), vectors.T, out=self._log)
        self._log_flat.take(self._flat, out=out, mode="clip")
        out *= self._weight
