"""Outcome measures, alerts, phantom motor execution."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.calibration.entries import EntryError
from innervate.calibration.followup import execution
from innervate.calibration.followup.alerts import alerts
from innervate.calibration.followup.execution import (
    Course,
    Interview,
    PainNow,
    Session,
    course_table,
    over_course,
    weighted_pain_distribution,
)
from innervate.calibration.followup.measures import MEASURES
from innervate.calibration.followup.people import Pain, PainVisit
from innervate.calibration.followup.scores import Rater, Score, difference, since_baseline
from innervate.calibration.followup.standing import Status

from .pain import on, visit

KNOWS = Rater("A. Rater", certified=True)


def score(measure, value, day=0, version="", raters=()):
    return Score(measure, value, on(day), version, tuple(raters))


def logits(value, day=0, version="2", raters=(KNOWS,)):
    return score("acmc-logit", value, day, version, raters)


def test_every_measure_of_the_issue_is_there_with_range_unit_and_direction():
    asked = "box-and-blocks clothespin acmc shap dash amp 2mwt 6mwt plus-m abc falls socket-comfort skin"
    assert set(asked.split()) <= set(MEASURES)
    for measure in MEASURES.values():
        assert measure.unit
        assert measure.facts
        assert measure.better in ("higher", "lower")
        assert measure.range


def test_only_what_was_read_judges_a_change():
    for measure in MEASURES.values():
        for found in measure.detectable:
            assert found.source
            assert found.usable == (found.tag == "S")


def test_a_change_above_the_smallest_detectable_one_is_said_with_its_source():
    found = difference(logits(1.0), logits(1.6, 100))
    assert (found.verdict, found.direction) == ("more than measurement error", "better")
    assert "MDC95 0.55 logit, Lindner" in found.words
    assert difference(logits(1.0), logits(1.55, 100)).verdict == "not more than measurement error"
    assert difference(logits(1.6), logits(1.0, 100)).direction == "worse"


def test_a_change_of_just_the_smallest_detectable_one_is_not_more_whatever_floats_say():
    assert 2.2 - 1.65 > 0.55
    assert difference(logits(1.65), logits(2.2, 100)).verdict == "not more than measurement error"


def test_two_raters_need_a_larger_change():
    pair = (KNOWS, Rater("B. Rater", certified=True))
    assert "0.69" in difference(logits(1.0, raters=pair), logits(1.6, 100, raters=pair)).words
    assert difference(logits(1.0), logits(9.0, 100, raters=pair)).verdict.startswith("no known")


def test_another_version_is_not_compared_and_a_version_without_a_source_not_judged():
    assert difference(logits(1.0), logits(3.0, 9, "3")).points is None
    assert difference(logits(1.0, version="3"), logits(3.0, 9, "3")).verdict.startswith("no known")
    blocks = [score("box-and-blocks", v, d, "modified") for v, d in ((10, 0), (17, 9))]
    assert difference(*blocks).verdict == "more than measurement error"
    blocks = [score("box-and-blocks", v, d, "standard") for v, d in ((10, 0), (17, 9))]
    assert difference(*blocks).verdict.startswith("no known")


def test_a_value_from_memory_is_shown_and_judges_nothing():
    found = difference(score("6mwt", 300.0), score("6mwt", 400.0, 9))
    assert found.words.endswith("no known measurement error to judge it by; MDC90 45 from memory only")
    assert (found.direction, found.points) == ("better", 100.0)


def test_less_is_better_where_it_is():
    assert difference(score("dash", 40.0), score("dash", 30.0, 9)).direction == "better"
    assert difference(score("falls", 0), score("falls", 2, 9)).direction == "worse"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: score("acmc", 50.0, version="3"), "rater is missing"),
        (
            lambda: score("acmc", 50.0, version="3", raters=[Rater("X")]),
            "rater = 'X' is not certified for ACMC",
        ),
        (lambda: score("acmc", 50.0, raters=[KNOWS]), "version is missing"),
        (lambda: score("dash", 101.0), "dash = 101.0: allowed are 0 to 100"),
        (lambda: score("dash", float("nan")), "dash = nan"),
        (lambda: score("falls", float("inf")), "falls = inf"),
        (lambda: score("falls", 1.5), "falls = 1.5: allowed are whole numbers"),
        (lambda: score("grip", 3.0), "measure = 'grip': allowed are box-and-blocks"),
        (lambda: difference(score("dash", 1.0), score("shap", 1.0)), "allowed is 'dash'"),
    ],
)
def test_a_score_that_cannot_be_says_what_is_allowed(wrong, says):
    with pytest.raises(EntryError, match=re.escape(says)):
        wrong()


@given(st.lists(st.tuples(st.sampled_from(("dash", "shap", "6mwt")), st.integers(0, 100), st.integers(0, 9))))
def test_the_change_since_baseline_does_not_depend_on_the_order(entries):
    scores = [score(key, float(value), day) for key, value, day in entries]
    found = since_baseline(scores)
    assert found == since_baseline(scores[::-1])
    assert len(found) == sum(sum(e[0] == key for e in entries) > 1 for key in ("dash", "shap", "6mwt"))


def kinds(*visits, today=900):
    return [(a.kind, a.visit) for a in alerts(visits, on(today))]


def test_pain_up_by_two_points_or_a_fall_flags_the_clinician():
    assert kinds(visit(30, 3), visit(60, 5)) == [("pain", "v60")]
    assert kinds(visit(30, 3), visit(60, 4)) == []
    assert kinds(visit(60, 5), visit(30, 3)) == [("pain", "v60")]
    assert kinds(visit(30, 2), visit(60, 3), visit(90, 4)) == []
    assert kinds(visit(30, 1, falls=0)) == []
    assert kinds(visit(30, 1, falls=2)) == [("fall", "v30")]


@pytest.mark.parametrize("where", ["phantom", "residual"])
@pytest.mark.parametrize("item", ["worst", "average"])
def test_any_of_the_four_pain_answers_can_raise_it(where, item):
    first, second = (PainVisit(f"v{d}", on(d), **{where: Pain(**{item: nrs})}) for d, nrs in ((1, 2), (9, 4)))
    found = alerts([first, second], on(20))
    assert [a.kind for a in found] == ["pain"]
    assert f"{where} limb pain, {item}" in found[0].words
    assert "2 on 2025-01-02, 4 on 2025-01-10" in found[0].words


def test_a_visit_that_skipped_the_question_hides_no_rise():
    assert kinds(visit(30, 2), visit(60, None, falls=0), visit(90, 4)) == [("pain", "v90")]


def test_alerts_know_nothing_that_is_later_than_today():
    assert kinds(visit(30, 2), visit(60, 9), today=59) == []


def course(kind="execution", person="a", finished=True, interviews=(), **more):
    sessions = tuple(
        Session(f"s{day}", on(day), PainNow(nrs, pri, wpd), PainNow(nrs - 1))
        for day, nrs, pri, wpd in ((0, 6, 20, 2.5), (7, 5, 15, 2.0), (14, 4, 10, 1.5))
    )
    return Course(person, kind, sessions, finished, tuple(interviews), **more)


def test_the_clock_of_the_follow_up_starts_at_the_last_session():
    asked = (Interview("i1", on(14 + 30), PainNow(nrs=3)), Interview("i2", on(14 + 100), PainNow(nrs=2)))
    stands = course(interviews=asked).standings(on(14 + 120))
    assert [(s.window.name, s.status) for s in stands] == [
        ("1 month", Status.DONE),
        ("3 months", Status.DONE),
        ("6 months", Status.NOT_YET),
    ]
    assert {s.status for s in course(finished=False).standings(on(500))} == {Status.NOT_YET}


def test_pain_before_and_after_on_each_scale():
    found = {scale: over_course(course(), scale) for scale in ("nrs", "pri", "wpd")}
    assert {scale: change.points for scale, change in found.items()} == {"nrs": -2, "pri": -10, "wpd": -1.0}
    assert found["pri"].percent == -50.0
    assert execution.change(course().ordered[0].before, course().ordered[0].after, "nrs").points == -1
    assert execution.change(course().ordered[0].before, course().ordered[0].after, "pri") is None
    assert execution.change(PainNow(nrs=0), PainNow(nrs=2), "nrs").percent is None


def test_the_follow_up_counts_everybody_and_leaves_simulated_patients_out():
    asked = (Interview("i1", on(14 + 30), PainNow(nrs=3)),)
    courses = [
        course(person="a", interviews=asked),
        course(person="b"),
        course(person="c", died=on(30)),
        course(person="s", simulated=True, interviews=asked),
        course("imagery", "i", interviews=asked),
    ]
    table = course_table(courses, "execution", on(100))
    month = table.rows[0]
    assert {status.value: count for status, count in month.counts.items() if count} == {
        "done": 1,
        "missed": 1,
        "died": 1,
    }
    assert month.points["nrs"].median == -3
    assert (month.points["pri"], month.missing["pri"]) == (None, 1)
    assert (table.courses, table.mark, table.header[-1]) == (3, "", "Left out: 1 simulated.")
    mixed = course_table(courses, "execution", on(100), include_simulated=True)
    assert mixed.rows[0].counts[Status.DONE] == 2
    assert mixed.header[0] == "SIMULATED: 1 of these courses are simulated."
    assert course_table(courses, "imagery", on(100)).rows[0].counts[Status.DONE] == 1
    assert execution.NOTE in table.header[0]


def test_neither_kind_is_said_to_be_better():
    assert execution.NOTE.startswith("Neither")
    assert not [
        name for name in dir(execution) if "superior" in name.casefold() or "better" in name.casefold()
    ]


def test_the_weighted_distribution_is_the_mean_level_over_time():
    assert weighted_pain_distribution({0: 8, 2: 8}) == 1.0
    assert weighted_pain_distribution({5: 16}) == 5.0
    for wrong in ({6: 1}, {1: -1}, {}, {2: 0}):
        with pytest.raises(EntryError):
            weighted_pain_distribution(wrong)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: PainNow(pri=46), "pri = 46: allowed are 0 to 45"),
        (lambda: PainNow(wpd=5.5), "wpd = 5.5: allowed are 0 to 5"),
        (lambda: course("mirror"), "'mirror': allowed are execution, imagery"),
        (lambda: Course("a", "imagery", ()), "one or more"),
        (lambda: course(interviews=[Interview("i", on(3))]), "interview i"),
    ],
)
def test_a_course_that_cannot_be_says_what_is_allowed(wrong, says):
    with pytest.raises(EntryError, match=re.escape(says)):
        wrong()
