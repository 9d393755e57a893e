"""What each source makes of faults: how long nothing came, and whether it knows exactly what was lost.

The truth is not taken from any counter: every row that arrived is recognised in the pattern that was sent.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.clock import now
from ..core.errors import InnervateError, SourceLost
from ..drivers.kept import KeptSource
from ..drivers.source import EmgSource
from ..drivers.table import source_for
from ..sim.faults import Fault
from .fault_bench import FaultBench
from .fault_plan import PLANS, planned
from .placing import place
from .wires import ALL, BenchWire, chosen

_WAIT_S = 0.05
_TAIL_S = 0.6
"""After the last fault, to see that right rows come again."""
_MOST_S = 40.0

Report = dict[str, Any]


def run(source: str = "all", progress: Callable[[str], None] = lambda _: None) -> list[Report]:
    """Every fault that each source's wire can have.

    Args:
        source: name of one, or "all".
        progress: told what is measured next.

    Returns:
        One object a source: source, faults, recovered (faults after which right rows came again), lost (rows
        between the first and the last of each session that never arrived), lost_counted (rows that the source
        said were lost there), wrong_values, longest_outage_s (between two right rows in hand),
        longest_fault_s (what the longest fault itself took), sessions, outage_s and outage_filled_s (away
        between sessions: nobody measured anything, rows are filled in by time), kinds;
        `uncountable_faults`: the same for faults whose place the wire does not show; `error` where it failed.
    """
    found = []
    for wire in chosen(source, [w for w in ALL if w.name in PLANS]):
        progress(wire.name)
        plan = PLANS[wire.name]
        report: Report = {"source": wire.name}
        try:
            report |= measure(wire, plan.countable)
            if plan.uncountable:
                report["uncountable_faults"] = measure(wire, plan.uncountable)
        except InnervateError as error:
            report["error"] = str(error)
        found.append(report)
    return found


def measure(wire: BenchWire, kinds: tuple[str, ...]) -> Report:
    """One source, and one fault of each kind in turn.

    Raises:
        InnervateError: it could not be opened at all, or never came back.
    """
    with tempfile.TemporaryDirectory(prefix="innervate-bench-") as folder:
        faults = planned(wire, kinds)
        bench = FaultBench(wire, faults, Path(folder))
        try:
            source = KeptSource(source_for(wire.source(bench.facts)))
            with source:
                log = _follow(source, bench, wire)
            happened = bench.happened
        finally:
            bench.close()
    return {"kinds": list(kinds), **log.judged(wire, happened), "faults": len(faults)}


class _Log:
    """All that was read."""

    def __init__(self) -> None:
        self.samples: list[NDArray[np.float32]] = []
        self.valid: list[NDArray[np.bool_]] = []
        self.session: list[NDArray[np.int64]] = []
        self.in_hand_s: list[NDArray[np.float64]] = []

    def judged(self, wire: BenchWire, happened: list[Fault]) -> Report:
        """Compare with what was sent."""
        samples = np.concatenate(self.samples)
        valid: NDArray[np.bool_] = np.logical_and.reduce(np.concatenate(self.valid), axis=1)
        session, in_hand_s = np.concatenate(self.session), np.concatenate(self.in_hand_s)
        table = wire.expected(round(_MOST_S * wire.rate_hz))
        index = np.full(len(samples), -1, np.int64)
        lost = counted = filled = 0
        away_s = 0.0
        last_s, last_at = None, -1
        begin = 0
        for each in np.unique(session).tolist():
            at = np.flatnonzero(valid & (session == each))
            if not len(at):
                continue
            found = place(table[begin:], samples[at], np.diff(at, prepend=-2) == 1)
            found[found >= 0] += begin
            index[at] = found
            right = found[found >= 0]
            if len(right):
                lost += int(right[-1] - right[0]) + 1 - len(right)
                begin = int(right[-1]) + 1
            counted += int((~valid[at[0] : at[-1]]).sum())
            if last_s is not None:
                away_s += float(in_hand_s[at[0]]) - last_s
                filled += int(at[0]) - last_at - 1
            last_s, last_at = float(in_hand_s[at[-1]]), int(at[-1])
        right_at = np.flatnonzero(index >= 0)
        wrong = np.flatnonzero(valid & (index < 0))
        return {
            "happened": len(happened),
            "recovered": _recovered(happened, index[right_at]),
            "longest_outage_s": round(float(np.diff(in_hand_s[right_at]).max(initial=0.0)), 3),
            "longest_fault_s": max(
                (f.seconds for f in happened if f.kind in ("stall", "silence", "unplug")), default=0.0
            ),
            "lost": lost,
            "lost_counted": counted,
            "wrong_values": len(wrong) * wire.channels,
            "sessions": len(np.unique(session)),
            "outage_s": round(away_s, 3),
            "outage_filled_s": round(filled / wire.rate_hz, 3),
            "rows": len(right_at),
        }


def _recovered(happened: list[Fault], index: NDArray[np.int64]) -> int:
    """Faults between which and the next one right rows came that were measured after it."""
    ends = [fault.at_sample for fault in happened[1:]] + [np.iinfo(np.int64).max]
    return sum(
        bool(((index > fault.at_sample) & (index < end)).any())
        for fault, end in zip(happened, ends, strict=True)
    )


def _follow(source: EmgSource, bench: FaultBench, wire: BenchWire) -> _Log:
    """Read until all faults are over and right rows have come for a while."""
    log = _Log()
    at_once = max(1, round(0.01 * wire.rate_hz))
    until_s, over_s = now() + _MOST_S, 0.0
    while now() < until_s:
        try:
            chunk = source.read(at_once, now() + _WAIT_S)
        except SourceLost as error:
            raise InnervateError(f"{wire.name}: it did not come back: {error}") from error
        if len(chunk):
            log.samples.append(chunk.samples)
            log.valid.append(chunk.valid)
            log.session.append(np.full(len(chunk), source.reconnects))  # type: ignore[attr-defined] # KeptSource
            log.in_hand_s.append(np.full(len(chunk), now()))
        if not bench.over or not len(chunk) or not chunk.valid[-1].all():
            over_s = now()
        elif now() - over_s > _TAIL_S:
            return log
    raise InnervateError(f"{wire.name}: after {_MOST_S:g} s it has not come back from {bench.happened[-1:]}")
