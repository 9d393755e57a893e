"""What a Trigno measures beside EMG: a stream of its own, at its own rate, never waited for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...core.chunk import AuxBlock
from ...core.clock import now
from ...core.errors import SourceLost
from ..clock import SampleClock
from ..tcp import TcpLink
from .codec import SlotDecoder
from .sensors import AuxGroup


class AuxStream:
    """The AUX connection.

    Args:
        link: connected; it is closed with this.
        groups: what to hand out.
        width: values in a sample of the port.
        rate_hz: samples a second.
        big_endian: as the base says.
    """

    def __init__(
        self, link: TcpLink, groups: Sequence[AuxGroup], width: int, rate_hz: float, *, big_endian: bool
    ) -> None:
        self._link = link
        self._groups = groups
        self._decoder = SlotDecoder(width, range(width), big_endian=big_endian)
        self._rate_hz = rate_hz
        self._clock = SampleClock(rate_hz)
        self._next_index = 0
        self._last_t_s = -np.inf
        self._ended = False
        self._newest: tuple[AuxBlock, ...] = ()

    def poll(self) -> tuple[AuxBlock, ...]:
        """The newest readings of each group. Once the connection has ended they only grow old."""
        if self._ended:
            return self._newest
        try:
            rows = self._decoder.feed(self._link.read(0.0)).counts
        except SourceLost:
            self._ended = True
            return self._newest
        if len(rows):
            self._next_index += len(rows)
            self._clock.update(self._next_index - 1, now())
            t_s = self._clock.time_s(self._next_index - len(rows)) + np.arange(len(rows)) / self._rate_hz
            np.maximum(t_s, self._last_t_s, out=t_s)
            self._last_t_s = float(t_s[-1])
            values = rows.astype(np.float32)
            self._newest = tuple(
                AuxBlock(group.name, values[:, list(group.columns)], t_s, group.unit)
                for group in self._groups
            )
        return self._newest

    def close(self) -> None:
        """Hang up. May be called twice."""
        self._link.close()
