"""A flight log through the program that wrote it, on the clock of then: does it do the same, to the bit?"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from .clock import cpu_s, stopwatch
from .errors import RecordingError
from .flight import CHECKPOINT, INIT, TURN, Deck, Strayed, time_of
from .flightfacts import differences, program_facts
from .flightlog import LogRecord
from .flightread import LogReader
from .ring import Field, Layout


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay first did something else.

    Attributes:
        t_s: seconds from the start of the log.
        turn: sequence of the record.
        what: what was being done, such as "command".
        field: which part of it differs.
        logged, replayed: what it was, and what it is now.
    """

    t_s: float
    turn: int
    what: str
    field: str
    logged: Any
    replayed: Any


@dataclass
class Comparison:
    """What has been compared so far; the replaying ends tell it."""

    turns: int = 0
    decisions: int = 0
    commands: int = 0
    differences: int = 0
    wrong_classes: int | None = None
    """Decisions that name another class: outside the machine that wrote the log only these count. None where
    nothing is decided by classes."""
    strayed: int = 0
    """Turns that took another course."""
    first: Difference | None = None
    t_s: float = 0.0
    turn: int = 0
    counts: bool = True
    """False before the moment from which a person wants to know."""

    def differ(self, what: str, name: str, logged: Any, replayed: Any) -> None:
        """Something is not as it was."""
        if not self.counts:
            return
        self.differences += 1
        if self.first is None:
            self.first = Difference(self.t_s, self.turn, what, name, _plain(logged), _plain(replayed))

    def fields(self, what: str, logged: dict[str, Any], replayed: dict[str, Any]) -> None:
        """Name the first field in which two readings of one thing differ; for where the bytes do."""
        for name, was in logged.items():
            now = replayed.get(name)
            if repr(was) != repr(now):  # repr tells -0.0 from 0.0, and a NaN from none
                self.differ(what, name, was, now)
                return
        self.differ(what, "bytes", "", "")


def compared_spans(fields: tuple[Field, ...], left_out: tuple[str, ...]) -> list[slice]:
    """Where in a packed record the fields lie that a replay must give back; neighbours joined."""
    found: list[slice] = []
    at = 0
    for one in fields:
        end = at + Layout((one,)).size
        if one.name not in left_out:
            begin = found.pop().start if found and found[-1].stop == at else at
            found.append(slice(begin, end))
        at = end
    return found


def _plain(value: Any) -> Any:
    """Ready for JSON."""
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, bool | int | float | str | None) else str(value)


class Replayed(Protocol):
    """The program in a replay."""

    def turn(self) -> None:
        """The turn whose tape lies on the deck.

        Raises:
            Strayed: it asked for something else than then.
        """
        ...

    def restore(self, checkpoint: bytes) -> None:
        """Go on from there.

        Raises:
            ValueError: it does not fit.
        """
        ...


@dataclass
class Found:
    """What a replay found; `report` is for JSON."""

    kind: str
    comparison: Comparison
    seconds: float
    replay_s: float
    replay_cpu_s: float
    from_start: bool
    not_replayed: int
    """Turns that could not be: before the first checkpoint of a log whose beginning was overwritten."""
    missing: int
    """Records that are not there or damaged, in the middle."""
    elsewhere: list[str] = field(default_factory=list)
    """What is not as it was when the log was written."""

    @property
    def verdict(self) -> str:
        """ "identical", "same classes" or "different"."""
        compared = self.comparison
        if not compared.turns:
            return "nothing to replay"
        if not compared.differences:
            return "identical"
        same = self.elsewhere and compared.wrong_classes == 0 and not compared.strayed
        return "same classes" if same else "different"

    def report(self) -> dict[str, Any]:
        """Ready for JSON."""
        compared = self.comparison
        return {
            "kind": self.kind,
            "verdict": self.verdict,
            "turns": compared.turns,
            "decisions": compared.decisions,
            "commands": compared.commands,
            "seconds": round(self.seconds, 3),
            "replay_s": round(self.replay_s, 3),
            "replay_cpu_s": round(self.replay_cpu_s, 3),
            "times_real_time": round(self.seconds / self.replay_s, 1) if self.replay_s > 0 else None,
            "differences": compared.differences,
            "wrong_classes": compared.wrong_classes,
            "strayed": compared.strayed,
            "first_difference": asdict(compared.first) if compared.first is not None else None,
            "from_start": self.from_start,
            "not_replayed": self.not_replayed,
            "missing": self.missing,
            "elsewhere": self.elsewhere,
        }


