"""What a second worker brings: one cohort of simulated people, evaluated by one process and by two."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ..calibration.evaluation.cohort import CohortOptions, answers, connected
from ..calibration.evaluation.options import EvaluateOptions
from ..core.clock import stopwatch
from ..core.errors import InnervateError
from ..drivers.recordings.npz import write_recording
from ..sim.anatomy import HAND
from ..sim.patient import Patient
from ..sim.schedule import calibration_schedule
from ..sim.simulate import simulate_recording

PEOPLE, RATE_HZ = 12, 1000.0
REPS, HOLD_S, REST_S = 3, 1.0, 1.0


def run(people: int = PEOPLE) -> dict[str, Any]:
    """Seconds that the work takes with 1 and 2 workers, without their start, and how many times faster 2 are.

    Every worker evaluates one person before the clock starts: then all it needs is imported.
    """
    with tempfile.TemporaryDirectory(prefix="innervate-cohort-") as name:
        folder = Path(name)
        cues = calibration_schedule(tuple(HAND.movements), REPS, HOLD_S, REST_S)
        for seed in range(people):
            recording = simulate_recording(Patient(HAND, RATE_HZ, seed), cues, seed)
            write_recording(folder / f"p{seed:03}.npz", replace(recording, name=f"p{seed:03}.npz"))
        files = sorted(folder.glob("*.npz"))
        seconds = {workers: _seconds(files, workers) for workers in (1, 2)}
    return {
        "people": people,
        "cores": len(os.sched_getaffinity(0)),
        "seconds": {str(workers): taken for workers, taken in seconds.items()},
        "times_faster": seconds[1] / seconds[2],
    }


def _seconds(files: list[Path], workers: int) -> float:
    options = EvaluateOptions()
    with connected(CohortOptions(workers=workers)) as client:
        client.wait_for_workers(workers)
        for address in client.scheduler_info(n_workers=-1)["workers"]:
            list(answers(client, files[:1], options, worker=address))
        begun = stopwatch()
        failed = [why for _, found, why in answers(client, files, options) if found is None]
        taken = stopwatch() - begun
    if failed:
        raise InnervateError(f"cohort: {failed[0]}")
    return taken


def show(console: Console, found: dict[str, Any]) -> None:
    """A row a number of workers."""
    table = Table(
        f"cohort of {found['people']} simulated people, {found['cores']} cores", "s", "times faster"
    )
    one = found["seconds"]["1"]
    for workers, taken in found["seconds"].items():
        table.add_row(
            f"{workers} {'worker' if workers == '1' else 'workers'}", f"{taken:.1f}", f"{one / taken:.2f}"
        )
    console.print(table)
