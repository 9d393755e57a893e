"""The store's rows as the follow-up takes them: people, visits, courses. Pure; nothing is filled in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from ..entries import EntryError
from ..followup.execution import Course, PainNow, Session
from ..followup.people import Pain, PainVisit, Person
from ..followup.people import PromisScore as TScore
from .base import OfPatient
from .outcomes import FollowUpEvent, PainEntry, PmeSession, PromisScore
from .patients import Limb, Patient

T = TypeVar("T", bound=OfPatient)


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of one patient, or of many.

    Attributes:
        patients: whose the others are.
        limbs: all of them: an entry that names none is placed only where there is one.
        entries: pain as told.
        scores: of the entries.
        events: missed, withdrawn, died.
        sessions: phantom motor execution and imagery.
    """

    patients: Sequence[Patient]
    limbs: Sequence[Limb] = ()
    entries: Sequence[PainEntry] = ()
    scores: Sequence[PromisScore] = ()
    events: Sequence[FollowUpEvent] = ()
    sessions: Sequence[PmeSession] = ()


@dataclass(frozen=True, slots=True)
class Followed:
    """Who can be followed, and who or what cannot.

    Attributes:
        people: one for each limb with TMR.
        limbs: person's id -> the limb.
        left_out: a line each: why a limb, or pain entries, are counted nowhere.
    """

    people: tuple[Person, ...] = ()
    limbs: dict[str, Limb] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def followed(kept: Kept) -> Followed:
    """One person for each limb with TMR whose two dates and kind are known.

    A limb without TMR is not in the follow-up. An entry or event that names no limb is the patient's only
    limb's; of somebody with several, an entry is counted nowhere and said, an event holds for each limb.
    A person whose records contradict each other is left out and said, and hides nobody else.
    """
    limbs, entries = _by_patient(kept.limbs), _by_patient(kept.entries)
    events = _by_patient(kept.events)
    scores: dict[str, list[PromisScore]] = {}
    for score in kept.scores:
        scores.setdefault(score.pain_entry_id, []).append(score)
    people: list[Person] = []
    of: dict[str, Limb] = {}
    left_out: list[str] = []
    for patient in sorted(kept.patients, key=lambda patient: patient.id):
        own = limbs.get(patient.id, [])
        moved = [limb for limb in own if limb.transferred_on is not None or limb.tmr is not None]
        told = entries.get(patient.id, [])
        loose = sum(entry.limb_id is None for entry in told)
        if moved and loose and len(own) > 1:
            left_out.append(f"{patient.id}: {loose} pain entries name no limb, of {len(own)}")
        for limb in moved:
            name = patient.id if len(moved) == 1 else f"{patient.id} {limb.side} {limb.level}"
            alone = len(own) == 1
            its = [e for e in told if e.limb_id == limb.id or (alone and e.limb_id is None)]
            ends = [e for e in events.get(patient.id, []) if e.limb_id in (limb.id, None)]
            try:
                visits = [visit_of(entry, scores.get(entry.id, ())) for entry in its]
                people.append(_person(name, patient, limb, visits, ends))
            except EntryError as error:
                left_out.append(f"{name}: {error}")
            else:
                of[name] = limb
    return Followed(tuple(people), of, tuple(left_out))


def _person(
    name: str, patient: Patient, limb: Limb, visits: list[PainVisit], events: list[FollowUpEvent]
) -> Person:
    amputated, transferred, tmr = limb.amputated_on, limb.transferred_on, limb.tmr
    if amputated is None or transferred is None or tmr is None:
        known = (("amputated_on", amputated), ("transferred_on", transferred), ("tmr", tmr))
        unknown = ", ".join(what for what, value in known if value is None)
        raise EntryError(f"limb {limb.side} {limb.level}: {unknown} not known")
    missed = [
        PainVisit(
            event.id,
            event.on,
            missing_reason=f"noted for month {event.window_months}"
            + (f": {event.note}" if event.note else ""),
        )
        for event in events
        if event.kind == "missed"
    ]
    return Person(
        name,
        tmr,
        amputated,
        transferred,
        (*visits, *missed),
        patient.simulated,
        _first(events, "withdrawn"),
        _first(events, "died"),
    )


def visit_of(entry: PainEntry, scores: Iterable[PromisScore] = ()) -> PainVisit:
    """One pain entry with its T-scores."""
    return PainVisit(
        entry.id,
        entry.on,
        Pain(entry.plp_present, entry.plp_worst_24h, entry.plp_average_7d),
        Pain(entry.rlp_present, entry.rlp_worst_24h, entry.rlp_average_7d),
        entry.phantom_sensation,
        entry.neuroma_tender,
        entry.opioid_mg_day,
        promis=tuple(
            TScore(score.domain, score.form, score.form_version, score.t_score, score.of)
            for score in sorted(scores, key=lambda score: score.id)
        ),
        missing_reason="; ".join(f"{what}: {why}" for what, why in sorted((entry.missing or {}).items())),
    )


def _first(events: Iterable[FollowUpEvent], kind: str) -> date | None:
    return min((event.on for event in events if event.kind == kind), default=None)


def _by_patient(rows: Iterable[T]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for row in rows:
        found.setdefault(row.patient_id, []).append(row)
    return found


def courses(kept: Kept, *, finished: bool = False) -> tuple[Course, ...]:
    """One course for each limb and kind of session; scales are the same on both sides (WPD: 0 to 5).

    Args:
        kept: rows.
        finished: the last session has been; the store does not keep that, so whoever asks says it.
    """
    simulated = {patient.id: patient.simulated for patient in kept.patients}
    events = _by_patient(kept.events)
    groups: dict[tuple[str, str, str], list[PmeSession]] = {}
    for row in kept.sessions:
        groups.setdefault((row.patient_id, row.limb_id, row.kind), []).append(row)
    limbs = Counter((patient, kind) for patient, _, kind in groups)
    found = []
    for (patient, limb, kind), rows in sorted(groups.items()):
        ends = [event for event in events.get(patient, []) if event.limb_id in (limb, None)]
        found.append(
            Course(
                patient if limbs[patient, kind] == 1 else f"{patient} {limb[:8]}",
                kind,
                tuple(map(_session, rows)),
                finished,
                simulated=simulated[patient],
                withdrew=_first(ends, "withdrawn"),
                died=_first(ends, "died"),
            )
        )
    return tuple(found)


def _session(row: PmeSession) -> Session:
    minutes = (row.ended_at - row.began_at).total_seconds() / 60 if row.ended_at else None
    return Session(
        row.id,
        row.began_at.date(),
        PainNow(row.nrs_before, row.pri_before, row.wpd_before),
        PainNow(row.nrs_after, row.pri_after, row.wpd_after),
        tuple(map(str, row.movements or ())),
        minutes,
    )
