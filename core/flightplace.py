"""The folder on a disk in which all flight logs of a limb lie: numbers, room and bound."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

from .flightdisk import SEGMENT_SUFFIX, SegmentFile, segment_files, sync_folder
from .folders import private_folder


class DiskPlace:
    """The folder of all logs of a limb: gives out numbers, and keeps their sum within a bound.

    Args:
        place: the folder; made, 0700.
        most_bytes: of all segment files together.
        spare_bytes: of the disk are left to others.

    Raises:
        ProfileError: it cannot be made, or belongs to somebody else.
    """

    def __init__(self, place: Path, most_bytes: int, spare_bytes: int) -> None:
        self.place = private_folder(place)
        self._most_bytes, self._spare_bytes = most_bytes, spare_bytes
        self._number = max((file.number for file in self._files()), default=0)
        self.deleted = 0
        """Segment files that made room for newer ones."""

    @property
    def segment_bytes(self) -> int:
        """A file of about this size is followed by the next: what is deleted at once is a small share."""
        return min(max(self._most_bytes // 32, 1 << 16), 8 << 20)

    def new_path(self, log: str) -> Path:
        """Of the next segment file, for a log of this name.

        Raises:
            ProfileError, OSError: its folder cannot be made.
        """
        self._number += 1
        folder = self.place / log
        new = not folder.exists()
        private_folder(folder)
        if new:
            sync_folder(self.place)
        return folder / f"{self._number:08d}{SEGMENT_SUFFIX}"

    def make_room(self, coming: int) -> None:
        """Delete the oldest files until `coming` bytes more are within the bound, and see that they fit.

        Raises:
            OSError: they would take what is to be left to others.
        """
        files = self._files()
        used = sum(file.bytes for file in files)
        for file in files[:-2]:  # never what the loop's and the guard's copier write to
            if used + coming <= self._most_bytes:
                break
            file.path.unlink(missing_ok=True)
            used -= file.bytes
            self.deleted += 1
            with contextlib.suppress(OSError):
                file.path.parent.rmdir()
        free = os.statvfs(self.place)
        if free.f_bavail * free.f_frsize < self._spare_bytes + coming:
            raise OSError(
                errno.ENOSPC, f"less than {self._spare_bytes / 1e6:.0f} MB are free", str(self.place)
            )

    def used_bytes(self) -> int:
        """Of all segment files."""
        return sum(file.bytes for file in self._files())

    def _files(self) -> list[SegmentFile]:
        found = [file for log in self.place.glob("*-*-*") for file in segment_files(log)]
        return sorted(found, key=lambda file: file.number)
