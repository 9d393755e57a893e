"""From a stream's stamps to monotonic time here."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from ...core.clock import now

_SAME_CLOCK_S = 1e-3
"""LSL's clock is CLOCK_MONOTONIC on Linux; a smaller difference is only the time between two readings."""
_AGAIN_S, _MOST_STEP_S = 5.0, 1e-3
"""How often another machine's clock is looked at, and by how much the offset follows it at most: faster than
any two quartzes part (200 ppm), slow enough that one bad measurement over Wi-Fi moves nothing."""


def monotonic_offset_s(pylsl: Any) -> float:
    """Seconds to add to `pylsl.local_clock` to get monotonic time."""
    before_s = now()
    ours_s: float = (before_s + now()) / 2 - pylsl.local_clock()
    return 0.0 if abs(ours_s) < _SAME_CLOCK_S else ours_s


class StampOffset:
    """Seconds to add to a stamp of one inlet.

    Args:
        pylsl: the module.
        inlet: open.
        host: where the stream says it comes from; this machine's need no measuring.
        timeout_s: for the first measurement.

    Raises:
        TimeoutError: another machine's clock cannot be measured.
    """

    def __init__(self, pylsl: Any, inlet: Any, host: str, timeout_s: float) -> None:
        self._inlet = inlet
        self._ours_s = monotonic_offset_s(pylsl)
        self.remote = host != socket.gethostname()
        self.seconds = self._ours_s
        self._next_s = now() + _AGAIN_S
        if self.remote:
            self.seconds += inlet.time_correction(timeout_s)

    def follow(self, now_s: float) -> None:
        """Take what liblsl, in a thread of its own, has measured: another machine's clock drifts."""
        if not self.remote or now_s < self._next_s:
            return
        self._next_s = now_s + _AGAIN_S
        with contextlib.suppress(TimeoutError, RuntimeError):
            off_s = self._ours_s + self._inlet.time_correction(0.0) - self.seconds
            self.seconds += min(max(off_s, -_MOST_STEP_S), _MOST_STEP_S)
