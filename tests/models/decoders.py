"""Fitted decoders of every kind, small, and windows for them, for tests of estimators and exports."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from innervate.models.estimators.base import VelocityRegressor
from innervate.models.estimators.forest import ForestClassifier
from innervate.models.estimators.mlp import NeuralClassifier, NeuralRegressor
from innervate.models.estimators.qda import ShrinkageQDA
from innervate.models.estimators.ridge import RidgeRegressor
from innervate.models.estimators.riemann import LogEuclideanMDM
from innervate.models.estimators.svm import GaussianSVM
from innervate.models.estimators.temporal import HIDDEN, KERNELS, TemporalClassifier, parts
from innervate.models.lda import ShrinkageLDA

CLASSIFIERS: dict[str, Any] = {
    "lda": ShrinkageLDA(),
    "qda": ShrinkageQDA(),
    "svm": GaussianSVM(),
    "forest": ForestClassifier(n_trees=15),
    "mdm": LogEuclideanMDM(),
    "mlp": NeuralClassifier(hidden=16),
}
REGRESSORS: dict[str, Any] = {"ridge": RidgeRegressor(), "mlp velocities": NeuralRegressor(hidden=32)}


def blobs(
    n: int = 300, classes: int = 4, size: int = 12, seed: int = 0, apart: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Windows [n, size] that overlap, each feature in its own unit; labels are not 0, 1, 2."""
    rng = np.random.default_rng(seed)
    which = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    x = rng.normal(size=(n, size)) @ rng.normal(size=(size, size)) / 3
    x += apart * rng.normal(size=(classes, size))[which]
    return x * np.logspace(-3, 3, size) + 5.0, 10 * which + 7


def shares(n: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Windows [n, 12] and velocities [n, 2] that follow from them, not quite linearly."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 12))
    return x * np.logspace(-3, 3, 12), np.tanh(x @ rng.normal(size=(12, 2)) / 3)


@cache
def fitted(name: str, classes: int = 4) -> Any:
    """A decoder of this name, fitted once."""
    if name == "temporal":
        return untrained_network(classes)
    if name in REGRESSORS:
        return REGRESSORS[name].fit(*shares())
    return type(CLASSIFIERS[name])(**CLASSIFIERS[name].get_params()).fit(*blobs(classes=classes))


def untrained_network(classes: int, channels: int = 3, samples: int = 20) -> TemporalClassifier:
    """The temporal network with weights by chance, as training needs torch and deciding does not."""
    rng = np.random.default_rng(0)
    network = TemporalClassifier(channels=channels, filters=8)
    sizes = [
        (KERNELS[0] * channels, 8),
        (KERNELS[1] * 8, 8),
        (8 * len(parts(samples // 2)), HIDDEN),
        (HIDDEN, classes),
    ]
    layers = [(rng.normal(size=s) / np.sqrt(s[0]), rng.normal(size=s[1])) for s in sizes]
    network.filters_, network.layers_ = layers[:2], layers[2:]
    network.mean_, network.scale_ = rng.normal(size=channels), np.logspace(-1, 1, channels)
    network.classes_, network.n_features_in_ = 10 * np.arange(classes) + 7, samples * channels
    # Centred, so that every class has windows.
    usual = network.scores(rng.normal(size=(200, samples * channels)) + 5.0).mean(axis=0)
    network.layers_[-1] = layers[-1][0], layers[-1][1] - usual
    return network


def outputs(estimator: Any, x: np.ndarray) -> np.ndarray:
    """[n, K] what the exported decoder must put out."""
    if isinstance(estimator, VelocityRegressor):
        return estimator.predict(x)
    if isinstance(estimator, ShrinkageLDA):
        return x @ estimator.coef_.T + estimator.intercept_
    return estimator.scores(x)
