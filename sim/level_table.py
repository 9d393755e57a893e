"""How a level's table becomes a body: muscles by short keys, movements by those keys."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.movements import REST
from .body import NATIVE, REINNERVATED, Body, Muscle
from .montage import Montage

PART_UNITS = 22
"""Units of one part of a target muscle: two parts have about as many as the usual reinnervated muscle."""

Table = Mapping[str, Mapping[str, float]]


def native(
    name: str, at_deg: float, depth_mm: float, fibre_mm: float, along_mm: float = 0.0, flat: float = 0.0
) -> Muscle:
    """A muscle that kept its nerve."""
    return Muscle(name, NATIVE, depth_mm, at_deg, along_mm, fibre_mm=fibre_mm, flat=flat)


def part(
    target: str,
    nerve: str,
    lost: str,
    intended: str,
    at_deg: float,
    depth_mm: float,
    along_mm: float,
    basis: str,
) -> Muscle:
    """The part of a target muscle that the axons of one lost muscle, or of a group of them, have taken."""
    return Muscle(
        f"{target} ({nerve}: {lost})",
        REINNERVATED,
        depth_mm,
        at_deg,
        along_mm,
        3.5,
        PART_UNITS,
        nerve,
        target,
        intended,
        basis,
    )


def sensory(target: str, nerve: str, at_deg: float, depth_mm: float, basis: str) -> Muscle:
    """A sensory nerve joined to a muscle's branch: no signal is expected."""
    return Muscle(
        f"{target} ({nerve})", REINNERVATED, depth_mm, at_deg, nerve=nerve, target=target, basis=basis
    )


def body_of(
    level: str,
    radius_mm: float,
    fat_mm: float,
    muscles: Mapping[str, Muscle],
    movements: Table,
    montage: Montage,
) -> Body:
    """The preset of a level; what a movement does not name is not tensed."""
    shares = {REST: dict[str, float](), **movements}
    for movement, tensed in shares.items():
        unknown = set(tensed) - set(muscles)
        if unknown:
            raise ValueError(f"{level}, {movement}: no muscle {', '.join(sorted(unknown))}")
    return Body(
        level,
        level,
        radius_mm,
        fat_mm,
        tuple(muscles.values()),
        {movement: tuple(tensed.get(key, 0.0) for key in muscles) for movement, tensed in shares.items()},
        montage,
    )
