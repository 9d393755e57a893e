"""BrainFlow's table as rows. Pure."""

from __future__ import annotations

import numpy as np

from ...core.chunk import ARBITRARY
from ..frames import AuxRows, Rows
from .boards import Board


class TableDecoder:
    """Takes whole rows of float64, as `Session.read` hands them out: nothing can be half or damaged here.

    What is beside EMG has an arbitrary unit: BrainFlow does not say one.
    """

    skipped = 0
    """Bytes that were part of no row."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._row_bytes = 8 * board.width

    def missing(self, rows: int) -> int:
        """Bytes of so many rows."""
        return rows * self._row_bytes

    def feed(self, data: bytes) -> Rows:
        """The rows in `data`."""
        board = self._board
        table = np.frombuffer(data, np.float64).reshape(-1, board.width)
        counter = None
        if board.counter_row is not None:
            counter = table[:, board.counter_row].astype(np.int64) // board.step
        at = np.arange(len(table))
        aux = tuple(
            AuxRows(each.name, ARBITRARY, at, table[:, each.rows].astype(np.float32)) for each in board.beside
        )
        return Rows(table[:, board.emg], counter, None, aux)
