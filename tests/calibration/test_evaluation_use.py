"""A streamed day: each trial is decided before it can be learnt from, and nothing but EMG is shown."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.calibration.evaluation.bench import make_bench
from innervate.calibration.evaluation.options import EvaluateOptions
from innervate.calibration.evaluation.use import Day, adapted, don_check, fit_score, follow, make_day

from .learner import LAST, NEAREST, known
from .people import days


def bench_of(split: str, monkeypatch, recording=None, **more):
    options = EvaluateOptions(split=split, decoder=known(monkeypatch), **more)
    return make_bench(days(2, reps=3, turn=0.3) if recording is None else recording, NEAREST, options)


def test_equal_use_is_every_trial_once_in_any_order(monkeypatch):
    day, _ = make_day(bench_of("adapted", monkeypatch), 0, 1)
    one, two = (day.order("equal", np.random.default_rng(seed)) for seed in (0, 1))
    assert sorted(one) == sorted(two) == list(range(9))
    assert one.tolist() != two.tolist()


def test_realistic_use_is_seventy_percent_rest_and_five_movements():
    rest, trials = 0, 22 * 4
    label = np.repeat(np.arange(22), 4)
    day = Day(None, [np.array([i]) for i in range(trials)], label, rest)
    order = day.order("realistic", np.random.default_rng(0))
    asked = label[order]
    assert np.mean(asked == rest) == pytest.approx(0.7, abs=0.01)
    assert len(set(asked[asked != rest].tolist())) == 5
    assert np.bincount(asked)[asked[asked != rest]].tolist() == [4] * 20


def test_the_first_trial_is_decided_by_the_decoder_as_it_was(monkeypatch):
    bench = bench_of("adapted", monkeypatch)
    day, fitted = make_day(bench, 0, 1)
    order = day.order("equal", np.random.default_rng(0))
    decided = follow(bench, fitted, day, order)
    first = day.windows.where(day.rows[order[0]])
    plain = bench.decided(fitted, first)
    assert decided.said[: len(first)].tolist() == plain.said.tolist()
    assert len(decided) == len(day.windows)


def test_a_follower_sees_neither_labels_nor_places(monkeypatch):
    bench = bench_of("adapted", monkeypatch)
    day, fitted = make_day(bench, 0, 1)
    follow(bench, fitted, day, day.order("equal", np.random.default_rng(0)))
    for windows in LAST[-1].shown:
        for column in (windows.label, windows.rep, windows.cond, windows.rec, windows.index):
            assert (column == -1).all()


@pytest.mark.parametrize("use", ["equal", "realistic"])
def test_a_decoder_that_learns_gains_over_itself(use, monkeypatch):
    found = adapted(bench_of("adapted", monkeypatch, days(2, reps=6, turn=0.45), use=use, seeds=3))
    assert [(p["train"], p["test"]) for p in found["pairs"]] == [(0, 1), (1, 0)]
    for pair in found["pairs"]:
        gain = pair["active_recall"] - pair["unadapted"]["active_recall"]
        assert pair["gain"] == pytest.approx(gain)
    assert 0.0 <= found["losing_share"] <= 1.0
    assert found["gain"] == pytest.approx(np.mean([p["gain"] for p in found["pairs"]]))


def test_positions_that_are_the_same_are_not_adapted_between(monkeypatch):
    found = adapted(bench_of("adapted", monkeypatch, days(3, positions="NIN"), seeds=1))
    assert {(p["train"], p["test"]) for p in found["pairs"]} == {(0, 1), (1, 0), (1, 2), (2, 1)}


def test_the_don_check_tells_a_turned_armband_from_ten_unlabelled_seconds(monkeypatch):
    found = don_check(bench_of("don", monkeypatch, days(4, reps=2, turn=1.0), seeds=3))
    assert len(found["pairs"]) == 12
    assert found["don"]["bad_pairs"] == sum(p["active_recall"] < 0.7 for p in found["pairs"]) == 8
    assert found["don"]["auroc"]["equal"] > 0.95
    assert found["don"]["auroc"]["moving"] >= found["don"]["auroc"]["realistic"] - 0.05
    for pair in found["pairs"]:
        assert {use: len(scores) for use, scores in pair["scores"].items()} == {
            "equal": 3,
            "realistic": 3,
            "moving": 3,
        }


def test_a_decoders_own_fit_score_is_used(monkeypatch):
    bench = bench_of("don", monkeypatch)
    day, fitted = make_day(bench, 0, 1)
    assert fit_score(fitted, day.windows) == np.median(fitted.outlier(day.windows))
    fitted.fit_score = lambda windows: 7.0
    assert fit_score(fitted, day.windows) == 7.0
