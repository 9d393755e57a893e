"""What a run did, from the rings of its processes: latency, losses, load.

Latency is from the virtual amplifier's clock just before it writes the deciding sample until the limb's write
has returned (DESIGN.md, "What we measure"), matched by sample index. A decision that no frame was written for
counts as infinitely late, never as missing.
"""

from __future__ import annotations

import math
from collections import deque
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
    index = amplifier_index(telemetry, amplifier, stamped=stamped)
    block = np.searchsorted(amplifier["first_index"], index, side="right") - 1
    t_write_s = amplifier["t_write_s"][np.clip(block, 0, len(amplifier) - 1)]
    guard = guard[guard["t_written_s"] > 0.0]  # 0: the frame had to wait, or none was sent
    acted_on, first_frame = np.unique(guard["sample_index"], return_index=True)
    at = np.clip(np.searchsorted(acted_on, telemetry["sample_index"]), 0, max(0, len(acted_on) - 1))
    latency: NDArray[np.float64] = np.full(len(telemetry), math.inf)
    if len(acted_on):
        written = acted_on[at] == telemetry["sample_index"]
        latency[written] = guard["t_written_s"][first_frame[at[written]]] - t_write_s[written]
    return latency


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
