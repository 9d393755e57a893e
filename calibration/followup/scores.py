"""Scores as entered, and what may be said of their change since baseline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ..entries import EntryError, name, within
from .measures import HIGHER, NEITHER, Detectable, Measure, measure_named

MORE = "more than measurement error"
NOT_MORE = "not more than measurement error"
UNJUDGED = "no known measurement error to judge it by"
UNLIKE = "not comparable"


@dataclass(frozen=True, slots=True)
class Rater:
    """Who scored it. `certified` for this test, as the clinic has on file."""

    name: str
    certified: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """One result.

    Attributes:
        measure: key of `measures.MEASURES`.
        value: in the measure's unit.
        on: the day.
        version: of the test; needed where there are several.
        raters: who scored it; ACMC: at least one, each certified.
    """

    measure: str
    value: float
    on: date
    version: str = ""
    raters: tuple[Rater, ...] = ()

    def __post_init__(self) -> None:
        about = measure_named(self.measure)
        within(about.key, self.value, about.least, about.most)
        if about.wholes and self.value != int(self.value):
            raise EntryError(f"{about.key} = {self.value!r}: allowed are whole numbers")
        if about.versioned and not self.version.strip():
            raise EntryError(f"{about.key}: version is missing; scores of versions are not comparable")
        if about.rated and not self.raters:
            raise EntryError(f"{about.key}: rater is missing", "name the certified rater")
        for rater in self.raters:
            name(f"{about.key}: rater", rater.name)
            if about.rated and not rater.certified:
                raise EntryError(f"{about.key}: rater = {rater.name!r} is not certified for {about.name}")

    @property
    def about(self) -> Measure:
        """Its measure."""
        return measure_named(self.measure)


@dataclass(frozen=True, slots=True)
class Difference:
    """Between two scores of one measure.

    Attributes:
        measure: which.
        before: the earlier.
        after: the later.
        points: in the measure's unit; None where they are not comparable.
        direction: "better", "worse", "same", or empty where nothing can be said.
        verdict: `MORE`, `NOT_MORE`, `UNJUDGED` or `UNLIKE`.
        detectable: what it was judged by; None: nothing.
    """

    measure: Measure
    before: Score
    after: Score
    points: float | None
    direction: str
    verdict: str
    detectable: Detectable | None

    @property
    def words(self) -> str:
        """For a report, with the source of the verdict."""
        name_, unit = self.measure.name, self.measure.unit
        if self.points is None:
            return f"{name_}: {self.before.version} and {self.after.version} are {UNLIKE}"
        told = f"{name_}: {self.points:+g} {unit} since {self.before.on}"
        if self.detectable is not None:
            by = f"{self.detectable.name} {self.detectable.change:g} {unit}, {self.detectable.source}"
            return f"{told}, {self.verdict} ({by})"
        remembered = [d for d in self.measure.detectable if not d.usable]
        listed = f"; {remembered[0].name} {remembered[0].change:g} from memory only" if remembered else ""
        return f"{told}, {self.verdict}{listed}"


def difference(before: Score, after: Score) -> Difference:
    """What may be said.

    More than measurement error is said of changes above the smallest detectable one, and only where a source
    that was read gives it for this version and number of raters.

    Raises:
        EntryError: scores of two measures.
    """
    if before.measure != after.measure:
        raise EntryError(f"measure = {after.measure!r}: allowed is {before.measure!r}, as before")
    about = after.about
    if before.version != after.version:
        return Difference(about, before, after, None, "", UNLIKE, None)
    points = after.value - before.value
    judged_by = next(
        (
            d
            for d in about.detectable
            if d.usable
            and d.version in ("", after.version)
            and d.raters in (0, len(after.raters))
            and d.raters in (0, len(before.raters))
        ),
        None,
    )
    verdict = UNJUDGED
    if judged_by is not None:
        # Scores are decimal: 0.55 less 0 must not count as above 0.55.
        verdict = MORE if round(abs(points), 9) > judged_by.change else NOT_MORE
    return Difference(about, before, after, points, _direction(about, points), verdict, judged_by)


def _direction(about: Measure, points: float) -> str:
    if about.better == NEITHER:
        return ""
    if points == 0:
        return "same"
    return "better" if (points > 0) == (about.better == HIGHER) else "worse"


def since_baseline(scores: Iterable[Score]) -> tuple[Difference, ...]:
    """Of each measure and version: the latest against the earliest, in the order of keys.

    A measure with one score is not there. The order of scores never matters; of two on one day the lower
    value is the earlier.
    """
    groups: dict[tuple[str, str], list[Score]] = {}
    for score in scores:
        groups.setdefault((score.measure, score.version), []).append(score)
    found = []
    for _, group in sorted(groups.items()):
        ordered = sorted(group, key=lambda score: (score.on, score.value))
        if len(ordered) > 1:
            found.append(difference(ordered[0], ordered[-1]))
    return tuple(found)
