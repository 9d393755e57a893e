"""What our estimators share: scikit-learn's contract around one matrix of class scores, or of velocities."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data


class ScoringClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier that is a score per class; the largest one decides, the first of equal ones.

    Attributes:
        classes_: labels in the order of all outputs.
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from features X [n, F] as they come and labels y [n].

        Raises:
            ValueError: as scikit-learn's contract has it, also for fewer than two classes.
        """
        features, labels = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        check_classification_targets(labels)
        self.classes_, which = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"the training data hold {len(self.classes_)} class; at least two are needed")
        self._learn(features, which)
        return self

    def _learn(self, features: NDArray[np.float64], which: NDArray[np.intp]) -> None:
        """Learn from checked features [n, F] and indices into `classes_` [n]."""
        raise NotImplementedError

    def _score(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """[n, K] scores of checked features [n, F]."""
        raise NotImplementedError

    def scores(self, X: ArrayLike) -> NDArray[np.float64]:
        """[n, K] class scores, also for two classes: what the exported decoder puts out."""
        check_is_fitted(self)
        return self._score(validate_data(self, X, dtype=np.float64, reset=False))

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """[n, K] class scores; for two classes [n], the second less the first, as scikit-learn has it."""
        scores = self.scores(X)
        return scores if scores.shape[1] > 2 else scores[:, 1] - scores[:, 0]

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """[n] label of the largest score."""
        best = self.scores(X).argmax(axis=1)
        labels: NDArray[Any] = self.classes_[best]
        return labels


class PosteriorClassifier(ScoringClassifier):
    """A classifier whose scores are logarithms of posteriors, up to what all classes share."""

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """[n, K] posterior, not yet calibrated (see `calibration.temperature`)."""
        scores = self.scores(X)
        posterior: NDArray[np.float64] = np.exp(scores - scores.max(axis=1, keepdims=True))
        posterior /= posterior.sum(axis=1, keepdims=True)
        return posterior


class VelocityRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Velocities of all DOFs at once, for simultaneous proportional control.

    Trained on velocities in -1..1 it may put out a little more; what drives a limb clips.
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from features X [n, F] as they come and velocities y [n, DOFs] or [n]."""
        features, targets = validate_data(
            self, X, y, dtype=np.float64, y_numeric=True, multi_output=True, ensure_min_samples=2
        )
        self._flat = targets.ndim == 1
        self._learn(features, targets.reshape(len(features), -1))
        return self

    def _learn(self, features: NDArray[np.float64], targets: NDArray[np.float64]) -> None:
        """Learn from checked features [n, F] and velocities [n, DOFs]."""
        raise NotImplementedError

    def _velocities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """[n, DOFs] of checked features [n, F]."""
        raise NotImplementedError

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """[n, DOFs] velocities; [n] where y was."""
        check_is_fitted(self)
        velocities: NDArray[np.float64] = self._velocities(
            validate_data(self, X, dtype=np.float64, reset=False)
        )
        if self._flat:
            velocities = velocities[:, 0]
        return velocities

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def both_sides(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    """[n, 2] scores that differ by these margins [n] of the second class over the first."""
    sides: NDArray[np.float64] = margins[:, None] * np.array([-0.5, 0.5])
    return sides


def log_shares(which: NDArray[np.intp]) -> NDArray[np.float64]:
    """[K] logarithm of each class's share of the training windows [n].

    A network trained on unequal classes puts log shares into its scores; less them, all classes count the
    same (Menon et al. 2021, arXiv 2007.07314).
    """
    logs: NDArray[np.float64] = np.log(np.bincount(which) / len(which))
    return logs
