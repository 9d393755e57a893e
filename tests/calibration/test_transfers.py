"""Nerve transfers: tables to start from, soft checks, what is typical beside what was seen, mixed drive."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.calibration.entries import EntryError
from innervate.calibration.months import day_of
from innervate.calibration.transfers import rows as transfers
from innervate.calibration.transfers.checks import motor_transfers, warnings
from innervate.calibration.transfers.drives import driven
from innervate.calibration.transfers.rows import (
    Seen,
    Transfer,
    add,
    change,
    for_profile,
    from_profile,
    kept_muscles,
    remove,
    start_rows,
)
from innervate.calibration.transfers.timeline import (
    STAGES,
    first_twitch,
    timeline,
    typical,
    wearer_words,
)
from innervate.core.movements import canonical
from innervate.core.profile import Level
from innervate.core.transfers import (
    FIRST_TWITCH_MONTHS,
    KEPT,
    MATURE_MONTHS,
    SENSORY_NERVES,
    USABLE_MONTHS,
    USUAL,
)
from innervate.sim import body, maturity
from innervate.sim.anatomy import PRESETS

from .pain import SURGERY

LEVELS = get_args(Level)


def after(months):
    return SURGERY + timedelta(days=day_of(months))


def test_every_level_of_a_profile_has_a_table_even_if_an_empty_one():
    assert set(USUAL) == set(LEVELS)
    assert set(KEPT) <= set(LEVELS)
    assert [level for level in LEVELS if not start_rows(level)] == ["partial-hand"]


@pytest.mark.parametrize("level", LEVELS)
def test_each_row_to_start_from_has_a_tag_and_the_projects_names(level):
    for usual in USUAL[level]:
        assert usual.basis in ("S", "M", "I")
        for movement in (usual.movement, *usual.also):
            assert canonical(movement) == movement
        assert bool(usual.movement) != (usual.donor_nerve in SENSORY_NERVES)
        assert usual.basis != "S" or usual.source


@pytest.mark.parametrize("level", sorted(PRESETS))
def test_the_simulated_patients_transfers_are_those_of_the_table(level):
    usual = {(u.donor_nerve, u.target_muscle): u for u in USUAL[level]}
    sites = [m for m in PRESETS[level].muscles if m.innervation == body.REINNERVATED]
    assert {(m.nerve, m.target) for m in sites} == set(usual)
    for site in sites:
        row = usual[site.nerve, site.target]
        assert site.basis == row.basis
        assert site.intended == "" or site.intended in (row.movement, *row.also)
        assert site.sensory == (row.movement == "")
    natives = {m.name for m in PRESETS[level].muscles if m.innervation == body.NATIVE}
    assert {kept.muscle for kept in KEPT.get(level, ())} <= natives


def test_the_simulated_patient_matures_when_the_timeline_says():
    assert maturity.Growth() == maturity.Growth(FIRST_TWITCH_MONTHS, USABLE_MONTHS)
    assert body.MATURE_MONTHS == MATURE_MONTHS


@pytest.mark.parametrize("level", LEVELS)
def test_rows_go_into_a_profile_and_come_back(level):
    rows = start_rows(level)
    back = from_profile(for_profile(rows))
    assert [(r.donor_nerve, r.target_muscle, r.movement, r.signal_expected) for r in back] == [
        (r.donor_nerve, r.target_muscle, r.movement, r.signal_expected) for r in rows
    ]


def test_rows_are_edited_without_changing_those_that_were_there():
    rows = start_rows("transhumeral")
    edited = change(rows, 0, own_words="making a fist", native_cut=True)
    assert (edited[0].own_words, edited[0].basis, rows[0].own_words) == ("making a fist", "S", "")
    assert change(rows, 0, movement="Close Hand")[0].movement == "power"
    assert change(rows, 0, target_muscle="brachialis")[0].basis == ""
    assert len(remove(rows, 1)) == len(rows) - 1
    assert add(rows, Transfer("ulnar", "pectoralis minor", "key"))[-1].donor_nerve == "ulnar"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: start_rows("hip"), "level = 'hip': allowed are shoulder"),
        (lambda: change(start_rows("elbow"), 9), "row = 9: allowed are 0 to 2"),
        (lambda: change(start_rows("elbow"), 0, nerve="x"), "key = 'nerve': allowed are donor_nerve"),
        (lambda: remove((), 0), "there are no rows"),
        (lambda: Transfer("", "soleus", "eversion"), "donor_nerve = ''"),
        (lambda: Transfer("tibial", "soleus"), "movement is missing"),
        (lambda: Transfer("sural", "soleus", "eversion", "pain"), "a pain transfer has none"),
        (lambda: Seen(SURGERY, "spark"), "'spark': allowed are twitch"),
        (lambda: add((Transfer("a", "b", "open"),) * 12, Transfer("a", "b", "open")), "at most 12"),
    ],
)
def test_a_row_that_cannot_be_says_what_is_allowed(wrong, says):
    with pytest.raises(EntryError, match=re.escape(says)):
        wrong()


def told(rows, level):
    return " | ".join(warnings(rows, level))


def test_three_to_six_motor_transfers_are_usual_and_others_are_a_warning_not_a_refusal():
    one = (Transfer("median", "brachialis", "power", native_cut=True),)
    assert told(one, "elbow") == "1 transfer for movement; 3 to 6 are usual"
    muscles = ("a", "b", "c", "d", "e", "f", "g")
    many = tuple(Transfer("median", m, "power", native_cut=True) for m in muscles)
    for count in range(3, 7):
        assert told(many[:count], "elbow") == ""
    assert "7 transfers for movement; 3 to 6 are usual" in told(many, "elbow")
    assert "2 at this level in the table" in told(start_rows("transfemoral"), "transfemoral")
    assert warnings((), "elbow") == ()


def test_one_nerve_in_one_muscle_counts_once_and_sensory_ones_not_at_all():
    rows = tuple(Transfer("tibial", "semimembranosus", m) for m in ("plantarflexion", "toe flexion"))
    assert motor_transfers(rows) == 1
    assert motor_transfers(start_rows("transtibial")) == 3


@pytest.mark.parametrize(
    ("row", "level", "says"),
    [
        (Transfer("sural", "soleus", "eversion"), "transtibial", "a sensory nerve carries no command"),
        (Transfer("medain", "brachialis", "power"), "elbow", "is it 'median'?"),
        (Transfer("median", "brachialis", "eversion"), "elbow", "eversion on an arm"),
        (Transfer("tibial", "soleus", "pinch"), "transtibial", "pinch on a leg"),
        (Transfer("median", "brachialis", "piano"), "elbow", "'piano' is a name of its own"),
        (
            Transfer("sural", "soleus", "", "sensory", seen=(Seen(SURGERY, "twitch"),)),
            "transtibial",
            "though none is expected",
        ),
    ],
)
def test_what_looks_odd_is_said(row, level, says):
    assert says in told((row,), level)


def test_the_same_row_twice_is_said():
    assert "listed twice" in told(start_rows("elbow")[:1] * 2, "elbow")


def test_a_muscle_with_its_own_and_a_transferred_nerve_is_said_to_have_both():
    row = Transfer("deep peroneal", "tibialis anterior", "toe extension", native_cut=False)
    found = next(m for m in driven((row,), kept_muscles("transtibial")) if m.muscle == "tibialis anterior")
    assert found.mixed
    assert (
        "is driven by its own nerve (dorsiflexion) and by deep peroneal (meant: toe extension)" in found.words
    )
    assert found.words in warnings((row,), "transtibial")
    unknown = change((row,), 0, native_cut=None)
    assert "may be driven by" in told(unknown, "transtibial")
    cut = driven(change((row,), 0, native_cut=True))
    assert not cut[0].mixed
    assert cut[0].words == ""
    assert not driven((change(unknown, 0, native_cut=True)[0], unknown[0]))[0].mixed


def test_a_sensory_nerve_in_a_native_muscle_keeps_the_muscles_own_signal():
    found = {m.muscle: m for m in driven(start_rows("transtibial"), kept_muscles("transtibial"))}
    calf = found["gastrocnemius, lateral head"]
    assert "its own nerve (plantarflexion) and by sural (no signal expected)" in calf.words
    assert not found["soleus"].mixed


@given(st.floats(-12, 60))
def test_every_month_has_one_stage(months):
    stage = typical(months)
    assert stage is STAGES[0] or stage.from_months <= months
    assert stage.until_months is None or months < stage.until_months


@pytest.mark.parametrize(
    ("months", "key"), [(0, "silent"), (2.9, "silent"), (3, "twitching"), (6, "usable"), (12, "mature")]
)
def test_what_is_typical_when(months, key):
    assert typical(months).key == key


def test_the_timeline_shows_what_is_typical_beside_what_was_seen():
    seen = (
        Seen(after(5), "usable"),
        Seen(after(4), "twitch"),
        Seen(after(2.5), "twitch"),
        Seen(after(9), "palpable"),
    )
    row = Transfer("median", "brachialis", "power", seen=seen)
    words = timeline((row,), SURGERY, after(7))[0].words
    assert "typical: a prosthesis can use the signal, about month 6; better until about 12" in words
    assert "(yours may differ)" in words
    assert "seen: twitch at month 2.5" in words
    assert "usable at month 5.0" in words
    assert "palpable" not in words
    assert first_twitch(row, after(7)) == after(2.5)
    turned = Transfer("median", "brachialis", "power", seen=seen[::-1])
    assert timeline((turned,), SURGERY, after(7))[0].words == words
    assert first_twitch(row, after(1)) is None


def test_nothing_seen_is_no_fault_before_a_year_and_a_talk_with_the_surgeon_after_it():
    row = Transfer("median", "brachialis", "power")
    for months in (0, 3, 5, 8, 11.9):
        words = timeline((row,), SURGERY, after(months))[0].words
        assert "nothing yet" in words
        assert not re.search("late|fail|overdue|surgeon", words)
    assert "talk with the surgeon" in timeline((row,), SURGERY, after(13))[0].words
    heard = change((row,), 0, seen=(Seen(after(4), "twitch"),))
    assert "surgeon" not in timeline(heard, SURGERY, after(13))[0].words
    assert timeline((row,), SURGERY, after(-1))[0].words.endswith("surgery is on 2025-01-01")


@pytest.mark.parametrize("purpose", ["sensory", "pain"])
@pytest.mark.parametrize("months", [1, 4, 30])
def test_of_sensory_and_pain_transfers_no_signal_is_expected_and_none_is_a_failure(purpose, months):
    row = Transfer("sural", "soleus", purpose=purpose)
    entry = timeline((row,), SURGERY, after(months))[0]
    assert entry.stage is None
    assert entry.words == f"sural -> soleus: {transfers.NO_SIGNAL}"
    assert "no signal expected" in row.words
    assert "not a failure" in row.words


def test_wearers_are_told_without_figures_or_haste():
    for months in (0, 4, 8, 20):
        assert "differ" in wearer_words(months, usable=False)
    assert "can be used" in wearer_words(5, usable=True)
