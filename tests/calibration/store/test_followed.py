"""From the store's rows to the follow-up's people: nothing is filled in, nothing is lost unsaid."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from innervate.calibration.followup.execution import over_course
from innervate.calibration.followup.standing import Status
from innervate.calibration.followup.table import follow_up
from innervate.calibration.store.checks import check_row
from innervate.calibration.store.errors import StoreError
from innervate.calibration.store.followed import Kept, courses, followed
from innervate.calibration.store.outcomes import FollowUpEvent, PainEntry, PmeSession, PromisScore
from innervate.calibration.store.patients import Limb, NerveTransfer, Patient
from innervate.calibration.store.shown_transfers import starting, transfer_of

TMR = date(2026, 1, 5)
TODAY = TMR + timedelta(days=200)


def _limb(code: str = "p7", row_id: str = "l1", side: str = "left", **other: object) -> Limb:
    given: dict[str, object] = {"amputated_on": TMR, "transferred_on": TMR, "tmr": "primary", **other}
    return Limb(id=row_id, patient_id=code, level="transtibial", side=side, **given)


def _entry(day: int, limb: str | None = "l1", code: str = "p7", **told: object) -> PainEntry:
    given: dict[str, object] = {"missing": {}, "source": "clinic", **told}
    row_id = f"e{day}"
    return PainEntry(id=row_id, patient_id=code, limb_id=limb, on=TMR + timedelta(days=day), **given)


def _event(kind: str, day: int, months: int | None = None, limb: str | None = None) -> FollowUpEvent:
    on = TMR + timedelta(days=day)
    return FollowUpEvent(
        id=f"{kind}{day}", patient_id="p7", limb_id=limb, on=on, kind=kind, window_months=months
    )


def test_pain_and_scores_arrive_as_they_were_told() -> None:
    score = PromisScore(
        id="s", patient_id="p7", pain_entry_id="e30", of="phantom", domain="intensity", form="3a"
    )
    score.form_version, score.t_score = "1.0", 36.3
    told = {"plp_worst_24h": 3.0, "rlp_average_7d": 1.0, "opioid_mg_day": 10.0, "missing": {"rlp": "tired"}}
    entry = _entry(30, None, **told)
    (person,) = followed(Kept([Patient(id="p7", simulated=False)], [_limb()], [entry], [score])).people
    (visit,) = person.visits
    assert (visit.phantom.worst, visit.phantom.average, visit.residual.average) == (3.0, None, 1.0)
    assert (visit.opioid_mg_day, visit.missing_reason) == (10.0, "rlp: tired")
    assert visit.promis[0].instrument == ("intensity", "phantom", "3a", "1.0")


def test_a_missed_visit_stands_where_its_date_says_and_leaving_ends_the_rest() -> None:
    events = [_event("missed", 95, months=6), _event("withdrawn", 150)]
    entries = [_entry(30, plp_worst_24h=0.0)]
    kept = Kept([Patient(id="p7", simulated=False)], [_limb()], entries, events=events)
    (person,) = followed(kept).people
    table = follow_up([person], TODAY)
    stands = {
        row.window.name: next(s for s, n in row.counts.items() if n)
        for row in table.rows
        if row.group == "all"
    }
    assert stands["1 month"] is Status.DONE
    assert stands["3 months"] is Status.MISSED
    assert stands["6 months"] is Status.WITHDRAWN
    assert [visit.missing_reason for visit in person.visits] == ["", "noted for month 6"]


def test_of_two_limbs_each_is_followed_and_what_names_none_is_said() -> None:
    limbs = [_limb(), _limb(row_id="l2", side="right")]
    entries = [_entry(30, plp_worst_24h=2.0), _entry(31, "l2", plp_worst_24h=5.0), _entry(32, None)]
    found = followed(Kept([Patient(id="p7", simulated=True)], limbs, entries))
    assert [person.id for person in found.people] == ["p7 left transtibial", "p7 right transtibial"]
    assert [[visit.phantom.worst for visit in person.visits] for person in found.people] == [[2.0], [5.0]]
    assert all(person.simulated for person in found.people)
    assert found.left_out == ("p7: 1 pain entries name no limb, of 2",)


def test_who_cannot_be_followed_is_said_and_hides_nobody_else() -> None:
    patients = [Patient(id=code, simulated=False) for code in ("p7", "p8", "p9")]
    limbs = [
        _limb(),
        _limb("p8", "l8", tmr=None),
        _limb("p9", "l9", tmr=None, transferred_on=None),
    ]
    entries = [_entry(30, plp_worst_24h=1.0)]
    found = followed(Kept(patients, limbs, entries, events=[_event("died", 10)]))
    assert found.people == ()
    assert "lies after died" in found.left_out[0]
    assert found.left_out[1] == "p8: limb left transtibial: tmr not known"
    assert len(found.left_out) == 2, "a limb without TMR is simply not in the follow-up"


def test_sessions_are_a_course_of_their_kind_and_scales_agree() -> None:
    rows = [
        PmeSession(
            id=f"s{day}",
            patient_id="p7",
            limb_id="l1",
            kind="execution",
            began_at=datetime(2026, 3, day, 9, tzinfo=UTC),
            ended_at=datetime(2026, 3, day, 10, 30, tzinfo=UTC),
            nrs_before=6.0 - day,
            wpd_before=4.5 - day,
            movements=["power"],
        )
        for day in (1, 2)
    ]
    for row in rows:
        row.figures = {}
        check_row(row)
    (course,) = courses(Kept([Patient(id="p7", simulated=True)], sessions=rows))
    assert (course.kind, course.simulated, course.day_0) == ("execution", True, None)
    assert course.sessions[0].minutes == 90
    change = over_course(course, "wpd")
    assert change is not None
    assert change.points == -1.0
    rows[0].wpd_before = 40.0
    with pytest.raises(StoreError, match=r"allowed: 0 to 5"):
        check_row(rows[0])


def test_the_levels_table_is_rows_to_begin_with_once() -> None:
    limb = _limb()
    first = starting(limb, ())
    assert len(first) >= 3
    assert {row.purpose for row in first} == {"movement", "sensory"}
    for row in first:
        row.id = "r"
        check_row(row)
    assert len(starting(limb, first[:2])) == len(first) - 2
    assert starting(limb, first) == []
    shown = transfer_of(first[0], {str(first[0].movement): "curl my toes"})
    assert shown.own_words == "curl my toes"
    odd = NerveTransfer(donor_nerve="a/b", target_muscle="m", purpose="sensory", movement=None)
    assert not transfer_of(odd).signal_expected
