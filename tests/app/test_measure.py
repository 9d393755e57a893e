"""Latency by sample index: what was never written is infinitely late, not missing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from innervate.app.measure import amplifier_index, decision_latency_s, quantiles_ms, wire_wait


def telemetry(index: list[int], t_sample_s: list[float]) -> np.ndarray:
    rows = np.zeros(len(index), [("sample_index", "i8"), ("t_sample_s", "f8")])
    rows["sample_index"], rows["t_sample_s"] = index, t_sample_s
    return rows


def guard(index: list[int], t_written_s: list[float]) -> np.ndarray:
    rows = np.zeros(len(index), [("sample_index", "i8"), ("t_written_s", "f8")])
    rows["sample_index"], rows["t_written_s"] = index, t_written_s
    return rows


def amplifier(first: list[int], t_write_s: list[float]) -> np.ndarray:
    rows = np.zeros(
        len(first),
        [("first_index", "i8"), ("t_write_s", "f8"), ("t_first_sample_s", "f8"), ("rate_hz", "f8")],
    )
    rows["first_index"], rows["t_write_s"] = first, t_write_s
    rows["t_first_sample_s"], rows["rate_hz"] = 50.0 + np.array(first) / 1000, 1000.0
    return rows


def test_latency_runs_from_the_write_of_the_deciding_samples_block_to_the_first_frame_written_for_it() -> (
    None
):
    found = decision_latency_s(
        telemetry([9, 19, 29], [0, 0, 0]),
        guard([-1, 9, 9, 29, 29], [0.5, 1.001, 1.011, 1.0225, 1.03]),
        amplifier([0, 10, 20], [1.0, 1.01, 1.02]),
        stamped=False,
    )
    assert found[0] == pytest.approx(0.001)
    assert found[1] == math.inf
    assert found[2] == pytest.approx(0.0025)


def test_a_stamp_says_which_sample_it_was_even_when_the_inlet_joined_late() -> None:
    joined_late = telemetry([0, 10], [50.015, 50.025])
    index = amplifier_index(joined_late, amplifier([0, 10, 20], [1, 2, 3]), stamped=True)
    assert index.tolist() == [15, 25]


def test_no_frame_at_all_is_infinitely_late() -> None:
    found = decision_latency_s(telemetry([9], [0]), guard([], []), amplifier([0], [1.0]), stamped=False)
    assert found.tolist() == [math.inf]
    assert quantiles_ms(found) == {"p50": None, "p99": None, "p99_9": None, "max": None}


def test_one_skipped_decision_in_two_thousand_shows_in_the_tail_and_nowhere_else() -> None:
    latency = np.full(2000, 0.0005)
    latency[500] = math.inf
    assert quantiles_ms(latency) == {"p50": 0.5, "p99": 0.5, "p99_9": 0.5, "max": None}


def turns(*rows: tuple[int, float, float, float]) -> np.ndarray:
    """(sample index, turn, handed to the driver, written; 0: not)"""
    names = ("sample_index", "t_s", "t_handed_s", "t_written_s")
    return np.array(list(rows), [(names[0], "i8"), *((name, "f8") for name in names[1:])])


TOLD = turns(
    (9, 1.0009, 1.001, 1.001),  # at once
    (-1, 1.010, 1.0101, 1.0101),  # a heartbeat
    (19, 1.0109, 1.011, 0.0),  # the wire was taken,
    (-1, 1.0125, 1.0126, 0.0),  # a heartbeat too was in vain,
    (19, 1.0150, 1.0126, 1.0152),  # and at last it was free
    (29, 1.0209, 1.021, 0.0),  # overtaken by the next
    (39, 1.0309, 1.031, 0.0),
    (39, 1.0340, 1.031, 1.0341),
    (49, 1.0409, 0.0, 0.0),  # the driver took none
)


def test_the_wait_for_a_taken_wire_is_measured_and_what_is_left_adds_up() -> None:
    decided = telemetry([9, 19, 29, 39, 49, 59], [0] * 6)
    wrote = amplifier([0, 10, 20, 30, 40, 50], [1.0, 1.01, 1.02, 1.03, 1.04, 1.05])
    found = wire_wait(decided, TOLD, wrote, stamped=False)
    assert found.wait_s[:4] == pytest.approx([0.0, 0.004, math.inf, 0.003])
    assert np.isnan(found.wait_s[4:]).all()
    assert found.apart_s == pytest.approx([0.001, 0.0012, 0.001, 0.0011, math.inf, math.inf])
    assert found.overtaken == 1
    total_s = decision_latency_s(decided, TOLD, wrote, stamped=False)
    reached = np.isfinite(total_s)
    assert reached.tolist() == [True, True, False, True, False, False]
    assert (found.wait_s + found.apart_s)[reached] == pytest.approx(total_s[reached])


def test_without_a_frame_there_is_no_wait() -> None:
    found = wire_wait(telemetry([9], [0]), turns(), amplifier([0], [1.0]), stamped=False)
    assert np.isnan(found.wait_s).all()
    assert found.apart_s.tolist() == [math.inf]
