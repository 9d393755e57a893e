"""Small recordings and a small model, made once: seconds of a simulated patient instead of minutes."""

from __future__ import annotations

import pytest
from innervate.calibration.train import train
from innervate.drivers.recordings.npz import Recording
from innervate.models.bundle import Model
from innervate.models.design import design_pipeline
from innervate.sim.anatomy import ANKLE, HAND, Body
from innervate.sim.patient import Patient
from innervate.sim.schedule import calibration_schedule
from innervate.sim.simulate import simulate_recording

SEED = 1


def recording_of(body: Body, *movements: str, hold_s: float = 1.4, rate_hz: float = 1000.0) -> Recording:
    """Three repetitions of a few movements."""
    cues = calibration_schedule(movements, 3, hold_s, 0.9)
    return simulate_recording(Patient(body, rate_hz, SEED), cues, SEED)


@pytest.fixture(scope="session")
def hand_recording() -> Recording:
    return recording_of(HAND, "power", "open")


@pytest.fixture(scope="session")
def ankle_recording() -> Recording:
    return recording_of(ANKLE, "dorsiflexion", "plantarflexion")


@pytest.fixture(scope="session")
def hand_model(hand_recording: Recording) -> Model:
    recording = hand_recording
    settings = design_pipeline(recording.fs, recording.channels, 10.0, unit=recording.unit)
    return train([recording], settings)
