"""Lost lines by the board's own time. Pure."""

from __future__ import annotations

import math

TURN = 2.0**32
"""millis() and micros() begin again here: after 49 days, after 71 minutes."""
_FOLLOW = 0.1
_BELIEVED_S = 1.0
"""A jump by more is believed when the lines that follow agree: one spoilt number is no gap."""
_AGREEING = 3
_LONGEST_S = 30.0
"""A jump by more is no gap but a board that was started again."""


class StampWatch:
    """How many rows are missing before each line.

    Args:
        period: time between rows, in the stamp's unit.
        per_s: stamps a second: 1e6 or 1e3.
    """

    def __init__(self, period: float, per_s: float) -> None:
        self._period = period
        self._most = _BELIEVED_S * per_s
        self._longest = _LONGEST_S * per_s
        # A stamp of whole units says no more than one unit, and half a period is as good as it gets.
        self._slack = max(0.5, 1.0 / period)
        self._due: float | None = None
        self._odd: list[float] = []

    def missing(self, stamp: float, spoilt: int) -> int | None:
        """Rows missing before the line with this stamp; None when the stamp is not believed.

        Args:
            stamp: as the board says it.
            spoilt: lines since the last good one that could not be read.
        """
        if not math.isfinite(stamp):
            return None
        if self._due is None:
            self._due = stamp + self._period
            return spoilt
        late = (stamp - self._due + TURN / 2) % TURN - TURN / 2
        if abs(late) > self._most:
            return self._odd_one(stamp, late, spoilt)
        self._odd.clear()
        return self._step(late, spoilt)

    def _step(self, late: float, spoilt: int) -> int:
        """Move on to the next line's time."""
        periods = late / self._period
        lost = spoilt if abs(periods - spoilt) <= self._slack else max(0, round(periods))
        due = 0.0 if self._due is None else self._due
        error = late - lost * self._period
        self._due = (due + (lost + 1) * self._period + _FOLLOW * error) % TURN
        return lost

    def _odd_one(self, stamp: float, late: float, spoilt: int) -> int | None:
        """A spoilt number, a long gap, or a board that was started again."""
        if self._odd and not 0 < stamp - self._odd[-1] < self._most:
            self._odd.clear()
        self._odd.append(stamp)
        if len(self._odd) < _AGREEING:
            return None
        self._odd.clear()
        if 0 < late <= self._longest:
            return self._step(late, round(late / self._period))
        # Started again: its stamps no longer say how long it was away. The lines that were doubted are lost.
        self._due = stamp + self._period
        return spoilt
