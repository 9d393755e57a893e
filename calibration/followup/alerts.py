"""What a clinician must not miss: pain that rises, and falls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from .people import PHANTOM, RESIDUAL, PainVisit

RISE_POINTS = 2.0
"""On the NRS: the issue's. As large as the least fall that matters (Farrar 2001)."""
PAIN, FALL = "pain", "fall"
_ITEMS = (
    (PHANTOM, "worst", "phantom limb pain, worst of 24 hours"),
    (PHANTOM, "average", "phantom limb pain, average of 7 days"),
    (RESIDUAL, "worst", "residual limb pain, worst of 24 hours"),
    (RESIDUAL, "average", "residual limb pain, average of 7 days"),
)


@dataclass(frozen=True, slots=True)
class Alert:
    """One reason to look at a person.

    Attributes:
        kind: `PAIN` or `FALL`.
        on: day of the visit that shows it.
        visit: its id.
        words: for the clinician.
    """

    kind: str
    on: date
    visit: str
    words: str


def alerts(visits: Iterable[PainVisit], today: date) -> tuple[Alert, ...]:
    """Of all visits up to `today`, latest first.

    Each answer is compared with the last one given before it: a visit that skipped the question hides no
    rise, and the words name the date compared with.
    """
    known = sorted((v for v in visits if v.answered and v.on <= today), key=lambda v: (v.on, v.id))
    found = [alert for at, visit in enumerate(known) for alert in _of(visit, known[:at])]
    return tuple(sorted(found, key=lambda alert: alert.on, reverse=True))


def _of(visit: PainVisit, before: Sequence[PainVisit]) -> list[Alert]:
    found = []
    for where, item, words in _ITEMS:
        now: float | None = getattr(visit.pain(where), item)
        old = next(
            ((v, a) for v in reversed(before) if (a := getattr(v.pain(where), item)) is not None), None
        )
        if now is not None and old is not None and now - old[1] >= RISE_POINTS:
            told = f"{words}: {old[1]:g} on {old[0].on}, {now:g} on {visit.on}"
            found.append(Alert(PAIN, visit.on, visit.id, told))
    if visit.falls:
        times = "one fall" if visit.falls == 1 else f"{visit.falls} falls"
        found.append(Alert(FALL, visit.on, visit.id, f"{times} since the visit before {visit.on}"))
    return found
