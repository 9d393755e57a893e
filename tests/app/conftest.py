"""Small recordings and a small model, made once: seconds of a simulated patient instead of minutes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from innervate.app.people import Person
from innervate.app.rig import virtual_amplifier, virtual_limb
from innervate.calibration.train import train
from innervate.core.child import Child
from innervate.drivers.recordings.npz import Recording
from innervate.models.design import design_pipeline
from innervate.models.model import Model
from innervate.sim.amplifier import AmplifierSettings
from innervate.sim.anatomy import ANKLE, HAND, Body
from innervate.sim.patient import Patient
from innervate.sim.schedule import calibration_schedule
from innervate.sim.simulate import simulate_recording

from .desk import Desk, make_desk

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


@pytest.fixture
def desk(tmp_path: Path, hand_recording: Recording) -> Desk:
    return make_desk(tmp_path, hand_recording)


@pytest.fixture(scope="session")
def calibrated(tmp_path_factory: pytest.TempPathFactory, hand_recording: Recording) -> tuple[bytes, str]:
    """A bundle as the command writes it, and the key it is signed with."""
    desk = make_desk(tmp_path_factory.mktemp("clinic"), hand_recording)
    found = desk.calibrate()
    assert found["trusted"] is False
    assert found["active_recall"] > 0.8
    assert desk.bundle.stat().st_mode & 0o777 == 0o600
    return desk.bundle.read_bytes(), str(found["public_key"])


@pytest.fixture
def fitted(desk: Desk, calibrated: tuple[bytes, str]) -> tuple[Desk, str]:
    """A desk with that bundle, and the key that the profile must trust for it."""
    bundle, key = calibrated
    desk.bundle.write_bytes(bundle)
    desk.write_profile(key=key)
    return desk, key


@contextmanager
def hand_in(folder: Path) -> Iterator[Child]:
    folder.mkdir()
    with virtual_limb("ability-hand", folder) as found:
        yield found


@pytest.fixture
def hand(tmp_path: Path) -> Iterator[Child]:
    with hand_in(tmp_path / "hand") as found:
        yield found


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[dict[Path, str]]:
    """Folder -> port of three virtual hands, for runs side by side."""
    with ExitStack() as stack:
        folders = [tmp_path / f"hand{k}" for k in range(3)]
        yield {folder: str(stack.enter_context(hand_in(folder)).facts["port"]) for folder in folders}


@pytest.fixture
def stream(fitted: tuple[Desk, str], hand: Child, hand_recording: Recording) -> Iterator[str]:
    """Line of a profile that names the running amplifier of a patient who opens and closes the hand."""
    desk, _ = fitted
    patient = AmplifierSettings(schedule="free", movements=("power", "open"))
    person = Person("p1", True, "ability-hand", "transradial", hand_recording, (0, 1, 2), None, patient)
    with virtual_amplifier(person, desk.folder / "hand", desk.env) as amplifier:
        yield f'stream = "{amplifier.facts["source_id"]}"'
