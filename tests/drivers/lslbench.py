"""LSL streams as other programs make them."""

from __future__ import annotations

import uuid
from typing import Any

from innervate.core.clock import now
from innervate.drivers.lsl.find import load_pylsl
from innervate.drivers.settings import SourceSettings
from innervate.drivers.source import EmgSource

RATE_HZ = 1000.0


class Sender:
    """An LSL outlet as another program makes it."""

    def __init__(self, units: list[str], **more: Any) -> None:
        self.name = more.get("name") or f"emg-{uuid.uuid4()}"
        self.source_id = more.get("source_id", f"id-{uuid.uuid4()}")
        kind, rate_hz = more.get("kind", "EMG"), more.get("rate_hz", RATE_HZ)
        pylsl = load_pylsl()
        number_format = more.get("number_format", pylsl.cf_float32)
        info = pylsl.StreamInfo(self.name, kind, len(units), rate_hz, number_format, self.source_id)
        labels, types = more.get("labels"), more.get("types")
        if more.get("described", True):
            rows = info.desc().append_child("channels")
            for i, unit in enumerate(units):
                row = rows.append_child("channel")
                row.append_child_value("label", labels[i] if labels else f"site {i}")
                row.append_child_value("unit", unit)
                row.append_child_value("type", types[i] if types else "EMG")
        self.outlet: Any = pylsl.StreamOutlet(info)

    def push(self, samples: Any, t_last_s: float) -> None:
        self.outlet.push_chunk(samples, t_last_s)

    def settings(self, **more: Any) -> SourceSettings:
        return SourceSettings("lsl", stream=self.source_id, **more)


def read_rows(source: EmgSource, rows: int, at_once: int = 10) -> list[Any]:
    chunks, got, until_s = [], 0, now() + 5
    while got < rows and now() < until_s:
        chunks.append(source.read(min(at_once, rows - got), now() + 0.5))
        got += len(chunks[-1])
    assert got == rows
    return chunks
