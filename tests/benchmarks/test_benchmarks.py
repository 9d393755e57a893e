"""The benchmarks measure what they say, and a missing peer is said, not raised."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from innervate.benchmarks import features_and_decision, floor


def test_the_floor():
    found = json.loads(json.dumps(floor.run(calls=50, paced_calls=3, period_s=0.002)))
    for kind in ("back_to_back_us", "paced_us"):
        assert 0 < found[kind]["p50"] <= found[kind]["p99"] <= found[kind]["max"]


def test_features_and_decision_without_a_peer():
    told: list[str] = []
    found = features_and_decision.run(channels=(8,), calls=60, paced_calls=3, progress=told.append)
    json.dumps(found)
    assert (
        [o["feature_set"] for o in found["ours"]]
        == ["hudgins", "log_moments", "default"]
        == [t.split(",")[0] for t in told]
    )
    assert found["libemg"] == found["ratios"] == []
    # A hundred times the figure we claim: this only catches a mistake of kind, on any machine.
    assert all(0 < o["back_to_back_us"]["p50"] < 10_000 for o in found["ours"])


def test_a_peer_that_is_not_there_is_said():
    without = Path(sys.executable)  # has no LibEMG
    for python in (Path("/no/such/python"), without):
        (peer,) = features_and_decision.run(python, channels=(8,), calls=20, paced_calls=1)["libemg"]
        assert "No such file" in peer["error"] or "libemg" in peer["error"]
