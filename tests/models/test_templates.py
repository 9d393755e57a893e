"""The default decoder at run time: one window is decided as many are, and as the formulas say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from innervate.core.errors import BundleError
from innervate.models.templates import NO_DECISION, OWN, WHOLE, TemplateDecoder, TemplateStatistics, Weights
from scipy.stats import multivariate_normal

from .template_decoders import CHANNELS, PENALTIES, SIZE, TURNS, decoder, network, weights


def windows(n: int = 40, seed: int = 5) -> np.ndarray:
    return 3.0 * np.random.default_rng(seed).normal(size=(n, SIZE))


@pytest.mark.parametrize("with_network", [False, True])
def test_one_window_is_decided_as_many(with_network):
    made, x = decoder(with_network), windows()
    many = made.log_posterior(made.intact.by_turn(x), x)
    for row, expected in zip(x, many, strict=True):
        best, posterior = made.decide(row)
        assert best == expected.argmax()
        np.testing.assert_allclose(posterior, np.exp(expected), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("with_network", [False, True])
@pytest.mark.parametrize("lost", range(CHANNELS))
def test_without_a_channel_one_window_is_decided_as_many(with_network, lost):
    made, x = decoder(with_network), windows()
    anything = x.copy()
    anything[:, 2 * lost : 2 * lost + 2] = np.array([np.inf, -1e300])
    x[:, 2 * lost : 2 * lost + 2] = np.nan
    many = made.log_posterior(made.lost[lost].by_turn(x), None)
    for row, other, expected in zip(x, anything, many, strict=True):
        best, posterior = made.decide(row, lost)
        assert best == expected.argmax()
        np.testing.assert_allclose(posterior, np.exp(expected), rtol=1e-9, atol=1e-15)
        assert np.array_equal(made.decide(other, lost)[1], posterior)


def test_the_network_is_half_of_the_log_posterior_until_a_channel_is_lost():
    made, x = decoder(with_network=True), windows(1)[0]
    alone = np.log(decoder().decide(x)[1])
    expected = np.exp(0.5 * (alone + made.network.logits(x)))
    np.testing.assert_allclose(made.decide(x)[1], expected / expected.sum(), rtol=1e-9)
    assert np.array_equal(made.decide(x, 1)[1], decoder().decide(x, 1)[1])


@pytest.mark.parametrize("with_network", [False, True])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("lost", [-1, 0])
def test_features_that_are_no_numbers_decide_nothing(with_network, bad, lost):
    made, x = decoder(with_network), windows(1)[0]
    x[4] = bad
    with np.errstate(invalid="ignore"):  # what must not happen, does
        best, posterior = made.decide(x, lost)
    assert best == NO_DECISION
    assert posterior.tolist() == [0.0] * made.n_classes
    x[4] = 0.0
    assert made.decide(x, lost)[0] != NO_DECISION


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=SIZE, max_size=SIZE), st.booleans()
)
@hypothesis_settings(max_examples=60, deadline=None)
def test_huge_features_are_no_trap(values, with_network):
    made = decoder(with_network)
    with np.errstate(over="ignore", invalid="ignore"):
        for lost in (-1, 2):
            best, posterior = made.decide(np.array(values), lost)
            if best == NO_DECISION:
                assert not posterior.any()
            else:
                assert posterior.sum() == pytest.approx(1.0)
                assert posterior[best] == posterior.max()


def test_deciding_leaves_no_trace():
    made, x = decoder(with_network=True), windows()
    before = x.copy()
    first = [made.decide(row)[1] for row in x]
    made.decide(np.full(SIZE, np.nan))
    made.decide(x[0], 1)
    again = [made.decide(row)[1] for row in x]
    assert np.array_equal(first, again)
    assert np.array_equal(x, before)


def test_a_template_that_pays_too_much_says_nothing():
    x = windows()
    intact = weights()
    plain = Weights(
        np.delete(intact.matrix, slice(4, 12), axis=0),
        np.delete(intact.offsets, slice(4, 12)),
        intact.centres[:1],
        intact.bends,
    )
    only = TemplateDecoder(plain, (), np.zeros(1), 1.7)
    dear = decoder().turned(np.array([0.0, 1e6, 1e6]))
    for row in x:
        np.testing.assert_allclose(dear.decide(row)[1], only.decide(row)[1], rtol=1e-9)


def test_believing_in_a_turn_leaves_the_trained_decoder_as_it_is():
    made, x = decoder(), windows()
    before = [made.decide(row)[1] for row in x]
    believing = made.turned(np.array([50.0, 0.0, 50.0]))
    assert not np.allclose([believing.decide(row)[1] for row in x], before)
    assert np.array_equal([made.decide(row)[1] for row in x], before)
    assert np.array_equal(made.penalties, PENALTIES)
    back = believing.turned(PENALTIES)
    assert np.array_equal([back.decide(row)[1] for row in x], before)


def some_covariance(rng: np.random.Generator, size: int) -> np.ndarray:
    root = rng.normal(size=(size, 2 * size))
    return root @ root.T / size


@pytest.mark.parametrize("kept", [1, 3, 5])
def test_the_discriminant_is_the_log_density_up_to_what_all_classes_share(kept):
    size, classes = 5, 3
    rng = np.random.default_rng(kept)
    shared = some_covariance(rng, size)
    root = np.linalg.inv(np.linalg.cholesky(shared))
    directions, variances, own = [], [], []
    for _ in range(classes):
        values, vectors = np.linalg.eigh(root @ some_covariance(rng, size) @ root.T)
        values, vectors = values[::-1][:kept], vectors[:, ::-1][:, :kept]
        directions.append(vectors.T @ root)
        variances.append(values)
        back = np.linalg.cholesky(shared) @ vectors
        own.append((back * values) @ back.T)
    templates = rng.normal(size=(2, classes, size))
    mean, scale = rng.normal(size=size), rng.uniform(0.1, 10.0, size)
    zero = np.zeros((size, size))
    statistics = TemplateStatistics(
        mean,
        scale,
        templates,
        shared,
        np.array(directions),
        np.array(variances),
        within=shared,
        trial=zero,
        day=zero,
        members=np.ones((1, size), np.bool_),
    )
    z = 2.0 * rng.normal(size=(20, size))
    made = statistics.weights().by_turn(z * scale + mean)
    slow = np.empty_like(made)
    for r in range(2):
        for k in range(classes):
            density = multivariate_normal(templates[r, k], (1 - OWN) * shared + OWN * own[k])
            slow[:, r, k] = density.logpdf(z)
    apart = made - slow
    np.testing.assert_allclose(apart, np.broadcast_to(apart[:, :1, :1], apart.shape), atol=1e-9)
    gone = z - templates[0, 0]
    lengths = np.linalg.norm(gone @ statistics.whitener().T, axis=1)
    np.testing.assert_allclose(lengths**2, np.einsum("nf,fg,ng->n", gone, np.linalg.inv(shared), gone))


def test_the_committee_says_the_mean_of_what_its_members_say():
    """Each member is Fisher's discriminant of the features that it sees."""
    rng, size, classes = np.random.default_rng(3), 7, 4
    shared = some_covariance(rng, size)
    templates, members = rng.normal(size=(1, classes, size)), rng.random((5, size)) < 0.7
    statistics = TemplateStatistics(
        np.zeros(size),
        np.ones(size),
        templates,
        shared,
        np.zeros((classes, 1, size)),
        np.zeros((classes, 1)),
        within=shared,
        trial=shared,
        day=shared,
        members=members,
    )

    def said(seen: np.ndarray) -> np.ndarray:
        rows = np.array(
            [
                multivariate_normal(t[seen], shared[np.ix_(seen, seen)]).logpdf(z[:, seen])
                for t in templates[0]
            ]
        )
        return rows.T - rows.T.mean(axis=1, keepdims=True)

    z = rng.normal(size=(20, size))
    made = statistics.weights().by_turn(z)[:, 0] * (1 - OWN)
    expected = WHOLE * said(np.ones(size, np.bool_)) + (1 - WHOLE) * np.mean(
        [said(m) for m in members], axis=0
    )
    np.testing.assert_allclose(made - made.mean(axis=1, keepdims=True), expected, atol=1e-9)


