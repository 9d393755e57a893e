"""What use at home comes to: movements, and reversals within a second as an error rate that needs no labels.

A person whose limb did what they did not mean goes back at once; who reaches, grips and lets go takes longer.
How far that is true is measured in simulation, where the truth is known: `benchmarks/home_log.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.movements import DOFS, REST

REVERSAL_S = 1.0
"""The opposite movement within so long is a reversal (issue 7)."""
_GAP_S = 0.2
"""A movement that pauses for less goes on. Ours."""
KEPT_DAYS = 400


@dataclass
class Day:
    """What happened on one day (UTC).

    Attributes:
        date: "2026-11-28".
        wear_s: electrodes on skin and samples coming.
        armed_s: of it, muscles could move the limb.
        movements, reversals: see `UseCounter`.
        stops: by the name of the reason: how often the limb came to hold for it.
        recalibrations: by outcome: taken, kept, refused for which reason, aborted.
        undone: how often the wearer went back to the model before.
    """

    date: str
    wear_s: float = 0.0
    armed_s: float = 0.0
    movements: int = 0
    reversals: int = 0
    stops: dict[str, int] = field(default_factory=dict)
    recalibrations: dict[str, int] = field(default_factory=dict)
    undone: int = 0


class UseCounter:
    """Movements and reversals of a stream of decisions.

    A movement begins when the limb is driven by another movement than in the last 0.2 s. A reversal is one
    that begins within `REVERSAL_S` of the last drive the opposite way: the other end of the same degree of
    freedom, or opening after any grip and any grip after opening.

    Args:
        classes: of the model.
    """

    def __init__(self, classes: Sequence[str]) -> None:
        self._ways = [ways(name) for name in classes]
        self._last: dict[int, float] = {}
        self._driven: dict[tuple[str, int], float] = {}
        self.movements = self.reversals = 0

    def push(
        self, t_s: NDArray[np.float64], movement: NDArray[np.integer], moving: NDArray[np.bool_]
    ) -> None:
        """Decisions in order.

        Args:
            t_s: [n] when.
            movement: [n] class acted on; -1 for none.
            moving: [n] the limb was driven.
        """
        rows = np.flatnonzero(moving & (movement >= 0) & (movement < len(self._ways)))
        for at_s, k in zip(t_s[rows].tolist(), movement[rows].tolist(), strict=True):
            made = self._ways[k]
            if not made:
                continue
            begins = at_s - self._last.get(k, -np.inf) > _GAP_S
            self._last[k] = at_s
            if begins:
                self.movements += 1
                back = [self._driven.get((dof, -way), -np.inf) for dof, way in made]
                self.reversals += at_s - max(back) <= REVERSAL_S
            for way in made:
                self._driven[way] = at_s


def ways(name: str) -> tuple[tuple[str, int], ...]:
    """(degree of freedom, -1 or 1) of a movement; of "a+b" both; nothing of rest. What is no end of a degree
    of freedom is a grip: the hand closes."""
    found: list[tuple[str, int]] = []
    for part in (part.strip() for part in name.split("+")):
        if part == REST:
            continue
        ends = [(dof, 2 * pair.index(part) - 1) for dof, pair in DOFS.items() if part in pair]
        found.append(ends[0] if ends else ("hand", 1))
    return tuple(found)


def summary(patient: str, days: Sequence[Day]) -> dict[str, Any]:
    """What the clinic reads, as JSON values: totals, rates, and the days one by one."""
    hours, armed = (sum(getattr(day, name) for day in days) / 3600.0 for name in ("wear_s", "armed_s"))
    moves, back = sum(day.movements for day in days), sum(day.reversals for day in days)
    return {
        "patient": patient,
        "days": [vars(day) for day in days],
        "wear_hours": round(hours, 3),
        "wear_hours_a_day": round(hours / len(days), 3) if days else None,
        "movements": moves,
        "movements_an_hour": round(moves / hours, 1) if hours else None,
        "reversals": back,
        "reversals_a_movement": round(back / moves, 4) if moves else None,
        "reversals_an_armed_hour": round(back / armed, 1) if armed else None,
        "stops": _added([day.stops for day in days]),
        "recalibrations": _added([day.recalibrations for day in days]),
        "undone": sum(day.undone for day in days),
    }


def _added(counts: Sequence[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        for name, count in each.items():
            total[name] = total.get(name, 0) + count
    return dict(sorted(total.items()))
