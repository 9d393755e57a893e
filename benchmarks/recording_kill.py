"""Kill the writer of a recording, again and again, and see what is left on the disk."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import numpy as np

from ..core.clock import CLOCK, now
from ..core.errors import RecordingError
from ..drivers.recordings.bdf import BdfSignal
from ..drivers.recordings.bids import BidsRecording
from ..drivers.recordings.describe import About
from ..drivers.recordings.edf_file import open_edf
from ..drivers.recordings.formats import read
from ..drivers.recordings.mend import mend
from ..sim.feed import pattern_counts

_CHANNELS, _RATE_HZ, _LSB = 8, 1000.0, 0.5
_CHUNK = 10
_MOST = 2**15


def run(times: int = 50, seed: int = 1, *, fast: bool = False) -> dict[str, Any]:
    """Kill a recorder `times` times, each at a random moment of its first three seconds.

    Args:
        times: how often.
        seed: of the moments.
        fast: the recorder takes no pauses, so that it is nearly always killed inside a write.

    Returns:
        JSON values: times, unreadable (files that do not open as they lie there), wrong_values, count_behind
        (headers that count fewer data records than are there), mended (files that are whole after
        `recordings check --mend`), longest_loss_s (newest sample handed over minus last one on the disk).
    """
    moments = random.Random(seed)
    unreadable = wrong = behind = mended = 0
    longest_s = 0.0
    for _ in range(times):
        with tempfile.TemporaryDirectory(prefix="innervate-kill-") as folder:
            moment_s = moments.uniform(0.02, 0.2) if fast else moments.uniform(0.6, 3.0)
            handed = kill_one(Path(folder), moment_s, fast=fast)
            file = next(Path(folder).rglob("*_emg.bdf"), None)
            if file is None:  # killed before the first data record was full
                longest_s = max(longest_s, handed / _RATE_HZ)
                continue
            try:
                found = open_edf(file)
                emg = read(file).emg
            except RecordingError:
                unreadable += 1
                continue
            behind += found.header.records != found.records
            mended += mend(file).verdict == "ok"
            longest_s = max(longest_s, (handed - len(emg)) / _RATE_HZ)
            wrong += int((emg != rows(0, len(emg))).sum())
    return {
        "benchmark": "kill",
        "times": times,
        "unreadable": unreadable,
        "wrong_values": wrong,
        "count_behind": behind,
        "mended": mended,
        "longest_loss_s": round(longest_s, 4),
    }


def kill_one(folder: Path, after_s: float, *, fast: bool = False) -> int:
    """Record into `folder` and SIGKILL that after so many seconds; returns how many samples it was handed."""
    arguments = [sys.executable, "-m", __name__, str(folder), *(["fast"] if fast else [])]
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, process_group=0)
    if child.stdout is None:
        raise RuntimeError("no pipe")
    with child, child.stdout as said:
        said.readline()
        killer = threading.Timer(after_s, child.send_signal, (signal.SIGKILL,))
        killer.start()
        counts = said.read()
        killer.join()
    whole = len(counts) // 8 * 8
    return int.from_bytes(counts[whole - 8 : whole], "little") if whole else 0


def rows(first: int, n: int) -> Any:
    """What is recorded."""
    return (pattern_counts(first, n, _CHANNELS, _MOST) * _LSB).astype(np.float32)


def record(folder: Path, *, fast: bool) -> None:
    """The recorder, until it is killed. Says how many samples it was handed, eight bytes a time."""
    signals = [BdfSignal(f"ch{i + 1}", "uV", _LSB) for i in range(_CHANNELS)]
    made = BidsRecording(folder / "set", About("p1", "kill"), signals, _RATE_HZ)
    print("ready", flush=True)
    begun_s, at = now(), 0
    while True:
        if not fast:
            CLOCK.sleep_until(begun_s + (at + _CHUNK) / _RATE_HZ)
        chunk = rows(at, _CHUNK)
        at += _CHUNK
        os.write(sys.stdout.fileno(), at.to_bytes(8, "little"))
        made.append(chunk)


if __name__ == "__main__":
    record(Path(sys.argv[1]), fast="fast" in sys.argv[2:])
