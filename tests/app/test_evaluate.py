"""`innervate evaluate`: figures, pictures and cohorts from one command; mistakes are told before any work."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from innervate.app.cli import app
from innervate.calibration.evaluation.bench import make_bench
from innervate.calibration.evaluation.cohort import score_file
from innervate.calibration.evaluation.kept import Kept
from innervate.calibration.evaluation.options import EvaluateOptions
from innervate.calibration.evaluation.transitions import joined_streams, stream_windows
from innervate.calibration.recipes import recipe
from innervate.core.errors import InnervateError
from innervate.drivers.recordings.npz import Recording, write_recording
from typer.testing import CliRunner, Result

# matplotlib 3.10 calls pyparsing by names that pyparsing 3.3 warns of; nothing of ours.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:matplotlib")
QUICK = ("--decoder", "hudgins")


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory, hand_recording: Recording) -> Path:
    """A folder of two people, one with a name that a terminal could take for markup, and a broken file."""
    folder = tmp_path_factory.mktemp("people")
    noise = np.random.default_rng(0).normal(size=hand_recording.emg.shape).astype(np.float32)
    write_recording(folder / "p1.npz", hand_recording)
    write_recording(folder / "p2[b].npz", replace(hand_recording, emg=hand_recording.emg + 2 * noise))
    (folder / "broken.npz").write_text("no")
    return folder


def ask(*args: str | Path) -> Result:
    """`innervate evaluate` with these arguments; what it raises is kept."""
    return CliRunner().invoke(app, ["evaluate", *map(str, args)], env={"COLUMNS": "200"})


def asked(*args: str | Path) -> str:
    """What it prints when all is well."""
    result = ask(*args)
    assert result.exit_code == 0, result.exception
    return result.output


def refusal(*args: str | Path) -> str:
    """The one line of a refusal."""
    result = ask(*args)
    assert isinstance(result.exception, InnervateError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def test_a_broken_file_does_not_stop_the_others_and_is_named(people: Path, tmp_path: Path) -> None:
    said = asked(people, *QUICK, "--json", tmp_path / "f.json")
    found = json.loads((tmp_path / "f.json").read_text())
    assert [person["id"] for person in found["people"]] == ["p1", "p2[b]"]
    assert "p2[b]" in said
    assert "left out: " in said
    assert "broken.npz" in said
    assert "stream" not in found["people"][0]
    assert "stream" not in found["mean"]


def test_pictures_are_drawn_of_a_run_and_of_a_sweep(people: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the plots extra")
    said = asked(people, *QUICK, "--people", "p1", "--plots", tmp_path / "one")
    assert {path.name for path in (tmp_path / "one").iterdir()} == {"confusion.png", "risk.png"}
    assert f"drew {tmp_path / 'one' / 'risk.png'}" in said
    asked(people, *QUICK, "--people", "p1", "--window-ms", "100,200", "--plots", tmp_path / "sweep")
    assert (tmp_path / "sweep" / "delay.png").stat().st_size > 1000


def test_without_matplotlib_no_work_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert "innervate[plots]" in refusal(tmp_path / "no such recording", "--plots", tmp_path / "p")


def test_a_stream_is_scored_when_asked_for(people: Path, tmp_path: Path) -> None:
    said = asked(people, *QUICK, "--people", "p1", "--stream", "--json", tmp_path / "f.json")
    mean = json.loads((tmp_path / "f.json").read_text())["mean"]
    assert mean["stream"]["transitions"]["to_movement"]["median_s"] < 1.0
    moved = mean["stream"]["false_activations"]
    assert moved["per_hour_interval"][0] <= moved["per_hour"] <= moved["per_hour_interval"][1]
    assert "cue to a movement: right and stable after 0." in said
    assert f"moved at rest: {moved['count']} times" in said


def test_flags_raised_without_a_calibration_cost_no_channel_in_a_stream(hand_recording: Recording) -> None:
    silent = hand_recording.emg.copy()
    silent[:, 3] = 0.0
    bench = make_bench(replace(hand_recording, emg=silent), recipe("hudgins"), EvaluateOptions())
    assert bench.windows.contact.any()
    assert not stream_windows(bench.recording, bench.settings).contact.any()


def test_streams_of_people_are_joined_by_exposure_and_no_infinite_time_is_lost() -> None:
    def stream(median_s: float | None, cues: int, count: int, exposure_s: float) -> dict[str, object]:
        one = {"cues": cues, "never_share": 0.5, "median_s": median_s}
        moved = {"count": count, "exposure_s": exposure_s, "longest_s": 1.0}
        return {"transitions": {**one, "to_rest": one}, "false_activations": moved}

    parts = [stream(0.4, 3, 1, 100.0), stream(0.6, 5, 0, 260.0), stream(None, 0, 0, 0.0)]
    found = joined_streams(parts)
    assert found["transitions"] == {
        "cues": 8,
        "never_share": 0.5,
        "median_s": pytest.approx(0.5),
        "to_rest": {"cues": 8, "never_share": 0.5, "median_s": pytest.approx(0.5)},
    }
    assert found["false_activations"]["per_hour"] == pytest.approx(10.0)
    assert joined_streams([*parts, stream(None, 2, 0, 0.0)])["transitions"]["median_s"] is None
    assert joined_streams([{**parts[0], "transitions": None}])["transitions"] is None


def test_channels_failing_in_turn_are_counted_together(hand_recording: Recording, tmp_path: Path) -> None:
    meta = {**hand_recording.meta, "channels": list(hand_recording.channels[:2])}
    two = replace(hand_recording, emg=hand_recording.emg[:, :2], meta=meta)
    write_recording(tmp_path / "p.npz", two)
    counts = {}
    for channel in ("0", "each"):
        asked(tmp_path / "p.npz", *QUICK, "--drop-channel", channel, "--json", tmp_path / "f.json")
        (person,) = json.loads((tmp_path / "f.json").read_text())["people"]
        assert np.sum(person["confusion"]) == person["windows"]
        assert ("risk" in person) == (channel == "0")
        counts[channel] = person["windows"]
    assert counts["each"] == 2 * counts["0"]


def test_an_evaluation_goes_on_from_what_is_kept(people: Path, tmp_path: Path) -> None:
    options = EvaluateOptions(decoder="hudgins")
    path = (people / "p1.npz").resolve()
    Kept(tmp_path / "keep", options).put(path, (), score_file(str(path), options.to_dict(), [])["found"])
    args = (people, *QUICK, "--people", "p1", "--json", tmp_path / "f.json", "--resume", tmp_path / "keep")
    asked(*args)
    assert json.loads((tmp_path / "f.json").read_text())["cohort"]["resumed"] == 1


def test_a_scheduler_is_asked_for_by_either_of_its_options(people: Path) -> None:
    assert "scheduler 'http://x' is not known" in refusal(people, "--scheduler", "http://x")
    assert "workers = 0" in refusal(people, "--workers", "0")


def test_what_cannot_be_is_one_line(people: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    (tmp_path / "empty").mkdir()
    for args, said in (
        ((people, "--split", "day"), "split 'day' is not known (allowed: repetition, "),
        ((people, "--decoder", "x"), "decoder 'x' is not known (allowed: default, "),
        ((people, "--beside", "x"), "decoder 'x' is not known"),
        ((tmp_path / "empty",), "no recording in this folder"),
        ((tmp_path / "none.npz",), "no such recording"),
        ((tmp_path / "none",), "no such folder"),
        ((people / "broken.npz",), "broken.npz"),
        ((people, "--people", "broken"), "broken.npz"),
        ((people, "--people", "nobody"), "nobody called 'nobody'"),
        ((people, "--json", tmp_path), "--json"),
        ((people, "--json", tmp_path / "none" / "f.json"), "there is no folder"),
        ((people, "--plots", file), "is a file (give a folder's name)"),
        ((people, "--plots", file / "inside"), "is a file (give a folder's name)"),
        ((people, "--resume", file), "--resume"),
        ((people, "--stream", "--split", "condition"), "it goes with split repetition"),
        ((people, "--stream", "--drop-channel", "0"), "and damage"),
        ((people, "--train-conditions", "1.5"), "--train-conditions 1.5: not whole numbers"),
        ((people, "--window-ms", "wide"), "--window-ms wide: not numbers"),
        ((people, "--window-ms", "inf"), "window_ms = inf: allowed is"),
    ):
        assert said in refusal(*args), args


def test_a_folder_that_belongs_to_somebody_else_is_refused(
    people: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.getuid", lambda: 4321)
    assert "is not yours to write to" in refusal(people, "--plots", tmp_path)
