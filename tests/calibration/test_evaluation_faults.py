"""Damage is done to the tested part only, from each recording's start, and to its own channel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from innervate.calibration.evaluation.faults import Damage
from innervate.calibration.evaluation.options import FAULTS, EvaluateOptions
from innervate.calibration.evaluation.run import evaluate_person
from innervate.calibration.recipes import RECIPES
from innervate.core.errors import RecordingError
from innervate.drivers.recordings.npz import write_recording

from .learner import NEAREST, Nearest, known
from .people import days, person

NONE = np.zeros(3)


def damage(fault: str, **more) -> Damage:
    return Damage(1, fault, 100.0, **{"noise": NONE, "mains": NONE, **more})


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_on_its_channel_from_when_it_begins(fault):
    recording = days(1)
    hurt = damage(fault, begins_s=0.3)(recording)
    assert np.array_equal(hurt.emg[:, [0, 2]], recording.emg[:, [0, 2]])
    for rec in np.unique(recording.rec):
        rows = np.flatnonzero(recording.rec == rec)
        assert np.array_equal(hurt.emg[rows[:300]], recording.emg[rows[:300]])
        assert (hurt.emg[rows[301:], 1] != recording.emg[rows[301:], 1]).mean() > 0.1


def test_each_fault_is_what_it_is_called():
    recording = days(1)
    first = recording.rec == recording.rec[0]
    made = {fault: damage(fault)(recording).emg[first, 1].astype(float) for fault in FAULTS}
    plain = recording.emg[first, 1]
    assert np.ptp(made["flat"]) == 0
    assert set(made["railed"]) == {np.abs(recording.emg).max()}
    assert np.std(made["noisy"] - plain) == pytest.approx(100.0, rel=0.1)
    assert np.argmax(np.abs(np.fft.rfft(made["mains"] - plain))) == round(50 * len(plain) / 1000)
    still = np.diff(made["intermittent"]) == 0
    assert 0.1 < still.mean() < 0.9


def test_noise_and_hum_reach_every_channel_and_are_always_the_same():
    recording = days(1)
    loud = Damage(-1, "flat", 0.0, np.full(3, 5.0), np.full(3, 7.0))
    hurt = loud(recording)
    added = (hurt.emg - recording.emg).std(axis=0)
    assert added == pytest.approx(np.full(3, np.hypot(5, 7)), rel=0.05)
    assert np.array_equal(hurt.emg, loud(recording).emg)
    part = recording.rec == recording.rec[-1]
    assert np.array_equal(loud(recording.rows(part)).emg, hurt.emg[part])


def test_training_never_sees_the_fault_and_both_copies_are_scored_alike(tmp_path, monkeypatch):
    seen = []

    def spy(windows):
        seen.append(windows.rms.min())
        return Nearest.fit(windows)

    monkeypatch.setitem(RECIPES, "spy", replace(NEAREST, name="spy", fit=spy))
    write_recording(tmp_path / "p.npz", days(2, seconds=2.0, rate=200.0))
    options = EvaluateOptions(split="condition", decoder="spy", drop_channel="1")
    found = evaluate_person(tmp_path / "p.npz", options)
    assert len(seen) == 2
    assert min(seen) > 0.5
    assert found["intact"]["active_recall"] > 0.9
    assert found["difference"]["active_recall"] < -0.2
    assert found["active_recall"] - found["intact"]["active_recall"] == pytest.approx(
        found["difference"]["active_recall"]
    )
    # 2 s trials from 0.2 s of transition on: windows that end at 1.0, 1.05, ... 2.0 s, 3 classes, 2 x 2.
    assert found["windows"] == 21 * 3 * 2 * 2


def test_a_flat_channel_is_noticed_within_250_ms(tmp_path, monkeypatch):
    write_recording(tmp_path / "p.npz", days(2, seconds=2.0, rate=200.0))
    options = EvaluateOptions(split="condition", decoder=known(monkeypatch), drop_channel="each")
    found = evaluate_person(tmp_path / "p.npz", options)
    assert [c["channel"] for c in found["channels"]] == ["ch1", "ch2", "ch3"]
    assert found["notice"]["noticed_share"] == 1.0
    assert found["notice"]["p95_ms"] <= 250.0
    assert found["notice"]["watched_h"] > 0


def test_a_channel_that_is_not_there_is_refused(tmp_path, monkeypatch):
    write_recording(tmp_path / "p.npz", person())
    with pytest.raises(RecordingError, match="no channel 'x' to damage"):
        evaluate_person(tmp_path / "p.npz", EvaluateOptions(decoder=known(monkeypatch), drop_channel="x"))


def test_within_a_condition_each_repetition_is_watched_with_levels_of_the_others(tmp_path, monkeypatch):
    """A montage ten times as loud as the first is no fault to a decoder that was made for it."""
    recording = days(2, seconds=2.0, rate=200.0)
    louder = np.where(recording.cond[:, None] == 1, np.float32(50.0), np.float32(1.0)) * recording.emg
    write_recording(tmp_path / "p.npz", replace(recording, emg=louder))
    decoder = known(monkeypatch)
    found = {
        split: evaluate_person(
            tmp_path / "p.npz", EvaluateOptions(split=split, decoder=decoder, drop_channel="1")
        )["notice"]
        for split in ("repetition", "condition")
    }
    assert found["repetition"]["false_drops"] == 0
    assert found["condition"]["false_drops"] > 0
    assert found["repetition"]["watched_h"] == pytest.approx(len(recording.emg) / 200.0 / 3600.0)
    assert found["repetition"]["noticed_share"] == 1.0
    assert found["repetition"]["p95_ms"] <= 250.0
