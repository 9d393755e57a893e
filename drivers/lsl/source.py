"""An LSL inlet as a source of EMG."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core import clock
from ...core.chunk import AuxBlock, Chunk, empty_chunk
from ...core.errors import SourceError, SourceLost, SourceNotFound
from ..montage import pick
from ..options import read_options
from ..rows import RowFiller
from ..settings import SourceSettings
from ..source import ContextSource, SourceInfo, change_of
from .aux_inlet import AuxInlet
from .describe import Described, describe
from .find import find_stream, load_pylsl
from .offset import StampOffset
from .pull import Puller, StreamEnded
from .settings import LslOptions
from .stamps import StampTrack

_BUFFER_S = 20
"""liblsl keeps this much when nobody reads; older samples are dropped and seen as a gap in the stamps."""
_MOST_LOST_S = 10.0
"""A longer gap is not filled: the stream is another recording now."""
_OPEN_S = 3.0


class LslSource(ContextSource):
    """Raw stamps, no dejitter: smoothing costs delay, and the loop needs a sample's true age.

    Opened again after `SourceLost` it looks for the same stream again, by its source_id where it has one: a
    neighbour's stream that only fits the name is not this person's.
    """

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings
        self._inlet: Any = None
        self._described: Described | None = None
        self._info: SourceInfo | None = None
        self._is_open = False
        options = read_options(LslOptions, settings)
        self._inlets = [AuxInlet(wanted, settings.find_s) for wanted in options.aux]
        self._own_aux: tuple[AuxBlock, ...] = ()
        self._aux: tuple[AuxBlock, ...] = ()
        self._next_index = 0

    @property
    def info(self) -> SourceInfo:
        """Looks for the stream when it was not found yet."""
        return self._info or self.find()

    def find(self) -> SourceInfo:
        """Resolve the stream and read its description, without starting samples.

        Raises:
            SourceNotFound, SourceError: none, several, one that the settings do not fit, or one that is not
                what it was when it was found before.
        """
        settings = self._settings
        pylsl = load_pylsl()
        stream = find_stream(self._wanted, settings.find_s)
        # recover=False: a stream that is gone says so at once, instead of being waited for in silence.
        inlet = pylsl.StreamInlet(stream, max_buflen=_BUFFER_S, recover=False)
        try:
            said = describe(inlet.info(_OPEN_S))
        except (TimeoutError, pylsl.util.LostError) as error:
            raise SourceNotFound(
                f"LSL stream {stream.name()!r} on {stream.hostname()} answers, but does not describe itself",
                "look for a firewall between the two machines, or start the stream again",
            ) from error
        info = self._fit(said)
        changed = change_of(self._info, info) if self._info is not None else ""
        if changed:
            raise SourceError(
                f"LSL stream {said.name!r} came back with {changed}",
                "set it as it was, or start the limb again",
            )
        self._prepare(said, inlet)
        self._info = info
        return info

    @property
    def _wanted(self) -> str:
        """Name or source_id to look for: what the person said, and later the very stream that it led to."""
        if self._described is None:
            return self._settings.stream
        return self._described.source_id or self._described.name

    def _fit(self, said: Described) -> SourceInfo:
        """What the stream is with these settings.

        Raises:
            SourceError: another rate, or a channel that it does not have.
        """
        settings = self._settings
        if settings.rate_hz and abs(settings.rate_hz - said.rate_hz) > 1e-6 * said.rate_hz:
            raise SourceError(
                f"LSL stream {said.name!r} has {said.rate_hz:g} Hz; source.rate_hz = {settings.rate_hz:g}",
                f"set source.rate_hz = {said.rate_hz:g}, or the amplifier to {settings.rate_hz:g} Hz",
            )
        self._picked = pick(said.channels, settings.channels, f"LSL stream {said.name!r}")
        return SourceInfo(
            kind="lsl",
            name=said.name,
            serial=said.source_id,
            channels=tuple(said.channels[i] for i in self._picked),
            rate_hz=said.rate_hz,
            unit=said.unit,
            notes=said.notes,
        )

    def _prepare(self, said: Described, inlet: Any) -> None:
        """Everything that a read needs, made once."""
        columns = [said.columns[i] for i in self._picked]
        total = inlet.channel_count
        # None: all channels in the stream's order, no copy needed.
        self._columns = None if columns == list(range(total)) else np.array(columns)
        scale = np.array([said.scale[i] for i in self._picked], np.float32)
        self._scale = None if (scale == 1).all() else scale
        self._puller = Puller(inlet, said.number_format, total, max(1024, round(said.rate_hz)))
        self._is_float32 = said.number_format == "float32"
        self._filler = RowFiller(len(self._picked))
        self._track = StampTrack(said.rate_hz)
        self._own_groups = said.aux
        self._described, self._inlet = said, inlet

    def open(self) -> None:
        """Subscribe. liblsl starts its receiving thread here."""
        if self._is_open:
            return
        if self._inlet is None:
            self.find()
        pylsl = load_pylsl()
        for aux in self._inlets:
            aux.open()
        try:
            self._inlet.open_stream(_OPEN_S)
            host = "" if self._described is None else self._described.host
            self._offset = StampOffset(pylsl, self._inlet, host, _OPEN_S)
        except (TimeoutError, pylsl.util.LostError) as error:
            raise SourceNotFound(
                f"LSL stream {self.info.name!r} was found, but cannot be opened", "start the stream again"
            ) from error
        self._next_index = 0
        self._is_open = True

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
        if self._inlets:
            self._poll_aux(t_arrival_s)
        if n == 0:
            nothing = empty_chunk(self._next_index, len(self.info.channels), t_arrival_s)
            return replace(nothing, aux=self._aux) if self._aux else nothing
        raw = self._puller.values[:n]
        stamps_s = self._puller.stamps_s[:n]
        if self._offset.remote:
            self._offset.follow(t_arrival_s)
        if self._own_groups:
            self._take_own_aux(raw, stamps_s + self._offset.seconds)
        picked = raw.copy() if self._columns is None else raw[:, self._columns]
        samples = picked if self._is_float32 else picked.astype(np.float32)
        if self._scale is not None:
            samples *= self._scale
        return self._chunk(samples, stamps_s, t_arrival_s)

    def _take_own_aux(self, raw: NDArray[np.generic], t_s: NDArray[np.float64]) -> None:
        """What came beside EMG in the same stream, at the same times."""
        self._own_aux = tuple(
            AuxBlock(group.name, raw[:, group.columns].astype(np.float32), t_s, group.unit)
            for group in self._own_groups
        )
        self._join_aux()

    def _poll_aux(self, now_s: float) -> None:
        """What the further streams have, without waiting."""
        new = [inlet.poll(now_s) for inlet in self._inlets]
        if any(new):
            self._join_aux()

    def _join_aux(self) -> None:
        self._aux = (*self._own_aux, *(block for inlet in self._inlets for block in inlet.blocks))

    def _chunk(
        self, samples: NDArray[np.float32], stamps_s: NDArray[np.float64], t_arrival_s: float
    ) -> Chunk:
        rate_hz = self.info.rate_hz
        lost_before = self._track.lost_before(stamps_s)
        t_s = stamps_s + self._offset.seconds
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
        return Chunk(first_index, filled, valid, t_s, t_arrival_s, lost, self._aux)

    def close(self) -> None:
        """Unsubscribe."""
        self._is_open = False
        if self._inlet is not None:
            with contextlib.suppress(Exception):
                self._inlet.close_stream()
            self._inlet = None
        for aux in self._inlets:
            aux.close()
