"""What a run did, from the rings of its processes: latency, losses, load.

Latency is from the virtual amplifier's clock just before it writes the deciding sample until the limb's write
has returned (DESIGN.md, "What we measure"), matched by sample index. A decision that no frame was written for
counts as infinitely late, never as missing.

Where one wire carries both directions, a set-point waits in the driver until the answer under way is there.
That wait is measured too: from the guard's "the driver has it" to the turn in which it found the wire free.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.child import Child, usage
from ..core.clock import now
from ..core.records import to_array
from ..core.ring import RingReader

_KEEP = 120_000
"""Records kept of each ring: 20 minutes at 100 a second; older ones no longer count in the report."""


class RingHistory:
    """All records of a ring while a run lasts, read in time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.reader = RingReader(path)
        self._payloads: deque[bytes] = deque(maxlen=_KEEP)

    def skip(self) -> None:
        """Leave out what has happened so far."""
        self.reader.next_seq = self.reader.newest + 1

    def poll(self) -> None:
        """Fetch what is new; often enough that nothing is overwritten before."""
        self._payloads.extend(self.reader.new_payloads())

    def reopen(self) -> None:
        """Forget what was read and start with what comes now, in the file that lies there now."""
        self.reader.close()
        self.reader = RingReader(self._path)
        self.reader.next_seq = self.reader.newest + 1
        self._payloads.clear()

    def array(self) -> NDArray[Any]:
        """[n] structured array, oldest first."""
        return to_array(self.reader.layout, list(self._payloads))

    @property
    def newest(self) -> dict[str, object] | None:
        """The newest record fetched, unpacked."""
        return self.reader.layout.unpack(self._payloads[-1]) if self._payloads else None


class Load:
    """Processor share and memory of one process between two moments."""

    def __init__(self, child: Child) -> None:
        self._pid = child.pid
        self._t_s = now()
        self._cpu_s, _ = usage(self._pid)

    def so_far(self) -> dict[str, float]:
        """cpu_percent of one core since construction, and resident memory now in MB; 0 once it has ended."""
        cpu_s, rss_mb = usage(self._pid)
        cpu_s = max(cpu_s, self._cpu_s)
        share = 100 * (cpu_s - self._cpu_s) / max(1e-9, now() - self._t_s)
        return {"cpu_percent": round(share, 2), "rss_mb": round(rss_mb, 1)}


def amplifier_index(telemetry: NDArray[Any], amplifier: NDArray[Any], *, stamped: bool) -> NDArray[np.int64]:
    """The virtual amplifier's index of each decision's newest sample.

    An LSL outlet stamps sample k with t0 + k / rate exactly, so the stamp says which sample it was, wherever
    the inlet joined the stream. A Cyton counts from its start, as our driver does.
    """
    index: NDArray[np.int64] = telemetry["sample_index"].astype(np.int64)
    if not stamped or not len(telemetry) or not len(amplifier):
        return index
    first, rate_hz = amplifier[0], float(amplifier[0]["rate_hz"])
    seconds = telemetry["t_sample_s"] - float(first["t_first_sample_s"])
    found: NDArray[np.int64] = np.rint(seconds * rate_hz).astype(np.int64) + int(first["first_index"])
    return found


def decision_latency_s(
    telemetry: NDArray[Any], guard: NDArray[Any], amplifier: NDArray[Any], *, stamped: bool
) -> NDArray[np.float64]:
    """[decisions] seconds; inf where no frame was written for a decision."""
    t_write_s = _amplifier_wrote_s(telemetry, amplifier, stamped=stamped)
    written, frame = _first_of_each(telemetry, guard[guard["t_written_s"] > 0.0])
    latency: NDArray[np.float64] = np.full(len(telemetry), math.inf)
    latency[written] = frame["t_written_s"] - t_write_s[written]
    return latency


@dataclass(frozen=True, slots=True)
class WireWait:
    """What decisions waited for a wire that was taken.

    Attributes:
        wait_s: [decisions] 0 where the frame was written at once; inf where a newer set-point took its place
            before the wire was free; NaN where the driver took none, so that it waited for something else.
        apart_s: [decisions] the latency without it: until the driver had it, and from the free wire to the
            return of the write; inf where the driver took none.
    """

    wait_s: NDArray[np.float64]
    apart_s: NDArray[np.float64]

    @property
    def overtaken(self) -> int:
        """Decisions that a newer set-point took the place of."""
        return int(np.isinf(self.wait_s).sum())


def wire_wait(
    telemetry: NDArray[Any], guard: NDArray[Any], amplifier: NDArray[Any], *, stamped: bool
) -> WireWait:
    """What each decision waited for the limb's wire."""
    t_write_s = _amplifier_wrote_s(telemetry, amplifier, stamped=stamped)
    wait_s = np.full(len(telemetry), math.nan)
    apart_s = np.full(len(telemetry), math.inf)
    handed, first = _first_of_each(telemetry, guard[guard["t_handed_s"] > 0.0])
    handed_s = first["t_handed_s"]
    wait_s[handed] = np.where(first["t_written_s"] > 0.0, 0.0, math.inf)
    apart_s[handed] = handed_s - t_write_s[handed]
    written, frame = _first_of_each(telemetry, guard[guard["t_written_s"] > 0.0])
    t_handed_s = np.full(len(telemetry), math.nan)
    t_handed_s[handed] = handed_s
    later = np.isinf(wait_s[written])
    at = np.flatnonzero(written)[later]
    wait_s[at] = frame["t_s"][later] - t_handed_s[at]
    apart_s[at] += frame["t_written_s"][later] - frame["t_s"][later]
    return WireWait(wait_s, apart_s)


def _amplifier_wrote_s(
    telemetry: NDArray[Any], amplifier: NDArray[Any], *, stamped: bool
) -> NDArray[np.float64]:
    """[decisions] when the virtual amplifier was about to write each decision's newest sample."""
    index = amplifier_index(telemetry, amplifier, stamped=stamped)
    block = np.searchsorted(amplifier["first_index"], index, side="right") - 1
    t_write_s: NDArray[np.float64] = amplifier["t_write_s"][np.clip(block, 0, len(amplifier) - 1)]
    return t_write_s


def _first_of_each(telemetry: NDArray[Any], records: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    """[decisions] whether the guard's `records` tell of it, and [those] the first record that does."""
    told_of, first = np.unique(records["sample_index"], return_index=True)
    found: NDArray[np.bool_] = np.isin(telemetry["sample_index"], told_of)
    return found, records[first[np.searchsorted(told_of, telemetry["sample_index"][found])]]


def quantiles_ms(latency_s: NDArray[np.float64]) -> dict[str, float | None]:
    """p50, p99, p99_9 and max in ms; None stands for infinite. Not interpolated: each one happened."""

    def in_ms(value_s: float) -> float | None:
        return round(value_s * 1e3, 3) if math.isfinite(value_s) else None

    if not len(latency_s):
        return dict.fromkeys(("p50", "p99", "p99_9", "max"))
    found = {
        name: in_ms(float(np.quantile(latency_s, q, method="higher")))
        for name, q in (("p50", 0.5), ("p99", 0.99), ("p99_9", 0.999))
    }
    return {**found, "max": in_ms(float(latency_s.max()))}
