"""How many times faster than life a simulated patient is, on one core, its truth taken down as it goes."""

from __future__ import annotations

import json
from itertools import chain

import numpy as np

from ..core.clock import cpu_s
from ..sim.anatomy import HAND
from ..sim.body import Body
from ..sim.montage import rings
from ..sim.patient import Patient
from ..sim.schedule import Cue, Timeline
from ..sim.truth import TruthLog
from .timing import one_thread

RATE_HZ, STEP = 1000.0, 10
EFFORT, HELD_S = 0.5, 2.0
"""Half of the session is rest; the other half every movement in turn, at this effort."""
_FLOOR_CALLS = 20_000


def run(passes: int = 3) -> dict[str, float]:
    """Seconds of EMG a second of processor time, 8 and 64 channels, in steps of 10 ms; best of some passes.

    `numpy_us` is one product of 440 numbers in numpy, on the same core at the same time: other machines, and
    busy ones, compare by it.
    """
    with one_thread():
        return {
            "patient_8ch_x_realtime": max(_times(HAND) for _ in range(passes)),
            "patient_64ch_x_realtime": max(_times(HAND.with_montage(rings(64))) for _ in range(passes)),
            "numpy_us": min(_floor_us() for _ in range(passes)),
        }


def session(patient: Patient) -> np.ndarray:
    """[steps, muscles] excitation of a session, worked out beforehand."""
    body = patient.body
    moves = [name for name in body.movements if name != "rest"]
    pairs = [(("rest", 0.0), (name, EFFORT)) for name in moves]
    cues = [
        Cue(name, n * HELD_S, HELD_S, level) for n, (name, level) in enumerate(chain.from_iterable(pairs))
    ]
    line = Timeline(body, cues, tuple(body.movements), RATE_HZ / STEP, 1)
    return line.step(round(cues[-1].end_s * RATE_HZ / STEP)).excitation


def _times(body: Body) -> float:
    patient = Patient(body, RATE_HZ, 1)
    asked = session(patient)
    log = TruthLog(patient)
    begun_s = cpu_s()
    for excitation in asked:
        patient.step(STEP, excitation)
        log.take()
    return len(asked) * STEP / RATE_HZ / (cpu_s() - begun_s)


def _floor_us() -> float:
    numbers = np.random.default_rng(0).standard_normal(440)
    begun_s = cpu_s()
    for _ in range(_FLOOR_CALLS):
        np.multiply(numbers, numbers)
    return (cpu_s() - begun_s) / _FLOOR_CALLS * 1e6


if __name__ == "__main__":
    print(json.dumps(run()))
