"""One record per decision into `telemetry.ring`: what was measured, decided, shaped and sent."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from ..core.records import record_dtype
from ..core.ring import TELEMETRY_RING, Field, Layout, RingWriter

MAX_CLASSES = 32
MAX_CHANNELS = 64
_CAPACITY = 4096
"""40 s at 100 decisions a second: a reader that sleeps that long sees its overruns counted."""

_NUMBERS = (
    Field("t_turn_s", "d"),
    Field("decision", "q"),
    Field("sample_index", "q"),
    Field("t_sample_s", "d"),
    Field("t_arrival_s", "d"),
    Field("t_sent_s", "d"),
    Field("class_index", "h"),
    Field("movement", "h"),
    Field("n_samples", "h"),
    Field("state", "B"),
    Field("reason", "B"),
    Field("ready", "B"),
    Field("link", "B"),
    Field("speed", "f"),
    Field("latency_ms", "f"),
    Field("samples_received", "q"),
    Field("samples_lost", "q"),
    Field("overruns", "q"),
    Field("cpu_s", "d"),
)
_FIELDS = (
    *_NUMBERS,
    Field("posterior", "f", MAX_CLASSES),
    Field("rms", "f", MAX_CHANNELS),
    Field("contact", "B", MAX_CHANNELS),
)


class Record:
    """The record being filled in: named views into one packed row, so publishing is one copy."""

    def __init__(self, increment: int, channels: int) -> None:
        self.fields = (*_FIELDS, Field("emg", "f", increment * channels))
        self._row = np.zeros((), record_dtype(Layout(self.fields), scalars=False))
        self._numbers = struct.Struct("<" + "".join(f.code for f in _NUMBERS))
        self._names = tuple(f.name for f in _NUMBERS)
        self.emg = self._row["emg"].reshape(increment, channels)
        self.posterior = self._row["posterior"]
        self.rms = self._row["rms"]
        self.contact = self._row["contact"]
        self.bytes = self._row.reshape(1).view(np.uint8).data

    def set(self, **values: float) -> None:
        """Set all numbers, by name."""
        self._numbers.pack_into(self.bytes, 0, *[values[name] for name in self._names])


class Telemetry:
    """The loop's end of the ring."""

    def __init__(self, runtime_dir: Path, increment: int, channels: int, meta: dict[str, object]) -> None:
        self.record = Record(increment, channels)
        self._ring = RingWriter(runtime_dir / TELEMETRY_RING, Layout(self.record.fields, meta), _CAPACITY)

    def publish(self) -> None:
        """Copy the record out."""
        self._ring.publish(self.record.bytes)

    def close(self) -> None:
        """The file stays readable."""
        self._ring.close()
