"""What a linear decoder was made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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
