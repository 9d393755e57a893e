"""A support vector machine as matrix products. Training only."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ..estimators.svm import GaussianSVM
from .graph import Graph


def machine(graph: Graph, z: str, estimator: GaussianSVM) -> str:
    """Votes and squeezed margins [N, K] of standardised features [N, F].

    With k(z, s) = exp(-gamma |z - s|^2) = exp(gamma (2 z.s - |s|^2 - |z|^2)), all kernels are one product of
    matrices. A pair's margin is a sum over the support vectors of its two classes: `dual_coef_`
    [K - 1, vectors] holds what a support vector of class i counts against class j in row j - 1, or j where
    j < i. Class by class that is a Kth of the work of one matrix of all vectors and pairs.
    """
    svc, gamma = estimator.machine_, estimator.gamma_
    vectors = svc.support_vectors_
    toward = graph.affine(z, 2.0 * gamma * vectors.T, -gamma * (vectors**2).sum(axis=1))
    own = graph.add("ReduceSum", graph.add("Mul", z, z), graph.constant([1]), keepdims=1)
    kernel = graph.add("Exp", graph.add("Sub", toward, graph.add("Mul", own, graph.constant(gamma))))
    n_classes = len(estimator.classes_)
    if n_classes == 2:
        sides = np.array([-0.5, 0.5])
        return graph.affine(kernel, svc.dual_coef_.T * sides, svc.intercept_ * sides)
    pairs = list(combinations(range(n_classes), 2))
    sign = np.zeros((len(pairs), n_classes))
    against, share = [], np.zeros((n_classes, n_classes - 1, len(pairs)))
    ends = np.cumsum(svc.n_support_)
    for start, end in zip(ends - svc.n_support_, ends, strict=True):
        limits = [graph.constant([number]) for number in (start, end, 1)]
        own_class = graph.add("Slice", kernel, *limits)
        against.append(graph.add("MatMul", own_class, graph.constant(svc.dual_coef_[:, start:end].T)))
    for column, (i, j) in enumerate(pairs):
        share[i, j - 1, column] = share[j, i, column] = 1.0
        sign[column, [i, j]] = 1.0, -1.0
    halves = graph.add("Concat", *against, axis=1)
    margins = graph.affine(halves, share.reshape(-1, len(pairs)), svc.intercept_)
    second = graph.cast(graph.add("Less", margins, graph.constant(np.float64(0.0))), "DOUBLE")
    # A vote for the first of a pair, moved to the second where the margin is below zero.
    votes = graph.affine(second, -sign, np.maximum(sign, 0.0).sum(axis=0))
    total = graph.add("MatMul", margins, graph.constant(sign))
    # As scikit-learn: x / (3 (|x| + 1)) keeps the order of the sums, and within a third of a vote.
    size = graph.add("Add", graph.add("Abs", total), graph.constant(np.float64(1.0)))
    squeezed = graph.add("Div", total, graph.add("Mul", size, graph.constant(np.float64(3.0))))
    return graph.add("Add", votes, squeezed)
