"""What counts as a movement and a reversal, and what the clinic reads."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.calibration.homelog import Day, UseCounter, summary, ways

CLASSES = ("rest", "open", "power", "pinch", "pronation", "supination", "wrist flexion+power")
OPEN, POWER, PINCH, PRONATION, SUPINATION, BOTH = range(1, 7)


def counted(*runs: tuple[int, float, float]) -> tuple[int, int]:
    """(movements, reversals) of runs (class, from, until)."""
    counter = UseCounter(CLASSES)
    t_s = np.arange(0.0, 20.0, 0.01)
    movement = np.zeros(len(t_s), np.int64)
    for k, start, end in runs:
        movement[(t_s >= start) & (t_s < end)] = k
    counter.push(t_s, movement, movement > 0)
    return counter.movements, counter.reversals


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ((), (0, 0)),
        (((OPEN, 1, 2),), (1, 0)),
        (((OPEN, 1, 2), (OPEN, 2.1, 3)), (1, 0)),  # a pause
        (((OPEN, 1, 2), (OPEN, 2.5, 3)), (2, 0)),
        (((OPEN, 1, 2), (POWER, 2.5, 3)), (2, 1)),
        (((OPEN, 1, 2), (PINCH, 2.9, 3)), (2, 1)),  # any grip is the opposite of opening
        (((OPEN, 1, 2), (POWER, 3.5, 4)), (2, 0)),  # they meant that
        (((POWER, 1, 2), (PINCH, 2.2, 3)), (2, 0)),
        (((OPEN, 1, 2), (PRONATION, 2.2, 3)), (2, 0)),
        (((SUPINATION, 1, 2), (PRONATION, 2.2, 3)), (2, 1)),
        (((BOTH, 1, 2), (OPEN, 2.2, 3)), (2, 1)),
        (((OPEN, 1, 2), (POWER, 2.0, 2.3), (OPEN, 2.3, 4)), (3, 2)),  # a burst of the opposite
    ],
)
def test_movements_and_reversals(
    runs: tuple[tuple[int, float, float], ...], expected: tuple[int, int]
) -> None:
    assert counted(*runs) == expected


@given(st.lists(st.integers(0, 6), max_size=60), st.integers(1, 20))
def test_any_chunking_counts_the_same(classes: list[int], size: int) -> None:
    t_s, movement = np.arange(len(classes)) * 0.15, np.array(classes, np.int64)
    whole, parts = UseCounter(CLASSES), UseCounter(CLASSES)
    whole.push(t_s, movement, movement > 0)
    for at in range(0, len(classes), size):
        rows = slice(at, at + size)
        parts.push(t_s[rows], movement[rows], movement[rows] > 0)
    assert (whole.movements, whole.reversals) == (parts.movements, parts.reversals)


def test_what_did_not_drive_the_limb_is_no_movement() -> None:
    counter = UseCounter(CLASSES)
    counter.push(np.array([0.0, 0.1]), np.array([OPEN, POWER]), np.zeros(2, np.bool_))
    counter.push(np.array([0.2]), np.array([-1]), np.ones(1, np.bool_))
    assert (counter.movements, counter.reversals) == (0, 0)


def test_ways() -> None:
    assert ways("rest") == ()
    assert ways("open") == (("hand", -1),)
    assert ways("key") == (("hand", 1),)
    assert ways("wrist flexion+power") == (("wrist flexion", 1), ("hand", 1))


def test_the_clinic_reads_rates_and_no_division_by_nothing() -> None:
    days = [
        Day("2026-11-27", 3600.0, 1800.0, 90, 9, {"STOP_REQUESTED": 1}, {"taken": 1}, 1),
        Day("2026-11-28", 3600.0, 0.0, 10, 1, {"STOP_REQUESTED": 2, "EMG_LOST": 1}, {"kept": 1}),
    ]
    found = summary("p1", days)
    assert (found["wear_hours"], found["wear_hours_a_day"]) == (2.0, 1.0)
    assert (found["movements_an_hour"], found["reversals_a_movement"]) == (50.0, 0.1)
    assert found["reversals_an_armed_hour"] == 20.0
    assert found["stops"] == {"EMG_LOST": 1, "STOP_REQUESTED": 3}
    assert (found["recalibrations"], found["undone"]) == ({"kept": 1, "taken": 1}, 1)
    empty = summary("p1", [])
    assert (empty["movements_an_hour"], empty["reversals_a_movement"]) == (None, None)
