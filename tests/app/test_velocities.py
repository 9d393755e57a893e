"""Velocities at the command line: calibrate, evaluate, and a demo that runs them; mistakes in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from innervate.core.profile import load_profile
from innervate.models.bundle import read_bundle

from .desk import Desk
from .door import command

REGRESSOR = ("--decoder", "regressor")


def done(desk: Desk, *args: str | Path) -> str:
    code, out, err = desk.ask(*args)
    assert (code, err) == (0, ""), (out, err)
    return out


def test_calibrate_makes_a_signed_bundle_that_gives_velocities(desk: Desk) -> None:
    told = ("calibrate", "--profile", desk.profile, "--recording", desk.recording, *REGRESSOR)
    found: dict[str, Any] = json.loads(done(desk, *told, "--json"))
    assert found["velocities"]["dofs"] == ["hand"]
    assert found["velocities"]["held_out"]["r2"] > 0.6
    desk.write_profile(key=found["public_key"])
    profile = load_profile(desk.profile)
    read = read_bundle(desk.bundle, (found["public_key"],), profile.safety_digest()).model
    assert read.regressor is not None
    assert read.regressor.dofs == ("hand",)
    said = done(desk, *told)
    assert "drives at once: hand" in said
    assert "held-out R2 of velocity: hand 0." in said


def test_evaluate_gives_r2_of_each_degree_of_freedom_and_what_moves_at_rest(desk: Desk) -> None:
    path = desk.folder / "found.json"
    said = done(desk, "evaluate", desk.recording, *REGRESSOR, "--json", path)
    for word in ("R2", "hand", "correlation", "moved at rest"):
        assert word in said
    found = json.loads(path.read_text())
    (person,) = found["people"]
    assert person["dofs"]["hand"]["r2"] > 0.6
    assert person["rest_moved"] <= person["rest_moved_bare"]


def test_what_is_for_classes_and_mistakes_are_one_line(desk: Desk) -> None:
    locked = desk.write_profile(control="onset_lock_ms = 250", name="locked")
    told = desk.all_refused(
        ("evaluate", desk.recording, *REGRESSOR, "--split", "chronological"),
        ("evaluate", desk.recording, *REGRESSOR, "--window-ms", "100,200"),
        ("compare", desk.recording, "--decoders", "default,regressor"),
        ("calibrate", "--profile", desk.profile, "--recording", desk.recording, "--decoder", "x"),
        ("calibrate", "--profile", locked, "--recording", desk.recording, *REGRESSOR),
    )
    assert "that split is for classes" in told[0]
    assert "several --window-ms: not for velocities" in told[1]
    assert "gives velocities, which cannot be scored as classes are" in told[2]
    assert "--decoder x: not known; allowed: default, regressor" in told[3]
    assert "control.onset_lock_ms: of no use with a model that gives velocities" in told[4]


@pytest.mark.slow
@pytest.mark.real_time
def test_a_demo_runs_them_from_amplifier_to_limb() -> None:
    code, out, err = command("demo", "--headless", *REGRESSOR, "--seconds", "4", "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["decisions"] > 300
    assert found["commands_refused"] == 0
    assert found["limb_watchdog"]["trips"] == 0
