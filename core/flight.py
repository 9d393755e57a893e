"""What a flight log is made of: everything a process sees and does, turn by turn, in the program's order.

A payload is a kind (`INIT`, `TURN`, `CHECKPOINT`) and entries: u8 tag, u32 length, body. Whoever records
stands at the boundary (clock, doors, devices) and adds an entry per value that came in or went out; what is
as it nearly always is (no request, no reply) adds none. A replay stands at the same boundary: the same
program asks the same questions in the same order and takes its answers from the `Tape`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from .clock import READ_MONOTONIC, Clock, MonotonicClock
from .flightlog import FlightLogWriter

INIT, TURN, CHECKPOINT = 1, 2, 3
"""Kinds of records. After `CHECKPOINT` stands `core.snapshot` of all that the process remembers."""

FLIGHT_FOLDER = "flight"
"""In a limb's runtime folder."""
LOOP_LOG, GUARD_LOG = "loop.ilog", "guard.ilog"

T_CLOCK = 1
"""f64: what the clock said."""
T_ANSWER = 2
"""text: why a request was refused; empty when it was obeyed."""

_HEAD = struct.Struct("<BI")
_CLOCK = struct.Struct("<BId")
_TIME = struct.Struct("<d")
_pack_head, _pack_clock, _joined = _HEAD.pack, _CLOCK.pack, b"".join


class Recorder:
    """Collects the entries of a turn and commits them as one record: one copy, no system call.

    It never raises and never waits: what goes wrong ends the recording, and `failed` says why.

    Args:
        writer: of the file; None records nothing (a process without a flight log).
    """

    def __init__(self, writer: FlightLogWriter | None) -> None:
        self._writer = writer
        self._begun = False
        self._parts: list[bytes] = [bytes((INIT,))]
        self._first = (bytes((TURN,)),)
        self.put = self._parts.append
        """Add bytes that are whole entries."""
        self.extend = self._parts.extend
        """Add several pieces of bytes that together are whole entries."""
        self._deferred: list[tuple[int, Callable[[Any], bytes], Any]] = []
        self.snapshot: Callable[[], bytes] | None = None
        """Called with each new segment: all that the process remembers, so that a replay can begin there."""
        self.forget: list[Callable[[], None]] = []
        """Called with each checkpoint: what was left out because it had not changed is said again."""
        self.failed = ""

    @property
    def on(self) -> bool:
        """False when nothing is recorded."""
        return self._writer is not None

    def defer(self, make: Callable[[Any], bytes], what: Any) -> None:
        """Add entries here that are packed when the turn is over: nothing waits for them."""
        self._deferred.append((len(self._parts), make, what))
        self.put(b"")

    def commit(self) -> None:
        """The turn is over: write it down."""
        parts, writer = self._parts, self._writer
        if writer is not None:
            try:  # whatever is wrong with a record must not end what it is a record of
                for at, make, what in self._deferred:
                    parts[at] = make(what)
                self._deferred.clear()
                if not self._begun:
                    self._begun = True
                    writer.place()
                if writer.append(_joined(parts)):
                    self._write_checkpoint(writer)
            except (
                ValueError,
                TypeError,
                OSError,
                ArithmeticError,
                LookupError,
                AttributeError,
                struct.error,
            ) as error:
                self.give_up(error)
        else:
            self._deferred.clear()
        parts[:] = self._first

    def _write_checkpoint(self, writer: FlightLogWriter) -> None:
        """So that a log whose beginning was overwritten can be replayed from here."""
        if self.snapshot is not None:
            writer.append(bytes((CHECKPOINT,)) + self.snapshot())
        for forget in self.forget:
            forget()

    def give_up(self, error: Exception) -> None:
        """Record nothing from here on."""
        self._deferred.clear()
        self.failed = f"the flight recorder stopped: {error}"
        self._writer = None

    def close(self) -> None:
        """Let go of the file; it stays."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def packed(tag: int, body: bytes = b"") -> bytes:
    """One whole entry, for `Recorder.put`."""
    return _pack_head(tag, len(body)) + body


def packed_head(tag: int, length: int) -> bytes:
    """What stands before a body of that length, for who adds it by `Recorder.extend`."""
    return _pack_head(tag, length)


def packed_time(t_s: float) -> bytes:
    """What a clock said, as a whole entry."""
    return _CLOCK.pack(T_CLOCK, 8, t_s)


class RecordingClock:
    """A clock whose answers are written down."""

    remembers_nothing = True

    def __init__(self, clock: Clock, recorder: Recorder) -> None:
        self._clock, self._put = clock, recorder.put
        self._now = READ_MONOTONIC if isinstance(clock, MonotonicClock) else clock.now

    def now(self) -> float:
        """Monotonic seconds."""
        t_s = self._now()
        self._put(_pack_clock(T_CLOCK, 8, t_s))
        return t_s

    def sleep_until(self, t_s: float) -> None:
        """Not written down: what time it is afterwards will be asked."""
        self._clock.sleep_until(t_s)


class Strayed(Exception):  # noqa: N818 - says what it did
    """The program asked for something else than when it was recorded."""


class Tape:
    """The entries of one turn, handed out in order.

    Args:
        payload: of a record, its kind included.
        names: of tags, for messages.
    """

    def __init__(self, payload: bytes, names: dict[int, str]) -> None:
        self._payload, self._names = payload, names
        self._at = 1

    @property
    def next_tag(self) -> int:
        """Of the next entry; 0 behind the last."""
        return self._payload[self._at] if self._at < len(self._payload) else 0

    @property
    def next_device(self) -> int:
        """First byte of the next entry's body, of those that begin with a device; -1 behind the last."""
        at = self._at + _HEAD.size
        return self._payload[at] if at < len(self._payload) else -1

    def take(self, tag: int) -> bytes:
        """The next entry, which must be of this kind.

        Raises:
            Strayed: it is not.
        """
        found = self.next_tag
        if found != tag:
            raise Strayed(f"{self._name(tag)} where the log has {self._name(found)}")
        _, length = _HEAD.unpack_from(self._payload, self._at)
        body = self._at + _HEAD.size
        self._at = body + length
        return self._payload[body : self._at]

    def maybe(self, tag: int) -> bytes | None:
        """The next entry if it is of this kind; None leaves it."""
        return self.take(tag) if self.next_tag == tag else None

    def end(self) -> None:
        """The turn is over.

        Raises:
            Strayed: something was not asked for.
        """
        if self._at != len(self._payload):
            raise Strayed(f"the end of the turn where the log has {self._name(self.next_tag)}")

    def _name(self, tag: int) -> str:
        return self._names.get(tag, f"entry {tag}") if tag else "the end of the turn"


