"""Virtual people do what published ones did: one small row end to end, the told decoder, the page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from innervate.app.cli import app
from innervate.app.closed.limbs import space_of
from innervate.app.validation.effect import Settings
from innervate.app.validation.effects import ALL
from innervate.app.validation.judge import Interval
from innervate.app.validation.knowing import Meant
from innervate.app.validation.report import (
    HISTORY,
    PAGE,
    Run,
    effects_of,
    page,
    read_history,
    row_values,
    to_line,
)
from innervate.app.validation.rows_signal import mislabelled
from innervate.app.validation.run import Row
from innervate.app.validation.world import body_of, calibrated_person, doing, outcomes, recorded, traits_of
from innervate.calibration.tasks.fitts import Fitts
from innervate.sim.anatomy import NATIVE
from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]
RUNNER = CliRunner()


def _rows() -> tuple[dict[str, object], ...]:
    found = Interval(2.0, 1.5, 2.25)
    rows = [Row(effect, 5, found, 1.0, "no", Interval(0.0, -1.0, float("nan")), True) for effect in ALL]
    rows[0] = replace(
        rows[0], shown="some words", flips=(("traits.unlike", 1.2, "agrees"),), swept=4, before="no"
    )
    return tuple(map(row_values, rows))


def test_the_page_has_every_row_and_what_was_found() -> None:
    run = Run("2026-11-28 12:00", "aaa", "bbb", "ccc", False, _rows(), "first")
    text = page(run, [run])
    assert effects_of(text) == [effect.key for effect in ALL]
    for words in (
        "settings aaa",
        "margins were written down for settings ccc",
        "some words",
        "traits.unlike x 1.2: agrees",
        "| 2026-11-28 12:00 | aaa | bbb |",
        "0 agree",
    ):
        assert words in text
    assert "written down for these settings" in page(replace(run, margins="aaa"))
    assert all(len(line.split(" | ")) == 8 for line in text.splitlines() if line.startswith("| `"))


def test_history_comes_back_as_it_was_written(tmp_path: Path) -> None:
    run = Run("2026-11-28 12:00", "aaa", "bbb", "ccc", False, _rows(), "first")
    path = tmp_path / "history.jsonl"
    assert read_history(path) == []
    path.write_text(to_line(run) + "\n" + to_line(replace(run, note="again")) + "\n")
    assert [each.note for each in read_history(path)] == ["first", "again"]
    assert read_history(path)[0] == Run(**{**json.loads(to_line(run)), "rows": run.rows})


def test_docs_show_the_rows_of_the_code_and_the_last_run() -> None:
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    assert effects_of(text) == [effect.key for effect in ALL]
    history = read_history(ROOT / HISTORY)
    assert text == page(history[-1], history)


def test_json_has_what_was_promised() -> None:
    (first, *_) = _rows()
    wanted = {"effect", "source", "published", "ours", "interval", "margin", "verdict", "ablation"}
    assert wanted <= set(first)
    assert json.loads(json.dumps(first, allow_nan=False)) == first


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "nothing"], "--only nothing"),
        (["--record", "--quick"], "--record"),
        (["--people", "1", "--only", "thigh", "--no-keep"], "--people 1"),
    ],
)
def test_mistakes_are_one_line(arguments: list[str], said: str) -> None:
    found = RUNNER.invoke(app, ["validate", *arguments])
    assert found.exit_code != 0
    assert said in str(found.exception)


def test_a_told_decoder_makes_no_mistakes() -> None:
    body = body_of("transradial", 7, Settings())
    meant = Meant(body.movements)
    for name, shares in body.movements.items():
        assert meant(0.4 * np.array(shares)) == name
    assert meant(np.zeros(len(body.muscles))) == "rest"


def test_people_are_the_same_each_time_and_native_ones_have_no_transfers() -> None:
    settings = Settings()
    body = body_of("transhumeral", 3, settings)
    assert body.person == 3
    assert body == body_of.__wrapped__("transhumeral", 3, settings)
    native = body_of("transhumeral", 3, settings, native=True)
    assert {muscle.innervation for muscle in native.muscles} == {NATIVE}
    fatter = body_of("transhumeral", 3, Settings((("body.fat_mm", 1.2),)))
    assert fatter.fat_mm == pytest.approx(1.2 * body.fat_mm)
    assert traits_of(3, settings) == traits_of(3, settings) != traits_of(4, settings)


def test_labels_drawn_anew_keep_their_number() -> None:
    body = doing(body_of("transradial", 1, Settings()), ("open", "power"))
    recording = recorded(body, 1, 0)
    shuffled = mislabelled(recording, 1)
    assert (shuffled.label >= 0).tolist() == (recording.label >= 0).tolist()
    assert (shuffled.label != recording.label).any()


@pytest.mark.slow
def test_a_person_at_their_limb_twice_alike_and_blind_worse() -> None:
    settings = Settings()
    worn = calibrated_person("transradial", 1, settings, ("open", "power"))
    task = Fitts(space_of(worn.parts, worn.model.classes), 1)

    def found(settings: Settings) -> list[float]:
        return [outcome.time_s for outcome in outcomes(worn, settings, task.trials(6, 1))]

    assert found(settings) == found(settings)
    assert sum(found(Settings(without="seeing"))) > sum(found(settings))
    assert sum(found(Settings(without="errors"))) < 40.0


@pytest.mark.slow
def test_one_row_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["validate", "--only", "thigh", "--people", "2", "--quick", "--json"]
    first = RUNNER.invoke(app, arguments)
    assert first.exit_code == 0, first.output
    again = RUNNER.invoke(app, [*arguments, "--no-keep"])
    (row,) = json.loads(first.stdout)
    assert json.loads(again.stdout) == [row]
    assert (row["key"], row["people"]) == ("thigh", 2)
    assert row["ours"] > 50.0
    assert row["ablation"]["ours"] < row["ours"]
    assert list((tmp_path / "build" / "validation").rglob("*.json"))
