"""Which nerves drive a muscle: its own, a transferred one, or both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...core.transfers import KeptMuscle
from .rows import Transfer

NATIVE, TRANSFERRED = "native", "transferred"


@dataclass(frozen=True, slots=True)
class Drive:
    """One nerve into one muscle.

    Attributes:
        kind: `NATIVE` or `TRANSFERRED`.
        nerve: empty: the muscle's own, not named.
        movement: that tenses the muscle by it; empty: none, or not known.
        certain: False: the muscle's own nerve may have been left; nobody wrote down that it was cut.
    """

    kind: str
    nerve: str
    movement: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Driven:
    """A muscle and all that drives it."""

    muscle: str
    drives: tuple[Drive, ...]

    @property
    def mixed(self) -> bool:
        """Own and transferred nerve both: two intentions may tense one muscle, under one electrode."""
        return {drive.kind for drive in self.drives} == {NATIVE, TRANSFERRED}

    @property
    def words(self) -> str:
        """One line for the clinician; empty unless mixed."""
        if not self.mixed:
            return ""
        own = next(drive for drive in self.drives if drive.kind == NATIVE)
        moved = [drive for drive in self.drives if drive.kind == TRANSFERRED]
        nerves = " and ".join(dict.fromkeys(drive.nerve for drive in moved))
        meant = ", ".join(dict.fromkeys(drive.movement for drive in moved if drive.movement))
        signal = f"{nerves} (meant: {meant})" if meant else f"{nerves} (no signal expected)"
        by = f"its own nerve ({own.movement})" if own.movement else "its own nerve"
        may = "is driven by" if own.certain else "may be driven by"
        return f"{self.muscle} {may} {by} and by {signal}: check which movement tenses it, and how"


def driven(rows: Iterable[Transfer], kept: Iterable[KeptMuscle] = ()) -> tuple[Driven, ...]:
    """Every muscle that is named, by name.

    A host muscle keeps its own drive unless its own nerve was cut; where that is not known, it may.

    Args:
        rows: the patient's transfers.
        kept: muscles that are used by their own nerve.
    """
    found: dict[str, list[Drive]] = {}
    hosts: dict[str, list[bool | None]] = {}
    for row in rows:
        found.setdefault(row.target_muscle, []).append(Drive(TRANSFERRED, row.donor_nerve, row.movement))
        hosts.setdefault(row.target_muscle, []).append(row.native_cut)
    own = {muscle.muscle: muscle for muscle in kept}
    for muscle, cuts in hosts.items():
        if any(cuts):
            continue
        native = own.get(muscle)
        certain = any(cut is False for cut in cuts)
        found[muscle].append(
            Drive(NATIVE, native.nerve if native else "", native.movement if native else "", certain)
        )
    for muscle, native in own.items():
        if muscle not in hosts:
            found[muscle] = [Drive(NATIVE, native.nerve, native.movement)]
    return tuple(Driven(muscle, tuple(drives)) for muscle, drives in sorted(found.items()))
