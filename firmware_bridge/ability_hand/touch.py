"""What the Ability Hand's 30 touch sensors say, as forces. Pure.

Source: PSYONIC, ABILITY-HAND-ICD v1.8: the sensor's resistance beside a 33 kOhm one at 3.3 V, and a rough
straight line from its inverse to newtons.
"""

from __future__ import annotations

from collections.abc import Sequence

from .codec import TOUCH_SITES

SITES = 6
"""Touch sensors per finger, index to thumb."""
LEAST_N, MOST_N = 0.878894, 6.9577
"""Where the estimate begins and ends: a site says nothing, or something between these (raw 1 and 4095)."""


def touch_newton(raw: int) -> float:
    """Rough force at a touch sensor (ICD: the sensor's resistance beside a 33 kOhm one at 3.3 V)."""
    if raw <= 0:
        return 0.0
    volt = raw * 3.3 / 4096
    return 121_591 / (33_000 / volt + 10_000) + LEAST_N


def touch_raw(force_n: float) -> int:
    """What a sensor says of a force, 0 to 4095: the inverse of `touch_newton` (for the virtual hand)."""
    if force_n <= LEAST_N:
        return 0
    volt = 33_000 / max(121_591 / (force_n - LEAST_N) - 10_000, 1.0)
    return min(round(volt * 4096 / 3.3), 4095)


def finger_newton(touch: Sequence[int]) -> tuple[float, ...]:
    """Force that each joint's finger meets: that of its strongest site; [6], the rotator's is 0.

    Sites are alike and the estimate is rough, so adding six of them up would add six errors up.

    Args:
        touch: [30] raw; empty gives an empty result.
    """
    if not touch:
        return ()
    strongest = (max(touch[at : at + SITES]) for at in range(0, TOUCH_SITES, SITES))
    return (*map(touch_newton, strongest), 0.0)
