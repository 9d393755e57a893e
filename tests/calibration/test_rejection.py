"""Thresholds that are learnt keep what they promise, and say what they cannot."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.calibration.rejection import (
    MOST_REJECTED,
    MOST_REJECTED_OF_ONE,
    WORTH,
    learn_rejection,
    upper_bound,
)
from innervate.core.errors import RecordingError

K, REST, PER_TRIAL = 4, 1, 30


def session(
    trials_per_class: int, seed: int, clarity: float = 4.0, spread: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Posteriors whose trials differ from each other: windows of one are wrong together."""
    rng = np.random.default_rng(seed)
    right = np.repeat(np.arange(K), trials_per_class)
    score = rng.normal(0.0, spread, (len(right), K))
    score[np.arange(len(right)), right] += clarity
    score = np.repeat(score, PER_TRIAL, axis=0)
    score += rng.normal(0.0, 0.5 * spread, score.shape)
    shown = np.exp(score - score.max(axis=1, keepdims=True))
    trial = np.repeat(np.arange(len(right)), PER_TRIAL)
    return shown / shown.sum(axis=1, keepdims=True), np.repeat(right, PER_TRIAL), trial


def acted_on(posterior: np.ndarray, values: tuple[float, ...]) -> np.ndarray:
    top = posterior.argmax(axis=1)
    return (top != REST) & (posterior.max(axis=1) >= np.array(values)[top])


def wrong_rate(posterior: np.ndarray, right: np.ndarray, values: tuple[float, ...]) -> float:
    return float((acted_on(posterior, values) & (posterior.argmax(axis=1) != right)).mean())


def test_what_is_said_of_the_thresholds_is_what_they_do() -> None:
    posterior, right, trial = session(10, seed=1, clarity=2.5)
    learnt = learn_rejection(posterior, right, trial, REST)
    top = posterior.argmax(axis=1)
    good = (top == right) & (top != REST)
    for found in (learnt.by_class, learnt.one, learnt.without):
        assert found.wrong_rate == pytest.approx(wrong_rate(posterior, right, found.values))
        assert found.rejected == pytest.approx(1 - acted_on(posterior, found.values)[good].mean())
        assert found.bound > found.wrong_rate
        assert found.values[REST] == 0.0
    assert learnt.without.values == (0.0,) * K
    assert learnt.trials == 40
    assert json.loads(json.dumps(asdict(learnt)))["one"]["met"] is learnt.one.met


def test_further_trials_keep_the_target() -> None:
    """Promised with 90 %; the truth is the rate of a thousand trials of the same person."""
    truth, truth_right, _ = session(250, seed=99, clarity=2.5)
    target = 0.08
    assert wrong_rate(truth, truth_right, (0.0,) * K) > target
    over = met = 0
    for seed in range(60):
        learnt = learn_rejection(*session(20, seed=seed, clarity=2.5), REST, target=target)
        met += learnt.one.met
        over += learnt.one.met and wrong_rate(truth, truth_right, learnt.one.values) > target
    assert met > 30
    assert over <= 6


def test_more_trials_leave_less_doubt() -> None:
    few, many = (learn_rejection(*session(n, seed=5, clarity=2.5), REST, target=0.06) for n in (8, 200))
    assert many.one.met
    assert many.one.bound - many.one.wrong_rate < few.one.bound - few.one.wrong_rate


def test_a_sure_decoder_is_not_made_shy() -> None:
    """Two repetitions, a high temperature: right decisions are at .5, and none is refused."""
    right, trial = np.repeat(np.arange(K), 2 * PER_TRIAL), np.repeat(np.arange(2 * K), PER_TRIAL)
    posterior = np.full((len(right), K), 0.5 / (K - 1))
    posterior[np.arange(len(right)), right] = 0.5
    learnt = learn_rejection(posterior, right, trial, REST, target=0.1)
    assert learnt.by_class.values == (0.0,) * K
    assert learnt.by_class.met
    assert learnt.by_class.bound == pytest.approx(1 - 0.1 ** (1 / (2 * K * WORTH)))


def test_a_target_out_of_reach_is_said_to_be_so() -> None:
    learnt = learn_rejection(*session(10, seed=3, clarity=0.5), REST, target=0.01)
    for found in (learnt.one, learnt.by_class):
        assert not found.met
        assert found.bound > found.wrong_rate > 0.01
        assert found.wrong_rate < learnt.without.wrong_rate
        assert found.rejected <= MOST_REJECTED


def test_no_movement_is_given_up_for_the_others() -> None:
    """One movement is always decided with doubt; one threshold for all would end it."""
    posterior, right, trial = session(20, seed=8, clarity=2.2)
    weak = (posterior.argmax(axis=1) == 3) & (right == 3)
    posterior[weak] = 0.4 * posterior[weak] + 0.15
    learnt = learn_rejection(posterior, right, trial, REST, target=0.02)
    kept = acted_on(posterior, learnt.by_class.values)[weak].mean()
    assert kept >= 1 - MOST_REJECTED_OF_ONE
    assert kept > acted_on(posterior, learnt.one.values)[weak].mean()
    assert learnt.by_class.values[3] < max(learnt.by_class.values)


def test_a_longer_trial_is_no_further_evidence() -> None:
    posterior, right, trial = session(10, seed=4, clarity=2.5)
    once = learn_rejection(posterior, right, trial, REST)
    twice = learn_rejection(*(np.repeat(x, 2, axis=0) for x in (posterior, right, trial)), REST)
    assert twice.one == once.one


@pytest.mark.parametrize(("rate", "n", "most"), [(0.0, 22, 0.0994), (0.05, 100, 0.0908), (1.0, 5, 1.0)])
def test_the_bound_is_clopper_and_pearsons(rate: float, n: float, most: float) -> None:
    """Checked by the binomial's own tail: at the bound so few errors have a probability of 10 %."""
    from scipy.stats import binom

    bound = upper_bound(rate, n, 0.9)
    assert bound == pytest.approx(most, abs=5e-4)
    if rate < 1.0:
        assert binom.cdf(round(rate * n), n, bound) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target": 0.0}, "target = 0"),
        ({"target": 1.5}, "target = 1.5"),
        ({"confidence": 1.0}, "confidence = 1"),
    ],
)
def test_what_cannot_be_asked_says_so(change: dict[str, float], said: str) -> None:
    with pytest.raises(RecordingError, match=said):
        learn_rejection(*session(2, seed=0), REST, **change)


@pytest.mark.parametrize("rows", [slice(0, 0), slice(0, PER_TRIAL)])
def test_one_trial_is_not_enough(rows: slice) -> None:
    with pytest.raises(RecordingError, match="2 are needed"):
        learn_rejection(*(x[rows] for x in session(2, seed=0)), REST)


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.floats(0.0, 5.0), st.integers(1, 6), st.floats(0.001, 0.5))
def test_whatever_was_held_out(seed: int, clarity: float, trials: int, target: float) -> None:
    learnt = learn_rejection(*session(trials, seed, clarity), REST, target=target)
    for found in (learnt.by_class, learnt.one):
        assert all(0.0 <= value < 1.0 for value in found.values)
        assert found.values[REST] == 0.0
        assert 0.0 <= found.wrong_rate <= found.bound <= 1.0
        assert found.wrong_rate <= learnt.without.wrong_rate
        assert found.rejected <= MOST_REJECTED
        assert found.met == (found.bound <= target)
    assert all(a <= max(learnt.by_class.values) for a in learnt.by_class.values)
