"""What one increment costs: conditioning, contact quality, features, decision, rejection, and the default
decoder's outlier score; every feature set, 8 to 256 channels, beside LibEMG on the same samples, one run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..calibration.templates import DIRECTIONS, penalties_of
from ..core.chunk import MICROVOLT
from ..core.errors import InnervateError
from ..models.design import WINDOW_MS, design_pipeline
from ..models.familiar import DIRECTIONS as FAMILIAR_DIRECTIONS
from ..models.familiar import Familiar
from ..models.network import HIDDEN, Network
from ..models.pipeline import Pipeline
from ..models.signal.features import FEATURE_SETS
from ..models.templates import TemplateDecoder, Weights
from .made_up import CLASSES, RATE_HZ, noise
from .peer_process import ask_libemg
from .timing import one_thread, timed

INCREMENT, TRIAL = 10, 400
PERIOD_S = INCREMENT / RATE_HZ
CHANNELS = (8, 16, 64, 256)
WINDOWS_MS = (100.0, 300.0, 400.0)
"""Besides the usual one: the cost does not grow with the window."""
REJECTION = 0.6
LDA, DEFAULT, DEFAULT_DAYS = "lda", "default", "default, 5 days or more"
LIBEMG, LIBEMG_FILTERED = "libemg lda", "libemg filter and lda"

Rows = list[dict[str, Any]]
Floats = NDArray[np.float64]


def run(
    libemg_python: Path | None = None,
    channels: tuple[int, ...] = CHANNELS,
    calls: int = 2000,
    paced_calls: int = 200,
    tell: Callable[[str], None] | None = None,
) -> Rows:
    """Measure with one thread, as the loop runs.

    Args:
        libemg_python: interpreter of an environment that has LibEMG (`make peers`); None leaves it out.
        channels: which channel counts; window lengths are measured at the first.
        calls: increments timed back to back; fewer where they take seconds.
        paced_calls: increments timed at their own pace, 10 ms each.
        tell: told why LibEMG is missing, when it could not be run.

    Returns:
        JSON values `{feature_set, decoder, channels, features, window_ms, increment_ms, back_to_back_us,
        paced_us}`, the last two `.{p50, p99}`. `decoder` is "lda" (any linear one), "default" (templates),
        "default, 5 days or more" (with their network), or one of LibEMG's.
    """
    rows: Rows = []
    with one_thread():
        for ch in channels:
            for feature_set in FEATURE_SETS:
                rows += _measure(ch, feature_set, WINDOW_MS, calls, paced_calls)
            if libemg_python is not None:
                try:
                    rows += _libemg(libemg_python, ch, min(calls, 400), paced_calls)
                except InnervateError as error:
                    if tell is not None:
                        tell(str(error))
        for window_ms in WINDOWS_MS:
            for feature_set in ("hudgins", "default"):
                rows += _measure(channels[0], feature_set, window_ms, calls, paced_calls)
    return rows


def ratios(rows: Rows) -> dict[str, dict[int, float]]:
    """What is compared -> channels -> LibEMG's median over ours, back to back; above 1, we are cheaper."""
    cost = {
        (row["feature_set"], row["decoder"], row["channels"]): row["back_to_back_us"]["p50"]
        for row in rows
        if row["window_ms"] == WINDOW_MS
    }
    asked = {
        "the same work (filter, Hudgins, LDA, rejection)": ("hudgins", LDA, LIBEMG_FILTERED),
        "our default : their Hudgins and LDA, no filter": ("default", DEFAULT, LIBEMG),
        "our default with network : the same": ("default", DEFAULT_DAYS, LIBEMG),
    }
    counts = sorted({ch for _, decoder, ch in cost if decoder == LIBEMG})
    return {
        what: {ch: cost["hudgins", theirs, ch] / cost[feature_set, ours, ch] for ch in counts}
        for what, (feature_set, ours, theirs) in asked.items()
    }


