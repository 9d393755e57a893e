"""`innervate simulate`: a recording that training reads, and the truth beside it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from innervate.app.cli import app
from innervate.core.errors import ProfileError
from innervate.drivers.recordings.npz import read_recording
from innervate.sim.truth import read_truth
from typer.testing import CliRunner


def run(*words: str) -> str:
    result = CliRunner().invoke(app, ["simulate", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_a_recording_and_its_truth(tmp_path: Path) -> None:
    out, truth = tmp_path / "x.npz", tmp_path / "truth.npz"
    words = ("--patient", "transtibial", "--seconds", "6", "--schedule", "free", "--rate", "500", "--json")
    told = json.loads(run("--out", str(out), "--truth", str(truth), *words))
    recording, known = read_recording(out), read_truth(truth)
    assert recording.emg.shape == (3000, 8)
    assert recording.meta["simulated"] is True
    assert (recording.meta["preset"], recording.meta["months"], recording.meta["person"]) == (
        "transtibial",
        12.0,
        1,
    )
    assert len(known.spike_tick) == told["spikes"] > 500
    assert known.drive.shape == (3000 // known.block, len(known.muscles))
    again = tmp_path / "again.npz"
    run("--out", str(again), *words)
    np.testing.assert_array_equal(read_recording(again).emg, recording.emg)


def test_electrodes_months_seed_and_schedule_are_the_persons_choice(tmp_path: Path) -> None:
    out, truth = tmp_path / "x.npz", tmp_path / "truth.npz"
    line = run(
        *("--out", str(out), "--truth", str(truth), "--channels", "16", "--months", "2", "--seed", "7"),
        *("--schedule", "power", "--seconds", "2"),
    )
    assert "2.0 s of 16 channels at 1000 Hz" in line
    known = read_truth(truth)
    kinds = np.array(known.innervation)[known.muscle]
    assert set(kinds) == {"native"}
    recording = read_recording(out)
    assert recording.channels == tuple(f"ch{n}" for n in range(1, 17))
    assert set(np.unique(recording.label)) <= {-1, recording.classes.index("power")}


def test_the_whole_calibration_is_usual(tmp_path: Path) -> None:
    out = tmp_path / "x.npz"
    run("--out", str(out), "--patient", "transtibial", "--reps", "1", "--rate", "200")
    recording = read_recording(out)
    assert set(np.unique(recording.label[recording.label >= 0])) == set(range(len(recording.classes)))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--patient", "hip"), "'hip'; allowed: hand, ankle, transradial"),
        (("--schedule", "dance"), "--schedule 'dance'; allowed: calibration, free, rest, open"),
        (("--rate", "10"), "10 Hz; allowed: 200 to 4000"),
        (("--channels", "9"), "montage of 9 channels; allowed: 8, 16, 32, 64"),
        (("--seconds", "90000"), "--seconds 90000; allowed: 0 to 3600"),
        (("--truth", "x.npz"), "is --out; allowed: another file"),
    ],
)
def test_a_mistake_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProfileError, match="allowed") as raised:
        run("--out", "x.npz", *words)
    assert says in str(raised.value)
    assert list(tmp_path.iterdir()) == []
