"""Reads a flight log behind its writer, record by record, and neither asks nor holds up the writer.

The log lies in memory (`flightlog`): following it maps the same pages, read only. Whatever the writer is
doing meanwhile, a check sum over each record says whether it was read whole.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import RecordingError
from .flightlog import HEAD, MAGIC, NUMBERS, RECORD, SEGMENT, SEGMENT_MAGIC, record_crc


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody has read to.

    Attributes:
        generation: of the segment.
        at: offset in the file of the next record.
        seq: which that will be.
    """

    generation: int
    at: int
    seq: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole records that follow each other without a gap.

    Attributes:
        records: as they lie in the log: sequence, length, check sum and payload of each.
        first_seq, last_seq: of them; `last_seq` is below `first_seq` when there is none.
        begins: the first of them begins a segment of the log: a checkpoint follows it.
        after: where to go on.
        more: there is more already.
    """

    records: bytes
    first_seq: int
    last_seq: int
    begins: bool
    after: Place
    more: bool


class Follower:
    """A log that is read while it is written.

    Args:
        path: of the log.

    Raises:
        RecordingError: there is none, or it is no flight log of this version.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                self.inode = os.fstat(fd).st_ino
                self._map = mmap.mmap(fd, 0, prot=mmap.PROT_READ)
            finally:
                os.close(fd)
            magic, self._first, table, attached, self._segments, self._size = HEAD.unpack_from(self._map)
            if magic != MAGIC:
                raise RecordingError(f"{path}: not a flight log of this version")
            self.table = self._map[HEAD.size : HEAD.size + table]
            self.facts: dict[str, Any] = json.loads(self.table)
            self.attached = self._map[HEAD.size + table : HEAD.size + table + attached]
        except OSError as error:
            raise RecordingError(f"{path}: cannot be read: {error.strerror}") from error
        except (ValueError, struct.error) as error:
            raise RecordingError(f"{path}: not a flight log, or damaged: {error}") from error

    def place_of(self, seq: int) -> Place:
        """Where that record is or will be; the oldest that is there when it was overwritten."""
        for generation, first_seq in reversed(self._segments_there()):
            if first_seq <= seq:
                place = self._begin_of(generation, first_seq)
                while place.seq < seq and (length := self._length_at(place)) is not None:
                    place = Place(generation, place.at + RECORD.size + length, place.seq + 1)
                return place
        return self.oldest()

    def read(self, place: Place, most: int) -> Batch:
        """The records from `place` on, of one segment and about `most` bytes at most.

        When `place` was overwritten meanwhile, it begins with the oldest that is there: `first_seq` says so.
        """
        while True:
            if not self._stands(place.generation):
                place = self.oldest()
            # Asked first: once a segment has a successor, nothing is added to it.
            next_seq = self._first_seq(place.generation + 1)
            records, seq_end, cut = self._whole_records(place, most)
            if self._stands(place.generation):
                break
        after, more = Place(place.generation, place.at + len(records), seq_end), bool(cut and records)
        if not more and next_seq is not None:
            after, more = self._begin_of(place.generation + 1, next_seq), True
        begins = place.at == self._offset(place.generation) + SEGMENT.size
        return Batch(records, place.seq, seq_end - 1, begins, after, more)

    def oldest(self) -> Place:
        """Of the first record that is there."""
        found = self._segments_there()
        if not found:
            raise RecordingError(f"{self.path}: damaged: no segment")
        return self._begin_of(*found[0])

    def _whole_records(self, place: Place, most: int) -> tuple[bytes, int, bool]:
        """Records, the sequence behind them, and whether `most` cut them off.

        Copied first and looked at then: what was found whole stays so, whatever the writer does meanwhile.
        """
        room = self._offset(place.generation) + self._size - place.at
        taken = room
        if room >= RECORD.size:
            _, length, _ = RECORD.unpack_from(self._map, place.at)
            taken = min(max(most, RECORD.size + length), room)
        copied = self._map[place.at : place.at + taken]
        at, seq = 0, place.seq
        while (length := _length_in(copied, at, seq)) is not None:
            at, seq = at + RECORD.size + length, seq + 1
        return copied[:at], seq, taken < room

    def _length_at(self, place: Place) -> int | None:
        """Of the whole record there; None where there is none."""
        end = self._offset(place.generation) + self._size
        if place.at + RECORD.size > end:
            return None
        _, length, _ = RECORD.unpack_from(self._map, place.at)
        return _length_in(self._map[place.at : min(place.at + RECORD.size + length, end)], 0, place.seq)

    def _offset(self, generation: int) -> int:
        at: int = self._first + (generation - 1) % self._segments * self._size
        return at

    def _begin_of(self, generation: int, first_seq: int) -> Place:
        return Place(generation, self._offset(generation) + SEGMENT.size, first_seq)

    def _first_seq(self, generation: int) -> int | None:
        """Of a segment that has begun and still stands; None: it does not."""
        magic, found, first_seq, crc = SEGMENT.unpack_from(self._map, self._offset(generation))
        whole = magic == SEGMENT_MAGIC and crc == zlib.crc32(NUMBERS.pack(found, first_seq))
        return int(first_seq) if whole and found == generation else None

    def _stands(self, generation: int) -> bool:
        return self._first_seq(generation) is not None

    def _segments_there(self) -> list[tuple[int, int]]:
        """(generation, first sequence), oldest first."""
        found = []
        for k in range(self._segments):
            magic, generation, first_seq, crc = SEGMENT.unpack_from(self._map, self._first + k * self._size)
            if magic == SEGMENT_MAGIC and crc == zlib.crc32(NUMBERS.pack(generation, first_seq)):
                found.append((int(generation), int(first_seq)))
        return sorted(found)

    def close(self) -> None:
        """Let go of the memory."""
        self._map.close()


def _length_in(content: bytes, at: int, seq: int) -> int | None:
    """Length of the whole record of that sequence at `at`; None where there is none."""
    body = at + RECORD.size
    if body > len(content):
        return None
    found, length, crc = RECORD.unpack_from(content, at)
    if found != seq or body + length > len(content):
        return None
    return int(length) if crc == record_crc(found, content[body : body + length]) else None
