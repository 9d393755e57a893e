"""What each driver costs and how soon it hands over: real processes, real time, every value checked."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.child import Child
from ..core.clock import now
from ..core.errors import InnervateError
from ..core.records import to_array
from ..core.ring import RingReader
from ..core.settings import write_settings
from ..drivers.lsl.config import machine_only
from ..drivers.recordings.npz import Recording, write_recording
from ..drivers.settings import SourceSettings
from .driver_reader import ReaderSettings
from .peers import PEERS, beside_libemg
from .placing import place
from .wires import BenchWire, chosen

INCREMENT_S = 0.01
TARGETS = ((8, 1000.0, 5.0), (64, 2000.0, 20.0))
"""Channels, Hz, and the most that a driver may take of one core, in percent."""
_START_S, _END_S = 20.0, 15.0
_SPARE_S = 3.0

Report = dict[str, Any]


def run(
    source: str = "all",
    seconds: float = 8.0,
    peer_python: Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> list[Report]:
    """Read each source for a while.

    Args:
        source: name of one in `wires.ALL`, or "all".
        seconds: how long each.
        peer_python: Python that has LibEMG, for the devices that it has a streamer for; None leaves it out.
        progress: told what is measured next.

    Returns:
        One object a source: source, channels, rate_hz, sent, received, exact (None: nothing to compare with),
        latency_ms and handed_ms (from the last byte's hand-over) `.{p50, p99}`, cpu_percent, target_percent,
        wakes_per_increment, lost, wrong_rows, seconds, fifo; `libemg` where that was measured beside it;
        `error` instead where it could not be read.
    """
    found = []
    for wire in chosen(source):
        progress(wire.name)
        with tempfile.TemporaryDirectory(prefix="innervate-bench-") as name:
            folder = Path(name)
            facts: Report = {"source": wire.name, "channels": wire.channels, "rate_hz": wire.rate_hz}
            try:
                report = facts | measure(wire, seconds, folder)
            except InnervateError as error:
                report = facts | {"error": str(error)}
            if peer_python is not None and wire.name in PEERS and "error" not in report:
                report["libemg"] = beside_libemg(wire, peer_python, seconds, folder, report["cpu_percent"])
        found.append(report)
    return found


def target_percent(channels: int, rate_hz: float) -> float | None:
    """The most processor that a source of this size may take; None for larger ones."""
    fitting = [most for ch, hz, most in TARGETS if channels * rate_hz <= ch * hz]
    return fitting[0] if fitting else None


def measure(wire: BenchWire, seconds: float, folder: Path) -> Report:
    """One source, its virtual device and its reader in processes of their own.

    Raises:
        InnervateError: one of them could not start.
    """
    env = machine_only(folder, folder.name)
    if wire.kind == "playback":
        settings = SourceSettings("playback", path=str(_recording(wire, seconds + _SPARE_S, folder)))
        return _judge(wire, *_read(settings, seconds, folder, env, None), None)
    ring_path = folder / "amplifier.ring"
    write_settings(folder / "amplifier.json", wire.amplifier(folder, ring=str(ring_path)))
    with Child(
        "innervate.sim.amplifier",
        str(folder / "amplifier.json"),
        log_path=folder / "log.txt",
        env=env,
        leashed=True,
    ) as amplifier:
        facts = amplifier.wait_ready(_START_S)
        ring = RingReader(ring_path)
        payloads: list[bytes] = []
        said, rows = _read(
            wire.source(facts), seconds, folder, env, lambda: payloads.extend(ring.new_payloads())
        )
        truth = to_array(ring.layout, payloads)
        ring.close()
    return _judge(wire, said, rows, truth)


def _read(
    source: SourceSettings,
    seconds: float,
    folder: Path,
    env: dict[str, str],
    meanwhile: Callable[[], None] | None,
) -> tuple[Report, dict[str, NDArray[Any]]]:
    """What the reader said of itself, and what it read."""
    path = folder / "rows.npz"
    write_settings(folder / "reader.json", ReaderSettings(source, seconds, INCREMENT_S, str(path)))
    with Child(
        "innervate.benchmarks.driver_reader",
        str(folder / "reader.json"),
        log_path=folder / "log.txt",
        env=env,
        leashed=True,
    ) as reader:
        facts = reader.wait_ready(_START_S)
        until_s = now() + seconds + _END_S
        line = None
        while line is None and now() < until_s:
            line = reader.read_line(0.2)
            if meanwhile is not None:
                meanwhile()
    if not line:
        raise InnervateError(f"{source.kind}: {_last_line(folder / 'log.txt')}")
    with np.load(path) as file:
        rows = {name: file[name] for name in file.files}
    return {**facts, **json.loads(line)}, rows


def _last_line(log: Path) -> str:
    """What the reader died of."""
    lines = log.read_text().strip().splitlines()
    return lines[-1] if lines else "the reader ended without a report"


def _recording(wire: BenchWire, seconds: float, folder: Path) -> Path:
    """The pattern as a file."""
    emg = wire.expected(round(seconds * wire.rate_hz))
    marks = np.zeros(len(emg), np.int16)
    path = folder / "pattern.npz"
    write_recording(
        path, Recording(path.name, emg, marks, marks, marks, marks, None, wire.rate_hz, ("rest",))
    )
    return path


def _judge(
    wire: BenchWire, said: Report, rows: dict[str, NDArray[Any]], truth: NDArray[Any] | None
) -> Report:
    """The report: every row recognised, every block's way timed."""
    whole: NDArray[np.bool_] = np.logical_and.reduce(rows["valid"], axis=1)
    there = np.flatnonzero(whole)
    if not len(there):
        raise InnervateError(f"{wire.name}: no row came")
    most = len(whole) + round(_SPARE_S * wire.rate_hz)
    if truth is not None and len(truth):
        most = max(most, int(truth["first_index"][-1] + truth["n"][-1]))
    joined = np.diff(there, prepend=-2) == 1
    index = place(wire.expected(most), rows["samples"][whole], joined)
    right = index[index >= 0]
    wrong = int((index < 0).sum())
    sent = int(right[-1] - right[0]) + 1 if len(right) else 0
    placed = np.full(len(whole), -1, np.int64)
    placed[there] = index
    return {
        "sent": sent,
        "received": len(right),
        "exact": wrong == 0 and sent == len(right),
        "latency_ms": _latency_ms(rows, placed, truth, "t_write_s"),
        "handed_ms": _latency_ms(rows, placed, truth, "t_handed_s"),
        "cpu_percent": round(100 * said["cpu_s"] / said["seconds"], 2),
        "target_percent": target_percent(wire.channels, wire.rate_hz),
        "wakes_per_increment": round(said["waits"] / max(1, len(rows["sizes"])), 2),
        "increments": len(rows["sizes"]),
        "lost": said["lost"],
        "wrong_rows": wrong,
        "seconds": round(said["seconds"], 2),
        "fifo": said["fifo"],
    }


def _latency_ms(
    rows: dict[str, NDArray[Any]], placed: NDArray[np.int64], truth: NDArray[Any] | None, since: str
) -> dict[str, float | None]:
    """From the write of the block with a chunk's newest row until that chunk was in hand."""
    newest = np.cumsum(rows["sizes"]) - 1
    index, in_hand = placed[newest], rows["in_hand"]
    if truth is None:  # a recording: its rows are due, nobody writes them
        late_s = in_hand - rows["t_s"][newest]
    else:
        block = np.searchsorted(truth["first_index"], index, side="right") - 1
        known = (index >= 0) & (block >= 0)
        block = np.clip(block, 0, len(truth) - 1)
        known &= index < truth["first_index"][block] + truth["n"][block]
        late_s = (in_hand - truth[since][block])[known]
    if not len(late_s):
        return {"p50": None, "p99": None}
    p50, p99 = np.quantile(late_s, (0.5, 0.99), method="higher") * 1e3
    return {"p50": round(float(p50), 3), "p99": round(float(p99), 3)}
