"""A whole recording into a file: `.npz`, BDF, EDF, CSV, or a new run in an EMG-BIDS folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np

from ...core.errors import RecordingError
from .bdf import BdfWriter, Written
from .bids import BidsRecording
from .describe import About
from .events import Event, events_of
from .npz import Recording, write_recording
from .signals import whole_signals

ENDINGS = (".npz", ".bdf", ".edf", ".csv")
_SELF_MADE = ("events", "left_out")
"""Keys of meta that reading makes anew."""
_BAD = "bad"
"""Key of meta that lists what is not to be used; files with annotations say it there."""
_UNKNOWN_START = datetime(1985, 1, 1)  # noqa: DTZ001 - the earliest that EDF can say


def write(recording: Recording, path: Path, about: About | None = None, *, several: bool = False) -> Path:
    """Write it by the ending of `path`; with `about`, as a new run of the EMG-BIDS folder `path`.

    Returns:
        The file of the samples.

    Raises:
        RecordingError: it is there already, cannot be written, or does not fit the format.
    """
    meta = {key: value for key, value in recording.meta.items() if key not in _SELF_MADE}
    recording = replace(recording, meta=meta)
    ending = path.suffix.lower()
    if about is not None:
        return _write_bids(recording, path, about, several=several)
    if ending not in ENDINGS:
        raise RecordingError(
            f"{path}: cannot be written in that format", f"allowed: {', '.join(ENDINGS)}, a folder"
        )
    if path.exists():
        raise RecordingError(f"{path}: is there already", "no recording is written over")
    if not path.absolute().parent.is_dir():
        raise RecordingError(f"{path}: there is no folder {path.absolute().parent}", "make it first")
    if ending == ".npz":
        write_recording(path, recording)
    elif ending == ".csv":
        _write_csv(recording, path)
    else:
        _write_edf(recording, path)
    return path


def _events(recording: Recording) -> list[Event]:
    """Marks, and what is not to be used."""
    bad = [
        Event(span["onset_s"], span["seconds"] or None, span["text"], span["channel"])
        for span in recording.meta.get(_BAD, [])
    ]
    return sorted([*events_of(recording), *bad], key=lambda event: event.onset_s)


def _start(recording: Recording) -> datetime:
    try:
        return datetime.fromisoformat(str(recording.meta.get("start", "")))
    except ValueError:
        return _UNKNOWN_START


def _write_edf(recording: Recording, path: Path) -> Written:
    signals = whole_signals(recording, 2 if path.suffix.lower() == ".edf" else 3)
    device = str(recording.meta.get("source", ""))
    writer = BdfWriter(path, signals, recording.fs, _start(recording), recording.patient, device)
    for event in _events(recording):
        writer.annotate(event.onset_s, event.duration_s, event.annotation)
    writer.append(recording.emg)
    return writer.close()


def _write_bids(recording: Recording, root: Path, about: About, *, several: bool) -> Path:
    meta = {key: value for key, value in recording.meta.items() if key != _BAD}
    about = replace(about, classes=recording.classes, meta=meta)
    made = BidsRecording(
        root, about, whole_signals(recording), recording.fs, start=_start(recording), several=several
    )
    for event in _events(recording):
        made.event(event)
    made.append(recording.emg)
    made.close()
    return made.path


def _write_csv(recording: Recording, path: Path) -> None:
    """Every float32 with the digits that give it back."""
    t_s = np.arange(len(recording.emg)) / recording.fs
    names = [*recording.channels, "label", "rep", "cond", "rec"]
    path.touch(mode=0o600)
    with path.open("w") as out:
        out.write(",".join(("t_s", *(f'"{name}"' if "," in name else name for name in names))) + "\n")
        for i, row in enumerate(recording.emg):
            label = recording.label[i]
            said = recording.classes[label] if label >= 0 else ""
            marks = f"{said},{recording.rep[i]},{recording.cond[i]},{recording.rec[i]}"
            out.write(f"{t_s[i]:.6f},{','.join(map(str, row))},{marks}\n")
