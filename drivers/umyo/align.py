"""Samples of several sensors, each with a clock of its own, to rows of one time base. Pure.

Rows follow the slowest sensor that is heard. A sensor's samples keep their places by its data id; where one
begins or begins again, its newest packet goes beside the newest of the others: sensors are aligned within
one packet (7 ms) plus the radio's delays. What a row has of a sensor that lost it or is silent is NaN.

A faster sensor gets ahead, by eight samples about every 72 s at 100 ppm. Then it gives eight samples up, and
the next one is NaN, so that the seam can be seen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .codec import DATA_IDS, SAMPLES

Values = NDArray[np.float32]

LAG = 4 * SAMPLES
"""Rows that the others wait for a late sensor: 29 ms."""
SILENT = 14 * SAMPLES
"""A sensor that owes so many rows (100 ms) is not waited for any more."""
FORGOTTEN = (DATA_IDS // 2) * SAMPLES
"""A sensor that owes so many rows (0.9 s) has lost its place: its data ids are nearly round."""
WATCHED = 2232
"""Rows (2 s) over which a sensor must stay ahead until it gives samples up: jitter is shorter."""


class _Sensor:
    """What is in hand of one sensor."""

    def __init__(self) -> None:
        self.queue: Values = np.empty(0, np.float32)
        self.owed = 0
        """Rows that went without it since its last packet."""
        self.next_id: int | None = None
        self.least = np.iinfo(np.int64).max
        """Fewest samples left over in the rows watched."""

    def give(self, n: int) -> Values:
        """Its part of the next `n` rows."""
        given, self.queue = self.queue[:n], self.queue[n:]
        short = n - len(given)
        if short:
            self.owed += short
            given = np.concatenate([given, _nothing(short)])
        return given


class Aligner:
    """Packets in, rows out.

    Args:
        sensors: how many there are.
    """

    def __init__(self, sensors: int) -> None:
        self._sensors = [_Sensor() for _ in range(sensors)]
        self._watched = 0
        self.given_up = 0
        """Samples that fast sensors gave up."""

    def push(self, sensor: int, data_id: int, samples: Values) -> None:
        """Take one packet of sensor 0, 1, ..."""
        it = self._sensors[sensor]
        gap = FORGOTTEN if it.next_id is None else (data_id - it.next_id) % DATA_IDS
        if gap == DATA_IDS - 1:
            return  # the same packet once more
        it.next_id = (data_id + 1) % DATA_IDS
        if gap >= DATA_IDS // 2 or it.owed >= FORGOTTEN:
            ahead = max(len(each.queue) for each in self._sensors)
            it.queue = np.concatenate([it.queue, _nothing(max(0, ahead - len(it.queue) - SAMPLES)), samples])
            it.owed = 0
            return
        fresh = np.concatenate([_nothing(gap * SAMPLES), samples]) if gap else samples
        late = min(it.owed, len(fresh))
        it.owed -= late
        it.queue = np.concatenate([it.queue, fresh[late:]])

    def packets_for(self, rows: int) -> int:
        """How many more packets complete so many rows when none is lost."""
        return sum(-(-max(0, rows - len(s.queue)) // SAMPLES) for s in self._sensors if s.owed < SILENT)

    def take(self) -> Values:
        """[n, sensors] rows that are complete, or have waited long enough. Call it after every packet."""
        lengths = [len(s.queue) for s in self._sensors]
        awaited = [len(s.queue) for s in self._sensors if s.owed < SILENT or len(s.queue)]
        n = max(min(awaited, default=0), max(lengths) - LAG)
        if n <= 0:
            return np.empty((0, len(self._sensors)), np.float32)
        rows = np.stack([s.give(n) for s in self._sensors], axis=1)
        self._watch(n)
        return rows

    def _watch(self, n: int) -> None:
        """Let sensors that stay ahead give up what they are ahead."""
        for each in self._sensors:
            each.least = min(each.least, len(each.queue))
        self._watched += n
        if self._watched < WATCHED:
            return
        self._watched = 0
        for each in self._sensors:
            ahead = each.least // SAMPLES * SAMPLES
            if ahead:
                each.queue = each.queue[ahead:].copy()
                each.queue[:1] = np.nan
                self.given_up += ahead
            each.least = np.iinfo(np.int64).max


def _nothing(n: int) -> Values:
    return np.full(n, np.nan, np.float32)
