"""How the channels stand to each other: these features of a channel depend on the others too."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .families import CoupledFamily, Moments
from .terms import POWER_FLOOR, SlidingSums


class LogCovariance(CoupledFamily):
    """Matrix logarithm of the channels' second-moment matrix, upper triangle row by row, off-diagonals times
    root 2.

    Log-Euclidean metric (Arsigny et al. 2006, doi 10.1002/mrm.20965): Euclidean distance of these vectors is
    the distance of the matrices. 1e-6 of the mean power is added to the diagonal, so that copied or dead
    channels do not send it to minus infinity. The band-pass already took the mean out.
    """

    pairs = True
    RIDGE = 1e-6

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        super().__init__(n_channels, n_samples, increment, lanes)
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

    def needs(self) -> NDArray[np.bool_]:
        """See `Family`."""
        channels, (i, j) = np.arange(self.n_channels), np.triu_indices(self.n_channels)
        either: NDArray[np.bool_] = (i[:, None] == channels) | (j[:, None] == channels)
        return either

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        np.multiply(sums.pair_sums[0], self._per_sample, out=self._matrix)
        self._diagonal += self._ridge * np.add.reduce(self._diagonal) + POWER_FLOOR
        values, vectors = np.linalg.eigh(self._matrix)
        # Rounding can leave a tiny eigenvalue below zero, never below the floor in exact arithmetic.
        np.maximum(values, POWER_FLOOR, out=values)
        np.matmul(vectors * np.log(values), vectors.T, out=self._log)
        self._log_flat.take(self._flat, out=out, mode="clip")
        out *= self._weight

    def compute_many(self, moments: Moments) -> NDArray[np.float64]:
        """See `CoupledFamily`."""
        # In C order whatever came in, so that the diagonal below is a view.
        matrices = np.multiply(moments.pairs, self._per_sample, order="C")
        diagonal = matrices.reshape(len(matrices), -1)[:, :: self.n_channels + 1]
        diagonal += (self._ridge * np.add.reduce(diagonal, axis=1) + POWER_FLOOR)[:, None]
        values, vectors = np.linalg.eigh(matrices)
        np.maximum(values, POWER_FLOOR, out=values)
        logs = np.matmul(vectors * np.log(values)[:, None, :], vectors.transpose(0, 2, 1))
        upper: NDArray[np.float64] = logs.reshape(len(logs), -1)[:, self._flat] * self._weight
        return upper


class SpatialRatios(CoupledFamily):
    """Logarithm of each channel's level over the geometric mean of all levels.

    The centred log-ratio of Aitchison (1982, doi 10.1111/j.2517-6161.1982.tb01195.x) of the channels' root
    mean squares: where the activity is, whatever the effort.
    """

    kinds = ("log ratio",)

    def __init__(self, n_channels: int, n_samples: int, increment: int, lanes: int = 1) -> None:
        super().__init__(n_channels, n_samples, increment, lanes)
        self._per_sample = 1.0 / n_samples

    def compute(self, sums: SlidingSums, out: NDArray[np.float64]) -> None:
        """See `Family`."""
        np.multiply(sums.sums[0], self._per_sample, out=out)  # x2: it stands first
        out += POWER_FLOOR
        np.log(out, out=out)
        out -= np.add.reduce(out) / len(out)
        out *= 0.5

    def compute_many(self, moments: Moments) -> NDArray[np.float64]:
        """See `CoupledFamily`."""
        # In C order whatever came in: numpy adds the channels of columns in another order than `compute`.
        logs: NDArray[np.float64] = np.multiply(moments.squares, self._per_sample, order="C")
        logs += POWER_FLOOR
        np.log(logs, out=logs)
        logs -= np.add.reduce(logs, axis=1, keepdims=True) / self.n_channels
        logs *= 0.5
        return logs
