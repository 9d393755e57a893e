"""Movements nobody asked for, per hour, with an exact interval."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.calibration.evaluation.activations import false_activations, joined, poisson_interval
from innervate.core.errors import RecordingError
from scipy.stats import poisson

REST = np.array([1, 1, 1, 1, 1, 1, 0, 0, 1, 1], bool)
MOVES = np.array([0, 1, 1, 0, 1, 1, 1, 1, 1, 0], bool)


def test_a_run_is_one_activation_however_long():
    found = false_activations(REST, MOVES, np.zeros(10, int), 0.05)
    assert found["count"] == 3
    assert found["exposure_s"] == pytest.approx(0.4)
    assert found["per_hour"] == pytest.approx(3 * 3600 / 0.4)
    assert found["longest_s"] == pytest.approx(0.1)


def test_runs_shorter_than_the_limb_needs_do_not_count():
    assert false_activations(REST, MOVES, np.zeros(10, int), 0.05, 0.1)["count"] == 2
    assert false_activations(REST, MOVES, np.zeros(10, int), 0.05, 0.101)["count"] == 0


def test_no_run_goes_on_into_another_recording():
    stretch = np.array([0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    assert false_activations(REST, MOVES, stretch, 0.05)["count"] == 4


def test_without_rest_there_is_no_rate():
    found = false_activations(~REST & False, MOVES, np.zeros(10, int), 0.05)
    assert (found["count"], found["per_hour"], found["per_hour_interval"]) == (0, None, None)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.390), (100, 81.364, 121.627)],
)
def test_the_interval_is_the_tabulated_one(count, low, high):
    assert poisson_interval(count) == pytest.approx((low, high), abs=6e-4)


@given(st.integers(1, 500))
def test_each_end_leaves_a_fortieth_in_its_tail(count):
    low, high = poisson_interval(count)
    assert poisson.sf(count - 1, low) == pytest.approx(0.025, rel=1e-6)
    assert poisson.cdf(count, high) == pytest.approx(0.025, rel=1e-6)


def test_counts_and_exposures_of_people_are_added():
    one = false_activations(REST, MOVES, np.zeros(10, int), 0.05)
    both = joined([one, one])
    assert both["count"] == 6
    assert both["per_hour"] == pytest.approx(one["per_hour"])
    assert both["per_hour_interval"][0] > one["per_hour_interval"][0]
    assert joined([])["per_hour"] is None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: false_activations(REST, MOVES[:3], REST, 0.05), "3 moving or not"),
        (lambda: false_activations(REST, MOVES, REST, 0.0), "increment_s = 0"),
        (lambda: poisson_interval(-1), "count = -1"),
    ],
)
def test_what_makes_no_sense_is_refused(call, said):
    with pytest.raises(RecordingError, match=said):
        call()
