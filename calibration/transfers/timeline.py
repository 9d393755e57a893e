"""What is typical when, beside what was seen. Everybody differs, so nothing here is late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ...core.transfers import FIRST_TWITCH_MONTHS, MATURE_MONTHS, USABLE_MONTHS
from ..months import months_between
from .rows import NO_SIGNAL, SEEN, Seen, Transfer

YOURS_MAY_DIFFER = "yours may differ"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of months after TMR.

    Attributes:
        key: to draw it by.
        from_months: about when it begins.
        until_months: about when the next begins; None: no end.
        words: what is typical.
        basis: FACTS section 5, with tag.
    """

    key: str
    from_months: float
    until_months: float | None
    words: str
    basis: str


STAGES = (
    Stage("silent", 0.0, FIRST_TWITCH_MONTHS, "nothing is heard yet; nerves grow", "seed paper"),
    Stage(
        "twitching",
        FIRST_TWITCH_MONTHS,
        USABLE_MONTHS,
        "first twitches, about month 3; to be felt by hand at 10 to 15 weeks",
        "seed paper; felt by hand: M",
    ),
    Stage(
        "usable",
        USABLE_MONTHS,
        MATURE_MONTHS,
        "a prosthesis can use the signal, about month 6; better until about 12",
        "M",
    ),
    Stage("mature", MATURE_MONTHS, None, "little more change is expected", "M"),
)


def typical(months: float) -> Stage:
    """What is typical so long after TMR."""
    return next(stage for stage in reversed(STAGES) if months >= stage.from_months or stage is STAGES[0])


@dataclass(frozen=True, slots=True)
class Entry:
    """One transfer on the timeline.

    Attributes:
        transfer: the row.
        months: since TMR.
        stage: what is typical now; None where no signal is expected, and before the surgery.
        first: first date of each thing that was seen, with months since TMR.
        words: for the clinician: typical and seen side by side.
    """

    transfer: Transfer
    months: float
    stage: Stage | None
    first: tuple[tuple[Seen, float], ...]
    words: str


def timeline(rows: Iterable[Transfer], surgery: date, today: date) -> tuple[Entry, ...]:
    """One entry a row, as known on `today`. Nobody is called late.

    Args:
        rows: the patient's transfers.
        surgery: date of the TMR.
        today: what is dated later is not known yet.
    """
    return tuple(_entry(row, surgery, today) for row in rows)


def _entry(row: Transfer, surgery: date, today: date) -> Entry:
    months = months_between(surgery, today)
    first = _first(row, surgery, today)
    seen = ", ".join(f"{what.what} at month {at:.1f} ({what.on})" for what, at in first)
    if not row.signal_expected:
        told = f"; seen all the same: {seen}" if seen else ""
        return Entry(row, months, None, first, f"{row.title}: {NO_SIGNAL}{told}")
    if months < 0:
        return Entry(row, months, None, first, f"{row.title}: surgery is on {surgery}")
    stage = typical(months)
    parts = [
        f"{row.title}: month {months:.1f}",
        f"typical: {stage.words} ({YOURS_MAY_DIFFER})",
        f"seen: {seen or 'nothing yet'}",
    ]
    if stage.key == "mature" and not seen:
        parts.append("transfers do not always take (PMC8987219): worth a talk with the surgeon")
    return Entry(row, months, stage, first, "; ".join(parts))


def _first(row: Transfer, surgery: date, today: date) -> tuple[tuple[Seen, float], ...]:
    known = sorted((s for s in row.seen if s.on <= today), key=lambda s: (s.on, SEEN.index(s.what), s.by))
    found: dict[str, Seen] = {}
    for seen in known:
        found.setdefault(seen.what, seen)
    return tuple((found[what], months_between(surgery, found[what].on)) for what in SEEN if what in found)


def first_twitch(row: Transfer, today: date) -> date | None:
    """The first day on which anything of it was seen; a usable signal says that it had twitched before."""
    days = [seen.on for seen in row.seen if seen.on <= today]
    return min(days, default=None)


def wearer_words(months: float, usable: bool) -> str:
    """For the wearer's page: no figures, no haste.

    Args:
        months: since TMR.
        usable: some transfer's signal was seen to be usable.
    """
    if usable:
        return "Your new muscle signals can be used. Practice makes them clearer."
    return {
        "silent": "Your nerves are growing. Most people feel nothing yet; first twitches often come at about "
        "three months. Yours may differ.",
        "twitching": "First twitches often come about now. Yours may differ.",
    }.get(
        typical(months).key, "Your prosthetist will look at your muscle signals with you. Yours may differ."
    )
