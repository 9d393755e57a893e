"""From a fitted estimator to ONNX: double precision throughout, so that decisions stay the same. Training
only: needs onnx, `innervate[export]`."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import numpy as np
from sklearn.preprocessing import StandardScaler

from ...core.errors import InnervateError
from ..estimators.forest import ForestClassifier
from ..estimators.mlp import Layers, NeuralClassifier, NeuralRegressor
from ..estimators.qda import ShrinkageQDA
from ..estimators.ridge import RidgeRegressor
from ..estimators.riemann import LogEuclideanMDM
from ..estimators.svm import GaussianSVM
from ..estimators.temporal import TemporalClassifier
from ..lda import ShrinkageLDA
from ..templates import TemplateDecoder
from .graph import Graph
from .machine import machine
from .session import FEATURES
from .temporal import levels
from .trees import forest


def export(estimator: Any) -> bytes:
    """The fitted estimator, or the default decoder, as an ONNX model for `session.OnnxDecoder`.

    Of the default decoder it is what decides with every channel; its scores are the logarithm of its
    posterior, less what all classes share. Input `features` [N, F] as they come; output `scores`: class
    scores [N, K] in the order of `classes_`, or DOF velocities [N, DOFs]. The same estimator always gives
    the same bytes.

    Raises:
        InnervateError: onnx is not installed, or the estimator is of a kind that has no graph here.
    """
    templates = isinstance(estimator, TemplateDecoder)
    graph = Graph(estimator.n_features if templates else estimator.n_features_in_)
    value, n_outputs = _draw(estimator, graph)
    return graph.finish(value, n_outputs)


@singledispatch
def _draw(estimator: Any, _graph: Graph) -> tuple[str, int]:
    """(name of the scores, how many there are)."""
    raise InnervateError(f"{type(estimator).__name__} has no ONNX export")


def _standardised(graph: Graph, scaler: StandardScaler) -> str:
    centred = graph.add("Sub", FEATURES, graph.constant(scaler.mean_))
    return graph.add("Div", centred, graph.constant(scaler.scale_))


def _perceptron(graph: Graph, value: str, layers: Layers) -> tuple[str, int]:
    for i, (weights, biases) in enumerate(layers):
        value = graph.affine(graph.add("Relu", value) if i else value, weights, biases)
    return value, len(layers[-1][1])


@_draw.register
def _templates(decoder: TemplateDecoder, graph: Graph) -> tuple[str, int]:
    matrix, offsets = decoder.products[0]
    n_turns, n_classes, many = decoder.intact.centres.shape
    linear = n_turns * n_classes
    table = graph.affine(FEATURES, matrix[:linear].T, offsets[:linear])
    table = graph.add("Reshape", table, graph.constant([-1, n_turns, n_classes]))
    value = graph.add("ReduceMax", table, axes=[1], keepdims=0)
    if many:
        own = graph.affine(FEATURES, matrix[linear:].T, offsets[linear:])
        bent = graph.add("Mul", graph.add("Mul", own, own), graph.constant(decoder.intact.bends.reshape(-1)))
        bent = graph.add("Reshape", bent, graph.constant([-1, n_classes, many]))
        value = graph.add("Add", value, graph.add("ReduceSum", bent, graph.constant([2]), keepdims=0))
    value = graph.add("Div", value, graph.constant(np.float64(decoder.temperature)))
    if decoder.network is not None:
        network = decoder.network
        layers = [(network.w1.T, network.b1), (network.w2.T, network.b2)]
        both = graph.add("Add", value, _perceptron(graph, FEATURES, layers)[0])
        value = graph.add("Mul", both, graph.constant(np.float64(0.5)))
    return value, n_classes


@_draw.register
def _linear_classes(estimator: ShrinkageLDA, graph: Graph) -> tuple[str, int]:
    return graph.affine(FEATURES, estimator.coef_.T, estimator.intercept_), len(estimator.classes_)


@_draw.register
def _linear_velocities(estimator: RidgeRegressor, graph: Graph) -> tuple[str, int]:
    return graph.affine(FEATURES, estimator.coef_.T, estimator.intercept_), len(estimator.coef_)


@_draw.register
def _quadratic(estimator: ShrinkageQDA, graph: Graph) -> tuple[str, int]:
    n_classes, size = estimator.means_.shape
    offsets = -np.einsum("kij,kj->ki", estimator.whitenings_, estimator.means_)
    side_by_side = estimator.whitenings_.reshape(-1, size).T
    white = graph.affine(_standardised(graph, estimator.scaler_), side_by_side, offsets.reshape(-1))
    squares = graph.square_sum(graph.add("Reshape", white, graph.constant([-1, n_classes, size])), 2)
    half = graph.add("Mul", squares, graph.constant(np.float64(-0.5)))
    return graph.add("Add", half, graph.constant(estimator.offsets_)), n_classes


@_draw.register
def _machine(estimator: GaussianSVM, graph: Graph) -> tuple[str, int]:
    return machine(graph, _standardised(graph, estimator.scaler_), estimator), len(estimator.classes_)


@_draw.register
def _forest(estimator: ForestClassifier, graph: Graph) -> tuple[str, int]:
    return forest(graph, FEATURES, estimator), len(estimator.classes_)


@_draw.register
def _nearest_mean(estimator: LogEuclideanMDM, graph: Graph) -> tuple[str, int]:
    rows = graph.add("Unsqueeze", FEATURES, graph.constant([1]))
    squares = graph.square_sum(graph.add("Sub", rows, graph.constant(estimator.means_)), 2)
    return graph.add("Neg", squares), len(estimator.means_)


@_draw.register
def _neural_classes(estimator: NeuralClassifier, graph: Graph) -> tuple[str, int]:
    return _perceptron(graph, _standardised(graph, estimator.scaler_), estimator.layers_)


@_draw.register
def _neural_velocities(estimator: NeuralRegressor, graph: Graph) -> tuple[str, int]:
    return _perceptron(graph, _standardised(graph, estimator.scaler_), estimator.layers_)


@_draw.register
def _temporal(estimator: TemporalClassifier, graph: Graph) -> tuple[str, int]:
    return _perceptron(graph, levels(graph, FEATURES, estimator), estimator.layers_)
