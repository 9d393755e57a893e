"""Flight logs on a disk: segment files that a copier appends to, within a bound, and their reader.

One folder per log, `KIND-UTC-CHECK` (0700): what the log is of, when its process started, a check sum of its
head. In it segment files `NUMBER.iseg` (0600), numbered through over all logs of the place, so that the
lowest number is the oldest whatever the clock said. A file is blocks, each

    magic "IFB1"   u8 what it holds   u32 length   u32 length unpacked   u32 CRC-32 of these and the content

first one `HEAD_BLOCK` (u32 length of a JSON table of facts, the table, the attached file), then `RECORDS`
(records of `flightlog`, zlib). A file can be read without the others. It is read up to its last whole block:
what a power cut left behind that is not there.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .errors import RecordingError
from .flightlog import RECORD, LogRecord, record_crc

SEGMENT_SUFFIX = ".iseg"
_LOG_NAME = re.compile(r"[a-z]+-\d{8}T\d{6}Z-[0-9a-f]{8}")
_BLOCK = struct.Struct("<4sBIII")
_CHECKED = struct.Struct("<BII")
_MAGIC = b"IFB1"
_LENGTH = struct.Struct("<I")
HEAD_BLOCK, RECORDS = 1, 2
_MOST_BLOCK = 1 << 28
"""Nothing longer is believed, packed or unpacked."""
_QUICKEST = 1
"""Of zlib's levels: half the size for a tenth of the time of the best."""


@dataclass(frozen=True, slots=True)
class SegmentFile:
    """One of a log's files."""

    number: int
    path: Path
    bytes: int


def log_name(facts: dict[str, Any], table: bytes) -> str:
    """Name of a log's folder, the same whenever it is asked for."""
    started_s = float(facts.get("t_start_s", 0.0)) + float(facts.get("unix_offset_s", 0.0))
    at = datetime.fromtimestamp(started_s, UTC)
    return f"{facts.get('kind', 'log')}-{at:%Y%m%dT%H%M%SZ}-{zlib.crc32(table):08x}"


def segment_files(log: Path) -> list[SegmentFile]:
    """Of one log's folder, oldest first."""
    found = []
    for path in log.glob("*" + SEGMENT_SUFFIX):
        with contextlib.suppress(OSError, ValueError):
            found.append(SegmentFile(int(path.name.removesuffix(SEGMENT_SUFFIX)), path, path.stat().st_size))
    return sorted(found, key=lambda file: file.number)


def disk_logs(place: Path) -> list[Path]:
    """Folders of the logs that lie there, oldest first."""
    logs = [path for path in place.glob("*-*-*") if _LOG_NAME.fullmatch(path.name) and path.is_dir()]
    files = {path: segment_files(path) for path in logs}
    return sorted((path for path in logs if files[path]), key=lambda path: files[path][0].number)


