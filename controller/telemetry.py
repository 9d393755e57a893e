"""One record per decision into `telemetry.ring`: what was measured, decided, shaped and sent. Beside it
`aux.ring`: one record per reading of an accelerometer, a load cell, a battery."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from ..core.chunk import AuxBlock
from ..core.records import record_dtype
from ..core.ring import AUX_RING, TELEMETRY_RING, Field, Layout, RingWriter

MAX_CLASSES = 32
MAX_CHANNELS = 64
MAX_DOFS = 12
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
    Field("outlier", "f"),
    Field("turn", "B"),
    Field("grip", "h"),
    Field("ask", "B"),
)
_MOST_RING_BYTES = 32 * 2**20
AUX_NAME, AUX_UNIT, MAX_AUX = 32, 12, 16
AUX_FIELDS = (
    Field("t_s", "d"),
    Field("n", "B"),
    Field("name", "B", AUX_NAME),
    Field("unit", "B", AUX_UNIT),
    Field("values", "f", MAX_AUX),
)
_AUX = struct.Struct(f"<dB{AUX_NAME}s{AUX_UNIT}s{MAX_AUX}f")


class Record:
    """The record being filled in: named views into one packed row, so publishing is one copy."""

    def __init__(self, increment: int, channels: int) -> None:
        seats = max(channels, MAX_CHANNELS)
        self.fields = (
            *_NUMBERS,
            Field("velocity", "f", MAX_DOFS),
            Field("posterior", "f", MAX_CLASSES),
            Field("rms", "f", seats),
            Field("contact", "B", seats),
            Field("emg", "f", increment * channels),
        )
        self._row = np.zeros((), record_dtype(Layout(self.fields), scalars=False))
        self._numbers = struct.Struct("<" + "".join(f.code for f in _NUMBERS))
        self._names = tuple(f.name for f in _NUMBERS)
        self.emg = self._row["emg"].reshape(increment, channels)
        self.velocity = self._row["velocity"]
        """Of each of the header's `dofs`, after shaping; 0 where classes drive the limb, or nobody does."""
        self.posterior = self._row["posterior"]
        self.rms = self._row["rms"]
        self.contact = self._row["contact"]
        self.bytes = self._row.reshape(1).view(np.uint8).data

    def set(self, **values: float) -> None:
        """Set all numbers, by name."""
        self._numbers.pack_into(self.bytes, 0, *[values[name] for name in self._names])


class Telemetry:
    """The loop's end of the rings."""

    def __init__(self, runtime_dir: Path, increment: int, channels: int, meta: dict[str, object]) -> None:
        self.record = Record(increment, channels)
        layout = Layout(self.record.fields, meta)
        capacity = min(_CAPACITY, _MOST_RING_BYTES // layout.size)
        self._ring = RingWriter(runtime_dir / TELEMETRY_RING, layout, capacity)
        self._aux = RingWriter(runtime_dir / AUX_RING, Layout(AUX_FIELDS), _CAPACITY)
        self._aux_seen: dict[str, AuxBlock] = {}

    def publish(self) -> None:
        """Copy the record out."""
        self._ring.publish(self.record.bytes)

    def publish_aux(self, blocks: tuple[AuxBlock, ...]) -> None:
        """Every reading that was not published yet; a source hands its newest ones out again and again."""
        for block in blocks:
            if self._aux_seen.get(block.name) is block:
                continue
            self._aux_seen[block.name] = block
            name, unit = block.name.encode()[:AUX_NAME], block.unit.encode()[:AUX_UNIT]
            for t_s, row in zip(block.t_s.tolist(), block.values.tolist(), strict=True):
                values = (row + [0.0] * MAX_AUX)[:MAX_AUX]
                self._aux.publish(_AUX.pack(t_s, min(len(row), MAX_AUX), name, unit, *values))

    def close(self) -> None:
        """The files stay readable."""
        self._ring.close()
        self._aux.close()