def replay(
    reader: LogReader,
    names: dict[int, str],
    rooms: tuple[str, ...],
    make: Callable[[Deck, Comparison, bool], Replayed],
    from_s: float = 0.0,
) -> Found:
    """Replay a log.

    Args:
        reader: of the log; a long one is read through, never held as a whole.
        names: of its tags.
        rooms: whose source it depends on.
        make: the program, from the log's facts; True: the deck holds the tape of its start; False: it will be
            restored.
        from_s: compare from so many seconds after the log's start on.

    Raises:
        RecordingError: the log does not fit this program at all.
    """
    t_first_s = _time_of_first(reader.records())
    begin = _begin_at(reader.records(), t_first_s + from_s) if from_s > 0.0 else 0
    compared = Comparison()
    found = Found(
        str(reader.facts["kind"]),
        *(compared, 0.0, 0.0, 0.0, reader.from_start, 0, 0),
        differences(reader.facts, program_facts(*rooms)),
    )
    deck = Deck(bytes((TURN,)), names)
    program: Replayed | None = None
    t_replayed_s = t_last_s = t_first_s
    expected = 0
    t_begin_s, cpu_begin_s = stopwatch(), cpu_s()
    for record in reader.records():
        if record.seq < begin:
            continue
        payload = record.payload
        if record.seq != expected and expected:
            # What is missing may have changed anything: wait for the next checkpoint.
            found.missing += record.seq - expected
            program = None
        expected = record.seq + 1
        kind = payload[0] if payload else 0
        if kind == TURN:
            t_last_s = time_of(payload) or t_last_s
            if program is None:
                found.not_replayed += 1
                t_replayed_s = t_last_s
                continue
            compared.t_s, compared.turn = t_last_s - t_first_s, record.seq
            compared.counts = compared.t_s >= from_s
            compared.turns += compared.counts
            _turn(program, deck, payload, compared)
        elif kind == INIT:
            deck.insert(payload)
            program = make(deck, compared, True)
        elif kind == CHECKPOINT and program is None:
            program = _restored(make, deck, compared, payload[1:])
    found.replay_s, found.replay_cpu_s = stopwatch() - t_begin_s, cpu_s() - cpu_begin_s
    found.seconds = t_last_s - max(t_replayed_s, t_first_s + from_s)
    return found


def _turn(program: Replayed, deck: Deck, payload: bytes, compared: Comparison) -> None:
    deck.insert(payload)
    try:
        program.turn()
        deck.tape.end()
    except Strayed as strayed:
        compared.strayed += 1
        asked, _, has = str(strayed).partition(" where the log has ")
        compared.differ("turn", "order", has, asked)
    except (ValueError, struct.error) as error:
        compared.strayed += 1
        compared.differ("turn", "content", "", str(error))


def _restored(
    make: Callable[[Deck, Comparison, bool], Replayed], deck: Deck, compared: Comparison, checkpoint: bytes
) -> Replayed:
    program = make(deck, compared, False)
    try:
        program.restore(checkpoint)
    except ValueError as error:
        raise RecordingError(f"the log's checkpoint does not fit this version: {error}") from error
    return program


def _time_of_first(records: Iterator[LogRecord]) -> float:
    times = (time_of(record.payload) for record in records if record.payload[:1] == bytes((TURN,)))
    return next((t_s for t_s in times if t_s is not None), 0.0)


def _begin_at(records: Iterator[LogRecord], t_s: float) -> int:
    """Sequence of the last record before `t_s` from which a replay can start; 0: the first."""
    begin = checkpoint = 0
    for record in records:
        kind = record.payload[:1]
        if kind == bytes((CHECKPOINT,)):
            checkpoint = record.seq
        elif kind == bytes((TURN,)):
            if (time_of(record.payload) or 0.0) > t_s:
                break
            begin, checkpoint = checkpoint or begin, 0
    return begin
