"""What a flight log tells, in words, for whoever has to find out what happened."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..controller import flight as loop_flight
from ..controller.flight import decision_fields
from ..controller.telemetry import Record
from ..core.errors import RecordingError
from ..core.flight import T_ANSWER, entries, time_of
from ..core.flightread import LogReader, open_log
from ..core.link import SENTENCE as LINK_SENTENCE
from ..core.link import LinkState
from ..core.ring import Layout
from ..core.state import SENTENCE, Reason, State
from ..firmware_bridge import flight_entries as guard_flight
from ..firmware_bridge.flight_entries import DOOR, unpacked_asked, unpacked_state
from ..firmware_bridge.telemetry import layout as guard_layout
from ..models.signal.flags import Contact

Event = dict[str, Any]


def events(paths: list[Path], from_s: float = 0.0) -> list[Event]:
    """What happened, oldest first: `t_s` after the start of the earliest log, `time` (UTC), `who`, `what`.

    Raises:
        RecordingError: a log cannot be read, or another version wrote it.
    """
    found: list[Event] = []
    for path in paths:
        reader = open_log(path)
        teller = _Guard(reader) if reader.facts.get("kind") == "guard" else _Loop(reader)
        offset_s = float(reader.facts.get("unix_offset_s", 0.0))
        for t_s, what in _told(reader, teller):
            at = datetime.fromtimestamp(t_s + offset_s, UTC)
            found.append(
                {"t_s": t_s, "time": f"{at:%H:%M:%S.%f}"[:-3], "who": str(reader.facts["kind"]), "what": what}
            )
    found.sort(key=lambda event: float(event["t_s"]))
    start_s = float(found[0]["t_s"]) if found else 0.0
    return [
        {**event, "t_s": round(event["t_s"] - start_s, 6)}
        for event in found
        if event["t_s"] - start_s >= from_s
    ]


def _told(reader: LogReader, teller: _Guard | _Loop) -> Iterator[tuple[float, str]]:
    t_s = 0.0
    for record in reader.records():
        t_s = time_of(record.payload) or t_s
        if record.payload[:1] == b"\3":
            continue  # a checkpoint
        try:
            for tag, body in entries(record.payload):
                for what in teller.tell(tag, body):
                    yield t_s, what
        except (struct.error, ValueError, LookupError) as error:
            raise RecordingError(
                f"{reader.path}: record {record.seq} is not as this version writes them: {error}",
                "read it with the version that wrote it",
            ) from error


class _Guard:
    """Of the guard's log."""

    def __init__(self, reader: LogReader) -> None:
        self._layout = guard_layout(len(reader.facts["joints"]), {})
        self._stands: tuple[int, int] | None = None
        self._refused = 0
        self._gate: int | None = None
        self._fault: dict[int, int] = {}
        self._asked = ""

    def tell(self, tag: int, body: bytes) -> Iterator[str]:
        """What an entry says, if anything new."""
        if tag == guard_flight.T_FRAME:
            yield from self._frame(self._layout.unpack(body))
        elif tag == guard_flight.T_REQUEST:
            asked = unpacked_asked(body)
            self._asked = f"asked: {asked.verb} {asked.value}".rstrip()
        elif tag == T_ANSWER and self._asked != "asked: status":
            yield self._asked + (f"; refused: {body.decode()}" if body else "")
        elif tag == guard_flight.T_BUTTON:
            asked = unpacked_asked(body[1:])
            yield f"button {body[0] + 1}: {asked.verb} {asked.value}".rstrip()
        elif tag == guard_flight.T_DOOR:
            visits, connected = DOOR.unpack(body)
            yield f"loop {visits} is connected" if connected else "no loop is connected"
        elif tag == guard_flight.T_GATE and body[0] != self._gate:
            self._gate = body[0]
            yield "leg: " + ("may follow muscle signals" if not body[0] else SENTENCE[Reason(body[0])])
        elif tag == guard_flight.T_POLL:
            device, state = unpacked_state(body)
            if state.fault != self._fault.get(device, 0):
                self._fault[device] = state.fault
                yield f"device {device + 1} reports fault {state.fault}"
        elif tag in _DEVICE_WORDS:
            yield f"device {body[0] + 1} " + _DEVICE_WORDS[tag] + body[1:].decode(errors="replace")
        elif tag == guard_flight.T_SHUTDOWN:
            yield "told to end"

    def _frame(self, frame: dict[str, Any]) -> Iterator[str]:
        stands = (int(frame["state"]), int(frame["reason"]))
        if stands != self._stands:
            self._stands = stands
            yield f"{State(stands[0]).name}, {Reason(stands[1]).name}: {SENTENCE[Reason(stands[1])]}"
        if frame["refused"] > self._refused:
            yield f"{frame['refused'] - self._refused} commands refused"
        self._refused = int(frame["refused"])


_DEVICE_WORDS = {
    guard_flight.T_LIMB_LOST: "was lost: ",
    guard_flight.T_REOPENED: "was opened again",
    guard_flight.T_NOT_REOPENED: "could not be opened again: ",
    guard_flight.T_CLEAR: "was told to clear its fault",
    guard_flight.T_LEAVE: "was left",
}


class _Loop:
    """Of the loop's log."""

    def __init__(self, reader: LogReader) -> None:
        facts = reader.facts
        self._classes = [str(name) for name in facts["classes"]]
        self._channels = [str(name) for name in facts["source"]["channels"]]
        fields = Record(int(facts["increment_samples"]), len(self._channels)).fields
        self._layout = Layout(decision_fields(fields, len(self._classes), len(self._channels)))
        self._movement, self._contact = -1, (0,) * len(self._channels)

    def tell(self, tag: int, body: bytes) -> Iterator[str]:
        """What an entry says, if anything new."""
        if tag == loop_flight.T_DECISION:
            yield from self._decision(self._layout.unpack(body))
        elif tag == loop_flight.T_LINK:
            yield LINK_SENTENCE[LinkState(body[0])]
        elif tag == loop_flight.T_SOURCE_LOST:
            yield f"amplifier lost: {body.decode()}"
        elif tag == loop_flight.T_PORT_CLOSED:
            yield "the guard hung up"

    def _decision(self, decision: dict[str, Any]) -> Iterator[str]:
        movement = int(decision["movement"])
        if movement != self._movement:
            self._movement = movement
            yield f"movement: {self._classes[movement]}"
        contact = decision["contact"] if isinstance(decision["contact"], tuple) else (decision["contact"],)
        for name, before, now in zip(self._channels, self._contact, contact, strict=True):
            if before != now:
                yield f"channel {name}: {_contact(now)}"
        self._contact = contact


def _contact(flags: int) -> str:
    names = [flag.name or "" for flag in Contact if flags & flag]
    return ", ".join(names).lower().replace("_", " ") if names else "good again"
