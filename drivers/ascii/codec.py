"""Lines of text in, rows out. Opens no port.

A line that cannot be read was one row if its end survived. Where the board's own time is among the columns,
that says exactly how many are missing, and rows are counted by it. Comments and empty lines are passed over.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..frames import AuxRows, Rows
from .layout import Layout
from .lines import SEPARATORS, Shape, is_comment, read_line
from .stamps import StampWatch

_LONGEST_LINE = 4096
_PLAIN = b"0123456789+-.,;\t \r\n"
"""What a block of lines may consist of to be read at once."""
COUNTED = 1 << 31
"""Rows that are counted by the board's time begin again here."""
_CHANGED = 20
"""So many good lines of another shape in a row, and the sketch is another one."""


class LineDecoder:
    """A `FrameDecoder` for lines.

    Args:
        layout: which column is what.
        stamps: counts lost lines by the board's time; None without such a column.
        full_scale: EMG readings beyond 0 to this are damage; 0 for no limit.
        zero: subtracted from EMG readings.
    """

    def __init__(
        self, layout: Layout, stamps: StampWatch | None = None, full_scale: float = 0.0, zero: float = 0.0
    ) -> None:
        self._layout = layout
        self._stamps = stamps
        self._full_scale = full_scale
        self._zero = zero
        self._emg = list(layout.emg)
        self._buffer = b""
        self._begun = False
        """A whole line has been seen: the first one is half a line, most of the time."""
        self._spoilt = 0
        self._count = 0
        self._line_bytes = 2.0 * layout.shape.columns
        self._others: tuple[Shape | None, int] = (None, 0)
        self.changed: Shape | None = None
        """What the lines look like now, when that is not what they were when it was opened."""
        self.skipped = 0
        """Bytes of lines that could not be read."""

    def missing(self, rows: int) -> int:
        """As `FrameDecoder.missing`; half a line less, since lines differ in length."""
        return max(1, round((rows - 0.5) * self._line_bytes) - len(self._buffer))

    def feed(self, data: bytes) -> Rows:
        """Rows completed by `data`."""
        block, end, self._buffer = (self._buffer + data).rpartition(b"\n")
        lines = block.split(b"\n") if end else []
        if len(self._buffer) > _LONGEST_LINE:  # what remains of this line cannot be read either
            self.skipped += len(self._buffer) - 1
            self._buffer = b"?"
        if lines and not self._begun:
            self._begun = True
            del lines[0]
        if not lines:
            return self._rows([], [])
        self._line_bytes += 0.1 * (len(block) / len(lines) + 1 - self._line_bytes)
        table = self._at_once(block, lines)
        if table is not None and self._stamps is None and not self._spoilt:
            return self._rows(table, None)
        good: list[list[float]] = []
        lost: list[int] = []
        for k, line in enumerate(lines):
            values = self._one(line) if table is None else table[k]
            missing = None if values is None else self._missing(values)
            if missing is None or values is None:
                self._spoil(line)
            else:
                good.append(values)
                lost.append(missing)
                self._spoilt = 0
        return self._rows(good, lost)

    def _at_once(self, block: bytes, lines: list[bytes]) -> list[list[float]] | None:
        """All lines' values when all are whole and without labels; None: look at each by itself."""
        if self._layout.shape.labels or block.translate(None, _PLAIN):
            return None
        if b",," in block or b";;" in block or b"\t\t" in block:
            return None
        columns = self._layout.shape.columns
        table = []
        try:
            for line in lines:
                values = list(map(float, line.translate(SEPARATORS).split()))
                if len(values) != columns or (self._full_scale and not self._within(values)):
                    return None
                table.append(values)
        except ValueError:
            return None
        self._others = (None, 0)
        return table

    def _one(self, line: bytes) -> list[float] | None:
        """The values of one line; None when it is none."""
        found = read_line(line)
        if found is None:
            return None
        shape, values = found
        if shape != self._layout.shape:
            self._note_other(shape)
            return None
        self._others = (None, 0)
        return values if not self._full_scale or self._within(values) else None

    def _within(self, values: list[float]) -> bool:
        """No EMG reading that the converter cannot have; what is not finite was said by the board."""
        return not any(values[at] < 0 or values[at] > self._full_scale for at in self._emg)

    def _note_other(self, shape: Shape) -> None:
        other, times = self._others
        self._others = (shape, times + 1 if other == shape else 1)
        if self._others[1] >= _CHANGED:
            self.changed = shape

    def _missing(self, values: list[float]) -> int | None:
        """Rows missing before this one; None when its stamp says that it is spoilt too."""
        if self._stamps is None or self._layout.time is None:
            return self._spoilt
        return self._stamps.missing(values[self._layout.time], self._spoilt)

    def _spoil(self, line: bytes) -> None:
        """One row is lost, or several that ran together."""
        if is_comment(line):
            return
        self.skipped += len(line) + 1
        fields = len(line.translate(SEPARATORS).split())
        self._spoilt += max(1, -(-fields // self._layout.shape.columns))

    def _rows(self, table: list[list[float]], lost: list[int] | None) -> Rows:
        values = np.array(table, np.float64).reshape(len(table), self._layout.shape.columns)
        counts = values[:, self._emg]
        if self._zero:
            counts -= self._zero
        lost_before: NDArray[np.int64] | None = None
        counter: NDArray[np.int64] | None = None
        if self._stamps is not None:
            counter = (self._count + np.cumsum(np.array(lost, np.int64) + 1) - 1) % COUNTED
            self._count += len(table) + sum(lost or ())
        elif lost and any(lost):
            lost_before = np.array(lost, np.int64)
        every = np.arange(len(table))
        aux = tuple(
            AuxRows(name, unit, every, values[:, at : at + 1].astype(np.float32))
            for name, unit, at in self._layout.aux
            if table
        )
        return Rows(counts, counter, lost_before, aux)
