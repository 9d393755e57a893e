"""The report of one visit: a file of its own, to print or to keep. SIMULATED stands on every sheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ...calibration.store.export import SIMULATED
from ...calibration.store.outcomes import Alert, Assessment, PainEntry, PromisScore
from ...calibration.store.patients import Limb, NerveTransfer, Patient, PhantomWord
from ...calibration.store.rights import Verb
from ...calibration.store.shown_transfers import transfer_of
from ...calibration.store.visits import Visit
from ...calibration.store.work import Work
from .course_page import pain_plot, standing_table
from .fields import words_of
from .limb_part import clearance, timeline_part
from .markup import Child, Html, document, h, table
from .reading import follow, kept_of
from .shell import NOTICE
from .visit_page import PAIN, PAIN_MORE, assessments_table, visit_of

_STYLE = Path(__file__).parent / "static" / "report.css"


def report(work: Work, code: str, visit_id: str) -> str:
    """One visit as HTML.

    Raises:
        NotAllowed: this account may not see figures.
        StoreError: no such visit.
    """
    patient = work.patient(code, Verb.SEE_FIGURES)
    visit = visit_of(work, code, visit_id)
    limbs = sorted(work.rows(Limb, code), key=lambda limb: (limb.side, limb.level))
    mark = SIMULATED if patient.simulated else ""
    return document(
        f"{patient.id} {visit.on}{' SIMULATED' if mark else ''}",
        h(
            "main",
            h("p", mark, class_="mark every-sheet") if mark else None,
            h(
                "header",
                h("h1", f"{visit.kind[:1].upper()}{visit.kind[1:]}, {visit.on}"),
                h("p", _who(patient)),
                h("p", visit.note) if visit.note else None,
            ),
            _alerts(work, visit),
            [_limb(work, limb, visit.on) for limb in limbs],
            _pain(work, visit, limbs),
            _course(work, patient, visit.on),
            _assessments(work, visit),
        ),
        h("footer", f"Made {work.now():%Y-%m-%d %H:%M} UTC by {work.who.name}. {NOTICE}"),
        style=_STYLE.read_text(encoding="utf-8"),
    )


def _who(patient: Patient) -> str:
    born = f", born {patient.born_on}" if patient.born_on else ""
    return f"Patient {patient.id}{f', {patient.name}' if patient.name else ''}{born}"


def _alerts(work: Work, visit: Visit) -> Html | None:
    entries = {row.id for row in work.rows(PainEntry, visit.patient_id, visit_id=visit.id)}
    tests = {row.id for row in work.rows(Assessment, visit.patient_id, visit_id=visit.id)}
    found = [
        alert
        for alert in work.rows(Alert, visit.patient_id)
        if alert.pain_entry_id in entries or alert.assessment_id in tests
    ]
    if not found:
        return None
    return h(
        "section", h("h2", "To look at"), h("ul", [h("li", alert.says) for alert in found]), class_="care"
    )


def _limb(work: Work, limb: Limb, on: date) -> Html:
    told = work.rows(PhantomWord, limb.patient_id, limb_id=limb.id)
    own_words = {word.movement: word.words for word in told}
    shown = [
        transfer_of(row, own_words) for row in work.rows(NerveTransfer, limb.patient_id, limb_id=limb.id)
    ]
    rows: list[list[Child]] = [
        [
            row.title,
            row.movement if row.signal_expected else f"{row.purpose}: no signal expected",
            row.own_words,
        ]
        for row in shown
    ]
    facts = (
        f"Amputation {words_of(limb.amputated_on)}. TMR {words_of(limb.transferred_on)} {limb.tmr or ''}. "
        f"Cleared from {words_of(limb.cleared_on)}."
    )
    title = f"{limb.side} {limb.level}".capitalize()
    head = ("Nerve transfer", "Intended movement", "In the patient's words")
    return h(
        "section",
        h("h2", title),
        h("p", facts),
        clearance(limb, on),
        table(head, rows, caption=f"{title}: nerve transfers") if rows else None,
        timeline_part(limb, shown, on) if rows else None,
    )


def _pain(work: Work, visit: Visit, limbs: Sequence[Limb]) -> Html:
    entries = work.rows(PainEntry, visit.patient_id, visit_id=visit.id)
    if not entries:
        return h("section", h("h2", "Pain"), h("p", "Not asked at this visit."))
    names = {limb.id: f"{limb.side} {limb.level}" for limb in limbs}
    scores = work.rows(PromisScore, visit.patient_id)
    columns = [each for each in (*PAIN, *PAIN_MORE) if "." not in each.column]
    rows: list[list[Child]] = [
        [each.label, *(words_of(getattr(entry, each.column), "not told") for entry in entries)]
        for each in columns
    ]
    rows += [["Why something was not told", *("; ".join(map(str, e.missing.values())) for e in entries)]]
    promis: list[list[Child]] = [
        [
            f"{score.of} pain, {score.domain}",
            f"{score.form}, version {score.form_version}",
            f"{score.t_score:g}",
        ]
        for entry in entries
        for score in scores
        if score.pain_entry_id == entry.id
    ]
    head = ("Asked", *(names.get(entry.limb_id or "", "no limb named") for entry in entries))
    return h(
        "section",
        h("h2", "Pain"),
        table(head, rows, caption="As told at this visit"),
        table(
            ("PROMIS", "Form", "T-score"), promis, caption="PROMIS T-scores (mean 50, standard deviation 10)"
        )
        if promis
        else None,
    )


def _course(work: Work, patient: Patient, on: date) -> Html | None:
    found = follow(kept_of(work, patient))
    if not found.people and not found.left_out:
        return None
    return h(
        "section",
        h("h2", "Course until this visit"),
        [[*pain_plot(person, on), standing_table(person, on)] for person in found.people],
        [h("p", f"Not counted: {line}", class_="care") for line in found.left_out],
    )


def _assessments(work: Work, visit: Visit) -> Html | None:
    found = sorted(
        work.rows(Assessment, visit.patient_id, visit_id=visit.id), key=lambda row: (row.test, row.id)
    )
    return h("section", h("h2", "Assessments"), assessments_table(found)) if found else None