def test_nan_stands_for_the_mean_of_training():
    eye = np.eye(2)
    statistics = TemplateStatistics(
        np.array([3.0, 5.0]),
        np.array([2.0, 1.0]),
        np.zeros((1, 2, 2)),
        eye,
        np.zeros((2, 1, 2)),
        np.zeros((2, 1)),
        within=eye,
        trial=eye,
        day=eye,
        members=np.ones((1, 2), np.bool_),
    )
    assert statistics.standard(np.array([[5.0, np.nan]])).tolist() == [[1.0, 0.0]]


def changed(**parts: np.ndarray) -> Weights:
    made = weights()
    whole = {name: getattr(made, name) for name in ("matrix", "offsets", "centres", "bends")}
    return Weights(**{**whole, **parts})


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"matrix": np.zeros((19, SIZE))}, r"\(19, 6\), \(20,\), \(3, 4, 2\), \(4, 2\) do not fit"),
        ({"matrix": np.zeros(20)}, "do not fit"),
        ({"offsets": np.zeros(19)}, "do not fit"),
        ({"centres": np.zeros((3, 4, 1))}, "do not fit"),
        ({"bends": np.zeros((3, 2))}, "do not fit"),
        ({"offsets": np.full(20, np.nan)}, "not finite"),
        ({"matrix": np.full((20, SIZE), np.inf)}, "not finite"),
    ],
)
def test_weights_that_do_not_fit_are_refused(parts, said):
    with pytest.raises(BundleError, match=said) as caught:
        changed(**parts)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lost": (weights(turns=TURNS - 1),)}, "lost channels are not those"),
        ({"penalties": np.zeros(TURNS - 1)}, r"penalties of shape \(2,\)"),
        ({"penalties": np.array([0.0, -1.0, 2.0])}, "0 or more"),
        ({"penalties": np.array([0.0, np.nan, 2.0])}, "0 or more"),
        ({"temperature": 0.0}, "temperature 0.0"),
        ({"temperature": np.inf}, "temperature inf"),
        ({"network": network(classes=3)}, "network is not for"),
        ({"network": network(size=5)}, "network is not for"),
        (
            {"intact": Weights(np.zeros((1, SIZE)), np.zeros(1), np.zeros((1, 1, 0)), np.zeros((1, 0)))},
            "1 cl",
        ),
    ],
)
def test_a_decoder_that_cannot_be_is_refused(change, said):
    fit = {"intact": weights(), "lost": (), "penalties": PENALTIES, "temperature": 1.0, "network": None}
    with pytest.raises(BundleError, match=said) as caught:
        TemplateDecoder(**{**fit, **change})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("features", [np.zeros(SIZE - 1), np.zeros(SIZE + 1), np.zeros((SIZE, 2))])
def test_features_of_another_montage_are_refused(features):
    with pytest.raises(ValueError, match=r"not aligned|output array"):
        decoder().decide(features)
