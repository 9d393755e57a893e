"""Simultaneous proportional control by a simulated patient: what velocities are worth against the effort that
they really made, and what still moves at rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from ..calibration.train import train
from ..calibration.velocities import DofTable, figures
from ..controller.settings import ShapingSettings
from ..controller.velocity import VelocityShaper
from ..core.chunk import MICROVOLT
from ..core.movements import REST
from ..core.profile import Control
from ..drivers.recordings.npz import Recording
from ..models.design import design_pipeline
from ..models.model import Model
from ..models.runtime import Runtime
from ..sim.anatomy import HAND, Body
from ..sim.patient import Patient
from ..sim.schedule import Cue, Timeline, calibration_schedule
from ..sim.simulate import simulate_recording

RATE_HZ, INCREMENT_MS = 1000.0, 10.0
SEEDS = (1, 2, 3, 4, 5)
LEVEL = 0.6
"""Mean effort in calibration: what velocity 1 stands for."""
TRIED = (0.2, 0.8)
"""Efforts that are tried: calibration knows .45 to .75."""
SETTLED_S = 1.0
"""Rest counts from so long after its cue: reaction and ebb are not rest."""
_RAMP_S = Control().ramp_ms / 1e3
FIGURES = ("r2", "correlation", "right", "both", "strayed", "rest_moved")

GRIPS, WRIST = ("open", "power"), ("wrist flexion", "wrist extension")

Floats = NDArray[np.float64]


def two_dof_body() -> Body:
    """The simulated forearm: open, power, wrist flexion and extension, and every two of them at once, as the
    sum of what both tense."""
    single = {name: HAND.movements[name] for name in (REST, *GRIPS, *WRIST)}
    both = {
        f"{bent}+{grip}": tuple(min(1.0, a + b) for a, b in zip(single[bent], single[grip], strict=True))
        for bent in WRIST
        for grip in GRIPS
    }
    return replace(HAND, movements={**single, **both})


def calibrated(seed: int, combined: bool) -> Model:
    """Three repetitions of every movement, as in the demo; `combined`: those of two at once too."""
    body = two_dof_body()
    asked = [name for name in body.movements if combined or "+" not in name]
    patient = Patient(body, RATE_HZ, seed)
    recording: Recording = simulate_recording(patient, calibration_schedule(asked, level=LEVEL), seed)
    settings = design_pipeline(RATE_HZ, body.channels, INCREMENT_MS, unit=MICROVOLT)
    return train([recording], settings, velocities=True)


def tried(seed: int, body: Body, seconds: float = 2.0, times: int = 3) -> Iterator[Cue]:
    """Rest and every movement in turn, in an order and of an effort by chance."""
    rng = np.random.default_rng([seed, 17])
    t_s = 0.0
    for rep in range(times):
        for movement in rng.permutation([name for name in body.movements if name != REST]).tolist():
            yield Cue(REST, t_s, seconds, 0.0, rep)
            yield Cue(movement, t_s + seconds, seconds, float(rng.uniform(*TRIED)), rep)
            t_s += 2 * seconds


def measured(model: Model, seed: int) -> dict[str, dict[str, Any]]:
    """One patient tries everything: `decoded` (of the regressor, nothing where rest is decided) and `driven`
    (after dead band and ramp, as a limb is driven), each as `velocities.figures` against the effort that
    was made, 1 being that of calibration; and `both`: share of time in which two degrees of freedom were
    asked for and both moved the right way."""
    body = two_dof_body()
    classes = tuple(body.movements)
    table = DofTable.of(classes, "simulated")
    cues = list(tried(seed, body))
    timeline = Timeline(body, cues, classes, RATE_HZ, seed + 100)
    # The same body as was calibrated, on whom everything random goes on differently.
    patient = Patient(body, RATE_HZ, seed)
    shaper = VelocityShaper(table.dofs, model.settings.increment_s, ShapingSettings(ramp_s=_RAMP_S))
    runtime = Runtime(model, outlier_limit=Control().outlier_limit)
    decoded: list[tuple[float, ...]] = []
    driven: list[tuple[float, ...]] = []
    wanted, resting = [], []
    step, making = model.settings.increment_samples, 0
    for _ in range(round(cues[-1].end_s * RATE_HZ) // step):
        asked = timeline.step(step)
        (decided,) = runtime.push(patient.step(step, asked.excitation))
        holds = not decided.frame.ready or decided.unfamiliar or not decided.trusted
        rests = holds or decided.class_index == model.rest_class
        decoded.append((0.0,) * len(table.dofs) if rests else decided.velocities)
        driven.append(shaper.update(decided.velocities, rests))
        effort = min(float(asked.level[-1]) / LEVEL, 1.0)
        # Muscles ebb away after their cue: what is still made then is the last movement.
        making = int(asked.cue[-1]) or making
        wanted.append(table.targets[making] * effort)
        resting.append(asked.cue[-1] == 0 and asked.since_s[-1] > SETTLED_S)
    truth, rested = np.array(wanted), np.array(resting)
    return {
        name: _scored(np.array(found), truth, rested, table)
        for name, found in (("decoded", decoded), ("driven", driven))
    }


def _scored(found: Floats, truth: Floats, rested: NDArray[np.bool_], table: DofTable) -> dict[str, Any]:
    clear = np.where(np.abs(truth) > 0.2, truth, 0.0)
    told = figures(found, truth, rested, table)
    at_clear = figures(found, clear, rested, table)
    two = (clear != 0.0).all(axis=1)
    both = figures(found[two], clear[two], rested[two], table)
    return {**told, "right": at_clear["right"], "strayed": at_clear["strayed"], "both": both["right"]}


def run(progress: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Measure.

    Returns:
        JSON values: `rows[].{trained, seed, decoded, driven}`, the last two as `measured`, and
        `mean.{trained}.{decoded, driven}.{r2, ...}` over seeds.
    """
    tell = progress or (lambda _what: None)
    rows: list[dict[str, Any]] = []
    for combined, trained in ((False, "single movements"), (True, "and two at once")):
        for seed in SEEDS:
            tell(f"{trained}, seed {seed}")
            rows.append({"trained": trained, "seed": seed, **measured(calibrated(seed, combined), seed)})
    mean = {
        trained: {
            way: {
                name: float(np.mean([row[way][name] for row in rows if row["trained"] == trained]))
                for name in FIGURES
            }
            for way in ("decoded", "driven")
        }
        for trained in dict.fromkeys(row["trained"] for row in rows)
    }
    return {"rows": rows, "mean": mean}


def show(console: Console, found: dict[str, Any]) -> None:
    """A row a way of calibrating."""
    table = Table("calibrated on", "", "R2", "correlation", "right", "both", "strayed", "moved at rest")
    for trained, ways in found["mean"].items():
        for way, one in ways.items():
            table.add_row(trained, way, *(f"{one[name]:.3f}" for name in FIGURES))
    console.print(table)
