"""The follow-up table: who was seen in each window, and how they are.

Denominators are those who were seen and answered. Everybody else stands beside them, by why. Nothing is
carried forward from one window to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ..entries import once, one_of
from .definitions import DEFAULT, Definition, definition_named
from .figures import QUARTILES, Share, Spread, spread_of
from .people import PHANTOM, PRIMARY, RESIDUAL, SECONDARY, SIMULATED, PainVisit, Person
from .responders import Responders, responders
from .standing import Standing, Status, standings
from .windows import AFTER_SURGERY, BASELINE, Window, Windows

EVERYBODY = "all"
GROUPS = (EVERYBODY, PRIMARY, SECONDARY)
ITEMS = ("worst", "average")


@dataclass(frozen=True, slots=True)
class Score:
    """T-scores of one instrument; other forms and versions stand in rows of their own.

    Attributes:
        domain: asked about.
        about: "phantom", "residual" or "general" pain.
        form: of the questionnaire.
        version: of it.
        spread: of the T-scores.
    """

    domain: str
    about: str
    form: str
    version: str
    spread: Spread


@dataclass(frozen=True, slots=True)
class Row:
    """One group in one window.

    Attributes:
        group: "all", "primary", "secondary".
        window: which.
        people: in the group.
        counts: how many are done, missed, not yet due, withdrawn, died; together they are `people`.
        open_now: of those not yet due, how many are due now.
        has_pain: of those done and answered, who has this pain.
        unanswered: done, but what the definition needs is missing.
        not_asked: done before the amputation, when there was no such pain to ask about.
        worst: NRS, worst of 24 hours.
        average: NRS, average of 7 days.
        worst_missing: done and to be asked, without an answer.
        average_missing: the same.
        tender: neuroma tender, of those examined.
        tender_missing: done, not examined.
        opioids: who takes any, of those asked.
        opioid_mg_day: dose of those who take any.
        opioids_missing: done, not asked.
        promis: one entry for each instrument.
        responders: against baseline, by each rule; empty in the baseline window.
    """

    group: str
    window: Window
    people: int
    counts: dict[Status, int]
    open_now: int
    has_pain: Share
    unanswered: int
    not_asked: int
    worst: Spread | None
    average: Spread | None
    worst_missing: int
    average_missing: int
    tender: Share
    tender_missing: int
    opioids: Share
    opioid_mg_day: Spread | None
    opioids_missing: int
    promis: tuple[Score, ...]
    responders: tuple[Responders, ...]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The table and all that must be read with it.

    Attributes:
        where: "phantom" or "residual" pain.
        definition: of having it.
        item: NRS item that responders are judged by.
        windows: contiguous.
        today: as known on that day.
        rows: by group, then by window.
        simulated_in: simulated people that it counts.
        simulated_out: simulated people that it leaves out.
        outside: answered visits that lie in no window: before the baseline's or after the last.
        surplus: answered visits in a window, of which another was nearer.
    """

    where: str
    definition: Definition
    item: str
    windows: Windows
    today: date
    rows: tuple[Row, ...]
    simulated_in: int
    simulated_out: int
    outside: int
    surplus: int

    @property
    def mark(self) -> str:
        """`SIMULATED` when a simulated person is counted; empty otherwise."""
        return SIMULATED if self.simulated_in else ""

    @property
    def header(self) -> tuple[str, ...]:
        """What stands above the table, a sentence each; the definition first of all."""
        pain = "phantom pain" if self.where == PHANTOM else "residual limb pain"
        lines = [
            f"Has {pain}: {self.definition.words} ({self.definition.source}).",
            f"As known on {self.today}. Days since TMR: "
            + "; ".join(w.words for w in self.windows.due)
            + ".",
            "Denominators are people seen in the window who answered. One visit a person and window, the "
            "nearest to the target, of two equally near the earlier. Nothing is carried forward.",
            f"Intervals: Wilson, 95 %. Percent: halves rounded up. Medians: {QUARTILES}.",
            f"Responders by NRS {self.item} against baseline, of those who had pain then.",
        ]
        if self.simulated_in:
            lines.insert(0, f"{SIMULATED}: {self.simulated_in} of these people are simulated.")
        if self.simulated_out:
            lines.append(f"Left out: {self.simulated_out} simulated.")
        return tuple(lines)

    def row(self, group: str, window: str) -> Row:
        """One of them."""
        found = self.windows.named(window)
        return next(row for row in self.rows if row.group == group and row.window == found)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A person with their standing in each window."""

    person: Person
    standings: dict[str, Standing[PainVisit]]

    def visit(self, window: str) -> PainVisit | None:
        """The record that counts there."""
        found = self.standings.get(window)
        return found.visit if found else None

    def nrs(self, window: str, where: str, item: str) -> float | None:
        """An answer, or None: not seen, not answered, or before the amputation."""
        visit = self.visit(window)
        if visit is None or not self.person.has_limb_pain(visit):
            return None
        value: float | None = getattr(visit.pain(where), item)
        return value


def follow_up(
    people: Iterable[Person],
    today: date,
    definition: str = DEFAULT,
    where: str = PHANTOM,
    item: str = "worst",
    windows: Windows = AFTER_SURGERY,
    include_simulated: bool = False,
) -> FollowUp:
    """The table. The order of people and of visits never matters.

    Args:
        people: each once.
        today: later visits are not known yet.
        definition: key of `definitions.DEFINITIONS`.
        where: `PHANTOM` or `RESIDUAL`.
        item: "worst" or "average": what responders are judged by.
        windows: to count in.
        include_simulated: count simulated people too; the table is then marked.

    Raises:
        EntryError: a word that is not allowed, or a person who is there twice.
    """
    one_of("where", where, (PHANTOM, RESIDUAL))
    one_of("item", item, ITEMS)
    given = sorted(people, key=lambda person: person.id)
    once("person", (person.id for person in given))
    counted = [person for person in given if include_simulated or not person.simulated]
    chosen = definition_named(definition)
    seen = [
        _Seen(
            person,
            {s.window.name: s for s in standings(person.surgery, person.visits, windows, today, person.left)},
        )
        for person in counted
    ]
    rows = tuple(
        _row(
            group,
            window,
            [s for s in seen if group in (EVERYBODY, s.person.tmr)],
            chosen,
            where,
            item,
        )
        for group in GROUPS
        for window in windows.due
    )
    answered = [
        windows.of((visit.on - person.surgery).days)
        for person in counted
        for visit in person.visits
        if visit.answered and visit.on <= today
    ]
    outside = sum(window.target_day is None for window in answered)
    done = sum(row.counts[Status.DONE] for row in rows if row.group == EVERYBODY)
    return FollowUp(
        where,
        chosen,
        item,
        windows,
        today,
        rows,
        sum(person.simulated for person in counted),
        len(given) - len(counted),
        outside,
        len(answered) - outside - done,
    )


def _row(
    group: str, window: Window, seen: Sequence[_Seen], definition: Definition, where: str, item: str
) -> Row:
    name = window.name
    here = [s.standings[name] for s in seen]
    visits = [(s.person, visit) for s in seen if (visit := s.visit(name)) is not None]
    asked = [visit.pain(where) for person, visit in visits if person.has_limb_pain(visit)]
    has = [yes for pain in asked if (yes := definition.has(pain)) is not None]
    worst = [pain.worst for pain in asked if pain.worst is not None]
    average = [pain.average for pain in asked if pain.average is not None]
    tender = [visit.neuroma_tender for _, visit in visits if visit.neuroma_tender is not None]
    doses = [visit.opioid_mg_day for _, visit in visits if visit.opioid_mg_day is not None]
    taken = [dose for dose in doses if dose > 0]
    pairs = [(s.nrs(BASELINE, where, item), s.nrs(name, where, item)) for s in seen if s.visit(name)]
    return Row(
        group,
        window,
        len(seen),
        {status: sum(standing.status is status for standing in here) for status in Status},
        sum(standing.open_now for standing in here),
        Share(sum(has), len(has)),
        len(asked) - len(has),
        len(visits) - len(asked),
        spread_of(worst),
        spread_of(average),
        len(asked) - len(worst),
        len(asked) - len(average),
        Share(sum(tender), len(tender)),
        len(visits) - len(tender),
        Share(len(taken), len(doses)),
        spread_of(taken),
        len(visits) - len(doses),
        _promis(visits),
        () if name == BASELINE else responders(pairs),
    )


def _promis(visits: Sequence[tuple[Person, PainVisit]]) -> tuple[Score, ...]:
    """Each instrument by itself: T-scores of different forms and versions are never put together."""
    found: dict[tuple[str, str, str, str], list[float]] = {}
    for person, visit in visits:
        for score in visit.promis:
            if score.about == "general" or person.has_limb_pain(visit):
                found.setdefault(score.instrument, []).append(score.t)
    return tuple(
        Score(*instrument, spread)
        for instrument, scores in sorted(found.items())
        if (spread := spread_of(scores)) is not None
    )
