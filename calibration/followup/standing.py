"""Where each person stands in each window: done, missed, not yet due, withdrawn or died."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from .windows import Window, Windows


class Status(StrEnum):
    """Of one person in one window; each person has exactly one."""

    DONE = "done"
    MISSED = "missed"
    NOT_YET = "not yet due"
    WITHDRAWN = "withdrawn"
    DIED = "died"


class Dated(Protocol):
    """What standing needs to know of a visit."""

    @property
    def id(self) -> str:
        """Told apart by it where two are of one day."""

    @property
    def on(self) -> date:
        """The day it took place."""

    @property
    def answered(self) -> bool:
        """False: it says nothing but why."""

    @property
    def missing_reason(self) -> str:
        """Why it, or part of it, was not done."""


V = TypeVar("V", bound=Dated)


@dataclass(frozen=True, slots=True)
class Left:
    """When a person left, if they did. The first of the two counts: who withdrew is not seen to die."""

    withdrew: date | None = None
    died: date | None = None

    def by(self, day: date) -> tuple[date, Status] | None:
        """What happened first, if it happened by that day."""
        found = [
            (on, status)
            for on, status in ((self.withdrew, Status.WITHDRAWN), (self.died, Status.DIED))
            if on is not None and on <= day
        ]
        return min(found, key=lambda event: event[0], default=None)


@dataclass(frozen=True, slots=True)
class Standing(Generic[V]):
    """One person in one window.

    Attributes:
        window: which.
        status: where they stand.
        visit: the one record that counts; None unless done.
        open_now: not done, and the window is open: the person is due.
        reasons: why visits in it were not done, as written down.
    """

    window: Window
    status: Status
    visit: V | None = None
    open_now: bool = False
    reasons: tuple[str, ...] = ()


def standings(
    day_0: date | None,
    visits: Iterable[V],
    windows: Windows,
    today: date,
    left: Left | None = None,
) -> tuple[Standing[V], ...]:
    """One standing for each window in which a visit is due, as it was known on `today`.

    The visit nearest to the target counts, of two equally near the earlier, of two on one day the lesser id:
    the order in which visits are given never matters. What is dated after `today` is not known yet.

    Args:
        day_0: surgery, or the last session; None: not yet, so nothing is due.
        visits: all of them, in any order.
        windows: to stand in.
        today: asked for, so that a report can be made again.
        left: withdrawal and death.
    """
    gone = (left or Left()).by(today)
    known = sorted((v for v in visits if v.on <= today), key=lambda visit: (visit.on, visit.id))
    return tuple(_stand(day_0, known, window, today, gone) for window in windows.due)


def _stand(
    day_0: date | None,
    known: Sequence[V],
    window: Window,
    today: date,
    gone: tuple[date, Status] | None,
) -> Standing[V]:
    if day_0 is None:
        return Standing(window, gone[1] if gone else Status.NOT_YET)
    inside = [visit for visit in known if window.holds((visit.on - day_0).days)]
    reasons = tuple(visit.missing_reason for visit in inside if visit.missing_reason)
    answered = [visit for visit in inside if visit.answered]
    if answered:
        nearest = min(answered, key=lambda v: (window.distance((v.on - day_0).days), v.on, v.id))
        return Standing(window, Status.DONE, nearest, reasons=reasons)
    first, last = _date(day_0, window.first_day), _date(day_0, window.last_day)
    if gone and gone[0] <= last:
        return Standing(window, gone[1], reasons=reasons)
    if today <= last:
        return Standing(window, Status.NOT_YET, open_now=today >= first, reasons=reasons)
    return Standing(window, Status.MISSED, reasons=reasons)


def _date(day_0: date, day: int | None) -> date:
    """Windows in which something is due are bounded."""
    return day_0 + timedelta(days=day or 0)
