"""Windows: each day once; the nearest visit; where everybody stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.calibration.entries import EntryError
from innervate.calibration.followup.standing import Left, Status, standings
from innervate.calibration.followup.windows import (
    AFTER_LAST_SESSION,
    AFTER_SURGERY,
    BASELINE,
    windows_after,
)

from .pain import SURGERY, on, visit, visits


@pytest.mark.parametrize("windows", [AFTER_SURGERY, AFTER_LAST_SESSION])
def test_every_day_belongs_to_exactly_one_window(windows):
    for day in range(-2000, 4000):
        holding = [window for window in windows.all if window.holds(day)]
        assert len(holding) == 1
        assert windows.of(day) is holding[0]


@given(
    st.lists(st.integers(1, 120), min_size=1, max_size=8, unique=True).map(sorted),
    st.none() | st.integers(0, 400),
    st.integers(-5000, 9000),
)
def test_windows_of_any_targets_partition_the_days(months, baseline_days, day):
    windows = windows_after(months, baseline_days)
    assert sum(window.holds(day) for window in windows.all) == 1
    bounded = [window for window in windows.due if window.name != BASELINE]
    assert [window.holds(window.target_day) for window in bounded] == [True] * len(months)


@given(st.integers(1, 900))
def test_a_day_belongs_to_the_nearest_target_and_a_tie_to_the_earlier(day):
    targets = [window.target_day for window in AFTER_SURGERY.due if window.name != BASELINE]
    nearest = min(targets, key=lambda target: (abs(day - target), target))
    assert AFTER_SURGERY.of(day).target_day == nearest


def test_the_windows_of_the_issue():
    assert [w.words for w in AFTER_SURGERY.due] == [
        "baseline (day -183 to 0, target 0)",
        "1 month (day 1 to 60, target 30)",
        "3 months (day 61 to 137, target 91)",
        "6 months (day 138 to 274, target 183)",
        "12 months (day 275 to 548, target 365)",
        "24 months (day 549 to 914, target 731)",
    ]
    assert [w.name for w in AFTER_LAST_SESSION.due] == ["1 month", "3 months", "6 months"]


@pytest.mark.parametrize("example", [(21, 45), (75, 110), (150, 210)])
def test_the_narrow_windows_that_others_use_lie_inside_one_of_ours(example):
    assert AFTER_SURGERY.of(example[0]) is AFTER_SURGERY.of(example[1])


@pytest.mark.parametrize("months", [(), (0, 3), (3, 1), (3, 3)])
def test_targets_that_do_not_rise_are_refused_with_what_is_allowed(months):
    with pytest.raises(EntryError, match="rising"):
        windows_after(months)


def at(window, *given, today=1500, left=None):
    found = standings(SURGERY, given, AFTER_SURGERY, on(today), left)
    return next(standing for standing in found if standing.window.name == window)


def test_the_nearest_visit_counts_and_of_two_equally_near_the_earlier():
    assert at("3 months", visit(70, 1), visit(95, 2), visit(130, 3)).visit.id == "v95"
    assert at("3 months", visit(101, 1), visit(81, 2)).visit.id == "v81"
    assert at("3 months", visit(91, 1, "b"), visit(91, 2, "a")).visit.id == "a"


def test_the_baseline_is_the_last_visit_before_surgery_and_not_older_than_half_a_year():
    assert at(BASELINE, visit(-100, 1), visit(-3, 2)).visit.id == "v-3"
    assert at(BASELINE, visit(-200, 1)).status is Status.MISSED


def test_a_record_that_says_only_why_is_not_a_visit():
    found = at("3 months", visit(91, None, missing_reason="ill"))
    assert found.status is Status.MISSED
    assert found.reasons == ("ill",)
    assert at("3 months", visit(91, None, missing_reason="ill"), visit(130, 0)).visit.id == "v130"


@pytest.mark.parametrize(
    ("today", "status", "open_now"),
    [
        (60, Status.NOT_YET, False),
        (61, Status.NOT_YET, True),
        (137, Status.NOT_YET, True),
        (138, Status.MISSED, False),
    ],
)
def test_nothing_is_missed_before_its_window_has_closed(today, status, open_now):
    found = at("3 months", today=today)
    assert (found.status, found.open_now) == (status, open_now)


def test_a_visit_that_is_dated_after_today_is_not_known_yet():
    assert at("3 months", visit(91, 1), today=90).status is Status.NOT_YET
    assert at("3 months", visit(91, 1), today=91).status is Status.DONE


def test_who_left_is_missed_before_and_gone_after():
    gone = Left(died=on(200))
    assert [s.status for s in standings(SURGERY, [visit(30, 1)], AFTER_SURGERY, on(1500), gone)] == [
        Status.MISSED,
        Status.DONE,
        Status.MISSED,
        Status.DIED,
        Status.DIED,
        Status.DIED,
    ]
    assert at("3 months", today=100, left=Left(withdrew=on(80))).status is Status.WITHDRAWN
    assert at("3 months", today=79, left=Left(withdrew=on(80))).status is Status.NOT_YET
    assert at("6 months", left=Left(withdrew=on(80), died=on(90))).status is Status.WITHDRAWN


def test_leaving_counts_from_its_own_day_on_and_in_the_window_that_closes_on_it():
    assert at("3 months", today=80, left=Left(withdrew=on(80))).status is Status.WITHDRAWN
    assert at("3 months", left=Left(died=on(137))).status is Status.DIED
    assert at("3 months", left=Left(died=on(138))).status is Status.MISSED


def test_without_a_day_0_nothing_is_due():
    assert {s.status for s in standings(None, [], AFTER_LAST_SESSION, on(0))} == {Status.NOT_YET}


@given(visits(), st.integers(-200, 1500), st.randoms(use_true_random=False))
def test_the_order_of_visits_never_matters(given_, today, random):
    shuffled = list(given_)
    random.shuffle(shuffled)
    once, again = (standings(SURGERY, v, AFTER_SURGERY, on(today)) for v in (given_, shuffled))
    assert once == again


@given(visits(), st.integers(-200, 1500))
def test_one_record_in_a_window_and_none_that_another_beats(given_, today):
    for standing in standings(SURGERY, given_, AFTER_SURGERY, on(today)):
        if standing.status is not Status.DONE:
            assert standing.visit is None
            continue
        inside = [
            v
            for v in given_
            if v.answered and v.on <= on(today) and standing.window.holds((v.on - SURGERY).days)
        ]
        days = [standing.window.distance((v.on - SURGERY).days) for v in inside]
        assert standing.window.distance((standing.visit.on - SURGERY).days) == min(days)
