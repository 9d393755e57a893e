"""What one increment costs us, beside LibEMG on the same windows in the same run.

Back to back is the arithmetic; paced (woken every 10 ms) is what a limb sees, with caches gone cold in
between.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.chunk import MICROVOLT
from ..core.clock import now, sleep, stopwatch
from ..models.decoder import LinearDecoder
from ..models.design import design_pipeline
from ..models.lda import ShrinkageLDA
from ..models.pipeline import Pipeline, PipelineSettings

RATE_HZ, INCREMENT, WINDOW = 1000.0, 10, 200
CLASSES = 7
CHANNELS = (8, 16, 64)
FEATURE_SETS = ("hudgins", "log_moments", "default")
PEER = Path(__file__).with_name("peer_libemg.py")
PEER_TIMEOUT_S = 300.0


def run(
    libemg_python: Path | None = None,
    channels: tuple[int, ...] = CHANNELS,
    calls: int = 2000,
    paced_calls: int = 200,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Measure the whole step: conditioning, contact quality, features, decision, rejection.

    Args:
        libemg_python: interpreter of an environment that has LibEMG (`make peers`); None leaves it out.
        channels: which channel counts.
        calls: increments timed back to back.
        paced_calls: increments timed at their own pace, 10 ms each.
        progress: told what is being measured.

    Returns:
        JSON values: `ours[].{feature_set, channels, window_ms, increment_ms, back_to_back_us, paced_us}`
        with `.{p50, p99}` each; `libemg[]` with its parts, and `ratios[]`: how many times our step goes into
        theirs.
    """
    tell = progress or (lambda _what: None)
    ours, peers, ratios = [], [], []
    for ch in channels:
        stream, labels = _stream(ch)
        for feature_set in FEATURE_SETS:
            tell(f"{feature_set}, {ch} channels")
            ours.append(_measure(stream, labels, feature_set, calls, paced_calls))
        if libemg_python is not None:
            tell(f"LibEMG, {ch} channels")
            peer = _peer(libemg_python, stream, labels, min(calls, 400))
            peers.append({"channels": ch, **peer})
            if "error" not in peer:
                ratios.append(_ratios(ch, ours, peer))
    return {
        "benchmark": "features_and_decision",
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0],
        "ours": ours,
        "libemg": peers,
        "ratios": ratios,
    }


def _stream(channels: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(EMG-like noise [n, ch] whose level tells the class, class of each sample [n])."""
    rng = np.random.default_rng(1)
    n = 2000
    levels = rng.uniform(3.0, 200.0, (CLASSES, channels))
    white = rng.normal(size=(CLASSES * n + 2, channels))
    coloured = white[2:] + white[1:-1] - 0.5 * white[:-2]
    labels = np.repeat(np.arange(CLASSES), n)
    return (coloured * levels[labels]).astype(np.float32), labels


def _train(
    settings: PipelineSettings, stream: NDArray[np.float32], labels: NDArray[np.int64]
) -> LinearDecoder:
    frames = [f for f in Pipeline(settings).push(stream) if f.ready]
    lda = ShrinkageLDA().fit(np.array([f.features for f in frames]), labels[[f.end_index for f in frames]])
    return LinearDecoder(lda.coef_, lda.intercept_, 2.0)


def _measure(
    stream: NDArray[np.float32], labels: NDArray[np.int64], feature_set: str, calls: int, paced_calls: int
) -> dict[str, Any]:
    ch = stream.shape[1]
    settings = design_pipeline(
        RATE_HZ,
        [f"ch{i}" for i in range(ch)],
        1000 * INCREMENT / RATE_HZ,
        feature_set=feature_set,
        unit=MICROVOLT,
    )
    decoder, pipeline = _train(settings, stream, labels), Pipeline(settings)
    valid = np.ones((INCREMENT, ch), np.bool_)
    pipeline.push(stream[:WINDOW])
    last = len(stream) // INCREMENT

    def step(i: int) -> float:
        rows = stream[i % last * INCREMENT :][:INCREMENT]
        start = stopwatch()
        frame = pipeline.push(rows, valid)[0]
        _, posterior = decoder.decide(frame.features)
        _ = posterior.max() >= 0.6
        return stopwatch() - start

    back_to_back = [step(i) for i in range(calls)][calls // 20 :]
    paced, due_s = [], now()
    for i in range(paced_calls):
        due_s += INCREMENT / RATE_HZ
        sleep(max(0.0, due_s - now()))
        paced.append(step(i))
    return {
        "feature_set": feature_set,
        "decoder": "lda",
        "channels": ch,
        "features": decoder.n_features,
        "window_ms": 1000 * WINDOW / RATE_HZ,
        "increment_ms": 1000 * INCREMENT / RATE_HZ,
        "back_to_back_us": _quantiles(back_to_back),
        "paced_us": _quantiles(paced),
    }


def _quantiles(seconds: list[float]) -> dict[str, float]:
    us = np.array(seconds) * 1e6
    return {"p50": float(np.percentile(us, 50)), "p99": float(np.percentile(us, 99))}


def _peer(python: Path, stream: NDArray[np.float32], labels: NDArray[np.int64], calls: int) -> dict[str, Any]:
    """Run `peer_libemg.py` on the same samples; what went wrong stands under "error"."""
    starts = np.arange(0, len(stream) - WINDOW, 50)
    starts = starts[labels[starts] == labels[starts + WINDOW - 1]]
    windows = np.stack([stream[s : s + WINDOW].T for s in starts]).astype(np.float64)
    with tempfile.TemporaryDirectory(prefix="innervate-peer-") as folder:
        contents = {"windows": windows, "labels": labels[starts], "stream": stream[:2000].astype(np.float64)}
        files = []
        for name, array in contents.items():
            files.append(str(Path(folder, f"{name}.npy")))
            np.save(files[-1], array)
        arguments = [*files, str(RATE_HZ), str(INCREMENT), str(calls)]
        # One thread each, as in our own processes.
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        try:
            done = subprocess.run(
                [str(python), "-W", "ignore", str(PEER), *arguments],
                capture_output=True,
                text=True,
                timeout=PEER_TIMEOUT_S,
                check=False,
                cwd=folder,
                env=env,
            )
            if done.returncode:
                return {"error": (done.stderr.strip().splitlines() or ["it said nothing"])[-1]}
            found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        except (OSError, subprocess.TimeoutExpired, ValueError, IndexError) as error:
            return {"error": f"{python}: {error}"}
        return found


def _ratios(channels: int, ours: list[dict[str, Any]], peer: dict[str, Any]) -> dict[str, float]:
    """Theirs over ours, medians back to back; above 1 means that we are cheaper."""
    cost = {o["feature_set"]: o["back_to_back_us"]["p50"] for o in ours if o["channels"] == channels}
    decided = peer["features_us"]["p50"] + peer["decision_us"]["p50"]
    return {
        "channels": channels,
        "same_work": (decided + peer["filter_us"]["p50"]) / cost["hudgins"],
        "our_default_to_their_unfiltered_hudgins": decided / cost["default"],
        "our_default_to_their_filtered_hudgins": (decided + peer["filter_us"]["p50"]) / cost["default"],
    }
