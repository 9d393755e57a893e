"""LibEMG's side of `decide` and `train_speed`. Run by another Python, one that has LibEMG; it imports nothing
of ours.

    PYTHON peer_libemg.py decide|train SETTINGS

reads the arrays that `peer_process.py` left in the working folder and prints one JSON object. It calls LibEMG
as its own online classifier and its own examples do.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

# One thread, as in our own processes; it must be said before numpy is there.
os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
warnings.filterwarnings("ignore")
with contextlib.redirect_stdout(io.StringIO()):
    import numpy as np
    from libemg.emg_predictor import EMGClassifier  # type: ignore[import-not-found]
    from libemg.feature_extractor import FeatureExtractor  # type: ignore[import-not-found]
    from libemg.filtering import Filter  # type: ignore[import-not-found]
    from libemg.utils import get_windows  # type: ignore[import-not-found]

EXTRACTOR = FeatureExtractor()
HUDGINS = EXTRACTOR.get_feature_groups()["HTD"]
clock = time.perf_counter  # noqa: TID251 - innervate is not there in this Python


def trained(features: Any, labels: Any) -> Any:
    """Its LDA."""
    classifier = EMGClassifier("LDA")
    classifier.fit({"training_features": features, "training_labels": labels})
    return classifier


def band_pass(rate_hz: float) -> Any:
    """Its filter, with our band."""
    made = Filter(rate_hz)
    made.install_filters({"name": "bandpass", "cutoff": [20, 450 if rate_hz >= 1000 else 95], "order": 4})
    return made


def decide(settings: dict[str, float]) -> dict[str, Any]:
    """One online step: Hudgins features of one window, predict_proba, rejection; and the same after its
    filter over the ring of the last two seconds."""
    windows, labels, ring = (np.load(f"{name}.npy") for name in ("windows", "labels", "ring"))
    classifier = trained(EXTRACTOR.extract_features(HUDGINS, windows), labels)
    classifier.add_rejection(0.6)
    filters = band_pass(settings["rate_hz"])

    def plain(i: int) -> None:
        window = windows[i % len(windows)][None]
        found = EXTRACTOR.extract_features(HUDGINS, window, feature_dic={}, array=True)
        said, sure = classifier._prediction_helper(  # noqa: SLF001 - as its loop does
            classifier.model.predict_proba(found)
        )
        classifier._rejection_helper(said[0], sure)  # noqa: SLF001

    def filtered(i: int) -> None:
        filters.filter(ring)
        plain(i)

    calls, paced_calls = int(settings["calls"]), int(settings["paced_calls"])
    return {
        "lda": timed(plain, calls, paced_calls, settings["period_s"]),
        "filter and lda": timed(filtered, calls, paced_calls, settings["period_s"]),
    }


def timed(
    step: Callable[[int], None], calls: int, paced_calls: int, period_s: float
) -> dict[str, dict[str, float]]:
    """As `timing.timed`."""
    for i in range(20):
        step(i)
    hot: list[float] = []
    paced: list[float] = []
    begun = clock()
    while len(hot) < calls and (len(hot) < 30 or clock() - begun < 4.0):
        hot.append(seconds(step, len(hot)))
    due = clock()
    for i in range(paced_calls):
        due += period_s
        time.sleep(max(0.0, due - clock()))  # noqa: TID251
        paced.append(seconds(step, i))
    return {"back_to_back_us": quantiles(hot), "paced_us": quantiles(paced)}


def seconds(step: Callable[[int], None], i: int) -> float:
    """What one call takes."""
    start = clock()
    step(i)
    return clock() - start


def quantiles(taken: list[float]) -> dict[str, float]:
    """Median and 99th percentile in microseconds."""
    us = np.asarray(taken) * 1e6
    return {"p50": float(np.percentile(us, 50)), "p99": float(np.percentile(us, 99))}


def train(settings: dict[str, float]) -> dict[str, Any]:
    """Filter, windows with Hudgins features, and fit, over trials of one class and repetition."""
    emg, labels, trial = (np.load(f"{name}.npy") for name in ("emg", "labels", "trial"))
    rows = [np.flatnonzero(trial == t) for t in np.unique(trial)]
    start = clock()
    filters = band_pass(settings["rate_hz"])
    parts = [filters.filter(emg[r]) for r in rows]
    filtered = clock()
    windows = [get_windows(part, int(settings["window"]), int(settings["increment"])) for part in parts]
    which = np.concatenate([np.full(len(w), labels[r[0]]) for w, r in zip(windows, rows, strict=True)])
    features = EXTRACTOR.extract_features(HUDGINS, np.concatenate(windows))
    extracted = clock()
    trained(features, which)
    return {
        "windows": len(which),
        "filter_s": filtered - start,
        "features_s": extracted - filtered,
        "fit_s": clock() - extracted,
    }


if __name__ == "__main__":
    answer = {"decide": decide, "train": train}[sys.argv[1]](json.loads(sys.argv[2]))
    print(json.dumps({"version": version("libemg"), **answer}))
