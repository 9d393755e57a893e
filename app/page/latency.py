"""How long decisions take: from the deciding sample in hand (loop) to the limb's write returned (guard)."""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass

WINDOW_S = 10.0
PAUSE_S = 0.25
"""A guard that wrote for no command in this time was not driving: nothing was skipped, it held."""
_ENOUGH = 50
"""Fewer values than this give no percentile that an alarm may rest on."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Over the last ten seconds, milliseconds; None where there is no value.

    Attributes:
        now_ms: newest decision.
        p50_ms: median.
        p99_ms: 99 of 100 were faster; infinite when over 1 in 100 never reached the limb.
        peak_ms: slowest since the last time this was asked.
        budget_ms: what it may take.
        count: decisions that rest behind the percentiles.
        skipped: decisions among them that never reached the limb.
    """

    now_ms: float | None
    p50_ms: float | None
    p99_ms: float | None
    peak_ms: float | None
    budget_ms: float
    count: int
    skipped: int

    @property
    def late(self) -> bool:
        """True when the budget is broken."""
        return self.p99_ms is not None and self.count >= _ENOUGH and self.p99_ms > self.budget_ms


class LatencyWindow:
    """Matches both rings by sample index; a decision that was overtaken counts as infinitely late."""

    def __init__(self) -> None:
        self._arrivals: OrderedDict[int, float] = OrderedDict()
        self._values: deque[tuple[float, float]] = deque()  # (when, ms)
        self._last_matched = -1
        self._last_written_s = -math.inf
        self._peak_ms: float | None = None

    def decided(self, pairs: Iterable[tuple[int, float]]) -> None:
        """(sample index, arrival in monotonic seconds) of decisions whose command was sent."""
        for index, arrival_s in pairs:
            if index > self._last_matched:
                self._arrivals[index] = arrival_s

    def written(self, pairs: Iterable[tuple[int, float]], complete: bool = True) -> None:
        """(sample index, written in monotonic seconds) of the guard's records, oldest first.

        Args:
            pairs: repeated indices are later heartbeats of the same command: only the first one counts.
            complete: False when this reader missed records, so an unmatched decision proves nothing.
        """
        for index, written_s in pairs:
            if index <= self._last_matched or written_s < self._arrivals.get(index, math.inf):
                continue  # recorded before its own frame was written: it still tells of the write before
            driving = written_s - self._last_written_s <= PAUSE_S
            while self._arrivals:
                oldest, arrival_s = next(iter(self._arrivals.items()))
                if oldest > index:
                    break
                del self._arrivals[oldest]
                if oldest == index:
                    self._add(written_s, (written_s - arrival_s) * 1e3)
                elif complete and driving:
                    self._add(written_s, math.inf)
            self._last_matched, self._last_written_s = index, written_s

    def restart(self) -> None:
        """A new run: its indices start again."""
        self._arrivals.clear()
        self._last_matched = -1
        self._last_written_s = -math.inf

    def look(self, now_s: float, budget_ms: float) -> Latency:
        """What the window says now; forgets what is older than ten seconds."""
        while self._values and self._values[0][0] < now_s - WINDOW_S:
            self._values.popleft()
        while self._arrivals and next(iter(self._arrivals.values())) < now_s - WINDOW_S:
            self._arrivals.popitem(last=False)
        peak_ms, self._peak_ms = self._peak_ms, None
        if not self._values:
            return Latency(None, None, None, None, budget_ms, 0, 0)
        ordered = sorted(ms for _, ms in self._values)
        return Latency(
            self._values[-1][1],
            _percentile(ordered, 0.50),
            _percentile(ordered, 0.99),
            peak_ms,
            budget_ms,
            len(ordered),
            sum(1 for ms in ordered if math.isinf(ms)),
        )

    def _add(self, t_s: float, ms: float) -> None:
        self._values.append((t_s, ms))
        self._peak_ms = ms if self._peak_ms is None else max(self._peak_ms, ms)


def _percentile(ordered: list[float], share: float) -> float:
    """Nearest-rank: the smallest value that `share` of them do not exceed; never interpolates to infinity."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
