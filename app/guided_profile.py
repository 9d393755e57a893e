"""A profile for somebody of whom there is only a recording, so that a limb can run with what is learnt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..core.folders import config_folder, data_folder, private_folder
from ..core.movements import REST
from ..core.profile import load_profile
from ..core.settings import write_private
from ..drivers.recordings.npz import Recording
from ..models.keys import load_key, make_key, public_hex
from .guided_wearer import PlayedWearer


def made_profile(path: Path, recording: Recording, movements: Sequence[str], folder: Path | None) -> Path:
    """A profile for somebody of whom there is a recording and nothing else: a hand or an ankle, and an LSL
    stream by the recording's name, as `innervate play --stream` makes it.

    Raises:
        RecordingError, ProfileError: nothing of it can be played, or the folder cannot be written.
    """
    name = path.stem
    folder = folder.absolute() if folder else data_folder() / "calibrations" / name
    private_folder(folder)
    wearer = PlayedWearer(recording)
    movements = (REST, *(movements or wearer.movements))
    leg = any(name in movements for name in ("dorsiflexion", "plantarflexion"))
    key_path = config_folder() / "signing.key"
    key = load_key(key_path) if key_path.exists() else make_key(key_path)
    simulated = str(bool(recording.meta.get("simulated"))).lower()
    lines = [
        f"# Made by innervate calibrate for {path.name}: set limb.port and source to what is there.",
        'model = "model.imb"',
        f"movements = {_texts(movements)}",
        "[patient]",
        f'id = "{recording.patient or name}"',
        f"simulated = {simulated}",
        "[limb]",
        f'level = "{"transtibial" if leg else "transradial"}"',
        'side = "right"',
        f'device = "{"moteus-ankle" if leg else "ability-hand"}"',
        'port = "/dev/ttyUSB0"',
        f"trusted_keys = {_texts((public_hex(key),))}",
        "[source]",
        'kind = "lsl"',
        f'stream = "{name}"',
        f"rate_hz = {recording.fs:g}",
    ]
    for channel in recording.channels:
        lines += ["[[montage]]", f'channel = "{channel}"']
    profile = folder / "profile.toml"
    if not profile.exists():
        write_private(profile, ("\n".join(lines) + "\n").encode())
    load_profile(profile)
    return profile


def _texts(values: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
