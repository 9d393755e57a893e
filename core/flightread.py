"""Opens a flight log wherever it lies: in memory, on a disk, or its older part here and its newest there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from .flightcopy import STATUS_FILE
from .flightdisk import SEGMENT_SUFFIX, DiskLogReader, log_name, segment_files
from .flightlog import FlightLogReader, LogRecord


class LogReader(Protocol):
    """What a replay needs of a log; `records` may be asked for more than once."""

    path: Path
    facts: dict[str, Any]
    attached: bytes

    @property
    def from_start(self) -> bool:
        """Nothing of its beginning was deleted or overwritten."""
        ...

    def records(self) -> Iterator[LogRecord]:
        """All that are whole, oldest first; a gap in the sequence says that some are missing."""
        ...


class JoinedReader:
    """A log in memory, and what a copier brought of it to a disk before it was overwritten."""

    def __init__(self, memory: FlightLogReader, disk: DiskLogReader) -> None:
        self._memory, self._disk = memory, disk
        self.path, self.facts, self.attached = memory.path, memory.facts, memory.attached

    @property
    def from_start(self) -> bool:
        """See `LogReader`, as below."""
        return self._disk.from_start or self._memory.from_start

    def records(self) -> Iterator[LogRecord]:  # noqa: D102
        newest = 0
        for record in self._disk.records():
            newest = record.seq
            yield record
        for record in self._memory.records():
            if record.seq > newest:
                yield record


def open_log(path: Path) -> LogReader:
    """Open a log: its file in memory, its folder on a disk, or one file of that.

    Raises:
        RecordingError: it is none, or of another version.
    """
    if path.is_dir() or path.name.endswith(SEGMENT_SUFFIX):
        return DiskLogReader(path)
    memory = FlightLogReader(path)
    place = copies_of(path.parent)
    if place is not None:
        log = place / log_name(memory.facts, memory.table)
        if segment_files(log):
            return JoinedReader(memory, DiskLogReader(log))
    return memory


def copies_of(flight_folder: Path) -> Path | None:
    """Where a limb's logs are copied to; None: nowhere, or nobody knows."""
    try:
        return Path(json.loads((flight_folder / STATUS_FILE).read_bytes())["place"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
