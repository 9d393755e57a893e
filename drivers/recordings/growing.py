"""An EDF or BDF file on the disk: whole data records and a count that fits them, whatever happens."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from ...core.errors import RecordingError
from . import edf_header


class GrowingFile:
    """Takes data records one at a time.

    It has its name from the first data record on, so no reader ever meets an empty one. A record goes to the
    kernel whole, then the count, then both to the disk: a kill between these leaves one record more than the
    header counts, which MNE and edfio read.

    Args:
        path: must not exist.
        header: counts no record yet.
        record_s: duration of a data record, for what is said when the disk is full.

    Raises:
        RecordingError: it exists already, or cannot be made.
    """

    def __init__(self, path: Path, header: edf_header.Header, record_s: float) -> None:
        self.path = path
        self.records = 0
        self._header_bytes, self._record_bytes = header.bytes, header.record_bytes
        self._record_s = record_s
        self._unnamed = path.with_name(path.name + ".new")
        if path.exists():
            raise RecordingError(f"{path}: is there already", "no recording is written over")
        try:
            self._unnamed.unlink(missing_ok=True)
            self._fd = os.open(self._unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            os.pwrite(self._fd, edf_header.pack(header), 0)
        except OSError as error:
            raise RecordingError(f"{path}: cannot be made: {error.strerror}") from error

    @property
    def open(self) -> bool:
        """False after `close` or a failure."""
        return self._fd >= 0

    def put(self, record: bytes) -> None:
        """Write one data record through to the disk.

        Raises:
            RecordingError: the disk is full or gone; the file is closed and holds the records before.
        """
        if not self.open:
            raise RecordingError(f"{self.path}: is closed")
        at = self._header_bytes + self.records * self._record_bytes
        try:
            while record:
                done = os.pwrite(self._fd, record, at)
                record, at = record[done:], at + done
            os.pwrite(self._fd, edf_header.count_text(self.records + 1), edf_header.COUNT_AT)
            os.fdatasync(self._fd)
            if self.records == 0:
                self._name()
        except OSError as error:
            raise self._given_up(error) from error
        self.records += 1

    def _name(self) -> None:
        self._unnamed.rename(self.path)
        # The folder too: otherwise a loss of power may take the name with it.
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _given_up(self, error: OSError) -> RecordingError:
        """Cut what was begun, so that every reader opens the rest, and close."""
        mend = "make room, and begin another recording"
        try:
            os.ftruncate(self._fd, self._header_bytes + self.records * self._record_bytes)
            os.pwrite(self._fd, edf_header.count_text(self.records), edf_header.COUNT_AT)
        except OSError:
            mend = f"innervate recordings check --mend {self.path}"
        self.close()
        free_mb = shutil.disk_usage(self.path.parent).free / 1e6
        return RecordingError(
            f"{self.path}: cannot be written any more: {error.strerror}; {free_mb:.1f} MB are free there, "
            f"{self.records * self._record_s:.1f} s were kept",
            mend,
        )

    def close(self) -> None:
        """Let go of it; without any record nothing is left. May be called twice."""
        if not self.open:
            return
        os.close(self._fd)
        self._fd = -1
        if self.records == 0:
            with contextlib.suppress(OSError):
                self._unnamed.unlink(missing_ok=True)
