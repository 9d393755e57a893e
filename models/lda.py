"""Linear discriminant analysis with a shrunk covariance, as a scikit-learn estimator. Training only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.covariance import ledoit_wolf_shrinkage
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from .covariance import class_means, mean_and_scale, shrunk


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
        standard = np.linalg.solve(shrunk(self.covariance, self.shrinkage), self.class_means.T).T
        offsets = np.log(self.priors) - 0.5 * np.einsum("kf,kf->k", standard, self.class_means)
        weights = standard / self.scale
        return weights, offsets - weights @ self.mean


class ShrinkageLDA(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Fisher's discriminant on standardised features; covariance pooled within classes and shrunk.

    Shrinkage: Ledoit and Wolf 2004 (doi 10.1016/S0047-259X(03)00096-4), the optimal mixture with the scaled
    identity, so that it also works with more features than windows.

    Args:
        shrinkage: None for Ledoit and Wolf's, or a fixed share 0 to 1.
        balanced: equal class priors (the default), however much of each class was recorded: a person at rest
            for most of the calibration must not make the limb reluctant. False takes the training's shares.

    Attributes:
        classes_: labels in the order of all outputs.
        statistics_: `ClassStatistics`, enough to rebuild or recalibrate.
        coef_: [K, F].
        intercept_: [K].
    """

    def __init__(self, shrinkage: float | None = None, balanced: bool = True) -> None:
        self.shrinkage = shrinkage
        self.balanced = balanced

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from features X [n, F] and labels y [n]."""
        features, labels = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        check_classification_targets(labels)
        self.classes_, which = np.unique(labels, return_inverse=True)
        n_classes = len(self.classes_)
        if n_classes < 2:
            raise ValueError(f"the training data hold {n_classes} class; at least two are needed")
        counts = np.bincount(which, minlength=n_classes)
        mean, scale = mean_and_scale(features)
        z = (features - mean) / scale
        means = class_means(z, which, n_classes)
        z -= means[which]
        share = self.shrinkage
        if share is None:
            share = float(ledoit_wolf_shrinkage(z, assume_centered=True)) if np.any(z) else 1.0
        priors = np.full(n_classes, 1.0 / n_classes) if self.balanced else counts / counts.sum()
        self.statistics_ = ClassStatistics(
            mean, scale, means, z.T @ z / len(z), counts.astype(np.int64), share, priors
        )
        self.coef_, self.intercept_ = self.statistics_.discriminant()
        return self

    def _scores(self, X: ArrayLike) -> NDArray[np.float64]:
        check_is_fitted(self)
        features = validate_data(self, X, dtype=np.float64, reset=False)
        scores: NDArray[np.float64] = features @ self.coef_.T + self.intercept_
        return scores

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """[n, K] class scores; for two classes [n], the second less the first, as scikit-learn has it."""
        scores = self._scores(X)
        return scores if scores.shape[1] > 2 else scores[:, 1] - scores[:, 0]

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """[n, K] posterior, not yet calibrated (see `calibration.temperature`)."""
        scores = self._scores(X)
        scores -= scores.max(axis=1, keepdims=True)
        posterior = np.exp(scores)
        posterior /= posterior.sum(axis=1, keepdims=True)
        return posterior

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """[n] most probable label."""
        scores = self._scores(X)
        labels: NDArray[Any] = self.classes_[scores.argmax(axis=1)]
        return labels
