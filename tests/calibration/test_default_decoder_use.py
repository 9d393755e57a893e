"""The default decoder on another day and in use: what today and turns teach it."""

from __future__ import annotations

from timeit import timeit

import numpy as np
import pytest
from innervate.calibration.default_decoder import FittedDefault
from innervate.calibration.evaluation.use import blind
from innervate.calibration.templates import penalties_of

from .ring import MANY, fitted, flagged, in_use, right, ring, same

ELSEWHERE = {"drift": 0.4, "wear": 0.5}


# -- Another day


@pytest.mark.parametrize("days", [(0,), (0, 1, 2)])
@pytest.mark.parametrize("lost", [(), (2,)])
def test_one_trial_a_class_of_today_helps(days, lost):
    made = fitted(days=days, **ELSEWHERE)
    today = ring(days=(7,), seed=2, **ELSEWHERE)
    shown, later = today.where(today.rep == 0), flagged(today.where(today.rep > 0), *lost)
    before = right(made.log_posterior(later), later)
    mended = made.recalibrated(shown)
    assert right(mended.log_posterior(later), later) > before + 0.3
    assert np.median(mended.outlier(later)) < np.median(made.outlier(later))


@pytest.mark.parametrize(("classes", "gain"), [((1, 3), 0.15), ((0,), 0.1), ((2,), 0.15)])
def test_some_classes_of_today_are_enough(classes, gain):
    made = fitted(days=(0, 1, 2), **ELSEWHERE)
    today = ring(days=(7,), seed=2, **ELSEWHERE)
    shown, later = today.where((today.rep == 0) & np.isin(today.label, classes)), today.where(today.rep > 0)
    before = right(made.log_posterior(later), later)
    assert right(made.recalibrated(shown).log_posterior(later), later) > before + gain


def test_recalibration_changes_only_what_it_gives():
    made = FittedDefault(ring())
    today = ring(days=(7,), seed=2, **ELSEWHERE)
    before = made.log_posterior(today), made.outlier(today), made.complete()
    mended = made.recalibrated(today.where(today.rep == 0))
    again = made.recalibrated(today.where(today.rep == 0))
    assert same(mended, again)
    assert not same(mended, made)
    assert np.array_equal(made.log_posterior(today), before[0])
    assert np.array_equal(made.outlier(today), before[1])
    assert same(made, FittedDefault(ring()))
    twice = mended.recalibrated(today.where(today.rep == 1))
    later = today.where(today.rep == 2)
    assert right(twice.log_posterior(later), later) > 0.9


def test_recalibration_takes_less_than_half_a_second():
    made, today = fitted(movements=MANY), ring(movements=MANY, days=(7,), seed=2, **ELSEWHERE)
    shown = today.where(today.rep == 0)
    assert timeit(lambda: made.recalibrated(shown).complete(), number=1) < 0.5


# -- In use


@pytest.mark.parametrize("turn", [0.5, -0.5, 1.0])
def test_use_ends_in_a_turn_the_right_way_at_least_half_as_far(turn):
    made, there = fitted(movements=MANY), ring(movements=MANY, turn=turn, seed=1)
    follower = made.follow()
    in_use(follower, there)
    found = made.decoder.turns[follower.turns.turn]
    assert 0.5 <= found / turn <= 1.0
    again = in_use(follower, there)
    assert right(again, there) > right(made.log_posterior(there), there) + 0.02


def test_use_that_is_not_turned_stays_as_trained():
    made, here = fitted(movements=MANY), ring(movements=MANY, seed=1)
    follower = made.follow()
    assert follower.turns.turn == 0
    in_use(follower, here)
    assert follower.turns.turn == 0
    assert (follower.turns.penalties[1:] > made.penalties[1:]).all()
    assert right(in_use(follower, here), here) > right(made.log_posterior(here), here) - 0.01


def test_the_first_trial_is_decided_as_trained_and_nothing_trained_is_changed():
    made, there = FittedDefault(ring()), ring(turn=1.0, seed=1)
    before = made.log_posterior(there)
    first = there.where(there.trials() == there.trials()[0])
    follower = made.follow()
    assert np.array_equal(follower.decide(first), made.log_posterior(first))
    in_use(follower, there)
    assert np.array_equal(made.log_posterior(there), before)
    assert np.array_equal(made.decoder.penalties, penalties_of(6))
    assert np.array_equal(made.follow().turns.penalties, made.penalties)


def test_use_sees_no_label_or_place():
    made, there = fitted(), ring(turn=0.5, seed=1)
    one, other = made.follow(), made.follow()
    number = there.trials()
    for trial in np.unique(number):
        windows = there.where(number == trial)
        assert np.array_equal(one.decide(windows), other.decide(blind(windows)))
    assert np.array_equal(one.turns.penalties, other.turns.penalties)


def test_the_order_of_use_hardly_matters():
    made, there = fitted(movements=MANY), ring(movements=MANY, turn=0.5, seed=1)
    ends = []
    for order in range(3):
        follower = made.follow()
        in_use(follower, there, order)
        ends.append(follower.turns.penalties)
        assert made.decoder.turns[follower.turns.turn] in (0.25, 0.5)
    assert np.ptp(ends, axis=0).max() < 15.0
