"""The one place that asks what time it is. Control time is monotonic seconds, the same for every process
of one machine (CLOCK_MONOTONIC), so an amplifier's stamp and a limb's stamp can be subtracted."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """What the loop, the guard and the simulators need of time."""

    def now(self) -> float:
        """Monotonic seconds."""
        ...

    def sleep_until(self, t_s: float) -> None:
        """Return at `t_s` or as soon after as the scheduler allows; at once when it has passed."""
        ...


class MonotonicClock:
    """Real time."""

    def now(self) -> float:
        """Monotonic seconds of this machine."""
        return time.monotonic()

    def sleep_until(self, t_s: float) -> None:
        """Sleep in the kernel; returns at once when `t_s` has passed."""
        remaining_s = t_s - time.monotonic()
        if remaining_s > 0:
            time.sleep(remaining_s)


class VirtualClock:
    """Time that moves only when told: thousand-fault scripts run in a minute, and a run replays exactly."""

    def __init__(self, start_s: float = 0.0) -> None:
        self._now_s = start_s

    def now(self) -> float:
        """Virtual seconds."""
        return self._now_s

    def sleep_until(self, t_s: float) -> None:
        """Jump to `t_s`; never backwards."""
        self._now_s = max(self._now_s, t_s)

    def advance(self, seconds: float) -> None:
        """Move time forward by `seconds` (not negative)."""
        if seconds < 0:
            raise ValueError(f"time cannot go back: {seconds} s")
        self._now_s += seconds


CLOCK = MonotonicClock()
READ_MONOTONIC = time.monotonic
"""What `CLOCK.now` asks, for who asks it in its place."""


def now() -> float:
    """Monotonic seconds, real time."""
    return CLOCK.now()


def sleep(seconds: float) -> None:
    """Sleep in real time: for command-line programs and simulators, never for the loop or the guard."""
    CLOCK.sleep_until(CLOCK.now() + seconds)


def wall_offset_s() -> float:
    """Seconds to add to monotonic time to get Unix time. For headers of recordings and for browsers only."""
    return time.time() - time.monotonic()


def cpu_s() -> float:
    """Processor seconds this process has used, in all its threads."""
    return time.process_time()


def stopwatch() -> float:
    """Finest clock there is, for benchmarks: only differences mean anything."""
    return time.perf_counter()
