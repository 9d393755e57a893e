"""From bytes to rows, in step with the sample counter: there is no head and no checksum to hold on to. Pure.

TCP loses nothing, so rows lie where they must, and each is taken as soon as it is whole. Where a counter does
not follow the one before, either the device has left rows out, or bytes are missing or too many. Then the
next place is looked for, byte by byte, at which a few rows in a row count by one. Where that is not the next
byte, the first row there is given up: its end is in place, but nobody knows whether its start belongs to it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..frames import Rows
from .accessory import AccessoryReader
from .words import COUNTERS, Layout, counters_at_every_byte, decode

_CONFIRM = 5
"""Rows that must count by one before a new place is believed: noise of a few counts among EMG does it for
four steps in a row, at a given column, about once in 100 000 times."""
PROBED_ROWS, FEWEST_ROWS = 24, 12
"""To tell one layout from another: of so many rows, so many are found where the layout is right."""
_MOST_GAP = 40_000
"""A place whose counter is further on than this is none: after so long, the source was lost."""


class RampDecoder:
    """Bytes in, rows of the EMG channels out. A `FrameDecoder`.

    Args:
        layout: of a row.
        rate_hz: of the rows.
        early: bytes that have come already.
    """

    def __init__(self, layout: Layout, rate_hz: float, early: bytes = b"") -> None:
        self._layout = layout
        self._rest = early
        self._last: int | None = None
        self._in_step = self._slipped = False
        self._accessory = AccessoryReader(layout, rate_hz)
        self.skipped = 0
        """Bytes that were part of no row."""

    def missing(self, rows: int) -> int:
        """As `FrameDecoder.missing`. Out of step, nobody knows before the confirming rows are there."""
        wanted = rows if self._in_step else max(rows, _CONFIRM)
        return max(1, wanted * self._layout.row_bytes - len(self._rest))

    def feed(self, data: bytes) -> Rows:
        """Rows completed by `data`."""
        data = self._rest + data if self._rest else data
        at = 0
        found: list[NDArray[np.int32]] = []
        while True:
            if not self._in_step:
                at = self._seek(data, at)
                if not self._in_step:
                    break
            rows = (len(data) - at) // self._layout.row_bytes
            words = decode(data, self._layout, at, rows)
            good = self._following(words)
            if good:
                found.append(words[:good])
                self._last = int(words[good - 1, self._layout.counter]) % COUNTERS
                at += good * self._layout.row_bytes
            if good == rows:
                break
            self._in_step = self._slipped = False
        self._rest = data[at:]
        return self._rows(found)

    def _following(self, words: NDArray[np.int32]) -> int:
        """How many of the first rows follow the last one and each other."""
        counter = words[:, self._layout.counter]
        if not len(counter):
            return 0
        steps = np.diff(counter, prepend=counter[0] - 1 if self._last is None else self._last)
        wrong = steps % COUNTERS != 1
        return int(wrong.argmax()) if wrong.any() else len(wrong)

    def _seek(self, data: bytes, at: int) -> int:
        """The next place where rows begin, which puts us in step; or the first that cannot be judged yet."""
        row = self._layout.row_bytes
        ahead = counters_at_every_byte(data[at:], self._layout)
        places = max(0, len(ahead) - (_CONFIRM - 1) * row)
        begins = np.ones(places, np.bool_)
        for k in range(1, _CONFIRM):
            begins &= (ahead[k * row : k * row + places] - ahead[:places] - k) % COUNTERS == 0
        if self._last is not None:
            begins &= (ahead[:places] - self._last - 1) % COUNTERS <= _MOST_GAP
        self._in_step = bool(begins.any())
        skip = int(begins.argmax()) if self._in_step else places
        self._slipped |= skip > 0
        if self._in_step:
            self._last = int(ahead[skip]) - 1
            if self._slipped:
                self._last += 1
                skip += row
        self.skipped += skip
        return at + skip

    def _rows(self, found: list[NDArray[np.int32]]) -> Rows:
        layout = self._layout
        if not found:
            return Rows(np.empty((0, layout.emg), np.int32), np.empty(0, np.int64))
        words = found[0] if len(found) == 1 else np.concatenate(found)
        counter = words[:, layout.counter].astype(np.int64) % COUNTERS
        return Rows(words[:, : layout.emg], counter, aux=self._accessory.read(words))


def rows_in(data: bytes, layout: Layout) -> int:
    """How many rows are found in `data` if they are laid out like this; most likely none if they are not."""
    return len(RampDecoder(layout, 1.0).feed(data))