def entries(payload: bytes) -> list[tuple[int, bytes]]:
    """All entries of a record: (tag, body)."""
    found = []
    at = 1
    while at < len(payload):
        tag, length = _HEAD.unpack_from(payload, at)
        found.append((tag, payload[at + _HEAD.size : at + _HEAD.size + length]))
        at += _HEAD.size + length
    return found


def time_of(payload: bytes) -> float | None:
    """What the clock said first in this turn; None where it was not asked."""
    at = 1
    while at < len(payload):
        tag, length = _HEAD.unpack_from(payload, at)
        if tag == T_CLOCK:
            t_s: float = _TIME.unpack_from(payload, at + _HEAD.size)[0]
            return t_s
        at += _HEAD.size + length
    return None


class ReplayClock:
    """Says what the clock said."""

    remembers_nothing = True

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self.t_s = 0.0
        """What it said last."""

    def now(self) -> float:
        """Monotonic seconds of then."""
        self.t_s = _TIME.unpack(self._deck.tape.take(T_CLOCK))[0]
        return self.t_s

    def sleep_until(self, t_s: float) -> None:
        """Time stands in the log."""


class Deck:
    """Where the tape of the current turn lies, for all who read from it."""

    def __init__(self, payload: bytes, names: dict[int, str]) -> None:
        self._names = {T_CLOCK: "a look at the clock", T_ANSWER: "an answer", **names}
        self.tape = Tape(payload, self._names)

    def insert(self, payload: bytes) -> None:
        """The next turn."""
        self.tape = Tape(payload, self._names)
