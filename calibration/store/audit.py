"""The audit trail: append-only lines, each of whose hash covers the one before it.

Whoever can write to the database's files can forge the whole chain. What that cannot forge is a head (number
and hash of the last line) that was written down elsewhere: each backup holds one; `clinic audit` prints it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from .access import AuditEntry, AuditHead
from .rights import Person
from .tables import table_of

START = "0" * 64
"""What the first line's hash covers."""
_LENGTHS = {"verb": 40, "patient": 64, "what": 64, "row": 120, "fields": 1000}


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did.

    Attributes:
        verb: see, add, change, remove, ...
        patient: code; empty for nobody.
        simulated: nobody real.
        what: table or thing.
        row: its id; of many, how many.
        fields: names, never values.
    """

    verb: str
    patient: str = ""
    simulated: bool = False
    what: str = ""
    row: str = ""
    fields: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the trail, as it is kept."""

    seq: int
    at: datetime
    who: str
    role: str
    address: str
    verb: str
    patient: str
    simulated: bool
    what: str
    row: str
    fields: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last line's number and hash."""

    seq: int = 0
    hash: str = START

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


def digest(line: Line, seq: int | None = None) -> str:
    """SHA-256 (hex) over the line before and all that this one says; `seq` tries another number."""
    said = asdict(line)
    del said["hash"]
    said["seq"] = line.seq if seq is None else seq
    said["at"] = line.at.astimezone(UTC).isoformat(timespec="microseconds")
    whole = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(whole).hexdigest()


def follow(head: Head, at: datetime, who: Person, deed: Deed) -> Line:
    """The line that comes after `head`."""
    said: dict[str, Any] = asdict(deed)
    for name, most in _LENGTHS.items():
        said[name] = _plain(said[name], most)
    line = Line(
        seq=head.seq + 1,
        at=at,
        who=_plain(who.name, 100),
        role=str(who.role),
        address=_plain(who.address, 80),
        **said,
        previous=head.hash,
        hash="",
    )
    return replace(line, hash=digest(line))


def _plain(text: str, most: int) -> str:
    """What people typed, without what a database or a terminal would choke on."""
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= most else text[: most - 3] + "..."


def append(connection: Connection, at: datetime, who: Person, deeds: Iterable[Deed]) -> None:
    """Write lines; last in a transaction, for from here to its end every other writer waits.

    The head's row is locked (PostgreSQL) or the whole database is already (SQLite), so that no two lines
    follow the same one.
    """
    heads, entries = table_of(AuditHead), table_of(AuditEntry)
    deeds = list(deeds)
    if not deeds:
        return
    row = connection.execute(select(heads.c.seq, heads.c.hash).with_for_update()).one()
    head = Head(row.seq, row.hash)
    for deed in deeds:
        line = follow(head, at, who, deed)
        connection.execute(insert(entries).values(asdict(line)))
        head = Head(line.seq, line.hash)
    connection.execute(update(heads).values(seq=head.seq, hash=head.hash))


def lines(connection: Connection) -> Iterator[Line]:
    """The trail in order."""
    entries = table_of(AuditEntry)
    for row in connection.execute(select(entries).order_by(entries.c.seq)).mappings():
        yield Line(**row)


def head_of(connection: Connection) -> Head:
    """What the trail says is its end."""
    heads = table_of(AuditHead)
    row = connection.execute(select(heads.c.seq, heads.c.hash)).one_or_none()
    return Head(row.seq, row.hash) if row else Head()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one line.

    Attributes:
        seq: its number.
        says: changed, missing, moved, or does not follow.
    """

    seq: int
    says: str

    def __str__(self) -> str:
        return f"entry {self.seq}: {self.says}"


def verify(trail: Iterable[Line], head: Head, anchor: Head | None = None) -> list[Fault]:
    """Every line that is not as it was written.

    Args:
        trail: in order of their numbers.
        head: what the store says is the end.
        anchor: a head that was written down earlier, elsewhere.

    Returns:
        Faults, in order; empty: the trail is whole.
    """
    faults: list[Fault] = []
    broken: list[Line] = []
    named: set[int] = set()
    last = Head()
    anchored = anchor is None or anchor.seq == 0
    for line in trail:
        faults += [Fault(seq, "is missing") for seq in range(last.seq + 1, line.seq)]
        if digest(line) != line.hash:
            broken.append(line)
            named.add(line.seq)
        elif line.seq == last.seq + 1 and line.previous != last.hash and last.seq not in named:
            faults.append(Fault(line.seq, "does not follow on the one before it"))
        if anchor is not None and line.seq == anchor.seq:
            anchored = True
            if line.hash != anchor.hash:
                faults.append(Fault(line.seq, "is not the one that was written down"))
        last = Head(line.seq, line.hash)
    faults += [Fault(line.seq, _what_happened(line, broken)) for line in broken]
    faults += [Fault(seq, "is missing") for seq in range(last.seq + 1, head.seq + 1)]
    ends_otherwise = last.seq == head.seq and last.hash != head.hash and last.seq not in named
    if last.seq > head.seq or ends_otherwise:
        faults.append(Fault(last.seq, "is not the end that the store knows"))
    if anchor is not None and not anchored and anchor.seq > max(head.seq, last.seq):
        faults.append(Fault(anchor.seq, "was written down, and is missing"))
    return sorted(faults, key=lambda fault: fault.seq)


def _what_happened(line: Line, broken: list[Line]) -> str:
    for other in broken:
        if other.seq != line.seq and digest(line, other.seq) == line.hash:
            return f"is what was entry {other.seq}: moved"
    return "was changed"
