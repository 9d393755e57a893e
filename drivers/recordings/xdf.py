"""A recording of LabRecorder (XDF): one EMG stream and its markers. Needs pyxdf: `innervate[formats]`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.chunk import ARBITRARY, MICROVOLT
from ...core.errors import RecordingError
from ..rows import RowFiller
from ..units import microvolts_in
from .events import Event, marks
from .npz import Recording

_EMG = ("EMG", "EXG")
_GZIP = b"\x1f\x8b"
Stream = dict[str, Any]


def read_xdf(path: Path, stream: str = "") -> Recording:
    """The EMG stream called `stream`, or the only one; markers are movements that last until the next marker.

    Clocks are synchronised and jitter is removed by pyxdf; where it finds the stream broken, `rec` changes.

    Raises:
        RecordingError: pyxdf is missing, not XDF, no such stream, or more than one.
    """
    streams = _load(path)
    chosen = _choose(path, streams, stream)
    times = np.asarray(chosen["time_stamps"], np.float64)
    values = np.asarray(chosen["time_series"])
    if not len(times) or values.ndim != 2 or values.dtype.kind not in "fiu":
        raise RecordingError(f"{path}: stream {_name(chosen)!r} holds no numbers")
    rate_hz = float(chosen["info"]["nominal_srate"][0]) or float(chosen["info"]["effective_srate"])
    if not math.isfinite(rate_hz) or rate_hz <= 0:
        raise RecordingError(f"{path}: stream {_name(chosen)!r} has no regular rate")
    names, factors = _channels(chosen, values.shape[1])
    voltage = all(factor is not None for factor in factors)
    scale = np.array([factor if voltage and factor is not None else 1.0 for factor in factors])
    emg = _finite((values * scale).astype(np.float32))
    segments = chosen["info"].get("segments") or []
    breaks = sorted({int(first) for first, _ in segments} - {0})
    events = [event for other in streams if other is not chosen for event in _markers(other)]

    def index(t_s: float) -> int:
        return int(np.searchsorted(times, t_s - 0.5 / rate_hz))

    marked = marks(events, len(emg), index, breaks=breaks)
    meta = {
        "classes": list(marked.classes),
        "channels": names,
        "units": MICROVOLT if voltage else ARBITRARY,
        "stream": _name(chosen),
        "measured_rate_hz": float(chosen["info"]["effective_srate"]),
    }
    arrays = (marked.label, marked.rep, marked.cond, marked.rec, marked.cue)
    return Recording(path.name, emg, *arrays, rate_hz, marked.classes, meta)


def _load(path: Path) -> list[Stream]:
    try:
        import pyxdf
    except ImportError as error:
        raise RecordingError(
            f"{path}: XDF needs pyxdf, which is not installed", "pip install 'innervate[formats]'"
        ) from error
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except FileNotFoundError as error:
        raise RecordingError(f"{path}: no such recording", "is the path right?") from error
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read: {error.strerror}") from error
    if start != b"XDF:" and not start.startswith(_GZIP):
        raise RecordingError(f"{path}: not a readable XDF recording: it begins with {start!r}")
    try:
        streams, _ = pyxdf.load_xdf(str(path), verbose=False)
    except Exception as error:  # in how many ways does pyxdf say that a file is damaged
        raise RecordingError(f"{path}: not a readable XDF recording: {error}") from error
    return list(streams)


def _choose(path: Path, streams: list[Stream], wanted: str) -> Stream:
    numbers = [s for s in streams if s["info"]["channel_format"][0] != "string"]
    there = ", ".join(repr(_name(s)) for s in numbers) or "none"
    fit = [s for s in numbers if _name(s) == wanted] if wanted else []
    if not wanted:
        fit = [s for s in numbers if (s["info"]["type"][0] or "").upper() in _EMG] or numbers
    if len(fit) == 1:
        return fit[0]
    if not fit:
        raise RecordingError(f"{path}: no stream {wanted!r} of numbers; it has {there}")
    raise RecordingError(f"{path}: more than one EMG stream: {there}", "name it: innervate import --stream")


def _name(stream: Stream) -> str:
    return str(stream["info"]["name"][0])


def _channels(stream: Stream, count: int) -> tuple[list[str], list[float | None]]:
    """(names, microvolts in each one's unit); numbered where the description is too short."""
    try:
        rows = stream["info"]["desc"][0]["channels"][0]["channel"]
    except (KeyError, TypeError, IndexError):
        rows = []
    rows = [*rows, *({} for _ in range(count - len(rows)))][:count]
    names = [str((row.get("label") or [""])[0] or f"ch{n}") for n, row in enumerate(rows, 1)]
    return names, [microvolts_in(str((row.get("unit") or [""])[0])) for row in rows]


def _markers(stream: Stream) -> list[Event]:
    if stream["info"]["channel_format"][0] != "string":
        return []
    pairs = zip(stream["time_stamps"], stream["time_series"], strict=True)
    return [Event(float(t_s), None, str(texts[0])) for t_s, texts in pairs if texts and texts[0]]


def _finite(emg: NDArray[np.float32]) -> NDArray[np.float32]:
    """With the value before in the place of what is no number."""
    return RowFiller(emg.shape[1]).fill(emg, None)[0]
