"""Random forest whose votes add up exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.ensemble import RandomForestClassifier

from .base import ScoringClassifier

VOTE = 4096
"""Parts of a tree's vote. Sums of whole parts are exact, also in single precision (24 bits, which is what
ONNX's trees add in) for up to 4096 trees: equal votes stay equal in any order of adding."""


class ForestClassifier(ScoringClassifier):
    """Trees on random windows and features (Breiman 2001, doi 10.1023/A:1010933404324); each shares its vote
    among the classes of the leaf. Scores are mean votes, 0 to 1.

    Trees compare single-precision features, as scikit-learn's do, and need no standardisation.

    Args:
        n_trees: 1 to 4096.
        min_leaf: training windows that a leaf holds at least.
        balanced: windows of a rare class weigh more, in proportion; False weighs all windows alike.
        seed: of the random choices.

    Attributes:
        forest_: the fitted `sklearn.ensemble.RandomForestClassifier`.
        votes_: per tree [nodes, K] whole parts of `VOTE` that each node gives each class.
    """

    def __init__(self, n_trees: int = 100, min_leaf: int = 2, balanced: bool = True, seed: int = 0) -> None:
        self.n_trees = n_trees
        self.min_leaf = min_leaf
        self.balanced = balanced
        self.seed = seed

    def _learn(self, features: NDArray[np.float64], which: NDArray[np.intp]) -> None:
        if not 1 <= self.n_trees <= VOTE:
            raise ValueError(f"n_trees {self.n_trees}: 1 to {VOTE} are allowed")
        self.forest_ = RandomForestClassifier(
            self.n_trees,
            min_samples_leaf=self.min_leaf,
            class_weight="balanced" if self.balanced else None,
            random_state=self.seed,
        ).fit(features, which)
        shares = [tree.tree_.value[:, 0, :] for tree in self.forest_.estimators_]
        self.votes_ = [np.rint(VOTE * share / share.sum(axis=1, keepdims=True)) for share in shares]

    def _score(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        leaves = self.forest_.apply(features)
        total = np.zeros((len(features), len(self.classes_)))
        for votes, leaf in zip(self.votes_, leaves.T, strict=True):
            total += votes[leaf]
        return total / (VOTE * self.n_trees)

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """[n, K] mean votes, not yet calibrated (see `calibration.temperature`)."""
        scores = self.scores(X)
        posterior: NDArray[np.float64] = scores / scores.sum(axis=1, keepdims=True)
        return posterior
