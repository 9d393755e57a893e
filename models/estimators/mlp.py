"""Multilayer perceptrons: classes, or velocities of several DOFs at once."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler

from .base import PosteriorClassifier, VelocityRegressor, both_sides, log_shares

Layers = list[tuple[NDArray[np.float64], NDArray[np.float64]]]
"""(weights [in, out], biases [out]) from the first to the last."""

BATCH = 64
"""Windows per step of Adam."""


def forward(values: NDArray[np.float64], layers: Layers) -> NDArray[np.float64]:
    """[n, out] of the last layer before any output function; rectified between layers."""
    for i, (weights, biases) in enumerate(layers):
        values = (np.maximum(values, 0.0) if i else values) @ weights + biases
    return values


def _trained(network: Any, z: NDArray[np.float64], y: NDArray[Any]) -> Layers:
    with warnings.catch_warnings():
        # A fixed number of epochs is the rule, not a failure to converge: it bounds the time of training.
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(z, y)
    return list(zip(network.coefs_, network.intercepts_, strict=True))


class NeuralClassifier(PosteriorClassifier):
    """Standardised features, one hidden rectified layer, Adam, logistic loss.

    Args:
        hidden: units of the hidden layer.
        alpha: weight decay.
        epochs: passes over the training windows, at most.
        balanced: equal class priors (see `base.log_shares`); False takes the training's shares.
        seed: of first weights and the order of windows.

    Attributes:
        scaler_: standardises features.
        layers_: see `Layers`; the last holds the priors.
    """

    def __init__(
        self, hidden: int = 64, alpha: float = 1e-2, epochs: int = 60, balanced: bool = True, seed: int = 0
    ) -> None:
        self.hidden = hidden
        self.alpha = alpha
        self.epochs = epochs
        self.balanced = balanced
        self.seed = seed

    def _learn(self, features: NDArray[np.float64], which: NDArray[np.intp]) -> None:
        self.scaler_ = StandardScaler().fit(features)
        network = MLPClassifier(
            hidden_layer_sizes=(self.hidden,),
            alpha=self.alpha,
            max_iter=self.epochs,
            random_state=self.seed,
            batch_size=min(BATCH, len(features)),
        )
        *first, (weights, biases) = _trained(network, self.scaler_.transform(features), which)
        if weights.shape[1] == 1:  # scikit-learn's network has one output for two classes
            weights, biases = both_sides(weights[:, 0]), both_sides(biases)[0]
        if self.balanced:
            biases = biases - log_shares(which)
        self.layers_: Layers = [*first, (weights, biases)]

    def _score(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        return forward(self.scaler_.transform(features), self.layers_)


class NeuralRegressor(VelocityRegressor):
    """Velocities of all DOFs at once: standardised features, one hidden rectified layer, Adam, squared error.

    Args:
        hidden: units of the hidden layer.
        alpha: weight decay.
        epochs: passes over the training windows, at most.
        seed: of first weights and the order of windows.

    Attributes:
        scaler_: standardises features.
        layers_: see `Layers`.
    """

    def __init__(self, hidden: int = 64, alpha: float = 1e-2, epochs: int = 60, seed: int = 0) -> None:
        self.hidden = hidden
        self.alpha = alpha
        self.epochs = epochs
        self.seed = seed

    def _learn(self, features: NDArray[np.float64], targets: NDArray[np.float64]) -> None:
        self.scaler_ = StandardScaler().fit(features)
        network = MLPRegressor(
            hidden_layer_sizes=(self.hidden,),
            alpha=self.alpha,
            max_iter=self.epochs,
            random_state=self.seed,
            batch_size=min(BATCH, len(features)),
        )
        # One DOF as [n]: scikit-learn warns of a column.
        flat = targets if targets.shape[1] > 1 else targets[:, 0]
        self.layers_ = _trained(network, self.scaler_.transform(features), flat)

    def _velocities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        return forward(self.scaler_.transform(features), self.layers_)
