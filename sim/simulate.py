"""A whole recording of a simulated patient, in the layout that training reads."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..drivers.recordings.npz import Recording
from .patient import Patient
from .schedule import Cue, Timeline

_TRIM_S = 0.6
"""Unlabelled after each change of cue: reaction and rise of effort, all but the slowest of both."""
_STEP_S = 0.1


def simulate_recording(
    patient: Patient, cues: Iterable[Cue], seed: int, name: str = "simulated.npz"
) -> Recording:
    """Let `patient` follow `cues` (finite) as fast as possible.

    Labels lack the transitions; `cue` has them. Classes are the body's movements, "rest" first.
    """
    cues = list(cues)
    classes = tuple(patient.body.movements)
    timeline = Timeline(patient.body, cues, classes, patient.rate_hz, seed)
    left = round(cues[-1].end_s * patient.rate_hz)
    emg, cue, label, rep = [], [], [], []
    while left:
        n = min(left, round(_STEP_S * patient.rate_hz))
        asked = timeline.step(n)
        emg.append(patient.step(n, asked.excitation))
        cue.append(asked.cue)
        label.append(np.where(asked.since_s < _TRIM_S, np.int16(-1), asked.cue))
        rep.append(asked.rep)
        left -= n
    samples = sum(len(part) for part in emg)
    meta = {
        "simulated": True,
        "source": "innervate.sim.patient",
        "units": patient.unit,
        "classes": list(classes),
        "channels": list(patient.channels),
        "muscles": [m.name for m in patient.body.muscles],
        "innervation": [m.innervation for m in patient.body.muscles],
        "seed": seed,
    }
    return Recording(
        name=name,
        emg=np.concatenate(emg),
        label=np.concatenate(label),
        rep=np.concatenate(rep),
        cond=np.zeros(samples, np.int16),
        rec=np.zeros(samples, np.int16),
        cue=np.concatenate(cue),
        fs=patient.rate_hz,
        classes=classes,
        meta=meta,
    )
