"""When was sample k of a device measured that counts its samples but does not stamp them. Pure."""

from __future__ import annotations

import math

_DRIFT = 2e-4
"""More than any two quartzes differ; the estimate may rise by this much a second."""


class SampleClock:
    """The earliest arrival says most: nothing arrives before it was measured, and queues only delay.

    Args:
        rate_hz: nominal rate of the device.
    """

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._zero_s = math.nan
        self._updated_s = 0.0

    def update(self, newest_index: int, t_arrival_s: float) -> None:
        """Sample `newest_index` was the newest in hand at `t_arrival_s`."""
        seen_s = t_arrival_s - newest_index / self._rate_hz
        if math.isnan(self._zero_s):
            self._zero_s = seen_s
        else:
            risen_s = self._zero_s + _DRIFT * (t_arrival_s - self._updated_s)
            self._zero_s = min(risen_s, seen_s)
        self._updated_s = t_arrival_s

    def behind_s(self, newest_index: int, t_arrival_s: float) -> float:
        """How much later than due `newest_index` arrived; 0 before the first update."""
        if math.isnan(self._zero_s):
            return 0.0
        return t_arrival_s - self.time_s(newest_index)

    def time_s(self, index: float) -> float:
        """Monotonic seconds at which sample `index` was in hand at the earliest."""
        return self._zero_s + index / self._rate_hz
