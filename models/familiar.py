"""How unlike anything in training a window is: its distance to what it was decided as."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BundleError

Floats = NDArray[np.float64]

DIRECTIONS = 32
"""In so many largest directions the covariance counts as it is, in all others alike (probabilistic principal
components; Tipping and Bishop 1999, doi 10.1111/1467-9868.00196). Days and artefacts scored alike with 32, 64
and all 124 (sub01 of wearable30d); all of them would be a product as large as the decision's own."""


@dataclass(frozen=True)
class Familiar:
    """Squared Mahalanobis distance per feature to a class template, 1 at the edge of what was held out in
    training.

    Attributes:
        centres: [R, K, F] templates, as features are.
        weights: [F] what makes features alike; 0 for features of a lost channel.
        directions: [D, F] rows of length 0 to 1: what a weighted difference along them counts less, as
            training varied there anyway.

    Raises:
        BundleError: shapes do not fit, or a number is not finite.
    """

    centres: Floats
    weights: Floats
    directions: Floats

    def __post_init__(self) -> None:
        parts = (self.centres, self.weights, self.directions)
        size = self.weights.size
        if tuple(p.ndim for p in parts) != (3, 1, 2) or any(p.shape[-1] != size for p in parts):
            raise BundleError(f"what is familiar, of shapes {', '.join(str(p.shape) for p in parts)}")
        if not all(np.isfinite(part).all() for part in parts):
            raise BundleError("what is familiar holds numbers that are not finite")

    @classmethod
    def of(
        cls, mean: Floats, scale: Floats, templates: Floats, covariance: Floats, kept: NDArray[np.bool_]
    ) -> Familiar:
        """From statistics, with the edge at distance 1. Training only: needs scipy.

        Args:
            mean: [F] and
            scale: [F] of all training features.
            templates: [R, K, F], standardised.
            covariance: [F, F] of standardised windows about their class.
            kept: [F] False for features of a lost channel.
        """
        from scipy.linalg import eigh

        size, many = int(kept.sum()), min(DIRECTIONS, int(kept.sum()))
        small = covariance[np.ix_(kept, kept)]
        # Few windows leave equal variances, of which the usual driver finds too few.
        variances, vectors = eigh(small, subset_by_index=[size - many, size - 1], driver="evx")
        others = (np.trace(small) - variances.sum()) / (size - many) if size > many else variances[0]
        directions = np.zeros((min(DIRECTIONS, len(kept)), len(kept)))
        directions[:many, kept] = (vectors * np.sqrt(np.maximum(1.0 - others / variances, 0.0))).T
        weights = np.where(kept, 1.0 / (scale * np.sqrt(others * size)), 0.0)
        return cls(mean + scale * templates, weights, directions)

    def with_edge(self, edge: float) -> Familiar:
        """The same in units of this distance."""
        return Familiar(self.centres, self.weights / np.sqrt(edge), self.directions)

    def distance(self, features: Floats, turn: int, class_index: int) -> float:
        """Of features [F] to one template."""
        apart = features - self.centres[turn, class_index]
        apart *= self.weights
        along = self.directions.dot(apart)
        return float(apart.dot(apart) - along.dot(along))

    def distances(self, features: Floats, turn: NDArray[np.intp], which: NDArray[np.intp]) -> Floats:
        """[n] of features [n, F] to a template each."""
        apart = (features - self.centres[turn, which]) * self.weights
        along = apart @ self.directions.T
        made: Floats = (apart**2).sum(axis=1) - (along**2).sum(axis=1)
        return made
