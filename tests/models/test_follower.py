"""What use says about turns: bounded, once per movement, and only where a movement is sure."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from innervate.models.follower import EVIDENCE_TEMPERATURE, MOST_OF_ONE, MOST_PENALTY, TurnFollower

from .template_decoders import CLASSES, PENALTIES, TURNS, decoder

REST = 1
MOVEMENTS = [k for k in range(CLASSES) if k != REST]
MOST = EVIDENCE_TEMPERATURE * MOST_OF_ONE + 1e-9


def follower() -> TurnFollower:
    return TurnFollower(decoder(), REST)


def decided(said: int, sure: float = 0.9, n: int = 5) -> np.ndarray:
    """[n, K] log posterior of a trial decided as this class."""
    posterior = np.full((n, CLASSES), (1.0 - sure) / (CLASSES - 1))
    posterior[:, said] = sure
    return np.log(posterior)


def turned(turn: int, by: float = 1000.0, n: int = 5) -> np.ndarray:
    """[n, R, K] discriminants that are all higher for one turn."""
    made = np.random.default_rng(turn).normal(size=(n, TURNS, CLASSES))
    made[:, turn] += by
    return made


def moved(made: TurnFollower) -> np.ndarray:
    """[R] what use changed about each turn against turn 0."""
    return (made.penalties - made.penalties[0]) - (PENALTIES - PENALTIES[0])


def trials(*sizes: float):
    """Lists of (decided class, seed, size of discriminants)."""
    one = st.tuples(st.integers(0, CLASSES - 1), st.integers(0, 10**6), st.sampled_from(sizes))
    return st.lists(one, max_size=12)


def some_trial(k: int, seed: int, size: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 6))
    return size * rng.normal(size=(n, TURNS, CLASSES)), decided(k, float(rng.uniform(0.3, 0.99)), n)


@given(trials(0.0, 1.0, 1e4, 1e300))
@hypothesis_settings(max_examples=60, deadline=None)
def test_whatever_happens_penalties_stay_in_their_bounds(shown):
    made = follower()
    for part in shown:
        made.learn(*some_trial(*part))
        assert np.isfinite(made.penalties).all()
        assert made.penalties.min() == 0.0
        assert made.penalties.max() <= MOST_PENALTY
        assert (np.abs(moved(made)) <= MOST * len(MOVEMENTS)).all()
        assert made.penalties[made.turn] == 0.0


@given(trials(1.0, 100.0, 1e4), st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=40, deadline=None)
def test_the_order_of_trials_does_not_matter(shown, random):
    one, other = follower(), follower()
    for trial in (some_trial(*part) for part in shown):
        one.learn(*trial)
    mixed = shown.copy()
    random.shuffle(mixed)
    for trial in (some_trial(*part) for part in mixed):
        other.learn(*trial)
    np.testing.assert_allclose(other.penalties, one.penalties, atol=1e-6)


@pytest.mark.parametrize("times", [1, 3, 200])
def test_one_movement_says_no_more_than_it_may_however_often_it_is_made(times):
    made = follower()
    for _ in range(times):
        made.learn(turned(2), decided(0))
    assert moved(made)[2] == pytest.approx(-MOST)
    before = made.penalties
    made.learn(turned(2), decided(3))
    assert moved(made)[2] == pytest.approx(-2 * MOST)
    assert not np.array_equal(made.penalties, before)


def test_a_single_weak_trial_says_less_than_several():
    said = []
    for times in (1, 2, 8):
        made = follower()
        for _ in range(times):
            made.learn(turned(1, 2.0), decided(0))
        said.append(-moved(made)[1])
    assert 0 < said[0] < said[1] < said[2] < MOST


@pytest.mark.parametrize(
    "log_posterior", [decided(REST), decided(0, sure=0.49), decided(0, sure=0.5), np.full((5, 4), np.nan)]
)
def test_rest_and_what_is_unsure_say_nothing(log_posterior):
    made = follower()
    made.learn(turned(1), log_posterior)
    assert np.array_equal(made.penalties, PENALTIES)
    made.learn(turned(2), decided(0))
    told = made.penalties.copy()
    made.learn(turned(1), log_posterior)
    assert np.array_equal(made.penalties, told)
    again = follower()
    again.learn(turned(2), decided(0))
    assert np.array_equal(again.penalties, told)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_discriminants_that_are_no_numbers_say_nothing(bad):
    made = follower()
    by_turn = turned(1)
    by_turn[2, 1, 0] = bad
    made.learn(by_turn, decided(0))
    assert np.array_equal(made.penalties, PENALTIES)


def test_it_goes_back_when_the_evidence_does():
    made = follower()
    for _ in range(4):
        for k in MOVEMENTS:
            made.learn(turned(2, 10.0), decided(k))
    assert made.turn == 2
    for _ in range(8):
        for k in MOVEMENTS:
            made.learn(turned(0, 10.0), decided(k))
    assert made.turn == 0


def test_the_trained_decoder_is_not_changed():
    trained = decoder()
    made = TurnFollower(trained, REST)
    assert np.array_equal(made.penalties, trained.penalties)
    made.learn(turned(2), decided(0))
    assert np.array_equal(trained.penalties, PENALTIES)
