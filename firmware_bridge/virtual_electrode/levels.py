"""What voltage means what to a hand: from a speed to levels, and pulses that change its mode. Pure.

A clinical hand takes two muscle signals: one opens, one closes, and the hand goes the faster the farther a
signal is above its threshold. We say the same with voltages.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

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


class Gesture(StrEnum):
    """Pulses by which a clinical hand is told to change its grip; which one does what is set in the hand."""

    CO_CONTRACTION = "co-contraction"
    DOUBLE_IMPULSE = "double-impulse"
    HOLD_OPEN = "hold-open"


_SCRIPTS: dict[Gesture, tuple[tuple[float, bool, bool], ...]] = {
    # Both above their thresholds for 80 to 200 ms, within 80 ms of each other.
    Gesture.CO_CONTRACTION: ((0.150, True, True),),
    Gesture.DOUBLE_IMPULSE: ((0.120, True, False), (0.120, False, False), (0.120, True, False)),
    Gesture.HOLD_OPEN: ((1.2, True, False),),
}
"""(how long in s, opening signal, closing signal), one after the other. Lengths: ours, within what is
described for such controllers; no hand's maker has confirmed them."""
QUIET_S = 0.200
"""Both at rest before and after, so that nothing of a movement is taken for part of it."""


@dataclass(frozen=True, slots=True)
class Performance:
    """A gesture that began at a time."""

    gesture: Gesture
    t_start_s: float

    def signals(self, now_s: float) -> tuple[bool, bool] | None:
        """Whether (opening, closing) is at its greatest now; None once it is over."""
        at_s = now_s - self.t_start_s
        for length_s, opening, closing in (
            (QUIET_S, False, False),
            *_SCRIPTS[self.gesture],
            (QUIET_S, False, False),
        ):
            if at_s < length_s:
                return opening, closing
            at_s -= length_s
        return None
