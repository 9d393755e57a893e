"""The patient's own course: pain over time, where they stand in each window, sessions, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ...calibration.followup.execution import NOTE, Course, over_course
from ...calibration.followup.people import NRS_MOST, PainVisit, Person
from ...calibration.followup.standing import standings
from ...calibration.followup.windows import AFTER_SURGERY
from ...calibration.store.followed import Kept, courses
from ...calibration.store.outcomes import Assessment, FollowUpEvent
from ...calibration.store.patients import Limb
from ...calibration.store.work import Work
from .chart import Line, over_time
from .fields import REMOVE_HEAD, Field, form, remove_button, text_of, words_of
from .markup import Child, Html, h, table
from .patient_page import alerts_part, ways
from .reading import follow, kept_of
from .shell import Page, fold, section
from .visit_page import TEST_NAMES, figures_words, limb_field

EVENT = (
    Field("kind", "What"),
    Field("on", "Day"),
    Field("window_months", "Missed: of which month", "The day decides which window it counts in."),
    Field("note", "Why"),
)


def course_page(work: Work, code: str, today: date) -> Page:
    """Pain and follow-up of one patient."""
    patient = work.patient(code)
    kept = kept_of(work, patient)
    found = follow(kept)
    loose = [limb for limb in kept.limbs if limb.id not in {each.id for each in found.limbs.values()}]
    return Page(
        f"{patient.id}: pain and follow-up",
        [
            ways(code, "Pain and follow-up"),
            alerts_part(work, code),
            h("ul", [h("li", line) for line in found.left_out], class_="care") if found.left_out else None,
            [
                section(
                    f"{found.limbs[person.id].side} {found.limbs[person.id].level}".capitalize(),
                    pain_plot(person),
                    standing_table(person, today),
                )
                for person in found.people
            ],
            section("Other limbs", h("p", _others(loose), class_="note")) if loose else None,
            _tests(work, code),
            _sessions(courses(kept)),
            section("Missed, withdrawn, died", _events(kept)),
        ],
        patient,
    )


def pain_plot(person: Person, until: date | None = None) -> list[Html]:
    """Phantom and residual limb pain, worst of 24 hours."""
    visits = sorted((v for v in person.visits if v.answered), key=lambda visit: (visit.on, visit.id))
    known = [v for v in visits if person.has_limb_pain(v) and (until is None or v.on <= until)]
    phantom = [(v.on, v.phantom.worst) for v in known if v.phantom.worst is not None]
    residual = [(v.on, v.residual.worst) for v in known if v.residual.worst is not None]
    lines = [
        Line("Phantom limb pain", phantom),
        Line("Residual limb pain", residual, dashed=True),
    ]
    marks = [(person.surgery, "TMR")]
    if person.amputation != person.surgery:
        marks.append((person.amputation, "amputation"))
    # An amputation long ago would press everything else into the margin.
    near = [mark for mark in marks if not phantom or (phantom[0][0] - mark[0]).days < 2 * 366]
    return [
        over_time(
            lines, marks=near, most=NRS_MOST, says="Pain, worst of 24 hours (NRS 0 to 10), as it was told"
        )
    ]


def standing_table(person: Person, today: date) -> Html:
    """Each window: done, missed, not yet due, withdrawn or died, and the answers that count."""
    rows: list[list[Child]] = []
    for standing in standings(person.surgery, person.visits, AFTER_SURGERY, today, person.left):
        visit = standing.visit
        status = f"{standing.status}{', due now' if standing.open_now else ''}"
        reasons = "; ".join(standing.reasons)
        rows.append(
            [
                standing.window.words,
                status + (f" ({reasons})" if reasons else ""),
                text_of(visit.on) if visit else "",
                *_answers(person, visit),
            ]
        )
    head = (
        "Window",
        "Standing",
        "Day",
        "PLP worst",
        "PLP average",
        "RLP worst",
        "RLP average",
        "Neuroma tender",
        "Opioids mg/day",
    )
    return table(head, rows, caption=f"Follow-up after TMR on {person.surgery}, as known on {today}")


def _answers(person: Person, visit: PainVisit | None) -> list[str]:
    if visit is None:
        return [""] * 6
    asked = person.has_limb_pain(visit)
    pain = [visit.phantom.worst, visit.phantom.average, visit.residual.worst, visit.residual.average]
    told = [words_of(value, "not told") if asked else "before amputation" for value in pain]
    return [*told, words_of(visit.neuroma_tender, "not told"), words_of(visit.opioid_mg_day, "not told")]


def _others(limbs: Sequence[Limb]) -> str:
    names = ", ".join(f"{limb.side} {limb.level}" for limb in limbs)
    return f"{names}: in the follow-up once amputation, TMR and its kind are dated."


def _tests(work: Work, code: str) -> Html | None:
    """Every test over the visits; nothing is said of a change that the test's error may explain."""
    found = sorted(work.rows(Assessment, code), key=lambda row: (row.test, row.on, row.id))
    if not found:
        return None
    rows = [
        [TEST_NAMES.get(row.test, row.test), text_of(row.on), figures_words(row), row.rater or "not named"]
        for row in found
    ]
    head = ("Test", "Day", "Result", "Rater")
    return section("Assessments", table(head, rows, caption="As entered, by test and day"))


def _sessions(found: Sequence[Course]) -> Html | None:
    if not found:
        return None
    parts: list[Child] = []
    for course in found:
        rows = [
            [
                text_of(s.on),
                words_of(s.before.nrs),
                words_of(s.after.nrs),
                words_of(s.before.pri),
                words_of(s.after.pri),
                words_of(s.before.wpd),
                words_of(s.after.wpd),
                ", ".join(s.movements),
            ]
            for s in course.ordered
        ]
        head = (
            "Session",
            "NRS before",
            "NRS after",
            "PRI before",
            "PRI after",
            "WPD before",
            "WPD after",
            "Movements",
        )
        moved = over_course(course, "nrs")
        said = f"; NRS before the first to before the last session: {moved.points:+g}" if moved else ""
        parts.append(table(head, rows, caption=f"Phantom motor {course.kind}{said}"))
    return section("Phantom sessions", *parts, note=NOTE)


def _events(kept: Kept) -> list[Child]:
    code = kept.patients[0].id
    names = {limb.id: f"{limb.side} {limb.level}" for limb in kept.limbs}
    rows = [
        [
            text_of(event.on),
            event.kind + (f", of month {event.window_months}" if event.window_months is not None else ""),
            names.get(event.limb_id or "", "all limbs"),
            words_of(event.note, ""),
            remove_button("follow_up_event", event, f"{event.kind} {event.on}"),
        ]
        for event in sorted(kept.events, key=lambda event: (event.on, event.id))
    ]
    return [
        table(("Day", "What", "Limb", "Why", REMOVE_HEAD), rows, caption="What was written down")
        if rows
        else None,
        fold(
            "Write down why a follow-up was missed, or that it ended",
            form(
                FollowUpEvent,
                (*EVENT[:3], limb_field(kept.limbs), EVENT[3]),
                f"/api/patients/{code}/rows/follow_up_event",
                button="Save",
                name="New event",
            ),
        ),
    ]
