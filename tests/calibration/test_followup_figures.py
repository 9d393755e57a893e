"""Shares, intervals, medians: against published values and against scipy and numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.calibration.entries import EntryError
from innervate.calibration.followup.figures import Share, percent, spread_of, wilson
from innervate.calibration.followup.reference import CAVEAT, REFERENCE, readings
from scipy.stats import binomtest

shares = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("k", "n", "whole", "interval"),
    [(13, 18, 72, (49, 88)), (4, 21, 19, (8, 40)), (2, 15, 13, (4, 38))],
)
def test_the_published_intervals_of_facts(k, n, whole, interval):
    share = Share(k, n)
    assert (share.percent, share.interval_percent) == (whole, interval)
    assert share.words == f"{k}/{n}, {whole} % ({interval[0]} to {interval[1]} %)"


@given(shares)
def test_an_interval_contains_the_share_and_stays_within_0_and_1(share):
    low, high = wilson(*share)
    assert 0.0 <= low <= share[0] / share[1] <= high <= 1.0
    assert low < high


@given(shares)
def test_the_interval_is_the_one_that_scipy_knows_as_wilson(share):
    theirs = binomtest(*share).proportion_ci(0.95, "wilson")
    assert wilson(*share) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(shares)
def test_the_interval_of_the_others_is_its_mirror(share):
    k, n = share
    low, high = wilson(k, n)
    assert wilson(n - k, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_halves_are_rounded_up_where_python_would_not():
    assert [percent(1, 8), percent(2, 16), percent(5, 8), percent(1, 200), percent(7, 8)] == [
        13,
        13,
        63,
        1,
        88,
    ]
    assert round(12.5) == 12


def test_of_nobody_there_is_no_figure():
    assert (Share(0, 0).percent, Share(0, 0).interval, Share(0, 0).words) == (None, None, "0/0")
    with pytest.raises(EntryError, match="0 to n"):
        Share(3, 2)


@given(st.lists(st.integers(0, 10), min_size=1, max_size=40))
def test_quartiles_are_numpys_and_the_order_does_not_matter(values):
    found = spread_of(values)
    assert (found.q1, found.median, found.q3) == pytest.approx(tuple(np.quantile(values, (0.25, 0.5, 0.75))))
    assert found == spread_of(values[::-1])
    assert found.n == len(values)


def test_medians_of_nothing_are_none():
    assert spread_of([]) is None
    assert spread_of([4]).words == "median 4 (quartiles 4 to 4), n 1"


def test_what_facts_says_of_the_briefs_percentages_is_so():
    assert [readings(row.percent) for row in REFERENCE] == [
        ((13, 18),),
        ((3, 16), (4, 21)),
        ((1, 8), (2, 15), (2, 16)),  # FACTS names the last two
    ]
    assert all(n != 22 for row in REFERENCE for _, n in readings(row.percent))


def test_the_reference_carries_its_owner_and_its_caveat_and_is_never_the_papers():
    for row in REFERENCE:
        assert "news brief" in row.words
        assert row.caveat == CAVEAT
    assert "not known to be the paper's" in CAVEAT
    assert all(reading in CAVEAT for reading in ("13/18", "3/16", "2/16", "4/21", "2/15"))
