"""The flight log's file: a memory-mapped ring of segments, one writer, readable after any death of it.

File: head (magic, sizes, where segment 0 lies), a JSON table of facts and an attached file (a loop's model
bundle), then `segments` segments of equal size. All of it is allocated when it is made, so that a full disk
is met at the start and never in a turn.

Segment: magic, generation (1, 2, 3, ... over the whole file), sequence of its first record, CRC-32 of these.
The newest takes the place of the oldest. Records follow each other until one does not fit:

    u64 sequence (1, 2, 3, ...)   u32 length   u32 CRC-32 of the payload, begun with the sequence   payload

A record that was cut short, or one of an earlier generation behind the newest, has the wrong CRC or sequence:
the reader ends there. Nothing depends on the order in which the processor or the kernel writes. Appending
makes no system call.

Where it may lie: in memory (tmpfs), as `core.folders.runtime_root` says; writing to a mapped file on a disk
may wait for the disk.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from .errors import InnervateError, RecordingError

SUFFIX = ".ilog"
PREVIOUS = ".previous"
"""A log of the run before keeps its name with this in front of the suffix."""

MAGIC = b"INVFLOG\x02"
SEGMENT_MAGIC = b"INVFSEG\x01"
HEAD = struct.Struct("<8sIIIIQ")
"""Magic, where segment 0 lies, bytes of table and attached, segments, size."""
SEGMENT = struct.Struct("<8sQQI")
"""Magic, generation, sequence of its first record, check sum of these two."""
NUMBERS = struct.Struct("<QQ")
RECORD = struct.Struct("<QII")
"""Sequence, length, check sum; then the payload."""
_RECORD_BYTES, _pack_record, _crc32 = RECORD.size, RECORD.pack_into, zlib.crc32
_LEAST_SEGMENT = 4096
_SPARE_SHARE = 0.5
"""At most so much of what is free in the folder is taken."""


class FlightLogError(InnervateError):
    """A flight log cannot be made."""


def segments_for(minutes: float) -> int:
    """How many a log of that length gets: of at least 15 s, since each begins with a checkpoint, which costs.

    The oldest segment is lost as a whole, so at least three quarters of the length are always there.
    """
    return min(max(round(minutes * 4.0), 4), 8)


class FlightLogWriter:
    """Makes the file (0600) and appends records; `place` gives it its name.

    The log of the run before then stays as `NAME.previous.ilog`.

    Args:
        path: ends in `SUFFIX`.
        facts: what a reader must know; JSON.
        attached: a file that the log brings along.
        size: bytes for records, rounded to whole pages per segment.
        segments: at least 2; with more, less is lost when the oldest is overwritten.

    Raises:
        FlightLogError: no room, or the folder cannot be written; nothing is left behind.
    """

    def __init__(
        self, path: Path, facts: dict[str, Any], attached: bytes = b"", size: int = 1 << 20, segments: int = 8
    ) -> None:
        table = json.dumps(facts).encode()
        self._size = max(_LEAST_SEGMENT, -(-size // segments // mmap.PAGESIZE) * mmap.PAGESIZE)
        self._segments = segments
        used = HEAD.size + len(table) + len(attached)
        self._first = -(-used // mmap.PAGESIZE) * mmap.PAGESIZE
        self._map = _allocated(path, self._first + self._size * segments)
        head = HEAD.pack(MAGIC, self._first, len(table), len(attached), segments, self._size)
        self._map[:used] = head + table + attached
        self._generation = self._seq = 0
        self._at = self._end = 0
        self.lost = 0
        """Records that were longer than a segment: a reader sees the gap in the sequence."""
        self._begin_segment()
        self._path = path
        self._placed = False

    def place(self) -> None:
        """Take the place of the log of the run before: this run has really begun."""
        with contextlib.suppress(OSError):
            self._path.replace(previous_log(self._path))
        _building(self._path).replace(self._path)
        self._placed = True

    def append(self, payload: bytes) -> bool:
        """Add one record; True when it is the first of a segment that took an older one's place."""
        length = len(payload)
        self._seq = seq = self._seq + 1
        at = self._at
        body = at + _RECORD_BYTES
        end = body + length
        begun = False
        if end > self._end:
            if SEGMENT.size + _RECORD_BYTES + length > self._size:
                self.lost += 1
                return False
            self._begin_segment()
            begun, at = True, self._at
            body = at + _RECORD_BYTES
            end = body + length
        self._map[body:end] = payload
        crc = _crc32(payload, ~(seq ^ seq >> 32) & 0xFFFFFFFF)  # as `record_crc`
        _pack_record(self._map, at, seq, length, crc)
        self._at = end
        return begun

    def _begin_segment(self) -> None:
        at = self._first + self._generation % self._segments * self._size
        self._generation += 1
        numbers = NUMBERS.pack(self._generation, max(self._seq, 1))
        SEGMENT.pack_into(
            self._map, at, SEGMENT_MAGIC, self._generation, max(self._seq, 1), zlib.crc32(numbers)
        )
        self._at, self._end = at + SEGMENT.size, at + self._size

    def close(self) -> None:
        """Let go of the memory; the file stays if it was placed."""
        self._map.close()
        if not self._placed:
            _building(self._path).unlink(missing_ok=True)

    def __enter__(self) -> FlightLogWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()


