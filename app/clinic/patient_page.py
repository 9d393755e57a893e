"""One patient: alerts, limbs with all that is on them, visits."""

from __future__ import annotations

from datetime import date

from ...calibration.store.outcomes import Alert
from ...calibration.store.patients import Limb, Patient
from ...calibration.store.visits import Visit
from ...calibration.store.work import Work
from .fields import Field, form, text_of
from .limb_part import LIMB_FIELDS, limb_part
from .markup import Child, Html, h, table
from .shell import Page, fold, section

PERSON = (
    Field("name", "Name", "Nothing needs it."),
    Field("born_on", "Born on"),
    Field("note", "Note"),
)
NEW_VISIT = (Field("on", "Day"), Field("kind", "What for"), Field("note", "Note"))


def patient_page(work: Work, code: str, today: date) -> Page:
    """The clinician's view."""
    patient = work.patient(code)
    limbs = sorted(work.rows(Limb, code), key=lambda limb: (limb.side, limb.level))
    visits = sorted(work.rows(Visit, code), key=lambda visit: (visit.on, visit.id), reverse=True)
    return Page(
        f"{patient.id}{f', {patient.name}' if patient.name else ''}",
        [
            ways(code, "Overview"),
            alerts_part(work, code),
            section("Visits", _visits(code, visits, today)),
            [limb_part(work, limb, today) for limb in limbs],
            section(
                "Another limb" if limbs else "Limb",
                fold(
                    "Add a limb",
                    form(
                        Limb,
                        LIMB_FIELDS,
                        f"/api/patients/{code}/rows/limb",
                        button="Add limb",
                        name="New limb",
                    ),
                    opened=not limbs,
                ),
            ),
            section(
                "Patient",
                fold(
                    "Name, birth, note",
                    form(
                        Patient,
                        PERSON,
                        f"/api/patients/{code}",
                        row=patient,
                        button="Save",
                        name="Patient",
                    ),
                ),
            ),
        ],
        patient,
    )


def ways(code: str, here: str = "") -> Html:
    """From one page of a patient to the others."""
    places = ((f"/patients/{code}", "Overview"), (f"/patients/{code}/course", "Pain and follow-up"))
    links = [
        h("a", words, href=where, aria_current="page" if words == here else None) for where, words in places
    ]
    return h("nav", links, aria_label="This patient", class_="ways")


def alerts_part(work: Work, code: str) -> Child:
    """What nobody has looked at yet; nothing where there is nothing."""
    fresh = [alert for alert in work.rows(Alert, code) if alert.seen_at is None]
    if not fresh:
        return None
    lines = [
        h(
            "li",
            h("span", f"{alert.at:%Y-%m-%d}: {alert.says}"),
            h(
                "button",
                "Seen",
                type="button",
                class_="quiet",
                data_post=f"/api/alerts/{alert.id}/seen",
                data_version=alert.version,
                aria_label=f"Seen: {alert.says}",
            ),
        )
        for alert in sorted(fresh, key=lambda alert: alert.at, reverse=True)
    ]
    return h("section", h("h2", "Look at this"), h("ul", lines), class_="alerts", aria_label="Alerts")


def _visits(code: str, visits: list[Visit], today: date) -> list[Child]:
    rows = [
        [
            h("a", text_of(visit.on), href=f"/patients/{code}/visits/{visit.id}"),
            visit.kind,
            visit.note or "",
            h("a", "Report", href=f"/patients/{code}/visits/{visit.id}/report"),
        ]
        for visit in visits
    ]
    return [
        table(("Day", "What for", "Note", "Report"), rows, caption=f"{len(visits)} visits")
        if visits
        else h("p", "No visit yet.", class_="note"),
        fold(
            "New visit",
            form(
                Visit,
                NEW_VISIT,
                f"/api/patients/{code}/rows/visit",
                button="Begin visit",
                name="New visit",
                given={"on": text_of(today)},
                then=f"/patients/{code}/visits/{{id}}",
            ),
        ),
    ]
