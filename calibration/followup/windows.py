"""Which follow-up visit a day belongs to: windows without gaps and without overlap.

A day after surgery belongs to the target that is nearest, so neighbours meet half way; a day half way
between two belongs to the earlier. The narrower windows that FACTS section 4 gives as an example (21 to 45
days and so on) lie inside these: contiguous ones lose no visit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..entries import EntryError
from ..months import day_of

BASELINE = "baseline"
EARLIER = "earlier"
LATER = "later"
BASELINE_DAYS = 183
"""Older than half a year is not called a baseline. Ours."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of days, both ends included. Day 0 is the day of surgery (or of the last session).

    Attributes:
        name: "baseline", "3 months"; "earlier" and "later" for what no visit is due in.
        first_day: None: no bound.
        last_day: None: no bound.
        target_day: the visit nearest to it counts; None: nothing is due here.
    """

    name: str
    first_day: int | None
    last_day: int | None
    target_day: int | None

    def holds(self, day: int) -> bool:
        """Whether the day lies in it."""
        after = self.first_day is None or day >= self.first_day
        return after and (self.last_day is None or day <= self.last_day)

    def distance(self, day: int) -> int:
        """Days from the target; 0 where nothing is due."""
        return 0 if self.target_day is None else abs(day - self.target_day)

    @property
    def words(self) -> str:
        """Such as '3 months (day 61 to 137, target 91)'."""
        if self.first_day is None or self.last_day is None:
            return self.name
        return f"{self.name} (day {self.first_day} to {self.last_day}, target {self.target_day})"


@dataclass(frozen=True, slots=True)
class Windows:
    """All of time, in order, each day once.

    Attributes:
        all: "earlier", perhaps "baseline", the visits, "later".
    """

    all: tuple[Window, ...]

    @property
    def due(self) -> tuple[Window, ...]:
        """Those in which a visit is due."""
        return tuple(window for window in self.all if window.target_day is not None)

    def of(self, day: int) -> Window:
        """The only one that holds the day."""
        return next(window for window in self.all if window.holds(day))

    def named(self, name: str) -> Window:
        """By name.

        Raises:
            EntryError: there is none.
        """
        for window in self.all:
            if window.name == name:
                return window
        raise EntryError(f"window = {name!r}: allowed are {', '.join(w.name for w in self.all)}")


def windows_after(months: Sequence[float], baseline_days: int | None = BASELINE_DAYS) -> Windows:
    """Windows around so many months after day 0.

    The last one reaches as far beyond its target as before it; later visits are kept, and counted in none.

    Args:
        months: targets, rising, each after day 0.
        baseline_days: how far back a baseline may lie, day 0 included; None: there is no baseline window.

    Raises:
        EntryError: no target, or targets that do not rise.
    """
    targets = [day_of(month) for month in months]
    if not targets or targets[0] < 1 or any(b <= a for a, b in pairwise(targets)):
        raise EntryError(f"months = {list(months)}: allowed are rising numbers above 0")
    ends = [(a + b) // 2 for a, b in pairwise(targets)]
    ends.append(targets[-1] + targets[-1] - (ends[-1] if ends else 0))
    found = []
    if baseline_days is None:
        found.append(Window(EARLIER, None, 0, None))
    else:
        found.append(Window(EARLIER, None, -baseline_days - 1, None))
        found.append(Window(BASELINE, -baseline_days, 0, 0))
    first = 1
    for month, target, end in zip(months, targets, ends, strict=True):
        found.append(Window(f"{month:g} month{'' if month == 1 else 's'}", first, end, target))
        first = end + 1
    found.append(Window(LATER, first, None, None))
    return Windows(tuple(found))


AFTER_SURGERY = windows_after((1, 3, 6, 12, 24))
"""Of pain after TMR: the issue's."""
AFTER_LAST_SESSION = windows_after((1, 3, 6), baseline_days=None)
"""Of phantom motor execution: a clock of its own (protocol of its trial, bmjopen 8/7/e021039, FACTS 4). What
was before is the first session's."""
