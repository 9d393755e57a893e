"""One LSL outlet from its description."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ..drivers.lsl.find import load_pylsl
from .streams import FLOAT32, INT32, TEXT, StreamSpec

_BUFFER_S = 10
"""How much a reader that is busy may come late for; of an irregular stream, LSL takes hundreds of samples."""


class StreamOutlet:
    """Sends what it is given; whether anybody listens makes no difference.

    Args:
        spec: what it is.

    Raises:
        SourceError: LSL cannot be used here.
    """

    def __init__(self, spec: StreamSpec) -> None:
        pylsl = load_pylsl()
        formats = {FLOAT32: pylsl.cf_float32, INT32: pylsl.cf_int32, TEXT: pylsl.cf_string}
        info = pylsl.StreamInfo(
            *(spec.name, spec.kind, len(spec.channels), spec.rate_hz),
            *(formats[spec.number_format], spec.source_id),
        )
        description = info.desc()
        rows = description.append_child("channels")
        for channel in spec.channels:
            row = rows.append_child("channel")
            row.append_child_value("label", channel.label)
            row.append_child_value("unit", channel.unit)
            row.append_child_value("type", channel.kind)
        groups: dict[str, Any] = {"": description}
        for where, text in spec.details.items():
            group, _, name = where.rpartition("/")
            if group not in groups:
                groups[group] = description.append_child(group)
            groups[group].append_child_value(name, text)
        self.spec = spec
        self._outlet = pylsl.StreamOutlet(info, 0, _BUFFER_S)

    def send(self, rows: NDArray[Any], t_last_s: float) -> None:
        """[n, channels] of a regular stream; the newest row's time, in monotonic seconds."""
        self._outlet.push_chunk(rows, t_last_s)

    def send_each(self, rows: NDArray[Any] | list[str], t_s: list[float]) -> None:
        """[n, channels] numbers or n texts, each with its own time."""
        if len(rows):
            # A list, never an array: pylsl would read an array of one as a single number.
            self._outlet.push_chunk(rows, t_s)
