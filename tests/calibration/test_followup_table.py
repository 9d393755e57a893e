"""The follow-up table: denominators, definitions, responders, what is missing, who is left out."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from innervate.calibration.entries import EntryError
from innervate.calibration.followup.definitions import DEFINITIONS
from innervate.calibration.followup.people import (
    Pain,
    PainVisit,
    Person,
    PromisScore,
    promis_change,
)
from innervate.calibration.followup.responders import responders
from innervate.calibration.followup.show import HEAD, cells, lines
from innervate.calibration.followup.standing import Status
from innervate.calibration.followup.table import follow_up

from .pain import SURGERY, on, people, person, visit

TODAY = on(1500)
some = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def table(*who, **options):
    options.setdefault("today", TODAY)
    return follow_up(who, **options)


@some
@given(people(), st.integers(-200, 1500), st.sampled_from(sorted(DEFINITIONS)), st.booleans())
def test_the_counts_of_each_window_add_up_to_the_people(cohort, today, definition, include):
    found = follow_up(cohort, on(today), definition, include_simulated=include)
    counted = [p for p in cohort if include or not p.simulated]
    assert found.row("all", "1 month").people == len(counted)
    for row in found.rows:
        assert sum(row.counts.values()) == row.people
        done = row.counts[Status.DONE]
        assert row.has_pain.n + row.unanswered + row.not_asked == done
        for spread, missing in ((row.worst, row.worst_missing), (row.average, row.average_missing)):
            assert (spread.n if spread else 0) + missing + row.not_asked == done
        assert row.tender.n + row.tender_missing == done
        assert row.opioids.n + row.opioids_missing == done
        assert row.open_now <= row.counts[Status.NOT_YET]
        for rule in row.responders:
            assert rule.share.n + rule.no_pain_before + rule.no_pair == done
    for window in found.windows.due:
        whole, first, second = (found.row(group, window.name) for group in ("all", "primary", "secondary"))
        assert whole.people == first.people + second.people
        assert whole.has_pain.k == first.has_pain.k + second.has_pain.k


@some
@given(people(), st.integers(-200, 1500), st.randoms(use_true_random=False))
def test_neither_the_order_of_people_nor_of_visits_matters(cohort, today, random):
    shuffled = []
    for one in cohort:
        seen = list(one.visits)
        random.shuffle(seen)
        more = {"simulated": one.simulated, "withdrew": one.withdrew, "died": one.died}
        shuffled.append(person(one.id, *seen, tmr=one.tmr, **more))
    random.shuffle(shuffled)
    once, again = (follow_up(c, on(today), include_simulated=True) for c in (cohort, shuffled))
    assert once.rows == again.rows
    assert (once.outside, once.surplus) == (again.outside, again.surplus)
    assert lines(once) == lines(again)


def test_the_denominator_is_who_was_seen_and_answered_and_the_rest_stands_beside_it():
    found = table(
        person("pain", visit(95, 5)),
        person("none", visit(95, 0)),
        person("silent", visit(95, None, neuroma_tender=True)),
        person("missed"),
        person("left", withdrew=on(50)),
        person("dead", died=on(70)),
        today=on(400),
    ).row("all", "3 months")
    assert found.has_pain.words == "1/2, 50 % (9 to 91 %)"
    assert found.unanswered == 1
    assert {status.value: count for status, count in found.counts.items()} == {
        "done": 3,
        "missed": 1,
        "not yet due": 0,
        "withdrawn": 1,
        "died": 1,
    }
    assert cells(found)["has pain"] == "1/2, 50 % (9 to 91 %)"


def test_nothing_is_carried_forward():
    found = table(person("a", visit(30, 7)))
    assert found.row("all", "1 month").has_pain.words.startswith("1/1")
    assert [found.row("all", w).has_pain.n for w in ("3 months", "6 months", "12 months")] == [0, 0, 0]
    assert found.row("all", "3 months").worst is None


@pytest.mark.parametrize(
    ("key", "pain", "has"),
    [
        ("worst-above-0", Pain(worst=1), True),
        ("worst-above-0", Pain(worst=0), False),
        ("worst-above-0", Pain(average=5), None),
        ("worst-4-or-more", Pain(worst=4), True),
        ("worst-4-or-more", Pain(worst=3.5), False),
        ("average-above-0", Pain(average=0.5), True),
        ("said", Pain(said=False, worst=2), False),
        ("said", Pain(worst=2), None),
        ("diary", Pain(diary_days=7, diary_pain_days=1), True),
        ("diary", Pain(diary_days=5, diary_pain_days=0), False),
        ("diary", Pain(diary_days=4, diary_pain_days=4), None),
    ],
)
def test_each_definition_says_yes_no_or_not_answered(key, pain, has):
    assert DEFINITIONS[key].has(pain) is has


@pytest.mark.parametrize("key", sorted(DEFINITIONS))
def test_the_definition_stands_in_the_header(key):
    found = table(person("a", visit(30, 7)), definition=key)
    assert found.header[0].startswith(f"Has phantom pain: {DEFINITIONS[key].words}")
    assert lines(found)[0] == found.header[0]


def test_an_unknown_definition_names_those_that_there_are():
    with pytest.raises(EntryError, match="worst-4-or-more"):
        table(definition="any")


def test_who_has_tmr_at_the_amputation_has_no_phantom_pain_before_it():
    entered = visit(0, 0, opioid_mg_day=20.0)
    found = table(person("a", entered, visit(30, 5), tmr="primary"))
    row = found.row("primary", "baseline")
    assert (row.counts[Status.DONE], row.not_asked, row.has_pain.n, row.worst) == (1, 1, 0, None)
    assert row.opioids.words.startswith("1/1")
    assert {r.no_pair for r in found.row("primary", "1 month").responders} == {1}


def test_t_scores_of_limb_pain_from_before_the_amputation_do_not_count():
    about = [PromisScore("interference", "4a", "1.0", 60.0, a) for a in ("phantom", "general")]
    early = table(person("a", visit(0, 0, promis=tuple(about)), tmr="primary")).row("all", "baseline")
    assert [s.about for s in early.promis] == ["general"]


def test_residual_pain_has_a_table_of_its_own_without_the_reference():
    one = person("a", PainVisit("v", on(30), Pain(worst=0), Pain(worst=6)))
    assert table(one).row("all", "1 month").has_pain.k == 0
    residual = table(one, where="residual")
    assert residual.row("all", "1 month").has_pain.k == 1
    assert residual.header[0].startswith("Has residual limb pain:")
    assert not any("news brief" in line for line in lines(residual))
    assert sum("news brief on" in line for line in lines(table(one))) == 3


def test_a_phantom_sensation_is_no_pain():
    row = table(person("a", visit(30, None, phantom_sensation=True))).row("all", "1 month")
    assert (row.has_pain.n, row.unanswered) == (0, 1)


@pytest.mark.parametrize(
    ("before", "after", "two_points", "thirty_percent"),
    [
        (10, 8, True, False),
        (10, 7, True, True),
        (3, 2, False, True),
        (4, 2, True, True),
        (5, 4, False, False),
    ],
)
def test_responders_by_each_rule(before, after, two_points, thirty_percent):
    found = {r.rule.key: r.share.k for r in responders([(before, after)])}
    assert found == {"2-points": two_points, "30-percent": thirty_percent}


def test_exactly_thirty_percent_counts_with_decimals_too():
    assert [r.share.k for r in responders([(9.0, 6.3)])] == [1, 1]
    assert [r.share.k for r in responders([(4.1, 2.1)])] == [1, 1]


def test_responders_are_of_those_who_had_pain_and_both_answers():
    found = responders([(6, 2), (6, 6), (0, 0), (None, 3), (5, None)])[0]
    assert (found.share.k, found.share.n, found.no_pain_before, found.no_pair) == (1, 2, 1, 2)
    shown = table(person("a", visit(-5, 8), visit(90, 3))).row("all", "3 months").responders
    assert [r.share.words.split(",")[0] for r in shown] == ["1/1", "1/1"]
    assert table(person("a", visit(-5, 8))).row("all", "baseline").responders == ()


def test_forms_and_versions_of_a_t_score_never_stand_in_one_figure():
    def scored(t, form="4a", version="1.0"):
        return visit(95, 1, promis=(PromisScore("interference", form, version, t),))

    found = table(
        person("a", scored(50.0)),
        person("b", scored(60.0)),
        person("c", scored(70.0, "8a")),
        person("d", scored(80.0, "4a", "1.1")),
    ).row("all", "3 months")
    assert [(s.form, s.version, s.spread.n, s.spread.median) for s in found.promis] == [
        ("4a", "1.0", 2, 55.0),
        ("4a", "1.1", 1, 80.0),
        ("8a", "1.0", 1, 70.0),
    ]
    old, new = PromisScore("interference", "4a", "1.0", 60.0), PromisScore("interference", "4a", "1.0", 55.0)
    assert promis_change(old, new) == -5.0
    assert promis_change(old, PromisScore("interference", "4a", "1.1", 55.0)) is None


def test_simulated_people_are_left_out_unless_asked_for_and_then_marked():
    cohort = (person("a", visit(30, 5)), person("s", visit(30, 0), simulated=True))
    plain = table(*cohort)
    assert (plain.row("all", "1 month").people, plain.mark, plain.simulated_out) == (1, "", 1)
    assert "Left out: 1 simulated." in plain.header
    mixed = table(*cohort, include_simulated=True)
    assert (mixed.row("all", "1 month").people, mixed.mark) == (2, "SIMULATED")
    assert lines(mixed)[0] == "SIMULATED: 1 of these people are simulated."


def test_a_person_who_is_there_twice_is_refused_by_name():
    with pytest.raises(EntryError, match="'a' is there twice"):
        table(person("a"), person("a"))


def test_visits_that_no_window_takes_are_counted():
    found = table(person("a", visit(-300, 5), visit(80, 5), visit(95, 5), visit(1200, 5)))
    assert (found.outside, found.surplus) == (2, 1)
    assert table(person("a", visit(80, 5), visit(1200, 5)), today=on(1000)).outside == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Pain(worst=11), "pain.worst = 11: allowed are 0 to 10"),
        (lambda: Pain(worst=float("nan")), "pain.worst"),
        (lambda: Pain(diary_days=3, diary_pain_days=4), "diary_pain_days = 4: allowed are 0 to 3"),
        (lambda: visit(3, 1, opioid_mg_day=-1.0), "opioid_mg_day = -1.0: allowed are 0 or more"),
        (lambda: person("a", tmr="late"), "'late': allowed are primary, secondary"),
        (
            lambda: Person("a", "primary", on(5), SURGERY),
            "surgery = 2025-01-01: allowed from the amputation on",
        ),
        (lambda: person("a", visit(30, 1), died=on(20)), "lies after died = 2025-01-21"),
        (lambda: person("a", visit(3, 1, "x"), visit(4, 1, "x")), "'x' is there twice"),
    ],
)
def test_an_entry_that_cannot_be_names_key_value_and_what_is_allowed(wrong, says):
    with pytest.raises(EntryError, match=re.escape(says)):
        wrong()


def test_a_made_up_cohort_as_one_would_read_it():
    cohort = [
        person(
            f"p{at:02}",
            visit(30, 5 if at < 13 else 0),
            visit(92, 4 if at < 3 else 0) if at < 16 else visit(40, 1),
        )
        for at in range(18)
    ]
    found = table(*cohort, today=date(2025, 6, 1))
    shown = [line.split("\t") for line in lines(found)]
    rows = {
        (cell[0], cell[1]): dict(zip(HEAD, cell, strict=True)) for cell in shown if len(cell) == len(HEAD)
    }
    assert rows["all", "1 month"]["has pain"] == "13/18, 72 % (49 to 88 %)"
    assert rows["all", "3 months"]["has pain"] == "3/16, 19 % (7 to 43 %)"
    assert rows["all", "3 months"]["missed"] == "2"
    assert rows["all", "6 months"]["not yet due"] == "18 (18 due now)"
