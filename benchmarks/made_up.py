"""EMG-like noise of many channels whose levels tell the class: what decisions and training cost does not
depend on what is decided."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CLASSES, REPS = 11, 3
RATE_HZ = 1000.0
LEVELS_UV = (2.0, 60.0)
"""From rest to a firm contraction at the skin of the forearm."""


def noise(
    channels: int, trial_samples: int, reps: int = REPS
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """(microvolts [n, ch], class [n], repetition [n]): every class once a repetition, one after the other."""
    rng = np.random.default_rng(1)
    label = np.tile(np.repeat(np.arange(CLASSES), trial_samples), reps)
    rep = np.repeat(np.arange(reps), CLASSES * trial_samples)
    levels = rng.uniform(*LEVELS_UV, (CLASSES, channels))
    levels[0] = LEVELS_UV[0]
    white = rng.normal(size=(len(label) + 2, channels))
    coloured = (white[2:] + white[1:-1] - 0.5 * white[:-2]) / 1.5
    return (coloured * levels[label]).astype(np.float32), label, rep
