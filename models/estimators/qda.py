"""Quadratic discriminant analysis that lends each class the strength of all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf_shrinkage
from sklearn.preprocessing import StandardScaler

from ..covariance import shrunk
from .base import PosteriorClassifier


class ShrinkageQDA(PosteriorClassifier):
    """A Gaussian per class; its covariance is drawn towards the pooled one, then towards a scaled identity.

    Regularised discriminant analysis (Friedman 1989, doi 10.1080/01621459.1989.10478752): from scatter S and
    n windows, of class k and of all, C_k = ((1 - pooled) S_k + pooled S) / ((1 - pooled) n_k + pooled n); of
    that (1 - shrinkage) is kept beside shrinkage x trace / F x identity. `pooled=1` is `ShrinkageLDA`.

    Args:
        pooled: 0 (each class its own covariance) to 1 (all the same one).
        shrinkage: None for Ledoit and Wolf's (2004, doi 10.1016/S0047-259X(03)00096-4) of the pooled
            covariance, or a fixed share 0 to 1.
        balanced: equal class priors, as `ShrinkageLDA` has them; False takes the training's shares.

    Attributes:
        scaler_: standardises features.
        means_: [K, F] of standardised features.
        whitenings_: [K, F, F] lower triangular; |whitening (z - mean)|^2 is the squared Mahalanobis distance.
        offsets_: [K] log prior - half the log determinant of the covariance.
    """

    def __init__(self, pooled: float = 0.5, shrinkage: float | None = None, balanced: bool = True) -> None:
        self.pooled = pooled
        self.shrinkage = shrinkage
        self.balanced = balanced

    def _learn(self, features: NDArray[np.float64], which: NDArray[np.intp]) -> None:
        self.scaler_ = StandardScaler().fit(features)
        z = self.scaler_.transform(features)
        n, size = z.shape
        counts = np.bincount(which)
        self.means_ = np.stack([z[which == k].mean(axis=0) for k in range(len(counts))])
        z -= self.means_[which]
        share = self.shrinkage
        if share is None:
            share = float(ledoit_wolf_shrinkage(z, assume_centered=True)) if np.any(z) else 1.0
        of_all = z.T @ z
        eye = np.eye(size)
        whitenings, offsets = [], []
        priors = np.full(len(counts), 1.0 / len(counts)) if self.balanced else counts / n
        for k, count in enumerate(counts):
            own = z[which == k]
            scatter = (1.0 - self.pooled) * (own.T @ own) + self.pooled * of_all
            covariance = scatter / ((1.0 - self.pooled) * count + self.pooled * n)
            root = np.linalg.cholesky(shrunk(covariance, share))
            whitenings.append(np.linalg.solve(root, eye))
            offsets.append(np.log(priors[k]) - np.log(np.diagonal(root)).sum())
        self.whitenings_, self.offsets_ = np.stack(whitenings), np.array(offsets)

    def _score(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        z = self.scaler_.transform(features)
        pairs = zip(self.whitenings_, self.means_, strict=True)
        squares = [(((z - mean) @ whitening.T) ** 2).sum(axis=1) for whitening, mean in pairs]
        scores: NDArray[np.float64] = self.offsets_ - 0.5 * np.stack(squares, axis=1)
        return scores
