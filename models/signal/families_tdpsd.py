"""Khushaba's descriptors of the power spectrum, computed in the time domain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .families import Family
from .terms import POWER_FLOOR, SlidingSums


class TDPSD(Family):
    """Six descriptors, each fused between the signal and its log-scaled version.

    Al-Timemy, Khushaba, Bugmann, Escudero 2016 (doi 10.1109/TNSRE.2015.2445634), after Khushaba et al. 2014
    (doi 10.1016/j.neunet.2014.03.010), scaled as in the program of the authors (and in LibEMG). For a signal
    s of n samples, d and dd its first and second difference, and P(v) = v^0.1 / 0.1:

        m0 = P(root(sum s^2) / (n - 1)), m2 = P(root(sum d^2 / (n - 1))), m4 = P(root(sum dd^2 / (n - 1)))
        descriptors: log|m0|, log|m0 - m2|, log|m0 - m4|, sparseness log|m0 / root(|m0 - m2| |m0 - m4|)|,
                     irregularity log|m2 / root(m0 m4)|, waveform length ratio log root(sum |d| / sum |dd|)

    They are computed for the signal (a) and for log(x^2 + eps) (b), and fused as the cosine similarity that
    two numbers have by Khushaba: -2 a b / (a^2 + b^2). They depend on the unit, as all of the published do.
    Sums and the arguments of logarithms are floored by 1e-12, so that a flat channel gives numbers.
    """

    follows = True
    POWER = 0.1
    kinds = (
        "fused m0",
        "fused m0 - m2",
        "fused m0 - m4",
        "fused sparseness",
        "fused irregularity",
        "fused WL ratio",
    )

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        super().__init__(n_channels, n_samples, increment, lanes)
        # The signal and its logarithm side by side: both in one pass over twice as many columns.
        terms = ("x2", "dx2", "ddx2", "dabs", "ddabs")
        n_increments = n_samples // increment
        self._sums = SlidingSums(terms, increment, n_increments, 2 * n_channels, pairs=False, lanes=2 * lanes)
        self._both = np.zeros((increment, 2 * n_channels))
        self._signal, self._log = self._both[:, :n_channels], self._both[:, n_channels:]
        per = 1.0 / (n_samples - 1)
        self._scale = np.array([per * per, per, per])[:, None]
        self._moments = np.zeros((3, 2 * n_channels))
        self._described = np.zeros((6, 2 * n_channels))
        self._n_channels = n_channels

    def push(self, block: NDArray[np.float64]) -> None:
        """See `Family`."""
        self._signal[:] = block
        log = self._log
        np.multiply(block, block, out=log)
        log += np.finfo(np.float64).eps
        np.log(log, out=log)
        self._sums.push(self._both)

    def reset(self) -> None:
        """See `Family`."""
        self._sums.reset()

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:  # noqa: ARG002 - its sums are its own
        """See `Family`."""
        own, row, moments, said = self._sums.sums, self._sums.row, self._moments, self._described
        np.multiply(own[:3], self._scale, out=moments)  # x2, dx2, ddx2: they stand first
        moments += POWER_FLOOR
        np.power(moments, 0.5 * self.POWER, out=moments)
        moments /= self.POWER
        m0, m2, m4 = moments
        said[0] = m0
        np.subtract(m0, moments[1:], out=said[1:3])
        np.abs(said[1:3], out=said[1:3])
        said[1:3] += POWER_FLOOR
        np.multiply(m0, m4, out=said[3])
        said[4] = m2
        np.divide(own[row["dabs"]] + POWER_FLOOR, own[row["ddabs"]] + POWER_FLOOR, out=said[5])
        np.log(said, out=said)
        # The logarithm of a ratio is a difference: no further logarithm is needed.
        said[4] -= 0.5 * said[3]
        np.subtract(said[0], 0.5 * (said[1] + said[2]), out=said[3])
        said[5] *= 0.5
        a, b = said[:, : self._n_channels], said[:, self._n_channels :]
        np.divide(-2.0 * a * b, a * a + b * b + POWER_FLOOR, out=out.reshape(6, -1))
