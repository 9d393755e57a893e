"""All patients that an account may see, and a form for a new one."""

from __future__ import annotations

from ...calibration.store.patients import Limb, Patient
from ...calibration.store.rights import Verb
from ...calibration.store.words import Role
from ...calibration.store.work import Work
from .fields import Field, form, words_of
from .markup import Child, Html, h, table
from .shell import Page, fold, section, simulated_mark

NEW = (
    Field("id", "Code", "The clinic's own. Recordings and models name it, so it never changes."),
    Field("name", "Name", "Nothing needs it."),
    Field("born_on", "Born on"),
    Field("simulated", "Simulated", "yes: nobody real. It never changes."),
)


def patients_page(work: Work, wanted: str = "") -> Page:
    """The list, less those that do not have `wanted` in code or name."""
    everybody = work.patients()
    letters = wanted.strip().casefold()
    found = [p for p in everybody if letters in f"{p.id} {p.name or ''}".casefold()]
    limbs = _limbs(work, found)
    rows = [_row(patient, limbs.get(patient.id, [])) for patient in found]
    empty = "Nobody yet: add the first patient below." if not everybody else "Nobody is called that."
    head = ("Code", "Name", "Limbs", "TMR", "Saved last")
    caption = f"{len(found)} of {len(everybody)} patients"
    return Page(
        "Patients",
        [
            _search(wanted),
            section(
                "New patient",
                fold(
                    "Add a patient",
                    form(
                        Patient,
                        NEW,
                        "/api/patients",
                        button="Add patient",
                        name="New patient",
                        given={"simulated": "yes" if work.who.role is Role.DEVELOPER else "no"},
                        then="/patients/{id}",
                    ),
                    opened=not everybody,
                ),
            ),
            table(head, rows, caption=caption) if rows else h("p", empty, class_="note"),
        ],
    )


def _search(wanted: str) -> Html:
    return h(
        "form",
        h("label", "Find by code or name", for_="q"),
        h("input", id="q", name="q", type="search", value=wanted),
        h("button", "Find", type="submit"),
        h("a", "Show all", href="/") if wanted else None,
        role="search",
        data_get="/",
        class_="line",
    )


def _limbs(work: Work, found: list[Patient]) -> dict[str, list[Limb]]:
    """Of all at once where that is allowed: the clinician's list must be quick."""
    by: dict[str, list[Limb]] = {}
    if work.who.role is Role.CLINICIAN:
        limbs = work.cohort(Limb) + work.cohort(Limb, simulated=True)
    else:
        limbs = [limb for patient in found for limb in work.rows(Limb, patient.id, see=Verb.SEE)]
    for limb in limbs:
        by.setdefault(limb.patient_id, []).append(limb)
    return by


def _row(patient: Patient, limbs: list[Limb]) -> list[Child]:
    ordered = sorted(limbs, key=lambda limb: (limb.side, limb.level))
    return [
        [h("a", patient.id, href=f"/patients/{patient.id}"), " ", simulated_mark(patient)],
        words_of(patient.name, ""),
        "; ".join(f"{limb.side} {limb.level}" for limb in ordered) or "none yet",
        "; ".join(f"{limb.tmr or 'TMR'} {limb.transferred_on}" for limb in ordered if limb.transferred_on),
        f"{patient.changed_at:%Y-%m-%d} by {patient.changed_by}",
    ]
