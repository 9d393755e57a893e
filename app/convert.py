"""`innervate import` and `innervate export`: from one format to another, read back and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import RecordingError
from ..drivers.recordings.describe import About
from ..drivers.recordings.formats import READERS, read, the_only
from ..drivers.recordings.npz import Recording
from ..drivers.recordings.write import ENDINGS, write


def convert(
    source: Path,
    target: Path,
    to: str = "",
    patient: str = "",
    task: str = "recording",
    session: str = "",
    stream: str = "",
    *,
    several: bool = False,
) -> dict[str, Any]:
    """Read `source`, write `target`, read that, compare.

    Args:
        source: file, or folder with one recording.
        target: file, or folder of a data set.
        to: ending when `target`'s own does not say; "bids" for a data set.
        patient: id for a data set; what the recording itself says must be the same.
        task, session: for a data set.
        stream: of an XDF file with several.
        several: the data set may hold several patients.

    Returns:
        JSON values: source, target, channels, rate_hz, seconds, unit, movements, left_out, `exact` (every
        sample to the last bit), `largest_error` (in the unit), `marks_exact`; the last three None for CSV.

    Raises:
        RecordingError: what does not fit, in one line; nothing is written over.
    """
    recording = _read(source, stream)
    if patient and recording.patient not in ("", patient):
        raise RecordingError(
            f"{source}: is a recording of patient {recording.patient!r}, not of {patient!r}",
            "choose this patient's recording",
        )
    target = _target(target, to)
    about = None
    if to == "bids" or not target.suffix or target.is_dir():
        who = patient or recording.patient
        if not who:
            raise RecordingError(f"{source}: does not say whose it is", "add --patient")
        simulated = bool(recording.meta.get("simulated", False))
        about = About(who, task, session, simulated, str(recording.meta.get("source", "")))
    written = write(recording, target, about, several=several)
    found: dict[str, Any] = {
        "source": str(source),
        "target": str(written),
        "channels": list(recording.channels),
        "rate_hz": recording.fs,
        "seconds": len(recording.emg) / recording.fs,
        "unit": recording.unit,
        "movements": list(recording.classes),
        "left_out": list(recording.meta.get("left_out", [])),
        "exact": None,
        "largest_error": None,
        "marks_exact": None,
    }
    if written.suffix.lower() in READERS:
        found |= compare(recording, read(written))
    return found


def compare(wanted: Recording, found: Recording) -> dict[str, Any]:
    """How far one recording is from another: `exact`, `largest_error`, `marks_exact`."""
    if wanted.emg.shape != found.emg.shape:
        return {"exact": False, "largest_error": None, "marks_exact": False}
    wide = wanted.emg.astype(np.float64) - found.emg
    marks = ("label", "rep", "cond", "rec")
    same = all(np.array_equal(getattr(wanted, key), getattr(found, key)) for key in marks)
    names = [found.classes[i] for i in np.unique(found.label[found.label >= 0])] if same else []
    same = same and names == [wanted.classes[i] for i in np.unique(wanted.label[wanted.label >= 0])]
    return {
        "exact": bool(np.array_equal(wanted.emg, found.emg)),
        "largest_error": float(np.abs(wide).max()) if wide.size else 0.0,
        "marks_exact": same,
    }


def _read(source: Path, stream: str) -> Recording:
    if not stream:
        return read(source)
    file = the_only(source) if source.is_dir() else source
    if not file.suffix.lower().startswith(".xdf"):
        raise RecordingError(f"--stream {stream}: only XDF files have streams", "leave it out")
    from ..drivers.recordings.xdf import read_xdf

    return read_xdf(file, stream)


def _target(target: Path, to: str) -> Path:
    """With the ending that was asked for."""
    if not to:
        return target
    ending = f".{to.removeprefix('.').lower()}"
    if ending == ".bids":
        return target
    if ending not in ENDINGS:
        allowed = ", ".join(known.removeprefix(".") for known in ENDINGS)
        raise RecordingError(f"--to {to}: not known", f"allowed: {allowed}, bids")
    return target if target.suffix.lower() == ending else target.with_name(target.name + ending)
