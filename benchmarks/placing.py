"""Which row of the pattern each received row is: found by what it says, never by what a driver counted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LOOK = (200, 50, 8, 3, 1)
"""Rows compared to find a place again; fewer where a gap comes sooner."""
_SURE = 3
"""So many rows in line with the last ones need no search."""


def place(
    table: NDArray[np.float32], rows: NDArray[np.float32], joined: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """[n] index in `table` of each row, in rising order; -1 for a row that is nowhere: its values are wrong.

    Of several places that fit it takes the nearest. With few bits a pattern repeats soon (8 bits: after 256
    rows but for its extremes, one pair in 97 rows): there, the first gap must come later than that, and be
    shorter.

    Args:
        table: [m, ch] the pattern.
        rows: [n, ch] in the order they came.
        joined: [n] False where rows may be missing before this one; None: perhaps anywhere.
    """
    n = len(rows)
    index = np.full(n, -1, np.int64)
    breaks = np.array([], np.int64) if joined is None else np.flatnonzero(~joined)
    at, following = 0, -1
    while at < n:
        end = _next(breaks, at, n)
        run = 0 if following < 0 else _run(table, rows, at, end, following)
        if run < min(_SURE, end - at):
            found = _find(table, rows[at:end], max(0, following))
            if found < 0:
                at, following = at + 1, following + 1 if following >= 0 else -1
                continue
            following = found
            run = _run(table, rows, at, end, following)
        index[at : at + run] = following + np.arange(run)
        at, following = at + run, following + run
    return index


def _next(breaks: NDArray[np.int64], at: int, n: int) -> int:
    later = breaks[np.searchsorted(breaks, at, side="right") :]
    return int(later[0]) if len(later) else n


def _run(table: NDArray[np.float32], rows: NDArray[np.float32], at: int, end: int, first: int) -> int:
    """How many rows from `at` on are those of the table from `first` on."""
    most = min(end - at, len(table) - first)
    if most <= 0:
        return 0
    same = (rows[at : at + most] == table[first : first + most]).all(axis=1)
    return most if same.all() else int(same.argmin())


def _find(table: NDArray[np.float32], rows: NDArray[np.float32], start: int) -> int:
    """The first place from `start` on; -1 for none."""
    for look in dict.fromkeys(min(each, len(rows)) for each in _LOOK):
        last = len(table) - look + 1
        if last <= start:
            continue
        places = start + np.flatnonzero((table[start:last] == rows[0]).all(axis=1))
        for k in range(1, look):
            if not len(places):
                break
            places = places[(table[places + k] == rows[k]).all(axis=1)]
        if len(places):
            return int(places[0])
    return -1
