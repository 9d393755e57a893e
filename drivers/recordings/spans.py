"""Stretches in which channels were not valid, as events. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .events import LOST, Event

INVALID = "BAD_invalid"
_MOST_S = 1.0
"""A longer stretch is said in parts, so that a crash takes no more of it than of the samples."""


class Spans:
    """Follows `valid` of consecutive rows. All channels at once: `BAD_lost`; some: `BAD_invalid` of each."""

    def __init__(self, channels: Sequence[str], rate_hz: float) -> None:
        self._names = ("", *channels)
        self._rate_hz = rate_hz
        self._since = np.full(len(self._names), -1, np.int64)

    def add(self, valid: NDArray[np.bool_], first: int) -> list[Event]:
        """The stretches that end in `valid` [n, channels], whose first row is sample `first`."""
        found: list[Event] = []
        if (self._since < 0).all() and valid.all():
            return found
        lost: NDArray[np.bool_] = np.logical_not(valid.any(axis=1))
        bad = np.column_stack([lost, ~valid & ~lost[:, None]])
        for column in np.flatnonzero(bad.any(axis=0) | (self._since >= 0)).tolist():
            changes = np.flatnonzero(np.diff(bad[:, column], prepend=self._since[column] >= 0)) + first
            for at in changes.tolist():
                if self._since[column] < 0:
                    self._since[column] = at
                else:
                    found.append(self._end(column, at))
            if (
                self._since[column] >= 0
                and first + len(valid) - self._since[column] >= _MOST_S * self._rate_hz
            ):
                found.append(self._end(column, first + len(valid)))
                self._since[column] = first + len(valid) if bad[-1, column] else -1
        return found

    def close(self, position: int) -> list[Event]:
        """The stretches that are still open at the end."""
        still = np.flatnonzero((self._since >= 0) & (self._since < position)).tolist()
        return [self._end(column, position) for column in still]

    def _end(self, column: int, at: int) -> Event:
        since, self._since[column] = int(self._since[column]), -1
        text = INVALID if column else LOST
        return Event(since / self._rate_hz, (at - since) / self._rate_hz, text, self._names[column])
