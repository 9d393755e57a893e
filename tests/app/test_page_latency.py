"""Latency as the page counts it: by sample index, with nothing left out that hurts."""

from __future__ import annotations

import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from innervate.app.page.latency import PAUSE_S, LatencyWindow


def feed(window: LatencyWindow, count: int, delay_s: float, *, skip: tuple[int, ...] = ()) -> None:
    window.decided((k, k * 0.01) for k in range(count))
    window.written((k, k * 0.01 + delay_s) for k in range(count) if k not in skip)


def test_percentiles_over_known_delays() -> None:
    window = LatencyWindow()
    for k in range(100):
        window.decided([(k, k * 0.01)])
        window.written([(k, k * 0.01 + (k + 1) * 1e-4)])
    seen = window.look(1.0, 4.0)
    assert (round(seen.p50_ms or 0, 6), round(seen.p99_ms or 0, 6), seen.count) == (5.0, 9.9, 100)
    assert seen.late


def test_within_budget_raises_no_alarm() -> None:
    window = LatencyWindow()
    feed(window, 200, 0.002)
    assert not window.look(2.0, 4.0).late


def test_decisions_that_never_reach_the_limb_break_the_budget() -> None:
    window = LatencyWindow()
    feed(window, 200, 0.001, skip=(50, 51, 52, 53))
    seen = window.look(2.0, 4.0)
    assert seen.skipped == 4
    assert seen.p99_ms is not None
    assert math.isinf(seen.p99_ms)
    assert seen.late


def test_records_that_the_page_itself_missed_prove_nothing() -> None:
    window = LatencyWindow()
    window.decided((k, k * 0.01) for k in range(10))
    window.written([(0, 0.001)])
    window.written([(9, 0.091)], complete=False)
    assert window.look(1.0, 4.0).skipped == 0


def test_a_limb_that_was_stopped_in_between_skipped_nothing() -> None:
    window = LatencyWindow()
    window.decided((k, k * 0.01) for k in range(100))
    window.written([(0, 0.001), (99, 0.99 + PAUSE_S)])
    assert window.look(1.5, 4.0).skipped == 0


def test_heartbeats_and_later_writes_of_one_command_do_not_count() -> None:
    window = LatencyWindow()
    window.decided([(5, 1.0)])
    window.written([(-1, 1.0005), (5, 0.9995), (5, 1.001), (5, 1.02)])
    seen = window.look(1.1, 4.0)
    assert seen.count == 1
    assert round(seen.now_ms or 0, 6) == 1.0


def test_it_forgets_after_ten_seconds() -> None:
    window = LatencyWindow()
    feed(window, 100, 0.009)
    assert window.look(1.0, 4.0).late
    assert window.look(12.0, 4.0).count == 0


@given(cuts=st.lists(st.integers(0, 60), max_size=8), skip=st.sets(st.integers(1, 58), max_size=9))
def test_any_cutting_of_the_records_gives_the_same(cuts: list[int], skip: set[int]) -> None:
    whole, parts = LatencyWindow(), LatencyWindow()
    feed(whole, 60, 0.002, skip=tuple(skip))
    edges = [0, *sorted(cuts), 60]
    for first, last in pairwise(edges):
        parts.decided((k, k * 0.01) for k in range(first, last))
        parts.written((k, k * 0.01 + 0.002) for k in range(first, last) if k not in skip)
    assert whole.look(1.0, 4.0) == parts.look(1.0, 4.0)
