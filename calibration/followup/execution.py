"""Phantom motor execution and imagery: sessions, pain before and after, and a follow-up clock of their own.

A course is one or the other. They stand in tables of their own and no difference between them is computed:
neither is said to be better (FACTS section 4: no superiority in a trial of 81 people, [M]).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ..entries import EntryError, name, not_before, once, one_of, within
from .figures import Spread, spread_of
from .people import NRS_MOST, SIMULATED
from .standing import Left, Standing, Status, standings
from .windows import AFTER_LAST_SESSION, Window, Windows

EXECUTION, IMAGERY = "execution", "imagery"
NOTE = "Neither phantom motor execution nor imagery is known to be the better one."
PRI_MOST = 45.0
"""Pain rating index of the SF-MPQ: 15 words of 0 to 3 each, summed (Melzack 1987, Pain 30:191; [S] for the
words and their range)."""
WPD_LEVELS = 6
"""Weighted pain distribution: shares of the time at pain levels 0 to 5 times the level, [M]; a fall by 47 %
that was 1.0 in the trial of 2016 fits a scale that ends at 5."""
WPD_MOST = WPD_LEVELS - 1.0
SCALES = ("nrs", "pri", "wpd")


def weighted_pain_distribution(hours: Mapping[int, float]) -> float:
    """0 to 5, from hours at each pain level; levels that are not there took no time.

    Raises:
        EntryError: a level that is not 0 to 5, negative hours, or none at all.
    """
    for level, spent in hours.items():
        if level not in range(WPD_LEVELS):
            raise EntryError(f"level = {level!r}: allowed are 0 to {WPD_LEVELS - 1}")
        within(f"hours at level {level}", spent, 0)
    total = sum(hours.values())
    if total <= 0:
        raise EntryError("hours = 0: allowed are hours at one level at least")
    return sum(level * spent for level, spent in hours.items()) / total


@dataclass(frozen=True, slots=True)
class PainNow:
    """Phantom pain on three scales; None: not asked.

    Attributes:
        nrs: 0 to 10.
        pri: SF-MPQ pain rating index, 0 to 45.
        wpd: weighted pain distribution, 0 to 5.
    """

    nrs: float | None = None
    pri: float | None = None
    wpd: float | None = None

    def __post_init__(self) -> None:
        for scale, most in zip(SCALES, (NRS_MOST, PRI_MOST, WPD_MOST), strict=True):
            within(scale, getattr(self, scale), 0, most)

    @property
    def answered(self) -> bool:
        """Whether any scale is known."""
        return any(getattr(self, scale) is not None for scale in SCALES)


@dataclass(frozen=True, slots=True)
class Session:
    """One sitting.

    Attributes:
        id: its own, within the course.
        on: the day.
        before: pain before it.
        after: pain after it.
        movements: phantom movements worked on; those that the phantom can do come first.
        minutes: how long; None: not noted.
    """

    id: str
    on: date
    before: PainNow = PainNow()
    after: PainNow = PainNow()
    movements: tuple[str, ...] = ()
    minutes: float | None = None

    def __post_init__(self) -> None:
        name("session.id", self.id)
        within(f"session {self.id}: minutes", self.minutes, 0)


@dataclass(frozen=True, slots=True)
class Interview:
    """Pain asked about after the course."""

    id: str
    on: date
    pain: PainNow = PainNow()
    missing_reason: str = ""

    @property
    def answered(self) -> bool:
        """Whether any scale is known."""
        return self.pain.answered


@dataclass(frozen=True, slots=True)
class Course:
    """One person's sessions of one kind.

    Attributes:
        person: whose.
        kind: `EXECUTION` or `IMAGERY`.
        sessions: in any order; at least one.
        finished: the last session has been; only then the clock of the follow-up runs.
        interviews: of the follow-up, in any order.
        simulated: of a simulated patient.
        withdrew: when they left.
        died: when.
    """

    person: str
    kind: str
    sessions: tuple[Session, ...]
    finished: bool = False
    interviews: tuple[Interview, ...] = ()
    simulated: bool = False
    withdrew: date | None = None
    died: date | None = None

    def __post_init__(self) -> None:
        name("course.person", self.person)
        one_of(f"{self.person}: kind", self.kind, (EXECUTION, IMAGERY))
        if not self.sessions:
            raise EntryError(f"{self.person}: sessions = (): allowed is one or more")
        once(f"{self.person}: session", (session.id for session in self.sessions))
        once(f"{self.person}: interview", (interview.id for interview in self.interviews))
        for interview in self.interviews if self.finished else ():
            not_before(f"interview {interview.id}", interview.on, "the last session", self.ordered[-1].on)

    @property
    def ordered(self) -> tuple[Session, ...]:
        """By day."""
        return tuple(sorted(self.sessions, key=lambda session: (session.on, session.id)))

    @property
    def day_0(self) -> date | None:
        """Of the follow-up: the last session's; None while the course goes on."""
        return self.ordered[-1].on if self.finished else None

    def standings(
        self, today: date, windows: Windows = AFTER_LAST_SESSION
    ) -> tuple[Standing[Interview], ...]:
        """Where the person stands 1, 3 and 6 months after the last session."""
        return standings(self.day_0, self.interviews, windows, today, Left(self.withdrew, self.died))


