"""The network of the default decoder: what it learns, and that it learns the same every time."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.core.errors import BundleError
from innervate.models import network as module
from innervate.models.lda import ShrinkageLDA
from innervate.models.network import Network, fit_network

from . import template_decoders as chance


@pytest.fixture(autouse=True)
def _brief(monkeypatch):
    """Small problems need no long training."""
    monkeypatch.setattr(module, "STEPS", 200)


def crossed(n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two classes on opposite corners of a square: XOR."""
    rng = np.random.default_rng(seed)
    corner = rng.integers(0, 2, (n, 2))
    return corner + 0.15 * rng.normal(size=(n, 2)), corner[:, 0] ^ corner[:, 1]


def beside(counts: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two classes that overlap: one feature, means two deviations apart."""
    rng = np.random.default_rng(seed)
    which = np.repeat([0, 1], counts)
    return rng.normal(size=(len(which), 1)) + 2.0 * which[:, None] - 1.0, which


def same(one: Network, other: Network) -> bool:
    return all(np.array_equal(getattr(one, part), getattr(other, part)) for part in ("w1", "b1", "w2", "b2"))


def test_it_learns_what_no_straight_line_divides():
    made = fit_network(*crossed(), 2)
    x, which = crossed(seed=1)
    assert np.mean(made.many(x).argmax(axis=1) == which) > 0.97
    straight = ShrinkageLDA().fit(*crossed())
    assert np.mean(straight.predict(x) == which) < 0.75


def test_the_same_windows_give_the_same_network():
    x, which = crossed(40)
    one = fit_network(x, which, 2)
    np.random.default_rng(9).normal(size=10)
    assert same(one, fit_network(x.copy(), which.copy(), 2))
    assert not same(one, fit_network(x, which, 2, seed=1))


def test_how_often_a_class_was_shown_does_not_matter():
    rare, even = fit_network(*beside((2000, 50)), 2), fit_network(*beside((2000, 2000)), 2)
    x, which = beside((4000, 4000), seed=1)
    shares = [np.mean(n.many(x)[which == 1].argmax(axis=1) == 1) for n in (rare, even)]
    # 0.84 is the normal distribution's, one deviation from its mean; 0.20 where 40 to 1 counts.
    assert shares[0] > 0.75
    assert shares[1] == pytest.approx(0.84, abs=0.04)


def test_units_and_offsets_of_features_do_not_matter():
    x, which = crossed(100)
    unit, offset = np.array([1e-9, 1e6]), np.array([1e-7, -3e7])
    plain, other = fit_network(x, which, 2), fit_network(x * unit + offset, which, 2)
    np.testing.assert_allclose(other.many(x * unit + offset), plain.many(x), atol=0.02)


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((6, 2)),
        np.full((6, 2), 1e100),
        1e100 * np.arange(12.0).reshape(6, 2),
        1e-200 * np.arange(12.0).reshape(6, 2),
        np.tile(np.arange(6.0)[:, None], 3),
        np.array([[0.0], [1e30], [1.0], [2.0], [3.0], [4.0]]),
    ],
    ids=["zeros", "constant", "huge", "tiny", "copies", "one of them huge"],
)
def test_whatever_is_finite_can_be_learnt_from(monkeypatch, x):
    monkeypatch.setattr(module, "STEPS", 20)
    made = fit_network(x, np.array([0, 0, 0, 1, 1, 2]), 3)
    assert (made.n_features, made.n_classes) == (x.shape[1], 3)
    assert np.isfinite(made.many(x)).all()


def test_one_window_is_decided_as_many():
    made = chance.network(3)
    x = np.random.default_rng(0).normal(size=(30, chance.SIZE))
    many = made.many(x)
    for row, expected in zip(x, many - many.max(axis=1, keepdims=True), strict=True):
        single = made.logits(row)
        np.testing.assert_allclose(single, expected, rtol=1e-12, atol=1e-12)
        assert single.max() == 0.0


def test_the_formula():
    made = Network(
        np.array([[1.0, -1.0], [2.0, 0.0]]), np.array([0.5, -1.0]), np.eye(2), np.array([0.0, 3.0])
    )
    # Hidden: max(0, 1 - 3 + .5) = 0 and max(0, 2 - 1) = 1.
    assert made.many(np.array([[1.0, 3.0]])).tolist() == [[0.0, 4.0]]
    assert made.logits(np.array([1.0, 3.0])).tolist() == [-4.0, 0.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"w1": np.zeros((7, 6))}, r"\(7, 6\) and \(4, 8\) do not fit"),
        ({"w1": np.zeros(8)}, "do not fit"),
        ({"w2": np.zeros((4, 7))}, "do not fit"),
        ({"b2": np.zeros(3)}, "do not fit"),
        ({"b1": np.full(8, np.nan)}, "not finite"),
        ({"w2": np.full((4, 8), np.inf)}, "not finite"),
    ],
)
def test_weights_that_do_not_fit_are_refused(change, said):
    made = chance.network()
    parts = {name: getattr(made, name) for name in ("w1", "b1", "w2", "b2")}
    with pytest.raises(BundleError, match=said):
        Network(**{**parts, **change})
