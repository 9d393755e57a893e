"""Nobody is told of bad electrodes who has good ones: real people and simulated ones, before any calibration
and with levels from it."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from innervate.drivers.recordings.npz import Recording, read_recording
from innervate.models.batch import runs
from innervate.models.signal.flags import SENTENCE, Contact
from innervate.models.signal.quality import QualityMonitor
from innervate.sim.anatomy import ANKLE, HAND
from innervate.sim.patient import Patient

QUICK = ["biopatrec10/sub01", "biopatrec10/sub07", "biopatrec_leg/sub03"]
MICROVOLTS_AT_REST = 5.0


def named(samples: np.ndarray, fs: float, unit: str) -> set[str]:
    """Sentences said of any channel, without calibration."""
    increment = round(fs * (0.01 if fs > 300 else 0.05))
    monitor = QualityMonitor(samples.shape[1], increment, fs, 50.0, unit)
    seen = np.zeros(samples.shape[1], np.uint8)
    for _, _, flags in monitor.push(samples):
        seen |= flags
    return {SENTENCE[flag] for flag in Contact if (seen & flag).any()}


def said_of(recording: Recording, unit: str = "a.u.", scale: float = 1.0) -> set[str]:
    emg = recording.emg * np.float32(scale)
    return set().union(*(named(emg[a:b], recording.fs, unit) for a, b in runs(recording.rec)))


def check(path: Path) -> None:
    for cond in np.unique(read_recording(path).cond).tolist():
        recording = read_recording(path).select(cond=cond)
        assert said_of(recording) == set()
        first, end = next(runs(recording.rec))
        increment = round(recording.fs * 0.05)
        found = QualityMonitor(recording.emg.shape[1], increment, recording.fs, 50.0, "a.u.").push(
            recording.emg[first:end]
        )
        quiet = min(float(np.median(rms)) for _, rms, _ in found[4:])
        assert said_of(recording, "uV", MICROVOLTS_AT_REST / quiet) == set()


@pytest.mark.shared
@pytest.mark.parametrize("who", QUICK)
def test_no_false_alarms_before_calibration(shared, who):
    check(shared / "data" / f"{who}.npz")


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("folder", ["biopatrec10", "biopatrec_leg", "wearable30d"])
def test_no_false_alarms_before_calibration_in_all(shared, folder):
    for path in sorted((shared / "data" / folder).glob("*.npz")):
        check(path)


@pytest.mark.parametrize("body", [HAND, ANKLE])
@pytest.mark.parametrize("rate_hz", [250.0, 1000.0])
@pytest.mark.parametrize("unit", ["uV", "a.u."])
def test_a_simulated_patient_at_rest_and_moving_is_left_in_peace(body, rate_hz, unit):
    patient = Patient(body, rate_hz, seed=3)
    turns = zip(range(12), cycle(body.movements.values()), strict=False)
    parts = [patient.step(round(rate_hz), np.array(excitation)) for _, excitation in turns]
    samples = np.concatenate([patient.step(round(4 * rate_hz), np.zeros(len(body.muscles))), *parts])
    assert named(samples, rate_hz, unit) == set()
