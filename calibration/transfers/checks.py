"""What looks odd in a patient's transfers. Warnings only: the surgeon knows what was done."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from ...core.movements import DOFS
from ...core.transfers import SENSORY_NERVES, USUAL, USUAL_TRANSFERS
from ..entries import one_of
from .drives import driven
from .rows import Transfer, kept_muscles

_LEG_DOFS = ("ankle", "ankle inversion", "knee", "toe")
_LEG = frozenset(movement for dof in _LEG_DOFS for movement in DOFS[dof])
_ARM = frozenset(movement for dof, pair in DOFS.items() if dof not in _LEG_DOFS for movement in pair) | {
    "pinch",
    "key",
    "tripod",
    "point",
}
LEG_LEVELS = frozenset({"transfemoral", "knee", "transtibial"})
_NERVES = sorted({usual.donor_nerve for table in USUAL.values() for usual in table} | SENSORY_NERVES)


def warnings(rows: Sequence[Transfer], level: str) -> tuple[str, ...]:
    """One line each; empty: nothing looks odd.

    Raises:
        EntryError: no such level.
    """
    one_of("level", level, USUAL)
    return (
        *_number(rows, level),
        *_twice(rows),
        *(line for row in rows for line in _row(row, level)),
        *(muscle.words for muscle in driven(rows, kept_muscles(level)) if muscle.words),
    )


def motor_transfers(rows: Sequence[Transfer]) -> int:
    """Nerves joined to muscles for movement; several movements of one nerve in one muscle count once."""
    return len({(row.donor_nerve, row.target_muscle) for row in rows if row.signal_expected})


def _number(rows: Sequence[Transfer], level: str) -> list[str]:
    least, most = USUAL_TRANSFERS
    count = motor_transfers(rows)
    if not rows or least <= count <= most:
        return []
    usual = sum(bool(transfer.movement) for transfer in USUAL[level])
    here = f"; {usual} at this level in the table to start from" if 0 < usual < least else ""
    return [f"{count} transfer{'' if count == 1 else 's'} for movement; {least} to {most} are usual{here}"]


def _twice(rows: Sequence[Transfer]) -> list[str]:
    seen: set[tuple[str, str, str]] = set()
    found = []
    for row in rows:
        what = (row.donor_nerve.casefold(), row.target_muscle.casefold(), row.movement)
        if what in seen:
            found.append(f"{row.title}: listed twice for the same movement")
        seen.add(what)
    return found


def _row(row: Transfer, level: str) -> list[str]:
    found = []
    nerve = row.donor_nerve.casefold()
    if nerve in SENSORY_NERVES and row.signal_expected:
        found.append(f"{row.title}: a sensory nerve carries no command; expect no signal for {row.movement}")
    if nerve not in _NERVES:
        near = get_close_matches(nerve, _NERVES, 1)
        hint = f"; is it {near[0]!r}?" if near else ""
        found.append(f"{row.title}: no nerve {row.donor_nerve!r} in the tables{hint}")
    leg = level in LEG_LEVELS
    if row.movement in (_ARM if leg else _LEG):
        found.append(f"{row.title}: {row.movement} on {'a leg' if leg else 'an arm'}")
    elif row.movement and row.movement not in _ARM | _LEG:
        found.append(
            f"{row.title}: {row.movement!r} is a name of its own; a limb without a joint for it holds"
        )
    if row.seen and not row.signal_expected:
        found.append(
            f"{row.title}: a signal was seen though none is expected; the muscle's own nerve may drive it"
        )
    return found