def _measure(ch: int, feature_set: str, window_ms: float, calls: int, paced_calls: int) -> Rows:
    settings = design_pipeline(
        RATE_HZ,
        [f"ch{i}" for i in range(ch)],
        1000.0 * PERIOD_S,
        window_ms,
        feature_set=feature_set,
        unit=MICROVOLT,
    )
    pipeline, (stream, _, _) = Pipeline(settings), noise(ch, TRIAL, reps=1)
    valid = np.ones((INCREMENT, ch), np.bool_)
    # The newest window of each class.
    seen = np.array(
        [frame.features for frame in pipeline.push(stream)][TRIAL // INCREMENT - 1 :: TRIAL // INCREMENT]
    )
    steps = len(stream) // INCREMENT
    made = []
    for name, decoder in _decoders(seen, ch, feature_set).items():

        def step(i: int, decoder: TemplateDecoder = decoder) -> None:
            start = i % steps * INCREMENT
            frame = pipeline.push(stream[start : start + INCREMENT], valid)[0]
            best, posterior = decoder.decide(frame.features)
            _ = posterior.max() >= REJECTION
            decoder.outlier(frame.features, best)

        made.append(
            {
                "feature_set": feature_set,
                "decoder": name,
                "channels": ch,
                "features": decoder.n_features,
                "window_ms": window_ms,
                "increment_ms": 1000.0 * PERIOD_S,
                **timed(step, calls, paced_calls, PERIOD_S),
            }
        )
    return made


def _decoders(seen: Floats, channels: int, feature_set: str) -> dict[str, TemplateDecoder]:
    """Decoders of the right shapes. Weights are those of the nearest class mean and of chance: what a
    decision costs does not depend on them, and fitting 35,000 features would take all memory there is."""
    rng = np.random.default_rng(0)
    mean, scale = seen.mean(axis=0), seen.std(axis=0) + 1e-9
    standard = (seen - mean) / scale
    size = seen.shape[1]
    linear = standard / scale / size
    offsets = -0.5 * (standard**2).mean(axis=1) - linear @ mean
    made = {LDA: TemplateDecoder(Weights.linear(linear, offsets), (), np.zeros(1), 2.0)}
    if feature_set != "default":
        return made
    penalties = penalties_of(channels)
    directions = rng.normal(size=(CLASSES * DIRECTIONS, size)) / np.sqrt(size) / scale
    templates = Weights(
        np.vstack([linear] * len(penalties) + [directions]),
        np.concatenate([np.tile(offsets, len(penalties)), -directions @ mean]),
        np.zeros((len(penalties), CLASSES, DIRECTIONS)),
        np.full((CLASSES, DIRECTIONS), 0.01),
    )
    first = rng.normal(size=(HIDDEN, size)) / np.sqrt(size) / scale
    network = Network(
        first, -first @ mean, rng.normal(size=(CLASSES, HIDDEN)) / HIDDEN**0.5, np.zeros(CLASSES)
    )
    axes = 0.5 * np.eye(min(FAMILIAR_DIRECTIONS, size), size)
    near = (Familiar(np.stack([seen] * len(penalties)), 1.0 / scale / size**0.5, axes),)
    made[DEFAULT] = TemplateDecoder(templates, (), penalties, 2.0, None, near)
    made[DEFAULT_DAYS] = TemplateDecoder(templates, (), penalties, 2.0, network, near)
    return made


def _libemg(python: Path, ch: int, calls: int, paced_calls: int) -> Rows:
    stream, labels, _ = noise(ch, TRIAL, reps=1)
    window = round(WINDOW_MS * RATE_HZ / 1000.0)
    starts = np.arange(0, len(stream) - window + 1, 50)
    starts = starts[labels[starts] == labels[starts + window - 1]]
    arrays = {
        "windows": np.stack([stream[s : s + window].T for s in starts]).astype(np.float64),
        "labels": labels[starts],
        "ring": stream[: round(2 * RATE_HZ)].astype(np.float64),
    }
    asked = {"rate_hz": RATE_HZ, "calls": calls, "paced_calls": paced_calls, "period_s": PERIOD_S}
    found = ask_libemg(python, "decide", arrays, asked)
    return [
        {
            "feature_set": "hudgins",
            "decoder": f"libemg {what}",
            "channels": ch,
            "features": 4 * ch,
            "window_ms": WINDOW_MS,
            "increment_ms": 1000.0 * PERIOD_S,
            "version": found["version"],
            **found[what],
        }
        for what in ("lda", "filter and lda")
    ]
