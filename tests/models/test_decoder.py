"""Decisions, confidence and speed; and the estimator they come from."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.calibration.temperature import fit_temperature
from innervate.core.errors import BundleError
from innervate.models.lda import ShrinkageLDA
from innervate.models.proportional import ProportionalSpeed
from innervate.models.templates import NO_DECISION, TemplateDecoder, Weights
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.utils.estimator_checks import parametrize_with_checks


@parametrize_with_checks([ShrinkageLDA()])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learn_takes_it_for_one_of_its_own(estimator, check):
    check(estimator)


def blobs(n: int = 400, classes: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, classes, n)
    spread = rng.normal(size=(5, 5))
    return rng.normal(size=(n, 5)) @ spread + 2.0 * rng.normal(size=(classes, 5))[y], y


def linear(weights, offsets, temperature=1.0):
    return TemplateDecoder(Weights.linear(weights, offsets), (), np.zeros(1), temperature)


def test_without_shrinkage_it_is_fishers_discriminant():
    x, y = blobs()
    ours = ShrinkageLDA(shrinkage=0.0).fit(x, y).predict_proba(x)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", priors=[1 / 3] * 3).fit(x, y).predict_proba(x)
    np.testing.assert_allclose(ours, theirs, atol=0.02)
    assert (ours.argmax(1) == theirs.argmax(1)).mean() > 0.98


def test_more_features_than_windows():
    x, y = blobs(12, 2)
    wide = np.hstack([x, np.random.default_rng(1).normal(size=(12, 60)), np.ones((12, 1))])
    assert np.isfinite(ShrinkageLDA().fit(wide, y).predict_proba(wide)).all()


def test_the_runtime_decides_as_the_estimator():
    x, y = blobs()
    lda = ShrinkageLDA().fit(x, y)
    weights, offsets = lda.statistics_.discriminant()
    made = linear(weights, offsets)
    for row, probabilities, label in zip(x, lda.predict_proba(x), lda.predict(x), strict=True):
        best, posterior = made.decide(row)
        assert best == label
        np.testing.assert_allclose(posterior, probabilities, atol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_features_that_are_no_numbers_decide_nothing(bad):
    made = linear(np.array([[1.0, 2.0], [0.5, -1.0]]), np.zeros(2))
    best, posterior = made.decide(np.array([0.0, bad]))
    assert best == NO_DECISION
    assert not posterior.any()


def test_huge_features_are_no_trap():
    best, posterior = linear(np.array([[1e6, 0.0], [0.0, 1e6]]), np.zeros(2)).decide(np.array([1e200, 0]))
    assert best == 0
    assert posterior.tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("weights", "offsets", "temperature"),
    [
        (np.zeros((3, 2)), np.zeros(2), 1.0),
        (np.full((2, 2), np.nan), np.zeros(2), 1.0),
        (np.zeros((2, 2)), np.zeros(2), 0.0),
        (np.zeros((2, 2)), np.zeros(2), np.inf),
    ],
)
def test_a_decoder_that_cannot_be_is_refused(weights, offsets, temperature):
    with pytest.raises(BundleError):
        linear(weights, offsets, temperature)


def test_a_temperature_makes_confidence_honest():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(4000, 3)) * 1.5
    posterior = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    which = np.array([rng.choice(3, p=p) for p in posterior])
    assert fit_temperature(scores, which) == pytest.approx(1.0, abs=0.1)
    assert fit_temperature(scores * 7.0, which) == pytest.approx(7.0, rel=0.1)


def test_speed_follows_effort():
    speed = ProportionalSpeed(np.array([2.0, 2.0]), np.array([[2.0, 2.0], [22.0, 2.0], [2.0, 12.0]]))
    assert speed.speed(1, np.array([22.0, 2.0])) == pytest.approx(1.0)
    assert speed.speed(1, np.array([12.0, 2.0])) == pytest.approx(0.5)
    assert speed.speed(1, np.array([100.0, 2.0])) == 1.0
    assert speed.speed(1, np.array([0.0, 90.0])) == 0.0
    assert speed.speed(2, np.array([2.0, 12.0])) == pytest.approx(1.0)
    assert speed.speed(0, np.array([90.0, 90.0])) == 0.0
    assert speed.speed(NO_DECISION, np.array([90.0, 90.0])) == 0.0
    assert speed.speed(1, np.array([np.nan, 2.0])) == 0.0


def test_speed_levels_must_fit():
    with pytest.raises(BundleError):
        ProportionalSpeed(np.zeros(2), np.zeros((3, 4)))
