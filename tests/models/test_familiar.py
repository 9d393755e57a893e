"""How unlike training a window is: a Mahalanobis distance that needs few directions."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.core.errors import BundleError
from innervate.models import familiar as module
from innervate.models.familiar import Familiar
from innervate.models.templates import NO_DECISION, TemplateDecoder

from .template_decoders import CHANNELS, CLASSES, PENALTIES, SIZE, TURNS, network, weights


def made(size: int = SIZE, seed: int = 0, kept: np.ndarray | None = None) -> tuple[Familiar, np.ndarray]:
    """(what is familiar, covariance of features as they come)."""
    rng = np.random.default_rng(seed)
    mean, scale = rng.normal(size=size), rng.uniform(0.1, 10.0, size)
    root = rng.normal(size=(size, 3 * size))
    covariance = root @ root.T / (3 * size)
    templates = rng.normal(size=(TURNS, CLASSES, size))
    kept = np.ones(size, np.bool_) if kept is None else kept
    familiar = Familiar.of(mean, scale, templates, covariance, kept)
    return familiar, covariance * np.outer(scale, scale)


def decoder(with_network: bool = False) -> TemplateDecoder:
    lost = tuple(weights(10 + c, c) for c in range(CHANNELS))
    kept = [np.arange(SIZE) // 2 != c for c in range(CHANNELS)]
    familiar = (made()[0], *(made(kept=k)[0] for k in kept))
    beside = network() if with_network else None
    return TemplateDecoder(weights(), lost, PENALTIES, 1.7, beside, familiar)


def test_with_all_directions_it_is_the_mahalanobis_distance_per_feature():
    familiar, covariance = made()
    for seed in range(10):
        x = 10.0 * np.random.default_rng(seed).normal(size=SIZE)
        apart = x - familiar.centres[1, 2]
        expected = apart @ np.linalg.solve(covariance, apart) / SIZE
        assert familiar.distance(x, 1, 2) == pytest.approx(expected)
        assert familiar.with_edge(4.0).distance(x, 1, 2) == pytest.approx(expected / 4.0)


def test_with_few_directions_all_others_vary_alike(monkeypatch):
    monkeypatch.setattr(module, "DIRECTIONS", 4)
    familiar, covariance = made(12)
    assert familiar.directions.shape == (4, 12)
    scale = 1.0 / familiar.weights
    values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
    # All features have the same scale but for one factor, so that of the weights drops out.
    values[:8] = values[:8].mean()
    simpler = (vectors * values) @ vectors.T * np.outer(scale, scale)
    x = np.random.default_rng(1).normal(size=12)
    apart = x - familiar.centres[0, 0]
    assert familiar.distance(x, 0, 0) == pytest.approx(apart @ np.linalg.solve(simpler, apart) / 12)


def test_one_window_is_as_far_as_many():
    familiar = made()[0]
    rng = np.random.default_rng(2)
    x, turn, which = rng.normal(size=(20, SIZE)), rng.integers(0, TURNS, 20), rng.integers(0, CLASSES, 20)
    many = familiar.distances(x, turn, which)
    assert (many > 0).all()
    one = [familiar.distance(*row) for row in zip(x, turn, which, strict=True)]
    np.testing.assert_allclose(one, many, rtol=1e-9)


@pytest.mark.parametrize("with_network", [False, True])
def test_it_is_the_distance_to_the_template_that_spoke(with_network):
    decides = decoder(with_network)
    for x in 3.0 * np.random.default_rng(3).normal(size=(30, SIZE)):
        best, _ = decides.decide(x)
        turn = int((decides.intact.by_turn(x[None])[0] - PENALTIES[:, None])[:, best].argmax())
        expected = decides.familiar[0].distance(x, turn, best)
        assert decides.outlier(x, best) == pytest.approx(expected)


@pytest.mark.parametrize("lost", range(CHANNELS))
def test_a_lost_channel_counts_nothing(lost):
    decides, x = decoder(), np.random.default_rng(4).normal(size=SIZE)
    said = []
    for value in (0.0, np.nan, 1e6):
        x[2 * lost : 2 * lost + 2] = value
        best, _ = decides.decide(x, lost)
        said.append(decides.outlier(x, best, lost))
    assert said[0] == said[1] == said[2] > 0.0


def test_where_nothing_is_known_or_decided_it_is_nothing():
    x = np.full(SIZE, np.nan)
    decides = decoder()
    assert decides.outlier(x, decides.decide(x)[0]) == 0.0
    assert decides.decide(x)[0] == NO_DECISION
    plain = TemplateDecoder(weights(), (), PENALTIES, 1.7)
    best, _ = plain.decide(np.zeros(SIZE))
    assert plain.outlier(np.zeros(SIZE), best) == 0.0


def test_what_does_not_fit_is_refused():
    good = made()[0]
    bad = {
        "of shapes": (good.centres, good.weights[:-1], good.directions),
        "not finite": (good.centres, good.weights * np.nan, good.directions),
    }
    for said, parts in bad.items():
        with pytest.raises(BundleError, match=said):
            Familiar(*parts)
    with pytest.raises(BundleError, match="what is familiar is not for"):
        TemplateDecoder(weights(), (weights(1, 0),), PENALTIES, 1.7, None, (good,))
    with pytest.raises(BundleError, match="what is familiar is not for"):
        TemplateDecoder(weights(), (), PENALTIES, 1.7, None, (made(SIZE + 1)[0],))
    with pytest.raises(BundleError, match=r"turns \(0\.0, 1\.0\)"):
        TemplateDecoder(weights(), (), PENALTIES, 1.7, None, (), (0.0, 1.0))


def test_few_windows_leave_equal_variances_and_all_directions() -> None:
    """Fewer windows than directions, shrunk: LAPACK's usual driver then finds fewer than it is asked for."""
    size, windows = 108, 26
    drawn = np.random.default_rng(14).normal(size=(windows, size))
    covariance = drawn.T @ drawn / windows
    covariance = 0.9 * covariance + 0.1 * np.trace(covariance) / size * np.eye(size)
    kept = np.ones(size, np.bool_)
    made = Familiar.of(np.zeros(size), np.ones(size), np.zeros((1, 2, size)), covariance, kept)
    assert (np.abs(made.directions).max(axis=1) > 1e-6).sum() >= windows