def sync_folder(path: Path) -> None:
    """So that a file that was made there is there after a power cut."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class SegmentWriter:
    """A new segment file: blocks go to its end, whole or not at all.

    Raises:
        OSError: the disk is full or gone.
    """

    def __init__(self, path: Path, table: bytes, attached: bytes) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self.path = path
        self.bytes = 0
        try:
            self._append(HEAD_BLOCK, _LENGTH.pack(len(table)) + table + attached)
            os.fsync(self._fd)
            sync_folder(path.parent)
        except OSError:
            path.unlink(missing_ok=True)
            os.close(self._fd)
            raise

    def append(self, records: bytes) -> None:
        """Add records.

        Raises:
            OSError: the disk is full or gone; what had come of them is cut off again.
        """
        self._append(RECORDS, records)

    def _append(self, what: int, content: bytes) -> None:
        packed = zlib.compress(content, _QUICKEST)
        crc = zlib.crc32(packed, zlib.crc32(_CHECKED.pack(what, len(packed), len(content))))
        block = memoryview(_BLOCK.pack(_MAGIC, what, len(packed), len(content), crc) + packed)
        done = 0
        try:
            while done < len(block):
                done += os.write(self._fd, block[done:])
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self.bytes)
                os.lseek(self._fd, self.bytes, os.SEEK_SET)
            raise
        self.bytes += len(block)

    def sync(self) -> None:
        """Return when all of it is on the disk.

        Raises:
            OSError: it cannot be brought there.
        """
        os.fdatasync(self._fd)

    def close(self) -> None:
        """No more."""
        os.close(self._fd)


def blocks(path: Path) -> Iterator[tuple[int, bytes, int]]:
    """The whole blocks of a file from its beginning on: what is in it, the content, where it ends.

    Raises:
        RecordingError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            at = 0
            while len(head := file.read(_BLOCK.size)) == _BLOCK.size:
                magic, what, length, unpacked, crc = _BLOCK.unpack(head)
                if magic != _MAGIC or max(length, unpacked) > _MOST_BLOCK:
                    return
                packed = file.read(length)
                if crc != zlib.crc32(packed, zlib.crc32(_CHECKED.pack(what, length, unpacked))):
                    return
                at += _BLOCK.size + length
                unpacker = zlib.decompressobj()
                yield what, unpacker.decompress(packed, max(unpacked, 1)), at
    except (OSError, zlib.error) as error:
        raise RecordingError(f"{path}: cannot be read: {error}") from error


def cut_torn_tail(path: Path) -> int:
    """Cut a file off behind its last whole block; returns how many bytes that were.

    A file without a whole block is deleted.

    Raises:
        RecordingError, OSError: it cannot be read, or not be cut.
    """
    end = max((end for _, _, end in blocks(path)), default=0)
    torn = path.stat().st_size - end
    if end == 0:
        path.unlink()
    elif torn:
        os.truncate(path, end)
    return torn


def last_seq(log: Path) -> int:
    """Of the newest record on the disk; 0: none is there."""
    for file in reversed(segment_files(log)):
        newest = 0
        for what, content, _ in blocks(file.path):
            if what == RECORDS:
                for record in records_in(content):
                    newest = record.seq
        if newest:
            return newest
    return 0


def records_in(content: bytes) -> Iterator[LogRecord]:
    """Of a block."""
    at = 0
    while at + RECORD.size <= len(content):
        seq, length, crc = RECORD.unpack_from(content, at)
        payload = content[at + RECORD.size : at + RECORD.size + length]
        if crc != record_crc(seq, payload):
            return
        yield LogRecord(seq, payload)
        at += RECORD.size + length


class DiskLogReader:
    """Reads a log's folder, or one of its files, also while it is written; as `FlightLogReader`.

    Raises:
        RecordingError: there is no log of this version in it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files = [path] if path.is_file() else [file.path for file in segment_files(path)]
        for file in self._files:
            what, content, _ = next(blocks(file), (0, b"", 0))
            if what == HEAD_BLOCK:
                break
        else:
            raise RecordingError(f"{path}: no flight log of this version there, or damaged")
        try:
            (table,) = _LENGTH.unpack_from(content)
            at = _LENGTH.size + table
            self.facts: dict[str, Any] = json.loads(content[_LENGTH.size : at])
        except (ValueError, struct.error) as error:
            raise RecordingError(f"{path}: not a flight log, or damaged: {error}") from error
        self.attached = content[at:]

    def records(self) -> Iterator[LogRecord]:
        """All that are whole, oldest first, each once. A gap in the sequence says that some are missing."""
        newest = 0
        for file in self._files:
            if not file.exists():
                continue  # it made room for newer ones while we read
            for what, content, _ in blocks(file):
                for record in records_in(content) if what == RECORDS else ():
                    if record.seq > newest:
                        newest = record.seq
                        yield record

    @property
    def from_start(self) -> bool:
        """True while the beginning is there."""
        return any(record.seq == 1 for record in (next(self.records(), None),) if record is not None)
