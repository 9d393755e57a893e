"""What befalls a simulated patient, asked for on the command line and in a closed loop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from innervate.app.cli import app
from innervate.app.closed.fitted import Worn, calibrated
from innervate.core.errors import ProfileError
from innervate.core.goal import Goal
from innervate.drivers.recordings.npz import read_recording
from innervate.sim.anatomy import HAND
from innervate.sim.disturbances.table import parse
from typer.testing import CliRunner

from .closed_ticks import told

MOVES = ("open", "power", "pronation")


def simulated(out: Path, *words: str) -> np.ndarray:
    result = CliRunner().invoke(app, ["simulate", "--out", str(out), "--seconds", "4", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return read_recording(out).emg


def test_asked_for_on_the_command_line(tmp_path: Path) -> None:
    plain = simulated(tmp_path / "a.npz")
    hum, shift = "mains[2]=200uV@2-3s", "shift=20mm@3s"
    emg = simulated(tmp_path / "b.npz", "--disturb", hum, "--disturb", shift)
    np.testing.assert_array_equal(emg[:2000], plain[:2000])
    assert emg[2000:3000, 1].std() > 60
    np.testing.assert_array_equal(np.delete(emg, 1, axis=1)[:3000], np.delete(plain, 1, axis=1)[:3000])
    assert not np.array_equal(emg[3000:], plain[3000:])
    assert read_recording(tmp_path / "b.npz").meta["disturbances"] == [hum, shift]


def test_labels_say_what_was_asked_not_what_was_made(tmp_path: Path) -> None:
    words = ("--schedule", "calibration", "--seconds", "12")
    made = simulated(tmp_path / "a.npz", *words, "--disturb", "wrong=1", "--disturb", "late=0.5s")
    plain = simulated(tmp_path / "b.npz", *words)
    one, other = (read_recording(tmp_path / name) for name in ("a.npz", "b.npz"))
    assert one.cue is not None
    assert other.cue is not None
    np.testing.assert_array_equal(one.cue, other.cue)
    assert not np.array_equal(made, plain)


def test_what_is_not_understood_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="unit 'cm'; allowed: mm"):
        simulated(tmp_path / "a.npz", "--disturb", "shift=3cm")
    assert not (tmp_path / "a.npz").exists()


@pytest.fixture(scope="module")
def worn() -> Worn:
    return calibrated(HAND, "transradial", 4, MOVES, reps=2)


def reached(worn: Worn, *befalls: str) -> np.ndarray:
    """Joints after two seconds of an intended power grip."""
    loop, user = worn.closed_loop(disturbances=[parse(text) for text in befalls])
    user.want(Goal({"index": 70.0}, {"index": 5.0}, "", "power"), loop.t_s)
    for _ in range(200):
        loop.step()
    return np.array(loop.limb.position_deg)


def test_in_a_closed_loop(worn: Worn) -> None:
    """Electrodes that all hang free move nothing."""
    plain = reached(worn)
    np.testing.assert_array_equal(reached(worn, "shift=20mm@60s"), plain)  # not yet
    assert np.abs(reached(worn, "lift-off=1") - plain).max() > 10


def test_a_calibration_can_be_disturbed_and_the_person_stays_who_they_are(worn: Worn) -> None:
    other = calibrated(HAND, "transradial", 4, MOVES, reps=2, disturbances=[parse("position=3")])
    assert other.body == worn.body
    assert told(other) != told(worn)
