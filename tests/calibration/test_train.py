"""Training makes a model that does what was shown, and says what it cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from innervate.calibration.evaluate import evaluate, score_recording
from innervate.calibration.scores import confusion_matrix, repetition_folds, rest_index, summary
from innervate.calibration.train import UNKNOWN_TEMPERATURE, recording_windows, train
from innervate.core.errors import RecordingError
from innervate.drivers.recordings.npz import Recording, read_recording, write_recording
from innervate.models.batch import frames
from innervate.models.design import design_pipeline
from innervate.models.runtime import Runtime

CLASSES = ("hand open", "Rest", "power")
GAINS = {0: (30.0, 2.0, 6.0), 1: (2.0, 2.0, 2.0), 2: (4.0, 40.0, 3.0)}


def person(reps: int = 3, seed: int = 0, rate: float = 1000.0, seconds: float = 1.0) -> Recording:
    """Three movements of three channels, a little different at each repetition."""
    rng = np.random.default_rng(seed)
    n = int(seconds * rate)
    parts, label, rep = [], [], []
    for r in range(reps):
        for k in range(3):
            gains = np.array(GAINS[k]) * rng.uniform(0.8, 1.25, 3)
            parts.append(rng.normal(size=(n, 3)) * gains)
            label += [-1] * (n // 10) + [k] * (n - n // 10)
            rep += [r] * n
    emg = np.concatenate(parts).astype(np.float32)
    zero = np.zeros(len(emg), np.int16)
    return Recording(
        f"p{seed}.npz",
        emg,
        np.array(label, np.int16),
        np.array(rep, np.int16),
        zero,
        zero,
        None,
        rate,
        CLASSES,
    )


def design(recording: Recording, **more):
    return design_pipeline(recording.fs, recording.channels, 10.0, unit=recording.unit, **more)


def test_a_model_decides_what_was_shown():
    recording = person()
    told = []
    model = train(
        [recording], design(recording), reps=[0, 1], progress=lambda what, share: told.append(share)
    )
    assert model.classes == CLASSES
    assert model.rest_class == 1
    assert told == sorted(told)
    assert told[-1] == 1.0
    held = recording.select(rep=2)
    runtime, right = Runtime(model), []
    for decided in runtime.push(held.emg):
        span = held.label[max(0, decided.frame.end_index - 199) : decided.frame.end_index + 1]
        if decided.frame.ready and (span == span[-1]).all() and span[-1] >= 0:
            right.append(decided.class_index == span[-1])
    assert np.mean(right) > 0.95
    assert model.metrics["held_out"]["active_recall"] > 0.9
    assert model.settings.rest_rms == pytest.approx([2.0] * 3, rel=0.3)
    assert max(model.settings.active_rms) > 30


def test_a_left_out_repetition_leaves_no_trace():
    one, other = person(), person()
    other.emg[other.rep == 2] = 0.0
    a, b = (train([r], design(r), reps=[0, 1]) for r in (one, other))
    assert np.array_equal(a.decoder.weights, b.decoder.weights)
    assert a.decoder.temperature == b.decoder.temperature
    assert a.settings == b.settings


def test_training_features_are_the_features_in_use():
    recording = person()
    made = design(recording)
    windows = recording_windows(recording, made)
    live = {row: f.features for row, f in frames(recording.emg, recording.rec, made)}
    assert all(np.array_equal(windows.features[i], live[row]) for i, row in enumerate(windows.index))


def test_several_recordings_and_a_class_that_is_absent():
    first, second = person(), person(seed=1)
    no_power = first.rows(first.label != 2)
    model = train([no_power], design(first))
    assert model.classes == ("hand open", "Rest")
    both = train([no_power, second], design(first))
    assert both.classes == CLASSES
    assert both.metrics["windows"] > model.metrics["windows"]


def test_one_repetition_gives_a_cautious_model():
    recording = person(reps=1)
    model = train([recording], design(recording))
    assert model.decoder.temperature == UNKNOWN_TEMPERATURE
    assert model.metrics["held_out"] is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: [], "nothing to train on"),
        (lambda r: [replace(r, fs=2000.0)], "2000 Hz; 1000 Hz is wanted"),
        (lambda r: [replace(r, emg=r.emg[:, :2])], "2 channels; 3 are wanted"),
        (lambda r: [r, replace(r, classes=("a", "rest", "c"))], "its movements are not those"),
        (lambda r: [replace(r, classes=("a", "b", "c"))], "0 classes are called rest"),
        (lambda r: [r.rows(r.label == 1)], "fewer than two movements"),
        (lambda r: [replace(r, label=np.full_like(r.label, -1))], "no window"),
        (lambda r: [r.rows((r.label != 2) | (np.cumsum(r.label == 2) < 220))], "'power' has"),
    ],
)
def test_what_cannot_be_trained_says_so(change, said):
    recording = person()
    with pytest.raises(RecordingError, match=said) as caught:
        train(change(recording), design(recording))
    assert "\n" not in str(caught.value)


def test_folds_share_no_repetition():
    windows = recording_windows(person(), design(person()))
    seen = np.zeros(len(windows), int)
    for train_rows, test_rows in repetition_folds(windows):
        assert not set(windows.rep[train_rows]) & set(windows.rep[test_rows])
        seen += test_rows
    assert (seen == 1).all()


def test_recalls_from_a_confusion_matrix():
    matrix = confusion_matrix(np.array([0, 0, 1, 1, 1, 2]), np.array([0, 1, 1, 1, 0, 2]), 3)
    assert matrix.tolist() == [[1, 1, 0], [1, 2, 0], [0, 0, 1]]
    assert summary(matrix, 0) == {
        "active_recall": pytest.approx((2 / 3 + 1) / 2),
        "rest_recall": 0.5,
        "accuracy": pytest.approx(4 / 6),
    }


def test_rest_is_found_by_its_name():
    assert rest_index(("M1 rest", "M2"), "x") == 0
    assert rest_index(("wrestle", "hand_rest"), "x") == 1
    with pytest.raises(RecordingError, match="2 classes are called rest"):
        rest_index(("rest", "Rest 2"), "x")


def test_evaluate_a_folder(tmp_path):
    for seed in range(2):
        write_recording(tmp_path / f"p{seed}.npz", person(seed=seed))
    write_recording(tmp_path / "once.npz", person(reps=1))
    (tmp_path / "broken.npz").write_text("no")
    told = []
    found = evaluate(tmp_path, progress=lambda what, share: told.append(what))
    assert [p["id"] for p in found["people"]] == ["p0", "p1"]
    assert {f["id"] for f in found["failed"]} == {"once", "broken"}
    for p in found["people"]:
        assert p["classes"] == list(CLASSES)
        assert np.sum(p["confusion"]) == p["windows"]
        assert 0.9 < p["active_recall"] <= 1.0
    assert found["mean"]["active_recall"] == pytest.approx(
        np.mean([p["active_recall"] for p in found["people"]])
    )
    assert told[-1] == "done"


@pytest.mark.parametrize("rate", [200.0, 250.0, 1000.0, 2000.0])
def test_evaluate_at_any_rate(rate):
    assert score_recording(person(rate=rate))["windows"] > 100


def test_evaluate_says_what_it_cannot(tmp_path):
    with pytest.raises(RecordingError, match="split 'day' is not known"):
        evaluate(tmp_path, split="day")
    with pytest.raises(RecordingError, match=r"no recording in this folder"):
        evaluate(tmp_path)
    with pytest.raises(RecordingError, match="no such recording"):
        evaluate(tmp_path / "none.npz")


@pytest.mark.shared
def test_real_people_quickly(shared):
    """Two of the twelve; the whole figure is a nightly test."""
    scores = [
        score_recording(read_recording(shared / "data" / "biopatrec10" / f"{who}.npz"))
        for who in ("sub01", "sub06")
    ]
    assert np.mean([s["active_recall"] for s in scores]) > 0.97
    assert min(s["rest_recall"] for s in scores) > 0.95


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize(("folder", "least"), [("biopatrec10", 0.938), ("biopatrec_leg", 0.95)])
def test_all_real_people(shared, folder, least):
    found = evaluate(shared / "data" / folder)
    assert not found["failed"]
    assert found["mean"]["active_recall"] >= least


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("folder", ["biopatrec10", "biopatrec_leg"])
def test_no_false_alarms_on_real_people(shared, folder):
    """Levels from two repetitions, judged on the third: good electrodes stay trusted."""
    for path in sorted((shared / "data" / folder).glob("*.npz")):
        recording = read_recording(path).select(cond=0)
        made = train([recording], design(recording, feature_set="hudgins"), reps=[0, 1]).settings
        flagged = sum(bool(f.contact.any()) for _, f in frames(recording.emg, recording.rec, made))
        assert flagged == 0, path.name
