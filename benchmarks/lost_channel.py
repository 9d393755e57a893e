"""What it takes to go on without a channel: features without it and the weights that lie ready."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..calibration.default_decoder import FittedDefault
from ..core.chunk import MICROVOLT
from ..core.clock import stopwatch
from ..models.batch import windows
from ..models.design import design_pipeline
from ..models.signal.features import Features
from .made_up import RATE_HZ, noise
from .timing import one_thread

CHANNELS = (8, 16)
TRIAL, CALLS = 500, 300
LIMIT_MS = 5.0


def run(channels: tuple[int, ...] = CHANNELS, calls: int = CALLS) -> list[dict[str, Any]]:
    """Every channel of a montage lost in turn, with one thread.

    Args:
        channels: which montages.
        calls: decisions timed after the first, per lost channel.

    Returns:
        JSON values `{channels, limit_ms, first_ms, later_ms}`, the last two `.{p50, worst}`: the decision in
        which the channel is gone for the first time, and those after it.
    """
    with one_thread():
        return [_measure(ch, calls) for ch in channels]


def _measure(ch: int, calls: int) -> dict[str, Any]:
    emg, label, rep = noise(ch, TRIAL)
    zeros = np.zeros_like(label)
    settings = design_pipeline(RATE_HZ, [f"ch{i}" for i in range(ch)], 10.0, unit=MICROVOLT)
    decoder = FittedDefault(windows(emg, label, rep, zeros, zeros, settings, every=2)).complete()
    length = settings.increment_samples
    features = Features(settings.feature_set, settings.window_samples, length, ch)
    first, later = [], []
    for lost in range(ch):
        taken = []
        for i in range(calls + 1 + settings.window_samples // length):
            start = i * length % (len(emg) - length)
            features.push(emg[start : start + length].astype(np.float64))
            if not features.ready:
                continue
            begun = stopwatch()
            decoder.decide(features.values((lost,)), lost)
            taken.append(stopwatch() - begun)
        first.append(taken[0])
        later += taken[1:]
    return {"channels": ch, "limit_ms": LIMIT_MS, "first_ms": _spread(first), "later_ms": _spread(later)}


def _spread(seconds: list[float]) -> dict[str, float]:
    return {"p50": 1e3 * float(np.median(seconds)), "worst": 1e3 * max(seconds)}
