"""Days at home, as a limb logs them: the same day may come twice, and the later telling counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date

from .outcomes import HomeDay
from .patients import Limb
from .work import Work


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a limb.

    Attributes:
        on: the day, in the wearer's own time.
        worn_h: hours worn.
        movements: made.
        reversals: of them taken back within 1 s.
        recalibrations: done.
        stops: reason -> how often.
    """

    on: date
    worn_h: float
    movements: int
    reversals: int
    recalibrations: int
    stops: dict[str, int] = field(default_factory=dict)


def keep_days(work: Work, limb: Limb, days: Iterable[Day]) -> list[HomeDay]:
    """Keep what a limb's log says: new days are added, days that went on are brought up.

    A limb without a network tells days late and again, so nothing here depends on how often it does.

    Raises:
        StoreError: a value that cannot be.
        NotAllowed: another's limb, or a day that somebody else saved.
    """
    there = {row.on: row for row in work.rows(HomeDay, limb.patient_id, limb_id=limb.id)}
    kept = []
    for day in days:
        row = there.get(day.on)
        if row is None:
            row = work.add(HomeDay(patient_id=limb.patient_id, limb_id=limb.id, **asdict(day)))
            there[day.on] = row
        else:
            values = {name: value for name, value in asdict(day).items() if name != "on"}
            row = work.change(HomeDay, row.id, row.version, **values)
        kept.append(row)
    return kept
