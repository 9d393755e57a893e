"""A simulated person in a recalibration: how they follow the prompts, and what befell their electrodes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from innervate.app.closed.fitted import Worn, calibrated
from innervate.calibration.prompts import labelled, prompts_for
from innervate.calibration.recalibration import Verdict, judge, passes_of
from innervate.sim.anatomy import PRESETS
from innervate.sim.disturbances.disturbed import Disturbed
from innervate.sim.disturbances.table import parse
from innervate.sim.schedule import Cue
from innervate.sim.simulate import simulate_recording
from numpy.typing import NDArray

MOVES = ("open", "power", "pinch", "key", "pronation", "supination")


@cache
def person(seed: int) -> Worn:
    return calibrated(PRESETS["transradial"], "transradial", seed, MOVES)


@cache
def followed(seed: int, how: str, disturbances: tuple[str, ...] = ()) -> NDArray[np.float32]:
    """EMG of the two passes, from the end of the countdown."""
    worn = person(seed)
    rng = np.random.default_rng(worn.seed)
    cues = []
    for prompt in prompts_for(worn.model.classes):
        cue = Cue(prompt.movement, prompt.start_s, prompt.duration_s, 0.6, prompt.rep)
        if prompt.movement == "rest":
            cue = replace(cue, level=0.0)
        elif how == "shuffled":
            cue = replace(cue, made=str(rng.choice(MOVES)))
        elif how == "exchanged":
            cue = replace(cue, made={"open": "power", "power": "open"}.get(prompt.movement, ""))
        elif how == "one":
            cue = replace(cue, made="power")
        elif how == "nothing":
            cue = replace(cue, level=0.0)
        elif how == "late":
            cue = replace(cue, late_s=1.5)
        cues.append(cue)
    settings = tuple(map(parse, disturbances))
    patient = Disturbed(worn.body, worn.rate_hz, worn.seed, disturbances=settings, use=5)
    return simulate_recording(patient, cues, 70 + worn.seed).emg


def verdict(worn: Worn, how: str, disturbances: tuple[str, ...] = ()) -> Verdict:
    emg = followed(worn.seed, how, disturbances)
    prompts = prompts_for(worn.model.classes)
    label, rep = labelled(np.arange(len(emg)) / worn.rate_hz, prompts, worn.model.classes)
    return judge(worn.model, passes_of(worn.model, emg, label, rep, np.zeros(len(emg), np.int16)))
