"""A long recording at full size: a virtual Muovi+ into `innervate record`, each value checked in the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.child import Child, usage
from ..core.clock import CLOCK, now
from ..core.errors import InnervateError
from ..core.records import to_array
from ..core.ring import RingReader
from ..core.settings import write_settings
from ..drivers.lsl.config import machine_only
from ..drivers.recordings.bdf import lsb_said
from ..drivers.recordings.edf_file import open_edf
from ..drivers.recordings.edf_read import emg_signals, samples_in
from ..drivers.recordings.sidecars import read_sidecars
from ..sim.feed import pattern_counts
from .placing import place
from .wires import BenchWire, chosen

_SOURCE = "muovi-plus"
_EVERY_S = 0.5
_SETTLED_S = 5.0
"""A process that has just started still grows."""
_FLAT_PERCENT = 2.0
_MINUTE_S = 60.0
_END_S = 60.0
_START_ROWS, _BLOCK = 2000, 1 << 14

_Seen = tuple[float, float, float, float]
"""Seconds, processor seconds, own memory and resident memory in MB, at one moment."""


def run(seconds: float = 600.0, source: str = _SOURCE) -> dict[str, Any]:
    """Record for so long beside the virtual amplifier.

    Args:
        seconds: of the recording.
        source: name of one in `wires.ALL`.

    Returns:
        JSON values: source, channels, rate_hz, seconds, sent (rows from the first recorded one to the last),
        received, lost (as the recorder counts), wrong_values (in the file), clipped, rounded, file_mb,
        flat, and `processes.{acquisition, recorder}` with cpu_percent, first_mb and last_mb (memory of their
        own, mean of the first and the last minute), grown_percent, flat, and resident_first_mb and
        resident_last_mb: with the pages of files, which a ring that is filled for the first time touches one
        by one.

    Raises:
        InnervateError: what could not start.
    """
    (wire,) = chosen(source)
    with tempfile.TemporaryDirectory(prefix="innervate-bench-") as name:
        folder = Path(name)
        env = machine_only(folder, folder.name)
        env["XDG_RUNTIME_DIR"] = str(folder)  # beside a limb that runs here, not among its files
        ring_path = folder / "amplifier.ring"
        write_settings(folder / "amplifier.json", wire.amplifier(folder, ring=str(ring_path)))
        with Child(
            "innervate.sim.amplifier",
            str(folder / "amplifier.json"),
            log_path=folder / "log.txt",
            env=env,
            leashed=True,
        ) as amplifier:
            facts = amplifier.wait_ready(20.0)
            said, watched = _record(wire, facts, seconds, folder, env)
            ring = RingReader(ring_path)
            newest = to_array(ring.layout, ring.new_payloads()[-1:])
            ring.close()
        path = Path(said["path"])
        wrong = _wrong_values(path, wire, int(newest["first_index"][0]))
        processes = {who: _judged(log) for who, log in watched.items()}
        return {
            "benchmark": "soak",
            "source": wire.name,
            "channels": wire.channels,
            "rate_hz": wire.rate_hz,
            "seconds": said["seconds"],
            "sent": said["samples"],
            "received": said["samples"] - said["lost"],
            "lost": said["lost"],
            "wrong_values": wrong,
            "clipped": said["clipped"],
            "rounded": said["rounded"],
            "file_mb": round(path.stat().st_size / 1e6, 1),
            "flat": all(process["flat"] for process in processes.values()),
            "processes": processes,
        }


def _record(
    wire: BenchWire, facts: dict[str, Any], seconds: float, folder: Path, env: dict[str, str]
) -> tuple[dict[str, Any], dict[str, list[_Seen]]]:
    """What `innervate record` said at the end, and how both processes did meanwhile."""
    source = wire.source(facts)
    command = [sys.executable, "-m", "innervate.app", "record", "--json", "--kind", source.kind]
    for flag, value in (("--port", source.port), ("--host", source.host), ("--stream", source.stream)):
        command += [flag, value] if value else []
    for name, value in source.options:
        command += ["--set", f"{name}={value}"]
    command += ["--patient", "bench", "--out", str(folder / "set"), "--seconds", str(seconds)]
    watched: dict[str, list[_Seen]] = {"recorder": [], "acquisition": []}
    with (folder / "record.json").open("wb") as out, (folder / "record.txt").open("wb") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env={**os.environ, **env})
        try:
            until_s = now() + seconds + _END_S
            while process.poll() is None and now() < until_s:
                CLOCK.sleep_until(now() + _EVERY_S)
                for who, pid in (("recorder", process.pid), ("acquisition", _child_of(process.pid))):
                    cpu_s, resident_mb = usage(pid) if pid else (0.0, 0.0)
                    own_mb = _own_mb(pid)
                    if own_mb:
                        watched[who].append((now(), cpu_s, own_mb, resident_mb))
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(_END_S)
    lines = (folder / "record.json").read_text().splitlines()
    if process.returncode or not lines:
        said = (folder / "record.txt").read_text().strip().splitlines() or ["it said nothing"]
        raise InnervateError(f"innervate record ended with code {process.returncode}: {said[-1]}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found, watched


def _child_of(pid: int) -> int:
    """The process that `pid` has started; 0 for none."""
    try:
        pids = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0
    return int(pids[0]) if pids else 0


def _own_mb(pid: int) -> float:
    """Resident memory that is no file's; 0 when the process has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    own_kb = (int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon:"))
    return next(own_kb, 0) / 1024


