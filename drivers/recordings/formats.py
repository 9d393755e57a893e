"""Any recording, by its path: `.npz`, BDF and EDF, XDF, or a folder in which there is exactly one."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from ...core.errors import RecordingError
from .npz import Recording

READERS = {
    ".npz": (".npz", "read_recording"),
    ".bdf": (".edf_read", "read_edf"),
    ".edf": (".edf_read", "read_edf"),
    ".xdf": (".xdf", "read_xdf"),
    ".xdfz": (".xdf", "read_xdf"),
}
"""Ending -> (module, function of a path)."""


def read(path: Path) -> Recording:
    """Read and check a recording, whatever its format.

    Raises:
        RecordingError: one line that names the file, what is wrong in it and where.
    """
    if path.is_dir():
        path = the_only(path)
    if path.suffix.lower() not in READERS:
        raise RecordingError(
            f"{path}: not a format that is known", f"allowed: {', '.join(READERS)}, a folder"
        )
    module, name = READERS[path.suffix.lower()]
    recording: Recording = getattr(import_module(module, __package__), name)(path)
    return recording


def find(folder: Path) -> list[Path]:
    """Every recording under a folder, sorted; of an EMG-BIDS data set those of all its people.

    Other folders are not searched deeper than their own files.
    """
    inside = list(folder.iterdir())
    deep = [path for path in folder.rglob("*_emg.*") if path.suffix.lower() in (".bdf", ".edf")]
    return sorted({*deep, *(path for path in inside if path.is_file() and path.suffix.lower() in READERS)})


def the_only(folder: Path) -> Path:
    """The one recording of a folder.

    Raises:
        RecordingError: there is none, or there are several.
    """
    found = find(folder)
    if len(found) == 1:
        return found[0]
    if not found:
        raise RecordingError(f"{folder}: no recording in this folder", f"known: {', '.join(READERS)}")
    names = ", ".join(str(path.relative_to(folder)) for path in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    raise RecordingError(f"{folder}: holds {len(found)} recordings: {names}{more}", "give one of them")
