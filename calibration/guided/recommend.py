"""Which movements to keep: the largest set that reaches a wanted recall, from one calibration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from ...core.errors import RecordingError
from .evidence import Evidence

WANTED = 0.9
ALL_UP_TO = 12
"""Movements up to which every set is tried; with more, the one whose loss helps most is dropped in turn."""


@dataclass(frozen=True, slots=True)
class MovementSet:
    """A set of movements.

    Attributes:
        movements: without rest.
        active_recall, rest_recall: held out, with these and rest only.
        reached: both are what was wanted.
    """

    movements: tuple[str, ...]
    active_recall: float
    rest_recall: float
    reached: bool


def recommend(evidence: Evidence, wanted: float = WANTED, keep: Iterable[str] = ()) -> MovementSet:
    """The largest set whose active recall is at least `wanted`; of sets of one size the best. Scores are
    those of the whole decoder restricted to a set: training on the set alone gives nearly the same.

    Args:
        evidence: of the calibration.
        wanted: active recall.
        keep: movements that must be in it.

    Raises:
        RecordingError: a movement that is not in the calibration, or a recall outside 0 to 1.
    """
    if not 0.0 < wanted <= 1.0:
        raise RecordingError(f"wanted recall {wanted:g}: allowed is more than 0, up to 1")
    moves = [k for k in range(len(evidence.classes)) if k != evidence.rest]
    must = []
    for name in keep:
        if name not in evidence.classes:
            there = ", ".join(evidence.classes[k] for k in moves)
            raise RecordingError(f"no movement {name!r} in this calibration; it has {there}")
        must.append(evidence.classes.index(name))
    free = [k for k in moves if k not in must]
    best = None
    size, current = len(free), free
    while size >= (0 if must else 1):
        if len(free) <= ALL_UP_TO:
            tried = [list(some) for some in combinations(free, size)]
        else:
            tried = [current] if size == len(free) else [[k for k in current if k != out] for out in current]
        scored = [(*evidence.recall_among([*must, *some]), some) for some in tried]
        active, rest, current = max(scored, key=lambda one: one[0])
        kept = [k for k in moves if k in must or k in current]
        found = MovementSet(tuple(evidence.classes[k] for k in kept), active, rest, active >= wanted)
        if found.reached:
            return found
        if best is None or active > best.active_recall:
            best = found
        size -= 1
    if best is None:
        raise RecordingError("this calibration has no movement to choose from", "record one")
    return best
