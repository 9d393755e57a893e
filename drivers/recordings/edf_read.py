"""A recording from EDF or BDF: ours with what lies beside it in its EMG-BIDS folder, or anybody's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.chunk import ARBITRARY, MICROVOLT
from ...core.errors import RecordingError
from ..units import microvolts_in
from .bdf import lsb_said
from .edf_file import EdfFile, open_edf
from .edf_header import Signal
from .events import PADDING, from_annotation, marks
from .npz import Recording
from .sidecars import Sidecars, read_sidecars

_RATE_OFF = 1e-4
"""Share by which the exact rate beside a file may differ from what its header could say."""


def read_edf(path: Path) -> Recording:
    """EMG and what was asked for, as `Recording`.

    The EMG channels are those that `channels.tsv` calls so; without it the voltages, or all signals, of the
    highest rate there is. Other signals are named in meta's `left_out`.

    Raises:
        RecordingError: one line that names the file and what is wrong in it.
    """
    file = open_edf(path)
    beside = read_sidecars(path)
    chosen = emg_signals(file, beside)
    rate_hz = beside.rate_hz or chosen[0].samples / file.header.record_s
    voltage = all(microvolts_in(signal.unit) is not None for signal in chosen)
    emg = np.stack([_values(file, signal, voltage=voltage) for signal in chosen], axis=1)
    found = beside.events
    if found is None:
        found = [from_annotation(a.onset_s, a.duration_s, a.text) for a in file.annotations]
    per_record = chosen[0].samples

    def index(t_s: float) -> int:
        return file.index(t_s, rate_hz, per_record)

    emg = emg[: _end(file, len(emg), index)]
    breaks = [record * per_record for record in file.breaks]
    marked = marks(found, len(emg), index, beside.classes, breaks)
    labels = [beside.names.get(signal.label, signal.label) for signal in chosen]
    meta: dict[str, Any] = {
        **beside.meta,
        "classes": list(marked.classes),
        "channels": labels,
        "units": MICROVOLT if voltage else beside.meta.get("units", ARBITRARY),
        "patient": beside.patient or _patient(file.header.patient),
        "start": file.header.start.isoformat(),
        "events": len(found),
        "bad": [
            {"text": e.text, "channel": e.channel, "onset_s": e.onset_s, "seconds": e.duration_s or 0.0}
            for e in found
            if e.bad and e.text != PADDING
        ],
        "left_out": [s.label for s in file.header.signals if s not in chosen and not s.annotations],
    }
    if len(set(labels)) != len(labels):
        raise RecordingError(f"{path}: two channels have one name: {', '.join(labels)}")
    arrays = (marked.label, marked.rep, marked.cond, marked.rec, marked.cue)
    return Recording(path.name, emg, *arrays, rate_hz, marked.classes, meta)


def _values(file: EdfFile, signal: Signal, *, voltage: bool) -> NDArray[np.float32]:
    """[samples] in microvolts, or in the signal's own unit."""
    scale = (microvolts_in(signal.unit) if voltage else None) or 1.0
    said = lsb_said(signal.transducer)
    lsb, offset = (said, 0.0) if said is not None else (signal.lsb, signal.offset)
    return ((file.counts(signal) * lsb + _tidy(offset, lsb)) * scale).astype(np.float32)


def emg_signals(file: EdfFile, beside: Sidecars) -> list[Signal]:
    """The signals that hold EMG; all of one rate.

    Raises:
        RecordingError: there is none, or the table beside the file names other rates or channels.
    """
    signals = [s for s in file.header.signals if not s.annotations and s.samples and s.label != "Status"]
    typed = [s for s in signals if beside.types.get(s.label) == "EMG"]
    if not typed:
        volts = [s for s in signals if microvolts_in(s.unit) is not None] or signals
        most = max((s.samples for s in volts), default=0)
        typed = [s for s in volts if s.samples == most]
    if not typed:
        raise RecordingError(f"{file.path}: no signal in it but annotations")
    if len({s.samples for s in typed}) > 1:
        raise RecordingError(
            f"{file.path}: its EMG channels have different rates", "export those of one rate"
        )
    rate_hz = typed[0].samples / file.header.record_s
    if not beside.rate_hz or abs(beside.rate_hz / rate_hz - 1.0) < _RATE_OFF:
        return typed
    raise RecordingError(
        f"{file.path}: has {rate_hz:g} Hz; the JSON beside it says {beside.rate_hz:g} Hz",
        "mend the wrong one",
    )


def samples_in(file: EdfFile, signal: Signal, rate_hz: float) -> int:
    """Samples of `signal` without the padding of the last data record."""

    def index(t_s: float) -> int:
        return file.index(t_s, rate_hz, signal.samples)

    return _end(file, file.records * signal.samples, index)


def _end(file: EdfFile, samples: int, index: Callable[[float], int]) -> int:
    """Samples before the padding of the last data record."""
    padded = [index(a.onset_s) for a in file.annotations if a.text == PADDING]
    return min([samples, *padded])


def _tidy(offset: float, lsb: float) -> float:
    """0 for an offset that only rounding made."""
    return 0.0 if abs(offset) < 1e-4 * lsb else offset


def _patient(field: str) -> str:
    """The code of the EDF+ patient field, or all of an older one; empty where it says X."""
    first = field.split(" ")[0] if len(field.split(" ")) >= 4 else field
    return "" if first == "X" else first
