"""A whole recording of a simulated patient, in the layout that training reads."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..drivers.recordings.npz import Recording
from .patient import Patient
from .schedule import Cue, Timeline
from .truth import TruthLog

_TRIM_S = 0.6
"""Unlabelled after each change of cue: reaction and rise of effort, all but the slowest of both."""
_STEP_S = 0.1


def simulate_recording(
    patient: Patient,
    cues: Iterable[Cue],
    seed: int,
    name: str = "simulated.npz",
    *,
    seconds: float = 0.0,
    log: TruthLog | None = None,
) -> Recording:
    """Let `patient` follow `cues` as fast as possible.

    Labels lack the transitions; `cue` has them. Classes are the body's movements, "rest" first.

    Args:
        patient: before their first step.
        cues: finite unless `seconds` are given.
        seed: of how they carry them out this time.
        name: of the recording.
        seconds: end after so long; 0: with the last cue.
        log: takes the truth down.
    """
    body = patient.body
    classes = tuple(body.movements)
    if not seconds:
        cues = list(cues)
        seconds = cues[-1].end_s
    timeline = Timeline(body, cues, classes, patient.rate_hz, seed)
    left = round(seconds * patient.rate_hz)
    emg, cue, label, rep = [], [], [], []
    while left:
        n = min(left, round(_STEP_S * patient.rate_hz))
        asked = timeline.step(n)
        emg.append(patient.step(n, asked.excitation))
        if log is not None:
            log.take()
        cue.append(asked.cue)
        label.append(np.where(asked.since_s < _TRIM_S, np.int16(-1), asked.cue))
        rep.append(asked.rep)
        left -= n
    samples = sum(len(part) for part in emg)
    under = [body.muscles[index] for index in patient.over()]
    meta = {
        "simulated": True,
        "source": "innervate.sim.patient",
        "units": patient.unit,
        "classes": list(classes),
        "channels": list(patient.channels),
        "muscles": [muscle.name for muscle in under],
        "innervation": [muscle.innervation for muscle in under],
        "preset": body.name,
        "level": body.level,
        "months": body.months,
        "person": body.person,
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
