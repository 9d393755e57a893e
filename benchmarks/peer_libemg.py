"""LibEMG's side of `features_and_decision`. Run by another Python, one that has LibEMG; it imports nothing
of ours.

    PYTHON peer_libemg.py windows.npy labels.npy stream.npy RATE_HZ INCREMENT CALLS

Prints one JSON object: for the same windows, what one online step costs there. It calls LibEMG as its own
online classifier does: Hudgins features of one window, LDA's predict_proba, rejection, and (apart) its
filter over the ring of the last two seconds.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
import warnings
from importlib.metadata import version
from typing import Any


def quantiles(np: Any, seconds: list[float]) -> dict[str, float]:
    """Median and 99th percentile in microseconds."""
    us = np.asarray(seconds) * 1e6
    return {"p50": float(np.percentile(us, 50)), "p99": float(np.percentile(us, 99))}


def main(argv: list[str]) -> None:
    """Measure and print."""
    warnings.filterwarnings("ignore")
    import numpy as np

    with contextlib.redirect_stdout(io.StringIO()):
        from libemg.emg_predictor import EMGClassifier  # type: ignore[import-not-found]
        from libemg.feature_extractor import FeatureExtractor  # type: ignore[import-not-found]
        from libemg.filtering import Filter  # type: ignore[import-not-found]

    windows, labels, stream = (np.load(name) for name in argv[:3])
    rate_hz, calls = float(argv[3]), int(argv[5])
    extractor = FeatureExtractor()
    hudgins = extractor.get_feature_groups()["HTD"]
    classifier = EMGClassifier("LDA")
    classifier.fit(
        {"training_features": extractor.extract_features(hudgins, windows), "training_labels": labels}
    )
    classifier.add_rejection(0.6)
    filters = Filter(rate_hz)
    filters.install_filters({"name": "bandpass", "cutoff": [20, 450 if rate_hz >= 1000 else 95], "order": 4})
    clock = time.perf_counter  # noqa: TID251 - innervate is not there in this Python
    features, decision, filtering = [], [], []
    for i in range(calls):
        window = windows[i % len(windows)][None]
        start = clock()
        found = extractor.extract_features(hudgins, window, feature_dic={}, array=True)
        middle = clock()
        said, sure = classifier._prediction_helper(  # noqa: SLF001 - as its loop does
            classifier.model.predict_proba(found)
        )
        classifier._rejection_helper(said[0], sure)  # noqa: SLF001
        features.append(middle - start)
        decision.append(clock() - middle)
        if i % 4 == 0:
            start = clock()
            filters.filter(stream)
            filtering.append(clock() - start)
    print(
        json.dumps(
            {
                "version": version("libemg"),
                "features_us": quantiles(np, features),
                "decision_us": quantiles(np, decision),
                "filter_us": quantiles(np, filtering),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
