"""People who do not exist: three movements of three channels, on one day or several."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from innervate.drivers.recordings.npz import Recording

CLASSES = ("hand open", "Rest", "power")
GAINS = {0: (30.0, 2.0, 6.0), 1: (2.0, 2.0, 2.0), 2: (4.0, 40.0, 3.0)}


def person(reps: int = 3, seed: int = 0, rate: float = 1000.0, seconds: float = 1.0) -> Recording:
    """Three movements of three channels, a little different at each repetition."""
    rng = np.random.default_rng(seed)
    n = int(seconds * rate)
    parts, label, rep = [], [], []
    for r in range(reps):
        for k in range(3):
            gains = np.array(GAINS[k]) * rng.uniform(0.8, 1.25, 3)
            parts.append(rng.normal(size=(n, 3)) * gains)
            label += [-1] * (n // 10) + [k] * (n - n // 10)
            rep += [r] * n
    emg = np.concatenate(parts).astype(np.float32)
    zero = np.zeros(len(emg), np.int16)
    return Recording(
        f"p{seed}.npz",
        emg,
        np.array(label, np.int16),
        np.array(rep, np.int16),
        zero,
        zero,
        None,
        rate,
        CLASSES,
    )


def days(count: int, reps: int = 2, positions: str = "", turn: float = 0.0, **more) -> Recording:
    """The same person on several days (conditions), each trial a recording of its own.

    Args:
        count: of days.
        reps: repetitions a day.
        positions: a letter per day names its armband position.
        turn: every odd day's channels are this share of the way to their neighbours'.
        more: as `person` takes.
    """
    parts = []
    for day in range(count):
        one = person(reps, seed=day, **more)
        emg = one.emg
        if day % 2:
            emg = ((1 - turn) * emg + turn * np.roll(emg, 1, axis=1)).astype(np.float32)
        new_trial = np.abs(np.diff(one.label, prepend=one.label[:1]))
        rec = np.cumsum((one.label == -1) & (new_trial > 0)) + 100 * day
        parts.append(replace(one, emg=emg, cond=np.full_like(one.cond, day), rec=rec.astype(np.int16)))
    joined = {
        key: np.concatenate([getattr(part, key) for part in parts])
        for key in ("emg", "label", "rep", "cond", "rec")
    }
    conds = [f"day {i + 1} position {p}" for i, p in enumerate(positions)]
    return replace(parts[0], name="days.npz", meta={"conds": conds} if conds else {}, **joined)