def _building(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def record_crc(seq: int, payload: bytes) -> int:
    """Check sum of a record: begun with its sequence, inverted, so that zeros are no record."""
    return _crc32(payload, ~(seq ^ seq >> 32) & 0xFFFFFFFF)


def previous_log(path: Path) -> Path:
    """Where the log of the run before is kept."""
    return path.with_name(path.name.removesuffix(SUFFIX) + PREVIOUS + SUFFIX)


def _allocated(path: Path, size: int) -> mmap.mmap:
    """A new file of that size beside `path`, mapped, all its pages there."""
    building = _building(path)
    try:
        building.unlink(missing_ok=True)
        free = os.statvfs(path.parent)
        if size > free.f_bavail * free.f_frsize * _SPARE_SHARE:
            raise FlightLogError(
                f"{path}: {size / 2**20:.0f} MB would take more than half of what is free there",
                "set flight.minutes lower",
            )
        fd = os.open(building, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(fd, 0, size)
            found = mmap.mmap(fd, size)
        except BaseException:
            building.unlink(missing_ok=True)
            raise
        finally:
            os.close(fd)
    except (OSError, ValueError) as error:
        raise FlightLogError(f"{path}: no flight log: {error}", "the limb runs without it") from error
    # As in `ring`: memory does not grow while the log fills, and no turn waits for a page.
    for page in range(0, size, mmap.PAGESIZE):
        found[page] = 0
    return found


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record.

    Attributes:
        seq: 1, 2, 3, ...; a gap says that records are missing.
        payload: as it was appended.
    """

    seq: int
    payload: bytes


class FlightLogReader:
    """Reads a log, also while it is written and after its writer died.

    Raises:
        RecordingError: not a flight log of this version, or its head is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._content = path.read_bytes()
            magic, self._first, table, attached, self._segments, self._size = HEAD.unpack_from(self._content)
            if magic != MAGIC:
                raise RecordingError(f"{path}: not a flight log of this version")
            self.table = self._content[HEAD.size : HEAD.size + table]
            self.facts: dict[str, Any] = json.loads(self.table)
            at = HEAD.size + table
            self.attached = self._content[at : at + attached]
        except OSError as error:
            raise RecordingError(f"{path}: cannot be read: {error.strerror}") from error
        except (ValueError, struct.error) as error:
            raise RecordingError(f"{path}: not a flight log, or damaged: {error}") from error

    def records(self) -> Iterator[LogRecord]:
        """All that are whole, oldest first. A gap in the sequence says that some are missing or damaged."""
        found = sorted(self._found_segments())
        ends = [first_seq for _, first_seq, _ in found[1:]]
        for (_, first_seq, at), end in zip(found, [*ends, 1 << 64], strict=False):
            yield from self._records_of(at, first_seq, end)

    @property
    def from_start(self) -> bool:
        """True while nothing was overwritten."""
        return any(generation == 1 for generation, _, _ in self._found_segments())

    def _found_segments(self) -> list[tuple[int, int, int]]:
        """(generation, first sequence, offset) of the segments that were begun."""
        found = []
        for k in range(self._segments):
            at = self._first + k * self._size
            if at + SEGMENT.size > len(self._content):
                break
            magic, generation, first_seq, crc = SEGMENT.unpack_from(self._content, at)
            if magic == SEGMENT_MAGIC and crc == zlib.crc32(NUMBERS.pack(generation, first_seq)):
                found.append((generation, first_seq, at))
        newest = max((generation for generation, _, _ in found), default=0)
        # One that was being overwritten when its writer died leaves no hole: the newest ones in a row count.
        kept = []
        for generation, first_seq, at in sorted(found, reverse=True):
            if generation != newest:
                break
            kept.append((generation, first_seq, at))
            newest -= 1
        return kept

    def _records_of(self, at: int, seq: int, seq_end: int) -> Iterator[LogRecord]:
        """Of one segment; `seq_end` is where the next one begins: what is newer was written while we read."""
        end = min(at + self._size, len(self._content))
        at += SEGMENT.size
        while at + RECORD.size <= end:
            found, length, crc = RECORD.unpack_from(self._content, at)
            body = at + RECORD.size
            if not seq <= found < seq_end or body + length > end:
                return
            payload = self._content[body : body + length]
            if crc != record_crc(found, payload):
                return
            yield LogRecord(found, payload)
            seq, at = found + 1, body + length
