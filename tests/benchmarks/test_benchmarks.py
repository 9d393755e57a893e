"""The benchmarks measure what they say, and a missing peer is said, not raised."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from innervate.app.bench_decoding import show_decide, show_lost, show_train
from innervate.benchmarks import decide, floor, lost_channel, train_speed
from innervate.benchmarks.peer_process import ask_libemg
from innervate.core.errors import InnervateError
from innervate.models.signal.features import FEATURE_SETS
from rich.console import Console


def test_the_floor():
    found = json.loads(json.dumps(floor.run(calls=50, paced_calls=3, period_s=0.002)))
    for kind in ("back_to_back_us", "paced_us"):
        assert 0 < found[kind]["p50"] <= found[kind]["p99"] <= found[kind]["max"]


@pytest.fixture(scope="module")
def decided() -> list[dict[str, Any]]:
    return json.loads(json.dumps(decide.run(channels=(4,), calls=30, paced_calls=2)))


def test_decisions_come_as_one_list_of_the_same_kind_of_rows(decided):
    for row in decided:
        assert {"feature_set", "decoder", "channels", "window_ms"} < set(row)
        # A hundred times the figure we claim: this only catches a mistake of kind, on any machine.
        assert 0 < row["back_to_back_us"]["p50"] <= row["back_to_back_us"]["p99"] < 100_000
        assert 0 < row["paced_us"]["p50"] <= row["paced_us"]["p99"]


def test_every_feature_set_and_both_defaults_are_measured(decided):
    usual = {(row["feature_set"], row["decoder"]) for row in decided if row["window_ms"] == 200.0}
    defaults = {("default", "default"), ("default", "default, 5 days or more")}
    assert usual == {(name, "lda") for name in FEATURE_SETS} | defaults
    by_window = {row["window_ms"] for row in decided if row["decoder"] == "default"}
    assert by_window == {100.0, 200.0, 300.0, 400.0}


def test_ratios_are_theirs_over_ours():
    def row(feature_set: str, decoder: str, p50: float, window_ms: float = 200.0) -> dict[str, Any]:
        took = {"p50": p50, "p99": 2 * p50}
        return {
            "feature_set": feature_set,
            "decoder": decoder,
            "channels": 8,
            "window_ms": window_ms,
            "back_to_back_us": took,
            "paced_us": took,
        }

    ours = [
        row("hudgins", "lda", 40.0),
        row("hudgins", "lda", 1.0, 400.0),
        row("default", "default", 80.0),
        row("default", "default, 5 days or more", 100.0),
    ]
    theirs = [row("hudgins", "libemg lda", 120.0), row("hudgins", "libemg filter and lda", 600.0)]
    assert [found[8] for found in decide.ratios(ours + theirs).values()] == [15.0, 1.5, 1.2]
    assert not any(decide.ratios(ours).values())
    for rows in (ours, ours + theirs):
        console = Console(file=StringIO(), width=120)
        show_decide(console, rows)
        assert ("LibEMG over ours" in console.file.getvalue()) == (rows is not ours)


def test_training_is_timed_stage_by_stage():
    found = json.loads(json.dumps(train_speed.run(minutes=0.3)))
    assert [row["every_ms"] for row in found["ours"]] == [10.0, 20.0, 50.0]
    for row in found["ours"]:
        stages = row["features_s"] + row["fit_s"] + row["lost_s"]
        assert 0 < row["total_s"] == pytest.approx(stages)
    assert found["libemg"] == []
    show_train(Console(file=StringIO()), found)


def test_going_on_without_a_channel_takes_less_than_an_increment():
    (row,) = json.loads(json.dumps(lost_channel.run(channels=(4,), calls=20)))
    assert 0 < row["first_ms"]["p50"] < 10.0
    assert 0 < row["later_ms"]["p50"] < 10.0
    show_lost(Console(file=StringIO()), [row])


def test_a_peer_that_is_not_there_is_said():
    without = Path(sys.executable)  # has no LibEMG
    for python in (Path("/no/such/python"), without):
        with pytest.raises(InnervateError, match=r"No such file|libemg"):
            ask_libemg(python, "train", {}, {})
    told: list[str] = []
    assert train_speed.run(without, minutes=0.2, tell=told.append)["libemg"] == []
    assert len(told) == 1
