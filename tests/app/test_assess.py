"""`innervate assess`: what it says, that it says the same again, and that nobody falls."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from innervate.app.assess_show import heading
from innervate.app.cli import app
from innervate.app.closed.assessing import (
    AssessOptions,
    assess_person,
    befalls,
    fitted_person,
    task_of,
    together,
)
from innervate.app.closed.people import assess
from innervate.app.closed.run import run_trials
from innervate.app.closed.walking import Walking
from innervate.calibration.evaluation.cohort import CohortOptions
from innervate.core.errors import InnervateError
from typer.testing import CliRunner

QUICK = AssessOptions("motion", "transtibial", trials=2)


def test_the_command_says_simulated_and_writes_what_it_prints(tmp_path: Path) -> None:
    out = tmp_path / "found.json"
    asked = ["assess", "--test", "motion", "--trials", "2", "--patient", "transtibial", "--out", str(out)]
    table = CliRunner().invoke(app, asked)
    assert table.exit_code == 0, table.output
    assert "SIMULATED: 1 virtual person, transtibial" in table.output
    assert "selection" in table.output
    found = json.loads(out.read_text())
    assert found["simulated"] is True
    assert len(found["people"][0]["trials"]) == 2
    again = CliRunner().invoke(app, [*asked, "--json"])
    assert json.loads(again.stdout) == found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"test": "juggling"}, "--test juggling: not known; allowed: motion, tac"),
        ({"patient": "hip"}, "--patient hip: not known; allowed: transradial"),
        ({"decoder": "oracle"}, "--decoder oracle: not known; allowed: default"),
        ({"limb": "rubber"}, "--limb rubber: not known; allowed: instant, physics"),
        ({"delay_ms": 15.0}, "--delay-ms 15: allowed is 0 to 1000 in steps of 10"),
        ({"disturb": ("shift=1cm",)}, "disturbance 'shift=1cm'"),
        ({"trials": 0}, "--trials 0: allowed is 1 to 10000"),
        ({"motions": 4}, "--motions 4: this limb has 3 degrees of freedom; allowed: 1 to 3"),
        ({"test": "blocks", "motions": 2}, "--motions 2: only tac and fitts"),
        ({"test": "stance"}, "--test stance: needs a leg"),
        ({"test": "blocks", "patient": "transtibial"}, "--test blocks: needs a hand"),
        ({"test": "blocks", "patient": "shoulder", "limb": "physics"}, "shoulder people make no tripod grip"),
    ],
)
def test_a_mistake_is_said_with_what_is_allowed(given: dict[str, object], said: str) -> None:
    with pytest.raises(InnervateError) as error:
        AssessOptions(**given)  # type: ignore[arg-type]
    assert said in str(error.value)


def test_options_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    for asked, said in (
        (["--emg", "real"], "--emg real: --recording is needed"),
        (["--recording", str(tmp_path)], "--emg model: --recording has no use"),
        (["--emg", "dreamt"], "--emg dreamt: not known"),
        (["--people", "0"], "--people 0: allowed is 1 to 10000"),
    ):
        done = CliRunner().invoke(app, ["assess", *asked])
        assert said in str(done.exception)


def test_a_person_is_the_same_person_however_many_others_there_are() -> None:
    found = assess(QUICK, 2)
    assert [person["person"] for person in found["people"]] == [1, 2]
    assert found["people"][1] == assess_person(QUICK, 2)
    assert found["people"][0]["figures"] != found["people"][1]["figures"]
    assert found["together"] == together(found["people"])
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert heading(found).startswith("SIMULATED: 2 virtual people")


@pytest.mark.slow
def test_dask_brings_the_same_answer_as_one_process() -> None:
    alone = assess(QUICK, 3)
    told: list[tuple[int, int]] = []
    shared = assess(QUICK, 3, CohortOptions(workers=2), lambda done, of: told.append((done, of)))
    assert shared == alone
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_options_survive_the_way_to_a_worker() -> None:
    options = replace(QUICK, decoder="lda", delay_ms=120.0, disturb=("shift=5mm", "mains=20uV"))
    assert AssessOptions.from_dict(json.loads(json.dumps(options.to_dict()))) == options


def test_a_delay_is_felt() -> None:
    """Same person, same targets: half a second late costs time or targets."""
    options = AssessOptions("fitts", "transtibial", trials=4)
    at_once, late = (
        np.mean([trial["time_s"] for trial in assess_person(asked, 1)["trials"]])
        for asked in (options, replace(options, delay_ms=500.0))
    )
    assert late > at_once + 0.3


def test_what_befalls_them_in_use_is_felt() -> None:
    calm = AssessOptions("fitts", "transtibial", trials=3)
    found = [assess_person(asked, 1) for asked in (calm, replace(calm, disturb=("rotation=60deg",)))]
    assert found[0]["held_out_active_recall"] == found[1]["held_out_active_recall"]
    assert found[1]["figures"]["completed"] < found[0]["figures"]["completed"]


def test_no_set_point_moves_in_stance_and_without_the_gate_it_would() -> None:
    options = AssessOptions("stance", "transtibial", trials=1)
    worn = fitted_person(options, 1)
    task = task_of(options.test, 1, worn.parts, worn.model.classes)
    stance_deg = []
    for obeyed in (True, False):
        loop, user = worn.closed_loop(disturbances=befalls(options), gate=Walking(1, obeyed=obeyed))
        (outcome,) = run_trials(loop, user, task.trials(1, 1), worn.model.classes)
        assert outcome.figures["strides"] > 10
        stance_deg.append(outcome.figures["stance_deg"])
    assert stance_deg[0] == 0.0
    assert stance_deg[1] > 3.0
