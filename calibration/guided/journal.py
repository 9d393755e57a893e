"""Where repetitions are kept the moment they end, so that a crash loses at most the one in progress."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Protocol

from ...core.errors import RecordingError
from ...core.settings import read_settings, write_private, write_settings
from .plan import Plan
from .repetition import Repetition, from_bytes, to_bytes

PLAN, ENDED = "plan.json", "ended.json"


class Journal(Protocol):
    """What a sitting needs of whoever keeps its work: a folder here, the clinic's store elsewhere."""

    def save(self, repetition: Repetition) -> None:
        """Keep it; on the disk when this returns."""
        ...

    def saved(self) -> tuple[Repetition, ...]:
        """All that were kept, oldest first."""
        ...

    def end(self, how: str) -> None:
        """Note that the sitting is over: "done" or "stopped"."""
        ...


class FolderJournal:
    """A folder only its owner may read: the plan, one file a repetition, and how it ended.

    Args:
        folder: made when it is not there. One that holds a calibration of the same plan is gone on with.
        plan: what is asked for.

    Raises:
        RecordingError: it holds another plan's calibration, or cannot be written.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / PLAN
            if path.exists():
                if read_settings(path, Plan) != plan:
                    raise RecordingError(
                        f"{folder}: holds a calibration that was planned otherwise",
                        "choose another folder, or the movements and times of that plan",
                    )
            else:
                write_settings(path, plan)
                _sync(folder)
        except OSError as error:
            raise RecordingError(f"{folder}: cannot be written: {error}") from error

    def save(self, repetition: Repetition) -> None:
        """See `Journal`. The file is there whole or not at all.

        Raises:
            RecordingError: the disk is full or gone.
        """
        path = self.folder / f"{len(self._files()):04}.npz"
        try:
            write_private(path, to_bytes(repetition))
            _sync(self.folder)
        except OSError as error:
            raise RecordingError(f"{path}: cannot be written: {error}") from error

    def saved(self) -> tuple[Repetition, ...]:
        """See `Journal`.

        Raises:
            RecordingError: names a file that cannot be read.
        """
        return tuple(from_bytes(path.read_bytes(), str(path)) for path in self._files())

    def end(self, how: str) -> None:
        """See `Journal`."""
        write_private(self.folder / ENDED, json.dumps({"how": how}).encode())
        _sync(self.folder)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.npz"))


def _sync(folder: Path) -> None:
    """A file's name is safe only when its folder is."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
