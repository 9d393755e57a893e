"""Training makes a model that does what was shown, and says what it cannot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from innervate.calibration.default_decoder import UNKNOWN_TEMPERATURE
from innervate.calibration.scores import repetition_folds
from innervate.calibration.train import recording_windows, train
from innervate.core.errors import RecordingError
from innervate.drivers.recordings.npz import Recording, read_recording
from innervate.models.batch import frames
from innervate.models.design import design_pipeline
from innervate.models.runtime import Runtime

from .people import CLASSES, person


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
    assert np.array_equal(a.decoder.intact.matrix, b.decoder.intact.matrix)
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
