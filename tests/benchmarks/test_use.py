"""The benchmark of a worn limb's days counts what it says, on a person who does not exist."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from innervate.app.bench import BenchOptions, run_benchmarks
from innervate.benchmarks import use
from innervate.benchmarks.disturbances import DISTURBANCES, Place
from innervate.core.errors import InnervateError, RecordingError
from rich.console import Console

RATE_HZ, TRIAL = 200.0, 240
GAINS = np.array([[2, 2, 2, 2, 2], [40, 30, 4, 8, 20], [5, 6, 45, 35, 9]], float)


def person(path: Path, days: int = 2) -> Path:
    """Three classes, three repetitions a day, days that hardly differ; the last armband lies elsewhere."""
    rng = np.random.default_rng(0)
    marks = [(k, rep, day) for day in range(days) for rep in range(3) for k in range(3)]
    emg = np.concatenate([rng.normal(size=(TRIAL, 5)) * GAINS[k] * (1 + 0.1 * day) for k, _, day in marks])
    label, rep, cond = np.repeat(np.array(marks, np.int16), TRIAL, axis=0).T
    rec = np.repeat(np.arange(len(marks), dtype=np.int16), TRIAL)
    names = [f"day {d}, position {'N' if d < days - 1 else 'I'}" for d in range(days)]
    meta = {
        "classes": ["M1 rest", "open", "power"],
        "unit": "uV",
        "conds": names,
        "source": "us",
        "licence": "-",
    }
    arrays = {"emg": emg.astype(np.float32), "label": label, "rep": rep, "cond": cond, "rec": rec}
    np.savez(path, **arrays, fs=RATE_HZ, meta=json.dumps(meta))
    return path


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    file = person(tmp_path_factory.mktemp("days") / "anyone.npz", days=3)
    return json.loads(json.dumps(use.run(file)))


@pytest.mark.slow
def test_days_are_grouped_and_shares_fall_with_the_limit(found):
    groups = [row["group"] for row in found["days"]]
    assert groups == ["within a day", "other day, same position", "other position"]
    for row in found["days"]:
        assert row["person"] == "anyone"
        assert row["over"] == sorted(row["over"], reverse=True)
        assert 0.0 <= row["over"][0] < 0.1
    assert [row["pairs"] for row in found["followed"]] == [2, 4]
    assert all(row["active_recall"] > 0.9 and row["rest_recall"] > 0.9 for row in found["followed"])


def test_what_is_held_drives_nothing(found):
    rows = {row["disturbance"]: row for row in found["disturbed"]}
    assert list(rows) == list(DISTURBANCES)
    assert rows["none"]["right"] > 0.1
    for row in rows.values():
        assert row["right"] + row["wrong"] <= 1.0 - row["held"]
        assert row["wrong"] <= row["wrong_unlimited"]
        assert row["right"] <= row["right_unlimited"]
    assert rows["steps, 3 x"]["held"] > rows["none"]["held"] + 0.2
    text = StringIO()
    use.show(Console(file=text, width=200), found)
    assert "steps, 3 x" in text.getvalue()
    (cost,) = found["cost"]
    # Only a mistake of kind, on any machine.
    assert all(
        0 < cost[key]["p50"] <= cost[key]["p99"] < 1e5 for key in ("plain_us", "adapting_us", "swap_us")
    )


@pytest.mark.parametrize("name", DISTURBANCES)
def test_a_disturbance_is_the_same_each_time_and_leaves_the_recording_alone(name):
    emg = np.random.default_rng(1).normal(size=(400, 5))
    before = emg.copy()
    once, again = (
        DISTURBANCES[name](emg, Place(RATE_HZ, np.full(5, 3.0), np.random.default_rng(7))) for _ in range(2)
    )
    assert np.array_equal(emg, before)
    assert np.array_equal(once, again)
    assert (name == "none") == np.array_equal(once, emg)


def test_what_cannot_be_measured_is_said(tmp_path):
    with pytest.raises(RecordingError, match="only one condition"):
        use.run(person(tmp_path / "one.npz", days=1))
    with pytest.raises(InnervateError, match="bench use --folder: not given"):
        run_benchmarks("use", True, BenchOptions())
