"""An LSL inlet as a source of EMG."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core import clock
from ...core.chunk import Chunk, empty_chunk
from ...core.errors import SourceError, SourceLost, SourceNotFound
from ..montage import pick
from ..rows import RowFiller
from ..settings import SourceSettings
from ..source import ContextSource, SourceInfo
from .find import Described, describe, find_stream, load_pylsl
from .pull import Puller, StreamEnded
from .stamps import StampTrack

_BUFFER_S = 20
"""liblsl keeps this much when nobody reads; older samples are dropped and seen as a gap in the stamps."""
_MOST_LOST_S = 10.0
"""A longer gap is not filled: the stream is another recording now."""
_OPEN_S = 3.0
_SAME_CLOCK_S = 1e-3
"""LSL's clock is CLOCK_MONOTONIC on Linux; a smaller difference is only the time between two readings."""


class LslSource(ContextSource):
    """Raw stamps, no dejitter: smoothing costs delay, and the loop needs a sample's true age."""

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings
        self._inlet: Any = None
        self._described: Described | None = None
        self._info: SourceInfo | None = None
        self._is_open = False
        self._next_index = 0

    @property
    def info(self) -> SourceInfo:
        """Looks for the stream when it was not found yet."""
        return self._info or self.find()

    def find(self) -> SourceInfo:
        """Resolve the stream and read its description, without starting samples.

        Raises:
            SourceNotFound, SourceError: none, several, or one that the settings do not fit.
        """
        settings = self._settings
        pylsl = load_pylsl()
        stream = find_stream(settings.stream, settings.find_s)
        # recover=False: a stream that is gone says so at once, instead of being waited for in silence.
        self._inlet = pylsl.StreamInlet(stream, max_buflen=_BUFFER_S, recover=False)
        try:
            said = describe(self._inlet.info(_OPEN_S))
        except (TimeoutError, pylsl.util.LostError) as error:
            raise SourceNotFound(
                f"LSL stream {stream.name()!r} on {stream.hostname()} answers, but does not describe itself",
                "look for a firewall between the two machines, or start the stream again",
            ) from error
        if settings.rate_hz and abs(settings.rate_hz - said.rate_hz) > 1e-6 * said.rate_hz:
            raise SourceError(
                f"LSL stream {said.name!r} has {said.rate_hz:g} Hz; source.rate_hz = {settings.rate_hz:g}",
                f"set source.rate_hz = {said.rate_hz:g}, or the amplifier to {settings.rate_hz:g} Hz",
            )
        picked = pick(said.channels, settings.channels, f"LSL stream {said.name!r}")
        columns = [said.columns[i] for i in picked]
        total = stream.channel_count()
        # None: all channels in the stream's order, no copy needed.
        self._columns = None if columns == list(range(total)) else np.array(columns)
        scale = np.array([said.scale[i] for i in picked], np.float32)
        self._scale = None if (scale == 1).all() else scale
        self._puller = Puller(self._inlet, said.number_format, total, max(1024, round(said.rate_hz)))
        self._is_float32 = said.number_format == "float32"
        self._filler = RowFiller(len(picked))
        self._track = StampTrack(said.rate_hz)
        self._described = said
        self._info = SourceInfo(
            kind="lsl",
            name=said.name,
            serial=said.source_id,
            channels=tuple(said.channels[i] for i in picked),
            rate_hz=said.rate_hz,
            unit=said.unit,
            notes=said.notes,
        )
        return self._info

    def open(self) -> None:
        """Subscribe. liblsl starts its receiving thread here."""
        if self._is_open:
            return
        if self._inlet is None:
            self.find()
        pylsl = load_pylsl()
        try:
            self._inlet.open_stream(_OPEN_S)
            self._offset_s = self._clock_offset_s(pylsl)
        except (TimeoutError, pylsl.util.LostError) as error:
            raise SourceNotFound(
                f"LSL stream {self.info.name!r} was found, but cannot be opened", "start the stream again"
            ) from error
        self._is_open = True

    def _clock_offset_s(self, pylsl: Any) -> float:
        """Seconds to add to a stamp of this stream to get monotonic time here."""
        before_s = clock.now()
        ours_s = (before_s + clock.now()) / 2 - pylsl.local_clock()
        offset_s: float = 0.0 if abs(ours_s) < _SAME_CLOCK_S else ours_s
        if self._described is not None and self._described.host != socket.gethostname():
            offset_s += self._inlet.time_correction(_OPEN_S)
        return offset_s

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        """As `EmgSource.read`. liblsl waits in C until enough rows are there; no Python runs meanwhile."""
        if not self._is_open:
            raise SourceError("this LSL source is not open", "call open() first")
        try:
            n = self._puller.pull(min_samples, deadline_s)
        except StreamEnded as error:
            raise SourceLost(
                f"LSL stream {self.info.name!r} has ended", "start the amplifier's program again"
            ) from error
        t_arrival_s = clock.now()
        if n == 0:
            return empty_chunk(self._next_index, len(self.info.channels), t_arrival_s)
        raw = self._puller.values[:n]
        picked = raw.copy() if self._columns is None else raw[:, self._columns]
        samples = picked if self._is_float32 else picked.astype(np.float32)
        if self._scale is not None:
            samples *= self._scale
        t_s = self._puller.stamps_s[:n] + self._offset_s
        return self._chunk(samples, t_s, t_arrival_s)

    def _chunk(self, samples: NDArray[np.float32], t_s: NDArray[np.float64], t_arrival_s: float) -> Chunk:
        rate_hz = self.info.rate_hz
        lost_before = self._track.lost_before(t_s)
        lost = 0
        if lost_before is not None:
            lost = int(lost_before.sum())
            longest_s = float(lost_before.max()) / rate_hz
            if longest_s > _MOST_LOST_S:
                raise SourceLost(
                    f"LSL stream {self.info.name!r} was interrupted for {longest_s:.1f} s",
                    "start the limb again",
                )
            end = np.arange(len(t_s)) + np.cumsum(lost_before)
            # Backwards from each received row, so that received rows keep their own stamps exactly.
            rows = np.arange(int(end[-1]) + 1)
            owner = np.searchsorted(end, rows)
            t_s = t_s[owner] - (end[owner] - rows) / rate_hz
        filled, valid = self._filler.fill(samples, lost_before)
        first_index = self._next_index
        self._next_index += len(filled)
        return Chunk(first_index, filled, valid, t_s, t_arrival_s, lost)

    def close(self) -> None:
        """Unsubscribe."""
        self._is_open = False
        if self._inlet is not None:
            with contextlib.suppress(Exception):
                self._inlet.close_stream()
            self._inlet = None
