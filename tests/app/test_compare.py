"""`innervate compare`: decoders side by side, from the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from innervate.app.cli import app
from innervate.core.errors import InnervateError
from innervate.drivers.recordings.npz import Recording, write_recording
from typer.testing import CliRunner, Result


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory, hand_recording: Recording) -> Path:
    folder = tmp_path_factory.mktemp("people")
    noise = np.random.default_rng(0).normal(size=hand_recording.emg.shape).astype(np.float32)
    for i in range(2):
        write_recording(folder / f"p{i}.npz", replace(hand_recording, emg=hand_recording.emg + i * noise))
    (folder / "broken.npz").write_text("no")
    return folder


def ask(*args: str | Path) -> Result:
    """`innervate compare` with these arguments; what it raises is kept."""
    return CliRunner().invoke(app, ["compare", *map(str, args)], env={"COLUMNS": "200"})


def test_two_decoders_side_by_side(people: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    result = ask(people, "--decoders", "lda,hudgins", "--json", out)
    assert result.exit_code == 0, result.exception
    for word in ("lda", "hudgins", "against lda", "p0", "p1", "worst", "2 people: the interval says little"):
        assert word in result.output
    assert f"left out: {people / 'broken.npz'}" in result.output
    found = json.loads(out.read_text())
    assert found["people"] == ["p0", "p1"]
    difference = found["decoders"]["hudgins"]["against_first"]["active_recall"]
    recalls = [
        [person["active_recall"] for person in found["decoders"][name]["people"]]
        for name in ("hudgins", "lda")
    ]
    assert difference["difference"] == pytest.approx(np.mean(recalls[0]) - np.mean(recalls[1]))
    assert difference["people"] == 2


def test_what_cannot_be_compared_is_one_line(people: Path, tmp_path: Path) -> None:
    for args, said in (
        ((people, "--decoders", "lda"), "give at least two"),
        ((people, "--decoders", "lda,magic"), "decoder 'magic' is not known"),
        ((people, "--split", "day"), "split 'day' is not known"),
        ((tmp_path,), "no recording in this folder"),
        ((people, "--json", tmp_path / "no" / "f.json"), "there is no folder"),
        ((people / "broken.npz", "--decoders", "lda,hudgins"), "none of 1 recordings can be scored"),
    ):
        result = ask(*args)
        assert isinstance(result.exception, InnervateError), result.output
        assert said in str(result.exception)
        assert "\n" not in str(result.exception)
