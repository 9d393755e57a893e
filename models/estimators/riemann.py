"""Minimum distance to the Riemannian mean, in the log-Euclidean metric."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .base import ScoringClassifier


class LogEuclideanMDM(ScoringClassifier):
    """The class whose mean covariance is nearest. Takes the log-covariance vectors of feature set `riemann`.

    Minimum distance to mean (Barachant et al. 2012, doi 10.1109/TBME.2011.2172210) finds each class's
    Riemannian (Frechet) mean M_k and decides by the least distance d(C, M_k). In the log-Euclidean metric
    (Arsigny et al. 2006, doi 10.1002/mrm.20965) d(A, B) = |log A - log B| (Frobenius) and the mean is, in
    closed form, exp(mean of log C_i). The feature vectors are log C with off-diagonals times root 2, so
    Euclidean distance of vectors is d, and the mean of vectors is log M_k: the published method is here,
    exactly, the nearest class mean. Standardisation would change the metric; there is none, and no prior.

    Scores are minus the squared distance.

    Attributes:
        means_: [K, F] log M_k as vectors.
    """

    def _learn(self, features: NDArray[np.float64], which: NDArray[np.intp]) -> None:
        n_classes = len(self.classes_)
        self.means_ = np.stack([features[which == k].mean(axis=0) for k in range(n_classes)])

    def _score(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        squares = [((features - mean) ** 2).sum(axis=1) for mean in self.means_]
        scores: NDArray[np.float64] = -np.stack(squares, axis=1)
        return scores
