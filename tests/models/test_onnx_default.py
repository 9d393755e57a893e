"""The default decoder decides the same after it left as ONNX."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.models.network import Network
from innervate.models.onnx.export import export
from innervate.models.onnx.session import OnnxDecoder
from innervate.models.templates import TemplateDecoder, Weights

TURNS, CLASSES, OWN, SIZE = 5, 4, 3, 12


def decoder(network: bool) -> TemplateDecoder:
    rng = np.random.default_rng(0)
    rows = TURNS * CLASSES + CLASSES * OWN
    weights = Weights(
        rng.normal(size=(rows, SIZE)),
        rng.normal(size=rows),
        rng.normal(size=(TURNS, CLASSES, OWN)),
        0.1 * rng.random((CLASSES, OWN)),
    )
    beside = None
    if network:
        beside = Network(
            rng.normal(size=(8, SIZE)), rng.normal(size=8), rng.normal(size=(CLASSES, 8)), rng.normal(size=4)
        )
    return TemplateDecoder(weights, (), np.array([0.0, 2.0, 2.0, 4.0, 4.0]), 2.5, beside)


@pytest.mark.parametrize("network", [False, True])
def test_posteriors_and_decisions_are_the_same(network):
    made, x = decoder(network), 2.0 * np.random.default_rng(1).normal(size=(500, SIZE))
    scores = OnnxDecoder(export(made)).scores(x)
    for row, features in zip(scores, x, strict=True):
        best, posterior = made.decide(features)
        assert best == row.argmax()
        theirs = np.exp(row - row.max())
        np.testing.assert_allclose(theirs / theirs.sum(), posterior, rtol=1e-9, atol=1e-12)


def test_a_linear_one_leaves_too():
    rng = np.random.default_rng(2)
    weights = Weights.linear(rng.normal(size=(3, SIZE)), rng.normal(size=3))
    made, x = TemplateDecoder(weights, (), np.zeros(1), 1.0), rng.normal(size=(50, SIZE))
    scores = OnnxDecoder(export(made)).scores(x)
    assert [made.decide(row)[0] for row in x] == scores.argmax(axis=1).tolist()
