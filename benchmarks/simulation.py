"""How many times faster than life the simulation is, on one core: the patient alone, and closed-loop trials.

Processor time, best of several passes; 10 ms increments, real frames in memory. `numpy_us` is one product of
440 numbers in numpy at the same time: other machines, and busy ones, compare by it.
"""

from __future__ import annotations

import os
from typing import Any

from rich.console import Console
from rich.table import Table

from ..app.closed.assessing import INSTANT, PHYSICS, AssessOptions, fitted_person, plant_of, task_of
from ..app.closed.fitted import Worn
from ..app.closed.run import run_trials
from ..core.clock import cpu_s
from ..core.errors import InnervateError
from ..sim.user.traits import drawn
from . import patient
from .timing import one_thread

TARGETS = {
    "patient_8ch_x_realtime": 200.0,
    "patient_64ch_x_realtime": 25.0,
    "tac_x_realtime": 50.0,
    "tac_physics_x_realtime": 25.0,
}
"""Times real time, on an unloaded core."""
TRIALS, PASSES = 6, 5


def run(passes: int = PASSES, trials: int = TRIALS) -> dict[str, Any]:
    """The four figures, `numpy_us`, the machine's load and the targets. None: MuJoCo is not installed."""
    options = AssessOptions("tac", trials=trials)
    found: dict[str, Any] = patient.run(passes)
    with one_thread():
        worn = fitted_person(options, options.seed)
        for name, limb in (("tac_x_realtime", INSTANT), ("tac_physics_x_realtime", PHYSICS)):
            try:
                found[name] = max(_times(options, worn, limb) for _ in range(passes))
            except InnervateError:
                found[name] = None
    return {**found, "load": os.getloadavg()[0], "cores": len(os.sched_getaffinity(0)), "targets": TARGETS}


def _times(options: AssessOptions, worn: Worn, limb: str) -> float:
    task = task_of(options.test, options.motions, worn.parts, worn.model.classes)
    loop, user = worn.closed_loop(drawn(worn.seed), plant=plant_of(limb, worn.limb.joint_names))
    begun_s, t_s = cpu_s(), loop.t_s
    run_trials(loop, user, task.trials(options.trials, options.seed), worn.model.classes)
    return (loop.t_s - t_s) / (cpu_s() - begun_s)


def show(console: Console, found: dict[str, Any]) -> None:
    """A row a figure, its target beside it."""
    table = Table("simulation, one core", "times real time", "target")
    for name, target in found["targets"].items():
        value = found[name]
        words = name.removesuffix("_x_realtime").replace("_", " ")
        table.add_row(words, "MuJoCo is not installed" if value is None else f"{value:.1f}", f"{target:g}")
    console.print(table)
    console.print(
        f"load {found['load']:.1f} on {found['cores']} cores; a numpy product: {found['numpy_us']:.2f} us",
        markup=False,
    )
