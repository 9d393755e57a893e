"""The calibration bench: the same people every time, other people for the reported run."""

from __future__ import annotations

import io

import numpy as np
from innervate.benchmarks.calibration import run, show
from innervate.benchmarks.calibration_cases import SEEDS, case
from rich.console import Console


def test_a_part_of_the_run_says_what_was_named_and_what_was_not() -> None:
    number = next(n for n in range(100) if [f.kind for f in case(SEEDS["development"], n).faults] == ["late"])
    found = run(1, "development", number)
    assert (found["faults"], found["named"], found["false"]) == (1, 1.0, 0.0)
    assert found["by_kind"]["late"] == {"planted": 1, "named": 1.0}
    assert found["repetitions_redone"] == 2
    said = io.StringIO()
    show(Console(file=said, width=120), found)
    assert "1 simulated calibrations, development seeds" in said.getvalue()


def test_faults_touch_nothing_twice_and_the_runs_share_nobody() -> None:
    for number in range(40):
        one = case(SEEDS["reported"], number)
        channels = [name for fault in one.faults for name in fault.channels]
        movements = [name for fault in one.faults for name in fault.movements]
        assert len(set(channels)) == len(channels)
        assert len(set(movements)) == len(movements)
        assert len(one.faults) <= 2
        assert one.seed >= SEEDS["development"] + 10_000
    again, other = (case(SEEDS[name], 7) for name in ("reported", "development"))
    assert again == case(SEEDS["reported"], 7)
    assert not np.array_equal(again.body.radius_mm, other.body.radius_mm)
