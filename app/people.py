"""Whose muscles the demo uses: a simulated patient, or a real person's recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ..controller.postures import targets
from ..core.errors import ProfileError, RecordingError
from ..core.movements import REST, canonical
from ..drivers.increment import natural_increment_ms
from ..drivers.recordings.formats import read
from ..drivers.recordings.npz import Recording
from ..sim.amplifier import AmplifierSettings
from ..sim.anatomy import ANKLE, HAND
from ..sim.limbs import stand_in
from ..sim.patient import Patient
from ..sim.schedule import calibration_schedule
from ..sim.simulate import simulate_recording

CALIBRATION_REPS = 3
HOLD_S, REST_S = 3.0, 2.0
"""Six movements, three times, three seconds each: about a minute and a half of a patient's time."""

AMPLIFIERS = ("lsl", "cyton")
DEMO_LIMB = "ability-hand"


@dataclass(frozen=True, slots=True)
class Person:
    """What is learnt from, and what is played.

    Attributes:
        id: for the profile.
        simulated: nobody real.
        device: limb that has joints for their movements.
        level: where the limb ends.
        learnt: recording to calibrate on.
        reps: repetitions of it that may be used.
        played: what the amplifier will measure, when that is a recording; None for a living simulation.
        amplifier: settings of the virtual amplifier, still without names.
    """

    id: str
    simulated: bool
    device: str
    level: str
    learnt: Recording
    reps: tuple[int, ...]
    played: Recording | None
    amplifier: AmplifierSettings

    @property
    def increment_ms(self) -> float:
        """Time between decisions: 10 ms, or the nearest whole samples."""
        return natural_increment_ms(self.learnt.fs)


def simulated_person(
    seed: int, amplifier: str, progress: Callable[[str, float], None], device: str = DEMO_LIMB
) -> Person:
    """A patient after targeted muscle reinnervation: transradial, or transtibial for a leg; eight electrodes.

    Raises:
        ProfileError: no such amplifier or limb.
    """
    body = ANKLE if stand_in(device).leg else HAND
    if amplifier not in AMPLIFIERS:
        raise ProfileError(f"--amplifier {amplifier}: not known; allowed: {', '.join(AMPLIFIERS)}")
    joints = stand_in(device).joint_names
    movements = tuple(name for name in body.movements if name == REST or targets(device, joints, name))
    settings = AmplifierSettings(
        device=amplifier, seed=seed, use_seed=seed + 1, body=body.name, movements=movements
    )
    rate_hz = 250.0 if amplifier == "cyton" else settings.rate_hz
    progress("the patient makes each movement", 0.0)
    cues = calibration_schedule(movements, CALIBRATION_REPS, HOLD_S, REST_S)
    learnt = simulate_recording(Patient(body, rate_hz, seed), cues, seed)
    reps = tuple(range(CALIBRATION_REPS))
    return Person(
        "demo", True, device, "transtibial" if body is ANKLE else "transradial", learnt, reps, None, settings
    )


def recorded_person(path: Path) -> Person:
    """All repetitions but the last of the first condition are learnt; the last one is played.

    Raises:
        RecordingError: unreadable, one repetition only, or no movement that any of our limbs has a joint for.
    """
    recording = read(path)
    cond = int(np.min(recording.cond))
    recording = _canonical_classes(recording).select(cond=cond)
    reps = tuple(int(r) for r in np.unique(recording.rep[recording.label >= 0]))
    if len(reps) < 2:
        raise RecordingError(
            f"{path}: {len(reps)} repetition; at least 2 are needed", "one to learn, one to play"
        )
    device = next(
        filter(lambda device: _fits(device, recording.classes), ("moteus-ankle", "ability-hand")), None
    )
    if device is None:
        raise RecordingError(f"{path}: no limb here has a joint for any of {', '.join(recording.classes)}")
    return Person(
        id=path.stem,
        simulated=False,
        device=device,
        level="transtibial" if device == "moteus-ankle" else "transradial",
        learnt=recording,
        reps=reps[:-1],
        played=recording.select(rep=reps[-1]),
        amplifier=AmplifierSettings(device="lsl", recording=str(path.resolve()), rep=reps[-1], cond=cond),
    )


def _fits(device: str, classes: tuple[str, ...]) -> bool:
    """The device has a joint for one of these movements."""
    joints = stand_in(device).joint_names
    return any(targets(device, joints, name) for name in classes)


def _canonical_classes(recording: Recording) -> Recording:
    """With our names for the movements, unless two of theirs would become one of ours."""
    ours = tuple(canonical(name) for name in recording.classes)
    return replace(recording, classes=ours) if len(set(ours)) == len(ours) else recording
