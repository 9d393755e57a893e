"""What training the default decoder takes, stage by stage, with LibEMG's Hudgins features and LDA beside it
on the same samples in the same run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..calibration.default_decoder import FittedDefault
from ..core.chunk import MICROVOLT
from ..core.clock import stopwatch
from ..core.errors import InnervateError
from ..models.batch import windows
from ..models.design import WINDOW_MS, design_pipeline
from .made_up import CLASSES, RATE_HZ, REPS, noise
from .peer_process import ask_libemg
from .timing import one_thread

MINUTES, CHANNELS, INCREMENT = 5.0, 8, 10
EVERY = (1, 2, 5)
"""Windows every 10, 20 and 50 ms; those of 50 ms are what LibEMG's examples take."""


def run(
    libemg_python: Path | None = None, minutes: float = MINUTES, tell: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """Measure with one thread.

    Args:
        libemg_python: interpreter of an environment that has LibEMG (`make peers`); None leaves it out.
        minutes: of EMG, 11 movements in 3 repetitions, 8 channels at 1 kHz.
        tell: told why LibEMG is missing, when it could not be run.

    Returns:
        JSON values: `ours[].{every_ms, windows, features_s, fit_s, lost_s, total_s}` (filter and
        features, as `calibration.train` computes them; decoder with its calibration; weights for every lost
        channel) and
        `libemg[].{every_ms, windows, filter_s, features_s, fit_s, total_s, version}`.
    """
    emg, label, rep = noise(CHANNELS, round(minutes * 60.0 * RATE_HZ / CLASSES / REPS))
    zeros = np.zeros_like(label)
    settings = design_pipeline(
        RATE_HZ, [f"ch{i}" for i in range(CHANNELS)], 1000.0 * INCREMENT / RATE_HZ, unit=MICROVOLT
    )
    ours, theirs = [], []
    with one_thread():
        for every in EVERY:
            start = stopwatch()
            made = windows(emg, label, rep, zeros, zeros, settings, every, contact=False)
            featured = stopwatch()
            fitted = FittedDefault(made)
            fit = stopwatch()
            fitted.complete()
            done = stopwatch()
            ours.append(
                {
                    "every_ms": 1000.0 * INCREMENT * every / RATE_HZ,
                    "windows": len(made),
                    "features_s": featured - start,
                    "fit_s": fit - featured,
                    "lost_s": done - fit,
                    "total_s": done - start,
                }
            )
    try:
        for every in EVERY if libemg_python is not None else ():
            asked = {
                "rate_hz": RATE_HZ,
                "window": WINDOW_MS * RATE_HZ / 1000.0,
                "increment": float(INCREMENT * every),
            }
            arrays = {"emg": emg.astype(np.float64), "labels": label, "trial": rep * CLASSES + label}
            found = ask_libemg(libemg_python, "train", arrays, asked)  # type: ignore[arg-type]
            total_s = found["filter_s"] + found["features_s"] + found["fit_s"]
            theirs.append({"every_ms": 1000.0 * INCREMENT * every / RATE_HZ, **found, "total_s": total_s})
    except InnervateError as error:
        if tell is not None:
            tell(str(error))
    return {
        "benchmark": "train",
        "minutes": minutes,
        "channels": CHANNELS,
        "classes": CLASSES,
        "ours": ours,
        "libemg": theirs,
    }
