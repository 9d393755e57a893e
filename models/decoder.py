"""Linear decoders at run time: one matrix product and a calibrated softmax, in numpy alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BundleError

NO_DECISION = -1


@dataclass(frozen=True)
class ClassStatistics:
    """What a linear decoder was made from, kept so that a recalibration or a lost channel is a small solve.

    Attributes:
        mean: [F] of all training features, and
        scale: [F] their standard deviation (1 where a feature never changed): what follows is standardised.
        class_means: [K, F].
        covariance: [F, F] pooled within classes, not yet shrunk.
        counts: [K] training windows per class.
        shrinkage: 0 to 1, share of the scaled identity mixed in (Ledoit and Wolf 2004).
        priors: [K].
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    class_means: NDArray[np.float64]
    covariance: NDArray[np.float64]
    counts: NDArray[np.int64]
    shrinkage: float
    priors: NDArray[np.float64]

    def discriminant(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(weights [K, F], offsets [K]) of Fisher's linear discriminant, for features as they come.

        Class scores are log prior - half Mahalanobis distance, less what all classes share; so a softmax of
        them is the posterior under equal Gaussian covariances.
        """
        size = len(self.mean)
        shrunk = (1.0 - self.shrinkage) * self.covariance
        shrunk.reshape(-1)[:: size + 1] += self.shrinkage * np.trace(self.covariance) / size + 1e-9
        standard = np.linalg.solve(shrunk, self.class_means.T).T
        offsets = np.log(self.priors) - 0.5 * np.einsum("kf,kf->k", standard, self.class_means)
        weights = standard / self.scale
        return weights, offsets - weights @ self.mean


class LinearDecoder:
    """Class scores = weights @ features + offsets; posterior = softmax(scores / temperature).

    Args:
        weights: [K, F].
        offsets: [K].
        temperature: learnt on training folds; above 1 where raw scores are too sure of themselves.

    Raises:
        BundleError: shapes do not fit, or a number is not finite.
    """

    def __init__(
        self, weights: NDArray[np.float64], offsets: NDArray[np.float64], temperature: float = 1.0
    ) -> None:
        weights, offsets = (
            np.ascontiguousarray(weights, np.float64),
            np.ascontiguousarray(offsets, np.float64),
        )
        if weights.ndim != 2 or offsets.shape != (len(weights),) or len(weights) < 2:
            raise BundleError(f"decoder weights {weights.shape} and offsets {offsets.shape} do not fit")
        if not (np.isfinite(weights).all() and np.isfinite(offsets).all()):
            raise BundleError("the decoder holds numbers that are not finite")
        if not (math.isfinite(temperature) and temperature > 0):
            raise BundleError(f"decoder temperature {temperature}: must be above 0")
        self.weights, self.offsets, self.temperature = weights, offsets, float(temperature)
        self.n_classes, self.n_features = weights.shape
        self._scores = np.zeros(self.n_classes)

    def decide(self, features: NDArray[np.float64]) -> tuple[int, NDArray[np.float64]]:
        """(class index, posterior [K]); (`NO_DECISION`, zeros) when a feature is not a finite number.

        Zeros are below any rejection threshold, so nothing moves on them.

        Args:
            features: [F], as `Frame.features`.
        """
        scores = self._scores
        np.matmul(self.weights, features, out=scores)
        scores += self.offsets
        best = int(scores.argmax())
        top = float(scores[best])
        if not math.isfinite(top):  # argmax finds a NaN first, so this sees every one
            return NO_DECISION, np.zeros(self.n_classes)
        posterior: NDArray[np.float64] = np.exp((scores - top) / self.temperature)
        posterior /= np.add.reduce(posterior)
        return best, posterior
