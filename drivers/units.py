"""Units of voltage as devices and files write them."""

from __future__ import annotations

_MICROVOLTS = {
    **dict.fromkeys(("uv", "\u00b5v", "\u03bcv", "microvolt", "microvolts"), 1.0),
    **dict.fromkeys(("mv", "millivolt", "millivolts"), 1e3),
    **dict.fromkeys(("v", "volt", "volts"), 1e6),
}
"""Unit, lower case -> microvolts in it. The micro sign and the Greek letter are two characters."""


def microvolts_in(unit: str) -> float | None:
    """Microvolts in one of `unit`; None where it is no voltage that we know."""
    return _MICROVOLTS.get(unit.strip().lower())
