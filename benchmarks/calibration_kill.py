"""Kill a guided calibration in the middle, and see which repetitions are on the disk."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np

from ..calibration.guided.journal import FolderJournal
from ..calibration.guided.listen import Signal
from ..calibration.guided.plan import Timing, Wishes, plan_of
from ..calibration.guided.sitting import Sitting
from ..core.chunk import MICROVOLT
from ..core.clock import sleep

PLAN = plan_of(Wishes(("open", "power", "pinch"), 3), Timing(0.5, 1.0, 1.5, 2.0, 2.0))
SIGNAL = Signal(("ch1", "ch2"), 500.0, MICROVOLT)
_CHUNK, _PAUSE_S, _LOUD = 100, 0.002, 10.0


def kill_one(folder: Path, after: int, wait_s: float) -> int:
    """Calibrate into `folder`, and SIGKILL that so long after so many repetitions were kept.

    Returns:
        Repetitions that the process said were kept.
    """
    arguments = [sys.executable, "-m", __name__, str(folder)]
    child = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, process_group=0)
    if child.stdout is None:
        raise RuntimeError("no pipe")
    with child, child.stdout as said:
        said.readline()
        told = [said.readline() for _ in range(after)]
        try:
            child.wait(wait_s)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        told += said.read().splitlines(keepends=True)
    return sum(line.endswith("\n") for line in told)


def kept(folder: Path) -> list[int]:
    """Steps that are on the disk, in order."""
    return [repetition.index for repetition in FolderJournal(folder, PLAN).saved()]


def calibrate(folder: Path) -> None:
    """Until it is killed, or over. Says the step of every repetition once it is kept."""
    sitting = Sitting(PLAN, SIGNAL, FolderJournal(folder, PLAN))
    session, rng = sitting.session, np.random.default_rng(1)
    sitting.start()
    print("ready", flush=True)
    while session.step is not None:
        held = session.phase == "hold" and not session.step.is_rest
        n = min(_CHUNK, session.left)
        emg = rng.standard_normal((n, len(SIGNAL.channels))) * (_LOUD if held else 1.0)
        for event in sitting.push(emg.astype(np.float32)):
            if event.repetition is not None:
                print(event.repetition.index, flush=True)
        sleep(_PAUSE_S)


if __name__ == "__main__":
    calibrate(Path(sys.argv[1]))
