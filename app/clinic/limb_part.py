"""One limb: what and when, clearance, nerve transfers, the timeline, and the patient's own words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ...calibration.entries import EntryError
from ...calibration.store.patients import Electrode, Limb, NerveTransfer, PhantomWord
from ...calibration.store.shown_transfers import transfer_of, usable
from ...calibration.store.visits import SiteCheck
from ...calibration.store.work import Work
from ...calibration.transfers.checks import warnings
from ...calibration.transfers.rows import NO_SIGNAL, Transfer
from ...calibration.transfers.timeline import YOURS_MAY_DIFFER, timeline
from ...core.movements import DOFS
from ...core.transfers import USUAL
from .fields import Field, form, remove_button, words_of
from .markup import Child, Html, h, table
from .shell import fold, section

LIMB_FIELDS = (
    Field("side", "Side"),
    Field("level", "Level"),
    Field("amputated_on", "Amputation"),
    Field("transferred_on", "TMR surgery", "Its own date, also where it was the same day."),
    Field("tmr", "TMR", "primary: at the amputation; secondary: later."),
    Field("cleared_on", "Cleared by the surgeon from", "No contractions and no socket before that day."),
    Field("note", "Note"),
)
MOVEMENTS = tuple(
    dict.fromkeys([*(movement for pair in DOFS.values() for movement in pair), "pinch", "key", "tripod"])
)
_NERVES = tuple(sorted({usual.donor_nerve for rows in USUAL.values() for usual in rows}))
_MUSCLES = tuple(
    sorted({m for rows in USUAL.values() for usual in rows for m in (usual.target_muscle, *usual.others)})
)
TRANSFER_FIELDS = (
    Field("donor_nerve", "Donor nerve", suggest=_NERVES),
    Field("target_muscle", "Target muscle", suggest=_MUSCLES),
    Field("purpose", "For"),
    Field("movement", "Intended movement", suggest=MOVEMENTS),
    Field("native_nerve_cut", "Muscle's own nerve cut"),
    Field("first_twitch_on", "First twitch seen"),
)


def limb_part(work: Work, limb: Limb, today: date) -> Html:
    """Everything of one limb, to be edited in place."""
    code, title = limb.patient_id, f"{limb.side} {limb.level}"
    rows = work.rows(NerveTransfer, code, limb_id=limb.id)
    told = sorted(work.rows(PhantomWord, code, limb_id=limb.id), key=lambda word: word.movement)
    sites = work.rows(Electrode, code, limb_id=limb.id)
    checks = work.rows(SiteCheck, code) if sites else []
    own_words = {word.movement: word.words for word in told}
    shown = [transfer_of(row, own_words, usable(row, sites, checks)) for row in rows]
    return section(
        title[:1].upper() + title[1:],
        h("dl", [h("div", h("dt", name), h("dd", value)) for name, value in _facts(limb)], class_="facts"),
        clearance(limb, today),
        fold(
            "Edit limb",
            form(
                Limb,
                LIMB_FIELDS,
                f"/api/rows/limb/{limb.id}",
                row=limb,
                button="Save limb",
                name=f"Limb {title}",
            ),
        ),
        h("h3", "Nerve transfers"),
        _transfers(limb, rows, shown),
        h("h3", f"Timeline ({YOURS_MAY_DIFFER})"),
        timeline_part(limb, shown, today),
        h("h3", "In the patient's own words"),
        _words(limb, told, rows),
        ident=f"limb-{limb.id}",
    )


def _facts(limb: Limb) -> list[tuple[str, str]]:
    return [
        ("Amputation", words_of(limb.amputated_on)),
        ("TMR", " ".join(filter(None, (words_of(limb.transferred_on), limb.tmr or "")))),
        ("Cleared from", words_of(limb.cleared_on)),
        ("Note", words_of(limb.note)),
    ]


def clearance(limb: Limb, today: date) -> Html | None:
    """What must not be done yet."""
    if limb.transferred_on is None or (limb.cleared_on is not None and limb.cleared_on <= today):
        return None
    until = f"until {limb.cleared_on}" if limb.cleared_on else "until the surgeon's date is entered"
    return h("p", f"Not cleared by the surgeon: no contractions and no socket {until}.", class_="care")


def _transfers(limb: Limb, rows: Sequence[NerveTransfer], shown: Sequence[Transfer]) -> list[Child]:
    usual = len(USUAL.get(limb.level, ()))
    begin = h(
        "button",
        f"Start from the usual table ({usual} rows)",
        type="button",
        data_post=f"/api/patients/{limb.patient_id}/limbs/{limb.id}/transfers",
    )
    odd = warnings(shown, limb.level) if limb.level in USUAL else ()
    return [
        h("div", [_transfer(limb, row) for row in rows], class_="transfers") if rows else None,
        h("p", "No transfer is entered.", class_="note") if not rows else None,
        begin if usual and not rows else None,
        h("ul", [h("li", line) for line in odd], class_="care", aria_label="Worth a look") if odd else None,
        fold(
            "Add a transfer",
            form(
                NerveTransfer,
                TRANSFER_FIELDS,
                f"/api/patients/{limb.patient_id}/rows/nerve_transfer",
                button="Add transfer",
                name=f"New transfer {limb.side} {limb.level}",
                given={"limb_id": limb.id, "purpose": "movement"},
                class_="thirds",
            ),
        ),
    ]


def _transfer(limb: Limb, row: NerveTransfer) -> Html:
    title = f"{row.donor_nerve} to {row.target_muscle}"
    if row.signal_expected:
        twitch = f", first twitch {row.first_twitch_on}" if row.first_twitch_on else ""
        what = f"{row.movement}{twitch}"
    else:
        what = NO_SIGNAL
    return fold(
        [h("b", title), f": {what}"],
        form(
            NerveTransfer,
            TRANSFER_FIELDS,
            f"/api/rows/nerve_transfer/{row.id}",
            row=row,
            button="Save transfer",
            name=f"Transfer {limb.side} {limb.level} {title}",
            class_="thirds",
            extra=remove_button("nerve_transfer", row, title),
        ),
    )


def timeline_part(limb: Limb, shown: Sequence[Transfer], today: date) -> Html:
    """Typical beside seen; nobody is called late."""
    if limb.transferred_on is None:
        return h("p", "It begins with the date of the TMR surgery.", class_="note")
    if not shown:
        return h("p", "Nothing to show without transfers.", class_="note")
    try:
        entries = timeline(shown, limb.transferred_on, today)
    except EntryError as error:
        return h("p", str(error), class_="care")
    rows = []
    for entry in entries:
        seen = ", ".join(f"{what.what} at month {at:.1f} ({what.on})" for what, at in entry.first)
        if entry.stage is None:
            typical = "No signal expected" if entry.months >= 0 else "Surgery is still to come"
        else:
            typical = f"{entry.stage.words} ({YOURS_MAY_DIFFER})"
        advice = entry.words.partition("transfers do not always take")
        rows.append(
            [
                entry.transfer.title,
                typical,
                [seen or "nothing yet", f"; {advice[1]}{advice[2]}" if advice[1] else ""],
            ]
        )
    months = entries[0].months
    return table(("Transfer", "Typical now", "Seen"), rows, caption=f"Month {months:.1f} after TMR, {today}")


def _words(limb: Limb, told: Sequence[PhantomWord], rows: Sequence[NerveTransfer]) -> list[Child]:
    movements = tuple(dict.fromkeys([*(row.movement for row in rows if row.movement), *MOVEMENTS]))
    fields = (
        Field("movement", "Phantom movement", suggest=movements),
        Field("words", "What the patient calls it"),
    )
    title = f"{limb.side} {limb.level}"
    return [
        [
            form(
                PhantomWord,
                fields,
                f"/api/rows/phantom_word/{word.id}",
                row=word,
                button="Save",
                name=f"Words {title} {word.movement}",
                class_="row",
                extra=remove_button("phantom_word", word, word.words),
            )
            for word in told
        ],
        fold(
            "Add words for a movement",
            form(
                PhantomWord,
                fields,
                f"/api/patients/{limb.patient_id}/rows/phantom_word",
                button="Add words",
                name=f"New words {title}",
                given={"limb_id": limb.id},
                class_="row",
            ),
        ),
    ]
