"""Telemetry: one memory-mapped file, one writer, any number of readers; no lock, no system call per record.

File: header (magic, version, record size, capacity, length of schema), schema as JSON, then `capacity` slots.
Slot: u64 sequence (1, 2, 3, ...; 0 while it is being written), u32 CRC-32 of the payload, u32 zero, payload.
Record k (from 1) lies in slot (k - 1) % capacity. A reader takes a slot only if its sequence is the one it
wants before and after copying and the CRC fits, so it needs no promise from the processor about write order.
Survives the writer's death: what was published stays readable.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .errors import InnervateError

TELEMETRY_RING, GUARD_RING, AUX_RING = "telemetry.ring", "guard.ring", "aux.ring"
"""The loop's, the guard's and the loop's second file (what comes beside EMG) in a limb's runtime folder."""

_MAGIC = b"INVRING\x01"
_HEADER = struct.Struct("<8sIIII")  # magic, record bytes, capacity, schema bytes, offset of slot 0
_SLOT = struct.Struct("<QII")
_NEWEST = struct.Struct("<Q")
_NEWEST_AT = _HEADER.size


@dataclass(frozen=True, slots=True)
class Field:
    """One named value of a record.

    Attributes:
        name: unit in the name, as everywhere.
        code: a struct format letter: d f q i h B ? (little-endian, packed).
        count: how many; 1 reads as a number, more as a tuple.
    """

    name: str
    code: str
    count: int = 1


class Layout:
    """The fields of a record, packed little-endian without padding, in order."""

    def __init__(self, fields: tuple[Field, ...], meta: dict[str, object] | None = None) -> None:
        self.fields = fields
        self.meta = meta or {}
        self._struct = struct.Struct("<" + "".join(f"{f.count}{f.code}" for f in fields))
        self.size = self._struct.size

    def pack(self, *values: float) -> bytes:
        """All values in order, arrays flattened."""
        return self._struct.pack(*values)

    def unpack(self, payload: bytes) -> dict[str, object]:
        """Name -> number, or tuple of numbers where `count` is over 1."""
        flat = self._struct.unpack(payload)
        record: dict[str, object] = {}
        at = 0
        for f in self.fields:
            record[f.name] = flat[at] if f.count == 1 else flat[at : at + f.count]
            at += f.count
        return record

    def to_json(self) -> bytes:
        """The schema as it stands in the file."""
        fields = [[f.name, f.code, f.count] for f in self.fields]
        return json.dumps({"fields": fields, "meta": self.meta}).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Layout:
        """Inverse of `to_json`."""
        schema = json.loads(text)
        return cls(tuple(Field(*f) for f in schema["fields"]), schema["meta"])


class RingWriter:
    """Makes the file (0600) and publishes records. One writer per file."""

    def __init__(self, path: Path, layout: Layout, capacity: int) -> None:
        schema = layout.to_json()
        self.layout = layout
        self._first_slot = _NEWEST_AT + _NEWEST.size + len(schema)
        self._first_slot += -self._first_slot % 8
        self._stride = _SLOT.size + layout.size + (-layout.size % 8)
        self._capacity = capacity
        self.published = 0
        # A new file each time: readers of an earlier run keep theirs until they let go.
        building = path.with_name(path.name + ".new")
        building.unlink(missing_ok=True)
        fd = os.open(building, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.ftruncate(fd, self._first_slot + self._stride * capacity)
            # All its pages now: memory does not grow while the ring fills, and no publish waits for a page.
            # Touched one by one: where memory is locked as it is touched, MAP_POPULATE does nothing.
            self._map = mmap.mmap(fd, 0)
            for page in range(0, len(self._map), mmap.PAGESIZE):
                self._map[page] = 0
        finally:
            os.close(fd)
        self._map[: _HEADER.size] = _HEADER.pack(_MAGIC, layout.size, capacity, len(schema), self._first_slot)
        self._map[_NEWEST_AT + _NEWEST.size : _NEWEST_AT + _NEWEST.size + len(schema)] = schema
        building.replace(path)

    def publish(self, payload: bytes | memoryview) -> int:
        """Copy one packed record into the next slot; returns its sequence number."""
        seq = self.published + 1
        at = self._first_slot + self._stride * ((seq - 1) % self._capacity)
        _SLOT.pack_into(self._map, at, 0, 0, 0)
        self._map[at + _SLOT.size : at + _SLOT.size + len(payload)] = payload
        _SLOT.pack_into(self._map, at, seq, zlib.crc32(payload), 0)
        _NEWEST.pack_into(self._map, _NEWEST_AT, seq)
        self.published = seq
        return seq

    def close(self) -> None:
        """Let go of the memory; the file stays."""
        self._map.close()

    def __enter__(self) -> RingWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()


class RingReader:
    """Reads a ring while it is written, or after its writer died."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                flags = mmap.MAP_SHARED | mmap.MAP_POPULATE
                self._map = mmap.mmap(file.fileno(), 0, flags, mmap.PROT_READ)
            magic, size, self._capacity, schema_bytes, self._first_slot = _HEADER.unpack_from(self._map, 0)
        except (OSError, ValueError, struct.error) as error:
            raise InnervateError(f"{path}: no telemetry to read: {error}", "start the limb first") from error
        if magic != _MAGIC:
            raise InnervateError(f"{path}: not a telemetry ring of this version", "start the limb again")
        schema_at = _NEWEST_AT + _NEWEST.size
        self.layout = Layout.from_json(self._map[schema_at : schema_at + schema_bytes])
        self._stride = _SLOT.size + size + (-size % 8)
        self._size = size
        self.next_seq = 1
        self.overruns = 0
        """Records that were overwritten before this reader came for them."""

    @property
    def newest(self) -> int:
        """Sequence number of the newest record; 0 before the first."""
        seq: int = _NEWEST.unpack_from(self._map, _NEWEST_AT)[0]
        return seq

    def read(self, seq: int) -> bytes | None:
        """The packed record `seq`, or None when it is not there (any more, or yet)."""
        if seq < 1:
            return None
        at = self._first_slot + self._stride * ((seq - 1) % self._capacity)
        before, crc, _ = _SLOT.unpack_from(self._map, at)
        if before != seq:
            return None
        payload = self._map[at + _SLOT.size : at + _SLOT.size + self._size]
        if _SLOT.unpack_from(self._map, at)[0] != seq or zlib.crc32(payload) != crc:
            return None
        return payload

    def latest(self) -> dict[str, object] | None:
        """The newest whole record, unpacked; None before the first."""
        for seq in range(self.newest, max(0, self.newest - 3), -1):
            payload = self.read(seq)
            if payload is not None:
                return self.layout.unpack(payload)
        return None

    def new_payloads(self) -> list[bytes]:
        """All records since the last call, packed, oldest first; `overruns` counts what came too late for."""
        found: list[bytes] = []
        newest = self.newest
        oldest = newest - self._capacity + 1
        if self.next_seq < oldest:
            self.overruns += oldest - self.next_seq
            self.next_seq = oldest
        while self.next_seq <= newest:
            payload = self.read(self.next_seq)
            if payload is None:
                self.overruns += 1
            else:
                found.append(payload)
            self.next_seq += 1
        return found

    def new_records(self) -> list[dict[str, object]]:
        """As `new_payloads`, unpacked."""
        return [self.layout.unpack(payload) for payload in self.new_payloads()]

    def close(self) -> None:
        """Let go of the memory."""
        self._map.close()
