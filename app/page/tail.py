"""The newest records of a ring as one numpy array, across restarts of whoever writes it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.errors import InnervateError
from ...core.ring import Layout, RingReader

_DTYPES = {
    "d": "<f8",
    "f": "<f4",
    "q": "<i8",
    "i": "<i4",
    "h": "<i2",
    "b": "i1",
    "Q": "<u8",
    "I": "<u4",
    "H": "<u2",
    "B": "u1",
    "?": "?",
}
_LOOK_AGAIN_S = 0.5
"""How often to ask whether a new run has replaced the file."""


def record_dtype(layout: Layout) -> np.dtype[np.void]:
    """The numpy type of a ring's packed records."""
    return np.dtype([(f.name, _DTYPES[f.code], (f.count,) if f.count > 1 else ()) for f in layout.fields])


class RingTail:
    """Follows one ring file that may not be there yet, and may be replaced by the next run."""

    def __init__(self, path: Path, backlog: int) -> None:
        self._path = path
        self._backlog = backlog
        self._reader: RingReader | None = None
        self._dtype = np.dtype([])
        self._inode = 0
        self._look_s = -1e9
        self.meta: dict[str, object] = {}
        self.generation = 0
        """Counts the files opened so far; 0 before the first."""

    @property
    def overruns(self) -> int:
        """Records of this file that were overwritten before this reader came."""
        return self._reader.overruns if self._reader else 0

    def poll(self, now_s: float) -> NDArray[np.void]:
        """[n] structured records that are new since the last call, oldest first; at most the backlog."""
        if now_s - self._look_s >= _LOOK_AGAIN_S:
            self._look_s = now_s
            self._reopen()
        reader = self._reader
        if reader is None:
            return np.empty(0, self._dtype)
        # A page that nobody watched for an hour starts at the newest records: that is no overrun.
        reader.next_seq = max(reader.next_seq, reader.newest - self._backlog + 1)
        return np.frombuffer(b"".join(reader.new_payloads()), self._dtype)

    def _reopen(self) -> None:
        try:
            stat = self._path.stat()
        except OSError:
            return  # whatever was read stays the last word; its age says that it is old
        # The file that is mapped keeps its number, so the next run's file cannot have the same one.
        if self._reader is not None and stat.st_ino == self._inode:
            return
        try:
            reader = RingReader(self._path)
            dtype = record_dtype(reader.layout)
        except (InnervateError, ValueError, KeyError, TypeError, struct.error):
            return
        if self._reader is not None:
            self._reader.close()
        self._reader, self._dtype, self._inode = reader, dtype, stat.st_ino
        self.meta = reader.layout.meta
        self.generation += 1

    def close(self) -> None:
        """Let go of the memory."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
