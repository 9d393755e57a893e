"""Decoders side by side: people and days are drawn, never windows."""

from __future__ import annotations

import json

import numpy as np
import pytest
from innervate.app.compare import compare_and_show
from innervate.calibration.evaluation.compare import compare, day_scores
from innervate.calibration.evaluation.options import EvaluateOptions
from innervate.calibration.evaluation.paired import paired, sign_test
from innervate.calibration.evaluation.risk import risk_coverage
from innervate.core.errors import RecordingError
from innervate.drivers.recordings.npz import write_recording
from scipy.stats import binomtest

from .streams import streamed_person


def crowd(people, days, gain, seed=0):
    rng = np.random.default_rng(seed)
    first = {f"p{i}": rng.uniform(0.5, 0.9, days).tolist() for i in range(people)}
    return {who: [s + gain + rng.normal(0, 0.02) for s in scores] for who, scores in first.items()}, first


def test_a_difference_that_everybody_has_is_found():
    found = paired(*crowd(10, 4, 0.05))
    low, high = found["interval"]
    assert 0.0 < low < found["difference"] < high
    assert found["better_share"] == 1.0
    assert found["sign_p"] == pytest.approx(2 / 2**10)
    assert (found["people"], found["days"], found["note"]) == (10, 40, "")


def test_the_same_seed_gives_the_same_interval():
    one, first = crowd(7, 3, 0.0)
    assert paired(one, first) == paired(one, first)
    assert paired(one, first)["interval"] != paired(one, first, seed=1)["interval"]


def test_a_person_with_many_days_weighs_as_one_with_few():
    one, first = {"a": [1.0] * 30, "b": [0.0]}, {"a": [0.0] * 30, "b": [0.0]}
    assert paired(one, first)["difference"] == 0.5


def test_more_days_of_few_people_do_not_hide_that_people_differ():
    one = {"a": [0.2] * 500, "b": [0.0] * 500}
    first = {"a": [0.0] * 500, "b": [0.0] * 500}
    assert paired(one, first)["interval"] == pytest.approx([0.0, 0.2])


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        means = rng.normal(0.03, 0.05, 20)
        one = {str(i): (m + rng.normal(0, 0.05, 5)).tolist() for i, m in enumerate(means)}
        low, high = paired(one, {str(i): [0.0] * 5 for i in range(20)}, 500)["interval"]
        held += low <= 0.03 <= high
    assert held >= 51


@pytest.mark.parametrize("people", [1, 2, 5])
def test_few_people_are_said_to_show_little(people):
    found = paired(*crowd(people, 3, 0.1))
    assert found["note"].startswith(f"{people} p")
    assert "says little" in found["note"]
    assert found["sign_p"] > 0.05


def test_one_day_of_one_person_has_no_interval():
    assert paired({"a": [0.9]}, {"a": [0.8]})["interval"] is None


def test_people_must_be_paired():
    with pytest.raises(RecordingError, match="nobody was scored by both"):
        paired({"a": [1.0]}, {"b": [1.0]})
    with pytest.raises(RecordingError, match="a: 2 days by one decoder, 1 by the other"):
        paired({"a": [1.0, 1.0]}, {"a": [1.0]})


@pytest.mark.parametrize("gains", [[1, 1, -1], [1] * 6, [0, 0, 1], [1, -1], [-1] * 9 + [1]])
def test_the_sign_test_is_the_binomial_one(gains):
    up, n = sum(g > 0 for g in gains), sum(g != 0 for g in gains)
    assert sign_test(gains) == pytest.approx(binomtest(up, n).pvalue)
    assert sign_test([0.0]) is None


def test_scores_of_a_day_are_averaged_over_what_was_trained_on():
    pairs = [
        {"train": 0, "test": 1, "active_recall": 0.4},
        {"train": 2, "test": 1, "active_recall": 0.6},
        {"train": 1, "test": 2, "active_recall": None},
    ]
    assert day_scores({"pairs": pairs, "active_recall": 0.5}, "active_recall") == {1: 0.5}
    assert day_scores({"active_recall": 0.7}, "active_recall") == {0: 0.7}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("people")
    for seed in range(2):
        write_recording(path / f"p{seed}.npz", streamed_person(seed))
    write_recording(path / "once.npz", streamed_person(9, reps=1))
    return path


def test_decoders_are_compared_on_the_same_people(folder, tmp_path, capsys):
    out = tmp_path / "c.json"
    compare_and_show(folder, ("hudgins", "log_moments"), EvaluateOptions(), out)
    found = json.loads(out.read_text())
    assert found["people"] == ["p0", "p1"]
    assert [f["id"] for f in found["failed"]] == ["once"]
    ours, first = (found["decoders"][name] for name in ("log_moments", "hudgins"))
    assert "against_first" not in first
    difference = ours["against_first"]["active_recall"]["difference"]
    assert difference == pytest.approx(ours["mean"]["active_recall"] - first["mean"]["active_recall"])
    said = capsys.readouterr().out
    for word in ("hudgins", "log_moments", "worst", "sign test p", "2 people: the interval says little"):
        assert word in said


@pytest.mark.parametrize(
    ("decoders", "said"),
    [
        (("lda",), "give at least two"),
        (("lda", "lda"), "each once"),
        (("lda", "magic"), "'magic' is not known"),
    ],
)
def test_what_cannot_be_compared_says_so(folder, decoders, said):
    with pytest.raises(RecordingError, match=said):
        compare(folder, decoders, EvaluateOptions())


def test_risk_falls_with_coverage_where_sureness_means_something():
    curve = risk_coverage(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, False]), points=4)
    assert curve == {
        "coverage": [0.25, 0.5, 0.75, 1.0],
        "risk": [0.0, 0.0, pytest.approx(1 / 3), 0.5],
        "threshold": [0.9, 0.8, 0.7, 0.6],
    }


def test_windows_equally_sure_stand_or_fall_together():
    curve = risk_coverage(np.array([0.5, 0.5, 0.9]), np.array([True, False, True]))
    assert curve["coverage"] == [pytest.approx(1 / 3), 1.0]
    assert risk_coverage(np.empty(0), np.empty(0, bool))["coverage"] == []
