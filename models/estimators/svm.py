"""Support vector machine with a Gaussian kernel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from .base import ScoringClassifier, both_sides


class GaussianSVM(ScoringClassifier):
    """One machine for each pair of classes (Cortes and Vapnik 1995, doi 10.1007/BF00994018), by votes.

    Scores are pairs won, and the sum of margins, squeezed to a third of a vote at most, among equals: what
    scikit-learn calls one-versus-rest. It gives no posterior: Platt's folds would be random windows of one
    repetition; `calibration.temperature` learns from scores of repetitions left out.

    Args:
        C: what a window on the wrong side costs.
        gamma: of exp(-gamma |z - s|^2); None for 1 / F, which suits standardised features.
        balanced: windows of a rare class cost more, in proportion; False treats all windows alike.

    Attributes:
        scaler_: standardises features.
        gamma_: as used.
        machine_: the fitted `sklearn.svm.SVC`.
    """

    def __init__(self, C: float = 10.0, gamma: float | None = None, balanced: bool = True) -> None:
        self.C = C
        self.gamma = gamma
        self.balanced = balanced

    def _learn(self, features: NDArray[np.float64], which: NDArray[np.intp]) -> None:
        self.scaler_ = StandardScaler().fit(features)
        self.gamma_ = 1.0 / features.shape[1] if self.gamma is None else self.gamma
        self.machine_ = SVC(
            C=self.C, gamma=self.gamma_, class_weight="balanced" if self.balanced else None, cache_size=500
        ).fit(self.scaler_.transform(features), which)

    def _score(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        scores: NDArray[np.float64] = self.machine_.decision_function(self.scaler_.transform(features))
        return both_sides(scores) if scores.ndim == 1 else scores
