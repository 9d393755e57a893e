"""`innervate calibrate`: a labelled recording becomes a signed model for one patient and one limb."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..controller.settings import ShapingSettings
from ..controller.velocity import check_settings
from ..core.errors import BundleError, ProfileError, RecordingError
from ..core.folders import config_folder
from ..core.movements import canonical
from ..core.profile import Control, load_profile
from ..drivers.cyton.codec import MOST_COUNT, microvolts_per_count
from ..drivers.increment import increment_samples
from ..drivers.recordings.formats import read
from ..drivers.recordings.npz import Recording
from ..models.bundle import Wearer, write_bundle
from ..models.design import design_pipeline
from ..models.keys import load_key, make_key, public_hex
from ..models.velocities import REGRESSOR
from .files import check_writable

DECODERS = ("default", REGRESSOR)
"""What `--decoder` takes here: classes that drive the limb, or velocities."""


def calibrate_from_recording(
    profile_path: Path, recording_path: Path, out: Path | None, decoder: str = DECODERS[0]
) -> dict[str, object]:
    """Train, sign with this computer's key (made at the first use), and write the bundle.

    Args:
        profile_path: of the patient.
        recording_path: with labels.
        out: bundle to write; None: the profile's `model`.
        decoder: one of `DECODERS`.

    Returns:
        JSON values: bundle, sha256, public_key, trusted (does the profile trust that key?), held-out recalls,
        and with a regressor `velocities`: `dofs`, `left_out`, `held_out` (`calibration.velocities.figures`).

    Raises:
        ProfileError, RecordingError, BundleError: what does not fit, in one line.
    """
    check_decoder(decoder)
    profile = load_profile(profile_path)
    if decoder == REGRESSOR:
        _check_control(profile.control)
    if out is None:
        if not profile.model:
            raise BundleError(f"{profile_path}: no `model`, and no --out given", 'add model = "model.imb"')
        out = profile_path.parent / profile.model
    check_writable(out, "--out")
    recording = read(recording_path)
    refuse_other_patient(recording, recording_path, profile.patient.id)
    recording = _for_this_limb(recording, recording_path, profile.movements, profile.channels)
    increment_samples(recording.fs, profile.source.increment_ms)
    settings = design_pipeline(
        recording.fs,
        recording.channels,
        profile.source.increment_ms,
        unit=recording.unit,
        mains_hz=profile.source.mains_hz,
        rail=rail_of(profile.source.kind, profile.source.gain),
    )
    from ..calibration.train import train  # scikit-learn takes a second: a mistake is said before that

    model = train([recording], settings, velocities=decoder == REGRESSOR)
    key_path = config_folder() / "signing.key"
    key = load_key(key_path) if key_path.exists() else make_key(key_path)
    limb, patient = profile.limb, profile.patient
    wearer = Wearer(patient.id, limb.device, limb.level, limb.side, patient.simulated)
    sha256 = write_bundle(out, model, wearer, key, profile.safety_digest())
    held_out = model.metrics["held_out"] or {"active_recall": None, "rest_recall": None}
    return {
        "bundle": str(out),
        "sha256": sha256,
        "public_key": public_hex(key),
        "trusted": public_hex(key) in limb.trusted_keys,
        "active_recall": held_out["active_recall"],
        "rest_recall": held_out["rest_recall"],
        **({"velocities": model.metrics["velocities"]} if model.regressor is not None else {}),
    }


def check_decoder(name: str) -> None:
    """Do nothing where this is one of `DECODERS`.

    Raises:
        ProfileError: it is none.
    """
    if name not in DECODERS:
        raise ProfileError(f"--decoder {name}: not known; allowed: {', '.join(DECODERS)}")


def _check_control(control: Control) -> None:
    """Refuse now what the loop would refuse with velocities."""
    shaping = ShapingSettings(
        rejection_threshold=control.rejection_threshold,
        thresholds=tuple(control.thresholds.items()),
        lock_s=control.onset_lock_ms / 1e3,
        hysteresis=control.hysteresis,
    )
    check_settings(shaping, control.adapt)


def velocity_lines(found: Any) -> list[str]:
    """The gist of a model's `velocities` metrics, for a person; nothing where it has none."""
    if not found:
        return []
    lines = [f"drives at once: {', '.join(found['dofs'])}"]
    if found["left_out"]:
        lines.append(f"left out, as no velocity can mean them: {', '.join(found['left_out'])}")
    held_out = found["held_out"]
    if held_out is None:
        return [*lines, "one repetition only: nothing was held out to score it on"]
    each = ", ".join(f"{name} {_number(one['r2'])}" for name, one in held_out["dofs"].items())
    moved = _number(held_out["rest_moved"])
    return [*lines, f"held-out R2 of velocity: {each}; moved in {moved} of windows at rest"]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def refuse_other_patient(recording: Recording, path: Path, patient: str) -> None:
    """Do nothing where the recording is `patient`'s, or does not say whose it is.

    Raises:
        RecordingError: it is another patient's.
    """
    if recording.patient not in ("", patient):
        raise RecordingError(
            f"{path}: is a recording of patient {recording.patient!r}; the profile's is {patient!r}",
            "choose this patient's recording",
        )


def rail_of(kind: str, gain: int) -> float:
    """Where this kind of amplifier is at the end of its range, in its unit; 0 where only the device knows."""
    if kind != "cyton":
        return 0.0
    return microvolts_per_count(gain) * MOST_COUNT


def _for_this_limb(
    recording: Recording, path: Path, movements: tuple[str, ...], channels: tuple[str, ...]
) -> Recording:
    """With our names for its movements; refused when the profile's movements or channels are not in it."""
    recording = replace(recording, classes=tuple(canonical(name) for name in recording.classes))
    missing = [name for name in movements if name not in recording.classes]
    if missing:
        there = ", ".join(recording.classes)
        raise RecordingError(f"{path}: no movement {missing[0]!r}, which the profile lists; it has {there}")
    if recording.channels != channels:
        raise RecordingError(
            f"{path}: its channels are {', '.join(recording.channels)}; "
            f"the profile's montage is {', '.join(channels)}",
            "record with the same montage, in the same order",
        )
    wanted = [recording.classes.index(name) for name in movements]
    return replace(recording, label=np.where(np.isin(recording.label, wanted), recording.label, np.int16(-1)))
