"""Annotations inside EDF+ and BDF+ data records: the "time-stamped annotation lists" of EDF+. Pure."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

SIGNAL_BYTES = 240
"""Room for annotations in each data record of ours: two or three texts, or one of 180 bytes."""
_TEXT_BYTES = 180
_TAL = re.compile(rb"([+-]\d+(?:\.\d*)?)(?:\x15(\d+(?:\.\d*)?))?\x14([^\x00]*)\x14\x00")
_CONTROL = re.compile(r"[\x00-\x1f]+")


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something that happened.

    Attributes:
        onset_s: seconds since the file's start.
        duration_s: None where it has none.
        text: what; "BAD_..." marks samples not to be used, "...@@ch1" only those of that channel, as in MNE.
    """

    onset_s: float
    duration_s: float | None
    text: str


def encode(annotation: Annotation) -> bytes:
    """One list with one text; a text that is too long is cut."""
    whole = _CONTROL.sub(" ", annotation.text).encode(errors="replace")
    text = whole[:_TEXT_BYTES].decode(errors="ignore").encode()
    duration = b"" if annotation.duration_s is None else b"\x15" + _seconds(annotation.duration_s)
    sign = b"-" if annotation.onset_s < 0 else b"+"
    return sign + _seconds(abs(annotation.onset_s)) + duration + b"\x14" + text + b"\x14\x00"


def decode(data: bytes) -> tuple[float | None, list[Annotation]]:
    """(onset of the data record or None, its annotations). Damaged lists are left out."""
    onset: float | None = None
    found: list[Annotation] = []
    for match in _TAL.finditer(data):
        onset_s = float(match[1])
        duration_s = float(match[2]) if match[2] else None
        for text in match[3].split(b"\x14"):
            if text:
                found.append(Annotation(onset_s, duration_s, text.decode(errors="replace")))
            elif onset is None:
                onset = onset_s
    return onset, found


class Queue:
    """Annotations that wait for a data record with room."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()

    def add(self, annotation: Annotation) -> None:
        """At the end."""
        self._waiting.append(encode(annotation))

    def __len__(self) -> int:
        return len(self._waiting)

    def signal(self, record_onset_s: float) -> bytes:
        """The annotation signal of the next data record, with what fits."""
        data = b"+" + _seconds(record_onset_s) + b"\x14\x14\x00"
        while self._waiting and len(data) + len(self._waiting[0]) <= SIGNAL_BYTES:
            data += self._waiting.popleft()
        return data.ljust(SIGNAL_BYTES, b"\x00")


def _seconds(value: float) -> bytes:
    """Microseconds are the finest; no sign."""
    return f"{value:.6f}".rstrip("0").rstrip(".").encode()
