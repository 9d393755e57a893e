"""People small enough to be evaluated in a blink, for evaluation's tests."""

from __future__ import annotations

import numpy as np
from innervate.drivers.recordings.npz import Recording

CLASSES = ("rest", "open", "close")
GAINS = np.array([(2.0, 2.0, 2.0), (30.0, 2.0, 6.0), (4.0, 40.0, 3.0)])
RATE_HZ = 200.0
REACTION_S = 0.3


def streamed_person(seed: int = 0, reps: int = 3, hold_s: float = 1.5, with_cue: bool = True) -> Recording:
    """Movement and rest in turns, each movement in a recording of its own; muscles follow 0.3 s later."""
    rng = np.random.default_rng(seed)
    n, late = int(hold_s * RATE_HZ), int(REACTION_S * RATE_HZ)
    cue, rep, rec = [], [], []
    for movement in (1, 2):
        for r in range(reps):
            cue += [movement] * n + [0] * n
            rep += [r] * 2 * n
            rec += [movement] * 2 * n
    asked = np.array(cue, np.int16)
    made = np.concatenate((np.zeros(late, np.int16), asked[:-late]))
    label = np.where(made == asked, asked, np.int16(-1))
    emg = (rng.normal(size=(len(asked), 3)) * GAINS[made]).astype(np.float32)
    return Recording(
        f"p{seed}.npz",
        emg,
        label,
        np.array(rep, np.int16),
        np.zeros(len(asked), np.int16),
        np.array(rec, np.int16),
        asked if with_cue else None,
        RATE_HZ,
        CLASSES,
    )
