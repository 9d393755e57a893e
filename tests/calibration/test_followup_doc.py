"""docs/followup.md says what the code does."""

from __future__ import annotations

from pathlib import Path

import pytest
from innervate.calibration.followup.definitions import DEFINITIONS
from innervate.calibration.followup.measures import MEASURES
from innervate.calibration.followup.show import measure_cells
from innervate.calibration.followup.windows import AFTER_LAST_SESSION, AFTER_SURGERY
from innervate.calibration.transfers.timeline import STAGES
from innervate.core.transfers import USUAL

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "followup.md").read_text()


@pytest.mark.parametrize("window", [*AFTER_SURGERY.due, *AFTER_LAST_SESSION.due], ids=lambda w: w.name)
def test_the_windows(window):
    assert f"| {window.name} | {window.first_day} | {window.target_day} | {window.last_day} |" in TEXT


@pytest.mark.parametrize("key", DEFINITIONS)
def test_the_definitions(key):
    assert f"| {key} | {DEFINITIONS[key].words} | {DEFINITIONS[key].source} |" in TEXT


@pytest.mark.parametrize("key", MEASURES)
def test_the_outcome_measures(key):
    assert f"| {' | '.join(measure_cells(MEASURES[key]).values())} |" in TEXT


@pytest.mark.parametrize("level", USUAL)
def test_the_transfers_to_start_from(level):
    rows = [line.split(" | ") for line in TEXT.splitlines() if line.startswith(f"| {level} | ")]
    assert [(row[1], row[2].partition(" (or ")[0], row[5][0]) for row in rows] == [
        (usual.donor_nerve, usual.target_muscle, usual.basis) for usual in USUAL[level]
    ]


def test_the_stages():
    assert all(f"| {stage.words} | {stage.basis} |" in TEXT for stage in STAGES)
