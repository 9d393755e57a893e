"""What lies beside the samples of an EMG-BIDS recording: `_emg.json`, `_channels.tsv`, `_events.tsv`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.errors import RecordingError
from . import tsv
from .bids_names import beside
from .events import Event

OURS = "Innervate"
"""Key of `_emg.json` for what BIDS has no word for."""
EVENT_COLUMNS = ("onset", "duration", "trial_type", "channel", "sample", "repetition", "condition")
EVENTS_JSON: dict[str, Any] = {
    "trial_type": {
        "Description": "Movement to learn from these samples; cue/...: what was asked for, transitions "
        "included; BAD_...: samples not to be used; note/...: anything else"
    },
    "channel": {"Description": "Channel that it is about; n/a for all"},
    "sample": {"Description": "Index of the first sample of the event, counted from 0"},
    "repetition": {"Description": "Which repetition of the movement, counted from 0"},
    "condition": {"Description": "Which condition (day, montage, position), counted from 0"},
}


@dataclass(frozen=True, slots=True)
class Sidecars:
    """What was found; empty where there was nothing.

    Attributes:
        rate_hz: exact rate; 0 where nobody said.
        types: label -> BIDS channel type.
        names: label of the samples' file -> name of the channel.
        classes: movements in the order of their indices.
        patient: exact id.
        meta: what else was kept.
        events: None where there is no table of them.
    """

    rate_hz: float = 0.0
    types: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    patient: str = ""
    meta: dict[str, Any] = field(default_factory=dict)
    events: list[Event] | None = None


def read_sidecars(path: Path) -> Sidecars:
    """Of the samples' file `path`.

    Raises:
        RecordingError: one of them is there and cannot be read.
    """
    about = read_json(beside(path, "_emg.json")) or {}
    ours = about.get(OURS)
    ours = ours if isinstance(ours, dict) else {}
    rate = about.get("SamplingFrequency")
    rows = tsv.read(beside(path, "_channels.tsv")) or []
    return Sidecars(
        rate_hz=float(rate) if isinstance(rate, int | float) else 0.0,
        types={row.get("name", ""): row.get("type", "").upper() for row in rows},
        names=dict(ours.get("names", {})),
        classes=tuple(ours.get("classes", ())),
        patient=str(ours.get("patient", "")),
        meta=dict(ours.get("meta", {})),
        events=read_events(beside(path, "_events.tsv")),
    )


def read_events(path: Path) -> list[Event] | None:
    """All events of a table; None where there is none.

    Raises:
        RecordingError: not a table, or an onset that is no number.
    """
    rows = tsv.read(path)
    if rows is None:
        return None
    found = []
    for number, row in enumerate(rows, 2):
        try:
            found.append(
                Event(
                    float(row["onset"]),
                    float(row["duration"]) if row.get("duration") else None,
                    row.get("trial_type", "") or row.get("value", ""),
                    row.get("channel", ""),
                    int(row.get("repetition") or -1),
                    int(row.get("condition") or -1),
                )
            )
        except (KeyError, ValueError) as error:
            raise RecordingError(f"{path}: line {number}: {error}") from error
    return found


def event_line(event: Event, rate_hz: float) -> str:
    """One row of `_events.tsv`."""
    duration = tsv.NOTHING if event.duration_s is None else _number(event.duration_s)
    return tsv.line(
        (
            _number(event.onset_s),
            duration,
            event.text,
            event.channel,
            round(event.onset_s * rate_hz),
            event.repetition if event.repetition >= 0 else "",
            event.condition if event.condition >= 0 else "",
        )
    )


def events_table(events: Iterable[Event], rate_hz: float) -> bytes:
    """A whole `_events.tsv`, by onset as BIDS wants it."""
    ordered = sorted(events, key=lambda event: event.onset_s)
    return (tsv.line(EVENT_COLUMNS) + "".join(event_line(event, rate_hz) for event in ordered)).encode()


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object; None where there is no such file.

    Raises:
        RecordingError: there is one and it cannot be read.
    """
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise RecordingError(
            f"{path}: not readable JSON: {error}", "innervate recordings check --mend"
        ) from error
    if not isinstance(found, dict):
        raise RecordingError(f"{path}: not a JSON object")
    return found


def json_bytes(content: dict[str, Any]) -> bytes:
    """As it lies on the disk."""
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def _number(value: float) -> str:
    """Microseconds; plain digits."""
    return f"{value:.6f}".rstrip("0").rstrip(".")
