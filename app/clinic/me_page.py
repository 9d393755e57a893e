"""The wearer's own page: what they told, and a place to tell more. No figure of anybody else."""

from __future__ import annotations

from datetime import date

from ...calibration.months import months_between
from ...calibration.store.outcomes import PainEntry
from ...calibration.store.patients import Limb, PhantomWord
from ...calibration.store.work import Work
from ...calibration.transfers.timeline import wearer_words
from .fields import Field, form, text_of, words_of
from .markup import Child, h, table
from .shell import Page, section
from .visit_page import limb_field

ASKED = (
    Field("plp_worst_24h", "Pain in the missing part, worst of the last day", "0 none, 10 worst"),
    Field("plp_average_7d", "Pain in the missing part, on average this week", "0 none, 10 worst"),
    Field("rlp_worst_24h", "Pain in the rest of the limb, worst of the last day", "0 none, 10 worst"),
    Field("rlp_average_7d", "Pain in the rest of the limb, on average this week", "0 none, 10 worst"),
    Field("note", "Anything else"),
)


def me_page(work: Work, code: str, today: date) -> Page:
    """Of one wearer, for that wearer."""
    patient = work.patient(code)
    limbs = work.rows(Limb, code)
    told = sorted(work.rows(PainEntry, code), key=lambda entry: (entry.on, entry.id), reverse=True)
    own = work.rows(PhantomWord, code)
    given = {"on": text_of(today), "source": "home"}
    given |= {"limb_id": limbs[0].id} if len(limbs) == 1 else {}
    head = ("Day", "Missing part, worst", "Missing part, week", "Rest of limb, worst", "Rest of limb, week")
    rows: list[list[Child]] = [
        [
            text_of(entry.on),
            *(words_of(getattr(entry, each.column)) for each in ASKED[:4]),
        ]
        for entry in told
    ]
    return Page(
        f"Hello{f', {patient.name}' if patient.name else ''}",
        [
            [
                section(
                    f"{limb.side} {limb.level}".capitalize(),
                    h("p", wearer_words(months_between(limb.transferred_on, today), usable=False)),
                )
                for limb in limbs
                if limb.transferred_on is not None and limb.transferred_on <= today
            ],
            section(
                "How is it today?",
                form(
                    PainEntry,
                    ((limb_field(limbs),) if len(limbs) > 1 else ()) + ASKED,
                    f"/api/patients/{code}/rows/pain_entry",
                    button="Send to the clinic",
                    name="Pain at home",
                    given=given,
                ),
            ),
            section("What you told", table(head, rows, caption="Latest first")) if rows else None,
            section("Your own words", h("ul", [h("li", f"{w.movement}: {w.words}") for w in own]))
            if own
            else None,
        ],
        patient,
    )
