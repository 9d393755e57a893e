"""All rows, in the order of docs/validation.md."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.errors import InnervateError
from . import rows_control, rows_motion, rows_robust, rows_signal, rows_tac, rows_units
from .effect import Effect, Measure

ALL: tuple[Effect, ...] = (
    *rows_control.EFFECTS,
    *rows_tac.EFFECTS,
    *rows_motion.EFFECTS,
    *rows_robust.EFFECTS,
    *rows_signal.EFFECTS,
    *rows_units.EFFECTS,
)


def measures(effects: Sequence[Effect] = ALL) -> dict[str, Measure]:
    """By name, each once."""
    return {effect.measure.__name__: effect.measure for effect in effects}


def chosen(keys: Sequence[str]) -> tuple[Effect, ...]:
    """Those rows; all for none.

    Raises:
        InnervateError: there is no such row.
    """
    known = {effect.key: effect for effect in ALL}
    for key in keys:
        if key not in known:
            raise InnervateError(f"--only {key}: no such row; allowed: {', '.join(known)}")
    return tuple(effect for effect in ALL if not keys or effect.key in keys)
