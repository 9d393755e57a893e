"""When was sample k of a device measured that counts its samples but does not stamp them. Pure."""

from __future__ import annotations

import math
from collections import deque
from statistics import median

_SLACK = 2e-4
"""More than any two quartzes differ: until the drift is known, the estimate rises by no more a second."""
_MOST_DRIFT = 0.02
"""A rate that is further off is a lie, not a drift: see `RateWatch`."""
_BLOCK_S = 1.0
_BLOCKS = 16
_FEWEST = 4
"""Blocks until the drift is believed."""


class SampleClock:
    """The earliest arrival says most: nothing arrives before it was measured, and queues only delay.

    Each second's least delay is one point; a line under the newest of them (Theil-Sen slope) gives the
    device's drift against our clock. A single late packet changes nothing, so jitter is removed, and nothing
    has to be waited for.

    Args:
        rate_hz: nominal rate of the device.
    """

    def __init__(self, rate_hz: float) -> None:
        self._period_s = 1.0 / rate_hz
        self.reset()

    def reset(self) -> None:
        """The next sample begins a new session of the device."""
        self._zero_s = math.nan
        self._updated_s = 0.0
        self._drift = 0.0
        self._block_end_s = math.nan
        self._least: tuple[float, float] = (0.0, math.inf)
        self._points: deque[tuple[float, float]] = deque(maxlen=_BLOCKS)

    def update(self, newest_index: int, t_arrival_s: float) -> None:
        """Sample `newest_index` was the newest in hand at `t_arrival_s`."""
        seen_s = t_arrival_s - newest_index * self._period_s
        if math.isnan(self._zero_s):
            self._zero_s = seen_s
            self._block_end_s = t_arrival_s + _BLOCK_S
        else:
            slack = _SLACK if len(self._points) < _FEWEST else 0.1 * _SLACK
            risen_s = self._zero_s + (self._drift + slack) * (t_arrival_s - self._updated_s)
            self._zero_s = min(risen_s, seen_s)
        self._updated_s = t_arrival_s
        if seen_s < self._least[1]:
            self._least = (t_arrival_s, seen_s)
        if t_arrival_s >= self._block_end_s:
            self._close_block(t_arrival_s)

    def _close_block(self, t_s: float) -> None:
        points = self._points
        points.append(self._least)
        self._least = (0.0, math.inf)
        self._block_end_s = t_s + _BLOCK_S
        if len(points) < _FEWEST:
            return
        slopes = [
            (later[1] - earlier[1]) / (later[0] - earlier[0])
            for i, earlier in enumerate(points)
            for later in list(points)[i + 1 :]
        ]
        self._drift = min(max(median(slopes), -_MOST_DRIFT), _MOST_DRIFT)
        self._zero_s = min(seen_s + self._drift * (t_s - at_s) for at_s, seen_s in points)

    def behind_s(self, newest_index: int, t_arrival_s: float) -> float:
        """How much later than due `newest_index` arrived; 0 before the first update."""
        if math.isnan(self._zero_s):
            return 0.0
        drifted_s = self._zero_s + self._drift * (t_arrival_s - self._updated_s)
        return t_arrival_s - newest_index * self._period_s - drifted_s

    def time_s(self, index: float) -> float:
        """Monotonic seconds at which sample `index` was in hand at the earliest."""
        return self._zero_s + index * self._period_s

    @property
    def rate_hz(self) -> float:
        """The device's rate by our clock; the nominal one until its drift is known."""
        return (1.0 - self._drift) / self._period_s


_FEWEST_S, _SPAN_S = 1.0, 4.0
_OFF, _OFF_EARLY = 0.02, 0.06
"""Share by which a rate must be off, and what is added to it, divided by the seconds looked at: bursts of 16
ms and a quartz move it by a quarter of that."""
_MOST_LOST = 0.25
_STALL_S = 0.07
"""Longer without a row is a stall. What piled up may trickle in, twice as fast as usual or faster: until it
is in, too few rows have come, and a count that begins now would find too many later."""


class RateWatch:
    """Notices a device that says one rate and sends at another: a tenth after a second, 3 % after eight.

    Args:
        rate_hz: what it says.
    """

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self.reset()

    def reset(self) -> None:
        """Begin again, after an interruption."""
        self._marks: deque[tuple[float, int, int]] = deque(maxlen=2)
        self._rows = self._lost = 0
        self._arrival_s, self._caught_up_s = 0.0, -math.inf
        self.measured_hz: float | None = None
        """Rows a second over the last four to eight seconds; None in the first."""
        self.wrong = False
        """It sends more or fewer samples than it says, by more than any clock is wrong."""

    def count(self, rows: int, lost: int, t_arrival_s: float) -> None:
        """So many rows more, lost ones among them, had come by `t_arrival_s`."""
        self._rows += rows
        self._lost += lost
        # The first rows may have waited for us, and say nothing: the count begins after them.
        if not self._marks:
            self._marks.append((t_arrival_s, self._rows, self._lost))
            self._arrival_s = t_arrival_s
        stalled_s, self._arrival_s = t_arrival_s - self._arrival_s, t_arrival_s
        if stalled_s > _STALL_S:
            # As long again; and nothing caught up with an earlier stall meanwhile.
            self._caught_up_s = max(self._caught_up_s + stalled_s, t_arrival_s) + stalled_s
        if t_arrival_s < self._caught_up_s:
            return
        from_s, rows_then, lost_then = self._marks[0]
        span_s = t_arrival_s - from_s
        if span_s < _FEWEST_S:
            return
        rows, lost = self._rows - rows_then, self._lost - lost_then
        # A stream stamped at half its rate looks like one that loses every other sample.
        received = rows if lost < _MOST_LOST * rows else rows - lost
        self.measured_hz = received / span_s
        self.wrong = abs(self.measured_hz / self._rate_hz - 1.0) > _OFF + _OFF_EARLY / span_s
        if t_arrival_s - self._marks[-1][0] >= _SPAN_S:
            self._marks.append((t_arrival_s, self._rows, self._lost))