@dataclass(frozen=True, slots=True)
class Change:
    """On one scale.

    Attributes:
        before: first of the two answers.
        after: second.
    """

    before: float
    after: float

    @property
    def points(self) -> float:
        """Negative: less pain."""
        return self.after - self.before

    @property
    def percent(self) -> float | None:
        """Of what was before; None where that was 0."""
        return 100.0 * self.points / self.before if self.before else None


def change(before: PainNow, after: PainNow, scale: str) -> Change | None:
    """On one of `SCALES`; None where either answer is missing."""
    one_of("scale", scale, SCALES)
    old, new = getattr(before, scale), getattr(after, scale)
    return None if old is None or new is None else Change(old, new)


def over_course(course: Course, scale: str) -> Change | None:
    """From before the first session to before the last one, as the trial of 2016 asked: what lasts from day
    to day, not relief while moving. None for one session, or without both answers."""
    sessions = course.ordered
    return change(sessions[0].before, sessions[-1].before, scale) if len(sessions) > 1 else None


@dataclass(frozen=True, slots=True)
class CourseRow:
    """All courses of one kind in one window of their follow-up.

    Attributes:
        window: its name.
        counts: done, missed, not yet due, withdrawn, died; together all the courses.
        points: by scale: change since before the first session; None without answers.
        missing: by scale: done, without both answers.
    """

    window: str
    counts: dict[Status, int]
    points: dict[str, Spread | None]
    missing: dict[str, int]


@dataclass(frozen=True, slots=True)
class CourseTable:
    """One kind's follow-up.

    Attributes:
        kind: `EXECUTION` or `IMAGERY`.
        today: as known on that day.
        rows: by window.
        courses: counted.
        simulated_in: simulated courses that it counts.
        simulated_out: simulated courses that it leaves out.
    """

    kind: str
    today: date
    rows: tuple[CourseRow, ...]
    courses: int
    simulated_in: int
    simulated_out: int

    @property
    def mark(self) -> str:
        """`SIMULATED` when a simulated course is counted; empty otherwise."""
        return SIMULATED if self.simulated_in else ""

    @property
    def header(self) -> tuple[str, ...]:
        """What stands above the table, a sentence each."""
        lines = [
            f"Phantom motor {self.kind}: {self.courses} courses, as known on {self.today}. {NOTE}",
            "Months count from the last session. Changes are since before the first session, of those asked "
            "both times; negative is less pain.",
        ]
        if self.simulated_in:
            lines.insert(0, f"{SIMULATED}: {self.simulated_in} of these courses are simulated.")
        if self.simulated_out:
            lines.append(f"Left out: {self.simulated_out} simulated.")
        return tuple(lines)


def course_table(
    courses: Iterable[Course],
    kind: str,
    today: date,
    windows: Windows = AFTER_LAST_SESSION,
    include_simulated: bool = False,
) -> CourseTable:
    """One kind's follow-up; the other kind's courses are another table.

    Args:
        courses: of any kind, in any order.
        kind: `EXECUTION` or `IMAGERY`.
        today: later interviews are not known yet.
        windows: counted from the last session.
        include_simulated: count simulated patients too; the table is then marked.
    """
    one_of("kind", kind, (EXECUTION, IMAGERY))
    given = [course for course in courses if course.kind == kind]
    chosen = [course for course in given if include_simulated or not course.simulated]
    stand = [(course, {s.window: s for s in course.standings(today, windows)}) for course in chosen]
    rows = tuple(_row(window, stand) for window in windows.due)
    simulated = sum(course.simulated for course in chosen)
    return CourseTable(kind, today, rows, len(chosen), simulated, len(given) - len(chosen))


def _row(window: Window, stand: Sequence[tuple[Course, Mapping[Window, Standing[Interview]]]]) -> CourseRow:
    done = [(course, visit) for course, found in stand if (visit := found[window].visit) is not None]
    points = {
        scale: [
            moved.points
            for course, visit in done
            if (moved := change(course.ordered[0].before, visit.pain, scale)) is not None
        ]
        for scale in SCALES
    }
    return CourseRow(
        window.name,
        {status: sum(found[window].status is status for _, found in stand) for status in Status},
        {scale: spread_of(values) for scale, values in points.items()},
        {scale: len(done) - len(values) for scale, values in points.items()},
    )
