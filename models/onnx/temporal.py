"""The temporal network in double precision. Training only."""

from __future__ import annotations

import numpy as np

from ..estimators.temporal import KERNELS, LEVEL_FLOOR, TemporalClassifier, looks, parts, strides
from .graph import Graph


def levels(graph: Graph, features: str, estimator: TemporalClassifier) -> str:
    """Logarithms of the filters' levels, what the perceptron takes.

    ONNX's own convolution has single precision on most machines; gathering what each filter looks at makes
    it one product of matrices in double, so that decisions are the estimator's.
    """
    n_channels = estimator.channels
    n_steps = graph.n_features // n_channels
    value = graph.add("Reshape", features, graph.constant([-1, n_steps, n_channels]))
    value = graph.add("Sub", value, graph.constant(estimator.mean_))
    value = graph.add("Div", value, graph.constant(estimator.scale_))
    for (weights, biases), kernel, stride in zip(estimator.filters_, KERNELS, strides(n_steps), strict=True):
        margin = kernel // 2
        value = graph.add("Pad", value, graph.constant([0, margin, 0, 0, margin, 0]))
        seen = looks(n_steps, kernel, stride)
        value = graph.add("Gather", value, graph.constant(seen), axis=1)
        value = graph.add("Reshape", value, graph.constant([-1, len(seen), len(weights)]))
        value = graph.add("Relu", graph.affine(value, weights, biases))
        n_steps = len(seen)
    means = parts(n_steps)
    value = graph.add("MatMul", graph.constant(means), value)
    value = graph.add("Log", graph.add("Add", value, graph.constant(np.float64(LEVEL_FLOOR))))
    return graph.add("Reshape", value, graph.constant([-1, len(means) * estimator.filters]))
