"""Linear regression of several DOFs at once, shrunk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from .base import VelocityRegressor


class RidgeRegressor(VelocityRegressor):
    """Velocities of all DOFs at once, linear in standardised features (Hoerl and Kennard 1970,
    doi 10.1080/00401706.1970.10488634; for simultaneous myoelectric control Hahne et al. 2014,
    doi 10.1109/TNSRE.2014.2305520).

    Args:
        alpha: penalty per training window on the squared weights of standardised features, so that it means
            the same for short and long recordings.

    Attributes:
        coef_: [DOFs, F] for features as they come.
        intercept_: [DOFs].
    """

    def __init__(self, alpha: float = 1e-2) -> None:
        self.alpha = alpha

    def _learn(self, features: NDArray[np.float64], targets: NDArray[np.float64]) -> None:
        scaler = StandardScaler().fit(features)
        ridge = Ridge(self.alpha * len(features)).fit(scaler.transform(features), targets)
        self.coef_ = np.atleast_2d(ridge.coef_) / scaler.scale_
        self.intercept_ = ridge.intercept_ - self.coef_ @ scaler.mean_

    def _velocities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        velocities: NDArray[np.float64] = features @ self.coef_.T + self.intercept_
        return velocities