def _judged(log: list[_Seen]) -> dict[str, Any]:
    """Processor and memory of one process."""
    if len(log) < 2:
        raise InnervateError("a process of the recording was not seen")
    t_s, cpu_s, own_mb, resident_mb = (np.array(column) for column in zip(*log, strict=True))
    took_s = float(t_s[-1] - t_s[0])
    part_s = min(_MINUTE_S, took_s / 4)
    settled_s = t_s[0] + min(_SETTLED_S, took_s / 4)
    begin, end = (t_s >= settled_s) & (t_s <= settled_s + part_s), t_s >= t_s[-1] - part_s
    first_mb, last_mb = float(own_mb[begin].mean()), float(own_mb[end].mean())
    grown = 100 * (last_mb - first_mb) / first_mb
    return {
        "cpu_percent": round(100 * float(cpu_s[-1] - cpu_s[0]) / took_s, 2),
        "first_mb": round(first_mb, 2),
        "last_mb": round(last_mb, 2),
        "grown_percent": round(grown, 2),
        "flat": abs(grown) <= _FLAT_PERCENT,
        "resident_first_mb": round(float(resident_mb[begin].mean()), 2),
        "resident_last_mb": round(float(resident_mb[end].mean()), 2),
    }


def _wrong_values(path: Path, wire: BenchWire, sent: int) -> int:
    """Values in the file that are not those of the pattern, all of them read back."""
    file = open_edf(path)
    signals = emg_signals(file, read_sidecars(path))
    rows = samples_in(file, signals[0], wire.rate_hz)
    counts = [_counts(file.counts(s)[:rows], lsb_said(s.transducer) or s.lsb, wire.lsb) for s in signals]
    head = np.stack([column[:_START_ROWS] for column in counts], axis=1)
    table = (pattern_counts(0, min(sent, 1 << 16), wire.channels, wire.most)).astype(np.float32)
    first = int(place(table, head.astype(np.float32))[0])
    if first < 0:
        return rows * wire.channels
    wrong = 0
    for at in range(0, rows, _BLOCK):
        n = min(_BLOCK, rows - at)
        expected = pattern_counts(first + at, n, wire.channels, wire.most)
        wrong += sum(int((counts[c][at : at + n] != expected[:, c]).sum()) for c in range(wire.channels))
    return wrong


def _counts(stored: NDArray[Any], file_lsb: float, lsb: float) -> NDArray[np.int32]:
    """Counts of the device from counts of the file."""
    found: NDArray[np.int32] = np.rint(stored * (file_lsb / lsb)).astype(np.int32)
    return found
