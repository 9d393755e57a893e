"""Copies the flight logs of loop and guard from memory to a disk, behind their backs.

Neither of them knows. Once a second what is new is appended and brought to the disk (`fdatasync`): so much
does a power cut take. A disk that is full, slow or gone holds up nobody: the logs go on in memory, and what
was overwritten there before it could be copied is counted.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .errors import ProfileError, RecordingError
from .flight import FLIGHT_FOLDER, GUARD_LOG, LOOP_LOG
from .flightdisk import (
    SegmentWriter,
    cut_torn_tail,
    disk_logs,
    last_seq,
    log_name,
    segment_files,
)
from .flightfollow import Follower, Place
from .flightlog import previous_log
from .flightplace import DiskPlace

SYNC_S = 1.0
"""A power cut takes what is newer."""
STATUS_FILE = "copies.json"
"""In the flight folder of a running limb: where the copies are, and how the copier does."""
_RETRY_S = 2.0
"""After a failure."""
_TELL_S = 60.0
"""Between two lines about lost records."""
_BATCH = 1 << 20
_MENDED = 4
"""So many of the newest logs may have been written to when the power was cut."""


@dataclass(frozen=True, slots=True)
class CopierSettings:
    """What a copier is told.

    Attributes:
        runtime_dir: of the limb.
        place: folder on the disk for all logs of the limb.
        most_mb: of all logs there together.
        spare_mb: of the disk are left to others.
    """

    runtime_dir: str
    place: str
    most_mb: float
    spare_mb: float = 64.0


class LogCopier:
    """Follows one log in memory, through all restarts of its writer.

    Args:
        path: of the log.
        known_only: copy only what a copier began to bring to this place: a log that another limb or patient
            left behind in memory is not this one's.
    """

    def __init__(self, path: Path, *, known_only: bool = False) -> None:
        self._path, self._known_only = path, known_only
        self._follower: Follower | None = None
        self._writer: SegmentWriter | None = None
        self._name = ""
        self._at = Place(0, 0, 0)
        self.seq = 0
        """Of the record that comes next."""
        self.lost = 0
        """Records that were overwritten before they were copied."""
        self._safe = (self._at, self.seq, self.lost)
        """What surely is on the disk."""
        self.log: Path | None = None
        """Folder of the log that is written to."""

    def step(self, place: DiskPlace) -> None:
        """Copy what is new.

        Raises:
            OSError, ProfileError: the disk is full or gone.
        """
        if self._follower is None and not self._open(place):
            return
        follower = self._follower
        assert follower is not None
        ended = self._was_replaced(follower)
        more = True
        while more:
            batch = follower.read(self._at, _BATCH)
            if batch.records:
                self._writer_for(place, follower, batch.begins).append(batch.records)
                self.lost += batch.first_seq - self.seq
                self.seq = batch.last_seq + 1
            self._at, more = batch.after, batch.more
        if ended:
            self.sync()
            self._close()
            self.step(place)

    def sync(self) -> None:
        """Return when all that was copied is on the disk.

        Raises:
            OSError: it cannot be brought there.
        """
        if self._writer is not None and self.seq != self._safe[1]:
            self._writer.sync()
        self._safe = (self._at, self.seq, self.lost)

    def fail(self) -> None:
        """The disk did not take it: what is not surely there is copied again, into a new file."""
        self._drop_writer()
        self._at, self.seq, self.lost = self._safe

    def close(self) -> None:
        """No more."""
        self._close()

    def _open(self, place: DiskPlace) -> bool:
        try:
            self._follower = Follower(self._path)
        except RecordingError:  # none yet, or it is just being made
            return False
        self._name = log_name(self._follower.facts, self._follower.table)
        self.log = place.place / self._name
        if self._known_only and not self.log.exists():
            self._close()
            return False
        try:
            self.seq = last_seq(self.log) + 1
            self._at = self._follower.place_of(self.seq)
        except RecordingError:
            self._close()
            raise
        self._safe = (self._at, self.seq, self.lost)
        return True

    def _was_replaced(self, follower: Follower) -> bool:
        """By the log of a next run: nobody adds to this one."""
        try:
            return self._path.stat().st_ino != follower.inode
        except OSError:
            return False

    def _writer_for(self, place: DiskPlace, follower: Follower, begins: bool) -> SegmentWriter:
        writer = self._writer
        if writer is not None:
            full = begins and writer.bytes >= place.segment_bytes
            if not full and writer.path.exists():
                return writer
            writer.sync()
            self._drop_writer()
        self._writer = SegmentWriter(place.new_path(self._name), follower.table, follower.attached)
        return self._writer

    def _drop_writer(self) -> None:
        if self._writer is not None:
            with contextlib.suppress(OSError):
                self._writer.close()
            self._writer = None

    def _close(self) -> None:
        self._drop_writer()
        if self._follower is not None:
            self._follower.close()
            self._follower = None


class Copier:
    """Copies both logs of a limb.

    Args:
        settings: of it.
        say: tells a person one line.
    """

    def __init__(self, settings: CopierSettings, say: Callable[[str], None]) -> None:
        self._settings, self._say = settings, say
        self._folder = Path(settings.runtime_dir) / FLIGHT_FOLDER
        self._logs = {name: LogCopier(self._folder / name) for name in (LOOP_LOG, GUARD_LOG)}
        self._place: DiskPlace | None = None
        self._lock = -1
        self._retry_s = self._told_s = 0.0
        self._lost_told = 0
        self.trouble = ""
        """Why nothing is copied; empty when all is well."""

    def turn(self, now_s: float) -> None:
        """Copy what is new, and bring it to the disk."""
        if now_s < self._retry_s:
            return
        try:
            place = self._place = self._place or self._opened()
            place.make_room(_BATCH)
            for log in self._logs.values():
                log.step(place)
            for log in self._logs.values():
                log.sync()
        except (OSError, ProfileError, RecordingError) as error:
            self._failed(error, now_s)
        else:
            if self.trouble:
                self.trouble = ""
                self._say("the flight log is copied to the disk again")
        self._tell_lost(now_s)
        self._write_status(now_s)

    @property
    def progress(self) -> int:
        """Changes whenever something was copied."""
        return sum(log.seq for log in self._logs.values())

    def _opened(self) -> DiskPlace:
        settings = self._settings
        place = DiskPlace(Path(settings.place), round(settings.most_mb * 1e6), round(settings.spare_mb * 1e6))
        self._lock_place(place.place)
        for log in disk_logs(place.place)[-_MENDED:]:
            with contextlib.suppress(OSError, RecordingError):  # it is read up to there all the same
                cut_torn_tail(segment_files(log)[-1].path)
        for name in self._logs:  # what the run before did last, if its copier died as well
            before = LogCopier(previous_log(self._folder / name), known_only=True)
            try:
                place.make_room(_BATCH)
                before.step(place)
                before.sync()
            finally:
                before.close()
        return place

    def _lock_place(self, place: Path) -> None:
        """Only one copier writes there.

        Raises:
            ProfileError: another does.
        """
        if self._lock < 0:
            fd = os.open(place / "copier.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(fd)
                raise ProfileError(f"{place}: another copier writes there") from error
            self._lock = fd

    def _failed(self, error: Exception, now_s: float) -> None:
        for log in self._logs.values():
            log.fail()
        self._retry_s = now_s + _RETRY_S
        said = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        trouble = f"{self._settings.place}: the flight log stays in memory only: {said}"
        if not self.trouble:
            self._say(trouble)
        self.trouble = trouble

    def _tell_lost(self, now_s: float) -> None:
        lost = sum(log.lost for log in self._logs.values())
        if lost > self._lost_told and (now_s >= self._told_s + _TELL_S or not self._told_s):
            self._say(f"{lost - self._lost_told} records of the flight log are missing on the disk")
            self._lost_told, self._told_s = lost, now_s

    def _write_status(self, now_s: float) -> None:
        status = {
            "pid": os.getpid(),
            "place": self._settings.place,
            "trouble": self.trouble,
            "lost": {name.partition(".")[0]: log.lost for name, log in self._logs.items()},
            "used_mb": round(self._place.used_bytes() / 1e6, 3) if self._place is not None else 0.0,
            "t_s": now_s,
        }
        building = self._folder / (STATUS_FILE + ".new")
        with contextlib.suppress(OSError):
            fd = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(fd, "w") as file:
                json.dump(status, file)
            building.replace(self._folder / STATUS_FILE)

    def close(self) -> None:
        """No more; another copier may begin."""
        for log in self._logs.values():
            log.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
