"""Figures of decided windows are what their definitions say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.calibration.evaluation.measures import (
    Decided,
    auroc,
    average,
    calibration_error,
    figures,
    join,
    measured_quantile,
)
from innervate.calibration.scores import confusion_matrix, rest_index, summary
from innervate.core.errors import RecordingError


def decided(right, said, trial=None, sure=None) -> Decided:
    right, said = np.array(right), np.array(said)
    sure = np.full(len(right), 0.5) if sure is None else np.array(sure)
    trial = np.zeros(len(right), int) if trial is None else np.array(trial)
    return Decided(right, said, sure, right == said, trial)


def test_recalls_from_a_confusion_matrix():
    matrix = confusion_matrix(np.array([0, 0, 1, 1, 1, 2]), np.array([0, 1, 1, 1, 0, 2]), 3)
    assert matrix.tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 1]]
    assert summary(matrix, 0) == {
        "active_recall": pytest.approx((2 / 3 + 1) / 2),
        "rest_recall": 0.5,
        "accuracy": pytest.approx(4 / 6),
    }


def test_rest_is_found_by_its_name():
    assert rest_index(("M1 rest", "M2"), "x") == 0
    assert rest_index(("wrestle", "hand_rest"), "x") == 1
    with pytest.raises(RecordingError, match="2 classes are called rest"):
        rest_index(("rest", "Rest 2"), "x")


def test_a_wrong_movement_is_one_that_moves_and_was_not_asked():
    found = figures(decided([0, 0, 1, 1, 2], [0, 2, 0, 2, 2]), 3, 0, 0.05)
    assert found["wrong_movement_rate"] == pytest.approx(2 / 5)
    assert found["active_recall"] == pytest.approx(0.5)


def test_movements_in_a_row_at_rest_are_one_false_activation():
    said = [0, 1, 1, 0, 2, 2, 1]
    found = figures(decided([0] * 7, said, trial=[0] * 6 + [1]), 3, 0, 60.0 / 7)
    assert found["false_activations_per_min"] == pytest.approx(3.0)
    assert figures(decided([1], [1]), 3, 0, 0.05)["false_activations_per_min"] is None


def test_calibration_error_is_the_gap_between_sure_and_right():
    sure = np.array([0.9] * 10 + [0.4] * 10)
    hit = np.array([True] * 9 + [False] + [True] * 2 + [False] * 8)
    assert calibration_error(sure, hit) == pytest.approx(0.5 * 0.0 + 0.5 * 0.2)
    assert calibration_error(np.ones(4), np.ones(4, bool)) == 0.0


def test_auroc_counts_pairs_in_order():
    assert auroc([1, 2, 3, 4], [False, False, True, True]) == 1.0
    assert auroc([1, 3, 2, 2], [False, True, False, True]) == pytest.approx(3.5 / 4)
    assert auroc([1, 2], [True, True]) is None


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auroc_is_the_share_of_pairs(tries):
    high = [s for s, bad in tries if bad]
    low = [s for s, bad in tries if not bad]
    pairs = [(a > b) + 0.5 * (a == b) for a in high for b in low]
    found = auroc([s for s, _ in tries], [bad for _, bad in tries])
    assert found == (pytest.approx(np.mean(pairs)) if pairs else None)


def test_joined_trials_stay_apart():
    both = join([decided([0, 0], [1, 1], trial=[0, 1]), decided([0], [1])])
    assert both.trial.tolist() == [0, 1, 2]
    assert average([{"a": 1.0}, {"a": None}, {"a": 2.0}], ["a", "b"]) == {"a": 1.5, "b": None}


def test_a_quantile_is_one_of_the_values_and_infinity_is_none():
    values = np.array([30.0, 10.0, np.inf, 20.0])
    assert [measured_quantile(values, share) for share in (0.25, 0.5, 0.75, 0.76)] == [10.0, 20.0, 30.0, None]
    assert measured_quantile(np.empty(0), 0.5) is None
