"""What voltage means what to a hand: from a speed to levels, and the pulse that changes its grip. Pure.

A clinical hand takes two muscle signals: one opens, one closes, and the hand goes the faster the farther a
signal is above its threshold. We say the same with voltages.
"""

from __future__ import annotations

from dataclasses import dataclass

_OUT_OF_EIGHT_BITS = 5.0 / 255


@dataclass(frozen=True, slots=True)
class Levels:
    """Of one hand, in V.

    Attributes:
        rest_v: nothing is wanted.
        threshold_v: the hand begins to move.
        max_v: it moves as fast as it can.
    """

    rest_v: float
    threshold_v: float
    max_v: float

    def at(self, speed: float) -> float:
        """Level for a speed of 0 (rest) to 1; more is as 1."""
        if speed <= 0.0:
            return self.rest_v
        return self.threshold_v + min(speed, 1.0) * (self.max_v - self.threshold_v)


HANDS = {
    "bebionic": Levels(0.0, 72 * _OUT_OF_EIGHT_BITS, 255 * _OUT_OF_EIGHT_BITS),
    "taska": Levels(0.0, 51 * _OUT_OF_EIGHT_BITS, 90 * _OUT_OF_EIGHT_BITS),
    "ability-hand": Levels(0.0, 1.0, 5.0),
}
"""NOT VERIFIED on any of these hands. bebionic and TASKA: the ranges of an 8-bit converter of 0 to 5 V in the
movement table of public research code for the IBT Sense controller (72 to 255; 51 to 90). Ability Hand: its
two inputs accept 0 to 5.0 V (PSYONIC user guide); its thresholds are set in its own app, 1 V is our guess."""


CO_CONTRACTION_S = 0.150
"""Both signals at their greatest for so long tell a clinical hand to change its grip. Such hands take both
above their thresholds for 80 to 200 ms, within 80 ms of each other; ours rise and fall together. No hand's
maker has confirmed these times."""
LEAST_ABOVE_S = 0.080
QUIET_S = 0.200
"""Both at rest before and after, so that nothing of a movement is taken for part of it."""
REGRIP_S = QUIET_S + CO_CONTRACTION_S + QUIET_S
"""The whole gesture."""


def co_contracts(at_s: float) -> bool:
    """Whether both signals are at their greatest, so long after the gesture began."""
    return QUIET_S <= at_s < QUIET_S + CO_CONTRACTION_S
