"""Real EMG in the closed loop: drawn by intent from what was held out; decoders in an order."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from innervate.app.cli import app
from innervate.app.closed.assessing import AssessOptions
from innervate.app.closed.classic import fit
from innervate.app.closed.ranking import rank
from innervate.app.closed.real import RealMuscles, Stretch, matched, real_person
from innervate.calibration.recipes import FittedLDA
from innervate.calibration.train import recording_windows
from innervate.core.errors import ProfileError, RecordingError
from innervate.drivers.recordings.npz import Recording, write_recording
from innervate.sim.anatomy import TRANSTIBIAL
from innervate.sim.patient import Patient
from innervate.sim.schedule import calibration_schedule
from innervate.sim.simulate import simulate_recording
from typer.testing import CliRunner

MOVES = ("dorsiflexion", "plantarflexion")
RATE_HZ = 1000.0


@pytest.fixture(scope="module")
def recording() -> Recording:
    """Two days of somebody who makes two movements; offsets as amplifiers have them."""
    movements = {name: TRANSTIBIAL.movements[name] for name in ("rest", *MOVES)}
    cues = calibration_schedule(tuple(movements), 2, hold_s=1.5, rest_s=1.0)
    days = []
    for day in range(2):
        patient = Patient(replace(TRANSTIBIAL, movements=movements), RATE_HZ, 5)
        made = simulate_recording(patient, cues, day)
        mark = np.full(len(made.label), day, np.int16)
        days.append(replace(made, cond=mark, rec=mark, emg=made.emg + np.float32(1000 * (day + 1))))
    parts = {
        name: np.concatenate([getattr(day, name) for day in days])
        for name in ("emg", "label", "rep", "cond", "rec", "cue")
    }
    return replace(days[0], name="two-days.npz", **parts)


def held(recording: Recording, day: int, name: str) -> np.ndarray:
    chosen = (recording.cond == day) & (recording.label == recording.classes.index(name))
    return recording.emg[chosen]


def test_training_and_use_share_no_sample(recording: Recording) -> None:
    person = real_person(recording, MOVES)
    assert person.split == "trained on conditions [0], used on 1"
    assert set(np.unique(person.training.cond)) == {0}
    played = np.concatenate([s.samples for found in person.stretches.values() for s in found])
    assert abs(played.mean(axis=0)).max() < 1.0
    for name in MOVES:
        theirs = {np.diff(s.samples[:2], axis=0).round(2).tobytes() for s in person.stretches[name]}
        today = held(recording, 1, name)
        everything = {np.diff(today[k : k + 2], axis=0).round(2).tobytes() for k in range(len(today) - 1)}
        assert theirs <= everything


def muscles(seed: int) -> RealMuscles:
    """Rest, and one movement in six strengths."""
    rng = np.random.default_rng(7)

    def stretch(level: float) -> Stretch:
        samples = (level * rng.standard_normal((900, 4))).astype(np.float32)
        return Stretch(samples, float(np.sqrt(np.mean(samples**2))))

    made = {"rest": [stretch(1.0) for _ in range(5)], "power": [stretch(10.0 * k) for k in range(1, 7)]}
    return RealMuscles(made, RATE_HZ, seed)


def played(seed: int, name: str, effort: float) -> np.ndarray:
    theirs = muscles(seed)
    theirs.intend(name, effort)
    return np.concatenate([theirs.step(10, np.zeros(1)) for _ in range(600)])


def test_intent_draws_its_own_movement_nearest_in_level() -> None:
    levels = [float(np.std(played(1, *asked))) for asked in (("rest", 0.0), ("power", 0.2), ("power", 0.9))]
    assert played(1, "power", 0.5).shape == (6000, 4)
    assert levels[0] == pytest.approx(1.0, rel=0.1)
    assert 8.0 < levels[1] < 32.0
    assert 38.0 < levels[2] < 62.0


def test_same_seed_same_samples_and_a_movement_that_is_not_there_is_rest() -> None:
    assert np.array_equal(played(1, "power", 0.5), played(1, "power", 0.5))
    assert not np.array_equal(played(1, "power", 0.5), played(2, "power", 0.5))
    assert np.array_equal(played(1, "juggling", 0.5), played(1, "rest", 0.0))


def test_a_stretch_begins_where_the_last_one_left_the_signal() -> None:
    """Where two are joined nothing jumps farther than samples of the stronger one do."""
    steps = np.abs(np.diff(played(1, "power", 0.5), axis=0)).max(axis=1)
    assert steps[899] < np.quantile(steps, 0.9)


def test_names_that_are_known_count_and_others_stand_in_by_order(recording: Recording) -> None:
    named = replace(recording, classes=("M1 rest", "M2 Ankle Dorsiflexion", "M3 foot plantarflexion"))
    assert matched(named, ("plantarflexion", "dorsiflexion", "inversion")) == {
        "plantarflexion": "M3 foot plantarflexion",
        "dorsiflexion": "M2 Ankle Dorsiflexion",
    }
    unnamed = replace(recording, classes=("rest", "M2", "M3"))
    assert matched(unnamed, ("open", "power")) == {"open": "M2", "power": "M3"}
    with pytest.raises(RecordingError, match="2 movements; this test needs 3"):
        matched(unnamed, ("open", "power", "pronation"))
    with pytest.raises(RecordingError, match="none of its movements is called rest"):
        matched(replace(recording, classes=("a", "b", "c")), ("open",))


def test_one_repetition_of_one_day_is_too_little(recording: Recording) -> None:
    once = (recording.cond == 0) & (recording.rep == 0)
    parts = {name: getattr(recording, name)[once] for name in ("emg", "label", "rep", "cond", "rec")}
    with pytest.raises(RecordingError, match="nothing can be held out"):
        real_person(replace(recording, cue=None, **parts), MOVES)


def test_decoders_come_in_an_order_on_both(recording: Recording, tmp_path: Path) -> None:
    path = tmp_path / "two-days.npz"
    write_recording(path, recording)
    asked = [
        *("assess", "--emg", "real", "--recording", str(path), "--patient", "transtibial", "--test", "fitts"),
        *("--trials", "2", "--decoder", "default,hudgins", "--json"),
    ]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert sorted(found["order"]["real"]) == sorted(found["order"]["model"]) == ["default", "hudgins"]
    assert found["stands_for"] == {name: name for name in MOVES}
    assert found["pairs_alike"][1] == 1
    assert found["simulated"] is True
    assert "real EMG of two-days.npz (trained on conditions [0], used on 1)" in found["what"]
    best = found["order"]["real"][0]
    trial_s = {row["decoder"]: row["together"]["trial_s"]["mean"] for row in found["real"]}
    assert trial_s[best] == min(trial_s.values())


def test_a_test_without_better_orders_nothing(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="--test stance: orders no decoders"):
        rank(AssessOptions("stance", "transtibial"), ["default"], 1, tmp_path / "any.npz")
    with pytest.raises(ProfileError, match="nothing befalls a recording"):
        rank(AssessOptions("tac", disturb=("shift=5mm",)), ["default"], 1, tmp_path / "any.npz")


def test_a_classic_decoder_decides_as_its_recipe_does(recording: Recording) -> None:
    model = fit(replace(recording, cue=None), 10.0, "hudgins")
    windows = recording_windows(recording, model.settings, 7, contact=False)
    recipe = FittedLDA(recording_windows(recording, model.settings, contact=False))
    expected = np.exp(recipe.log_posterior(windows))
    got = np.array([model.decoder.decide(row)[1] for row in windows.features])
    assert got == pytest.approx(expected, abs=1e-9)
    with pytest.raises(RecordingError, match="--decoder oracle: not known"):
        fit(recording, 10.0, "oracle")
