"""What every source shares whose device sends frames of samples over a wire: a codec in, chunks out."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..core.chunk import AuxBlock, Chunk, empty_chunk
from ..core.clock import now
from ..core.errors import SourceError, SourceLost
from .clock import SampleClock
from .frames import AuxRows, FrameDecoder, Rows
from .rows import RowFiller
from .settings import SourceSettings
from .source import ContextSource, SourceInfo
from .wire import Wire

_MOST_LOST_S = 10.0
"""A longer gap is another session: the source is lost, and opened again."""
_TURN = 0.88
"""Later than this share of a turn of the counter, a whole turn is missing without a gap in it."""
_UNCOUNTED_S, _SETTLE_S = 0.1, 0.5
"""A device without a counter that stays this much behind for that long has lost samples, not delayed them."""
_LONG_TURN_S = 0.5
"""A radio delays samples by more than a shorter turn of a counter: then, too, only what lasts is a loss."""


class FramedSource(ContextSource):
    """Open, read, close for a device behind a `Wire`. A device's own class says what is below.

    A subclass sets `modulus` and `first_counter`, and implements `_connect`, `_begin`, `_decoder`, `_scale`
    and `_farewell`. It sets `_info` in its constructor, or in `_connect` when only the device knows.
    """

    modulus = 0
    """Of the device's counter; 0 when it does not count."""
    _integers = True
    """The device sends whole counts; False where it sends floats."""
    first_counter: int | None = None
    """The counter of the first row after `_begin`, where the device promises one."""

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings
        self._info: SourceInfo | None = None
        self._picked: tuple[int, ...] = ()
        self._wire: Wire | None = None
        self._is_open = False

    def _connect(self) -> Wire:
        """Open the wire and make sure that the right device, set as wanted, is at its other end."""
        raise NotImplementedError

    def _begin(self, wire: Wire) -> None:
        """Tell the device to send."""
        raise NotImplementedError

    def _decoder(self) -> FrameDecoder:
        """A fresh codec."""
        raise NotImplementedError

    def _scale(self) -> NDArray[np.float64] | float:
        """From counts to `info.unit`: one factor, or one for each picked channel."""
        return 1.0

    def _farewell(self, wire: Wire) -> None:
        """Tell the device to stop; what fails here is nobody's concern."""

    @property
    def info(self) -> SourceInfo:
        """Connects when only the device knows."""
        if self._info is None:
            self._wire = self._connect()
        if self._info is None:
            raise SourceError(f"this {self._settings.kind} does not say what it is")
        return self._info

    def open(self) -> None:
        """See `EmgSource`."""
        if self._is_open:
            return
        wire = self._wire or self._connect()
        self._wire = None
        try:
            self._begin(wire)
        except BaseException:
            wire.close()
            raise
        self._wire, self._is_open = wire, True
        info = self.info
        self._codec = self._decoder()
        self._factor = self._scale()
        if info.lsb is None and isinstance(self._factor, float) and self._integers:
            self._info = replace(info, lsb=self._factor)
        self._columns = list(self._picked)
        self._filler = RowFiller(len(self._picked))
        self._clock = SampleClock(info.rate_hz)
        self._rows: list[Rows] = []
        self._waiting = 0
        self._next_index = 0
        self._next_counter = self.first_counter
        self._last_t_s = -np.inf
        self._aux: dict[str, AuxBlock] = {}
        self._least_behind_s, self._behind_until_s = np.inf, 0.0
        self._lost: SourceLost | None = None

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        """As `EmgSource.read`."""
        if self._wire is None or not self._is_open:
            raise SourceError(f"this {self._settings.kind} is not open", "call open() first")
        t_arrival_s = self._fetch(self._wire, min_samples, deadline_s)
        if not self._waiting:
            if self._lost is not None:
                raise self._lost
            return empty_chunk(self._next_index, len(self._columns), t_arrival_s)
        rows, self._rows, self._waiting = self._rows, [], 0
        return self._chunk(rows[0] if len(rows) == 1 else _joined(rows), t_arrival_s)

    def _fetch(self, wire: Wire, min_samples: int, deadline_s: float) -> float:
        """Collect rows until there are enough and no more bytes; returns when the last bytes came."""
        while self._lost is None:
            left = min_samples - self._waiting
            try:
                data = wire.read(deadline_s, self._codec.missing(left)) if left > 0 else wire.read(0.0)
            except SourceLost as error:
                self._lost = error
                break
            if not data:
                break
            found = self._codec.feed(data)
            if len(found):
                self._rows.append(found)
                self._waiting += len(found)
        return now()

    def _chunk(self, rows: Rows, t_arrival_s: float) -> Chunk:
        info = self.info
        lost_before = self._gaps(rows, t_arrival_s)
        lost = 0 if lost_before is None else int(lost_before.sum())
        if lost > _MOST_LOST_S * info.rate_hz:
            raise SourceLost(
                f"the {info.name} was silent for {lost / info.rate_hz:.0f} s", "start the limb again"
            )
        picked = rows.counts[:, self._columns].astype(np.float64) * self._factor
        samples, valid = self._filler.fill(picked.astype(np.float32), lost_before)
        first_index = self._next_index
        self._next_index += len(samples)
        self._clock.update(self._next_index - 1, t_arrival_s)
        t_s = self._clock.time_s(first_index) + np.arange(len(samples)) / info.rate_hz
        # An earlier arrival than ever moves the whole line back: time itself never goes back.
        np.maximum(t_s, self._last_t_s, out=t_s)
        self._last_t_s = float(t_s[-1])
        for aux in rows.aux:
            self._hold(aux, lost_before, t_s)
        return Chunk(first_index, samples, valid, t_s, t_arrival_s, lost, tuple(self._aux.values()))

    def _gaps(self, rows: Rows, t_arrival_s: float) -> NDArray[np.int64] | None:
        """[n] rows missing before each; None when none is."""
        counter = rows.counter
        if counter is None:
            return self._uncounted(rows, t_arrival_s)
        before = counter[0] if self._next_counter is None else self._next_counter
        gaps = np.empty(len(counter), np.int64)
        gaps[0] = counter[0] - before
        gaps[1:] = np.diff(counter) - 1
        gaps %= self.modulus
        self._next_counter = (int(counter[-1]) + 1) % self.modulus
        turn_s = self.modulus / self.info.rate_hz
        newest = self._next_index + len(gaps) + int(gaps.sum()) - 1
        if turn_s < _LONG_TURN_S:
            behind_s = self._lasting_s(newest, t_arrival_s, _TURN * turn_s)
        else:
            behind_s = self._clock.behind_s(newest, t_arrival_s)
        if behind_s > _TURN * turn_s:
            gaps[int(gaps.argmax())] += self.modulus * max(1, round(behind_s / turn_s))
        return gaps if gaps.any() else None

    def _uncounted(self, rows: Rows, t_arrival_s: float) -> NDArray[np.int64] | None:
        """As `_gaps` without a counter: what the codec saw destroyed, and what the clock misses."""
        gaps = rows.lost_before
        newest = self._next_index + len(rows) - 1 + (0 if gaps is None else int(gaps.sum()))
        behind_s = self._lasting_s(newest, t_arrival_s, _UNCOUNTED_S)
        if behind_s > 0:
            gaps = np.zeros(len(rows), np.int64) if gaps is None else gaps.copy()
            gaps[0] += round(behind_s * self.info.rate_hz)
        return gaps

    def _lasting_s(self, newest: int, t_arrival_s: float, least_s: float) -> float:
        """By how much samples have been late for a while, all of them; 0 if it is not more than `least_s`."""
        if t_arrival_s >= self._behind_until_s:
            self._least_behind_s, self._behind_until_s = np.inf, t_arrival_s + _SETTLE_S
        self._least_behind_s = min(self._least_behind_s, self._clock.behind_s(newest, t_arrival_s))
        settled = t_arrival_s + _SETTLE_S / 5 >= self._behind_until_s
        if not settled or self._least_behind_s <= least_s:
            return 0.0
        behind_s = self._least_behind_s
        self._least_behind_s, self._behind_until_s = np.inf, t_arrival_s + _SETTLE_S
        return behind_s

    def _hold(self, aux: AuxRows, lost_before: NDArray[np.int64] | None, t_s: NDArray[np.float64]) -> None:
        """Keep the newest reading of each kind, with the times they were measured at."""
        if not len(aux.row):
            return
        at = aux.row if lost_before is None else aux.row + np.cumsum(lost_before)[aux.row]
        self._aux[aux.name] = AuxBlock(aux.name, aux.values, t_s[at], aux.unit)

    def close(self) -> None:
        """See `EmgSource`."""
        if self._wire is not None:
            with contextlib.suppress(SourceError):
                self._farewell(self._wire)
            self._wire.close()
            self._wire = None
        self._is_open = False


def _joined(rows: list[Rows]) -> Rows:
    """Several as one."""
    starts = np.cumsum([0, *(len(r) for r in rows)])
    lost = None
    if any(r.lost_before is not None for r in rows):
        parts = [np.zeros(len(r), np.int64) if r.lost_before is None else r.lost_before for r in rows]
        lost = np.concatenate(parts)
    counters = [r.counter for r in rows if r.counter is not None]
    kinds: dict[str, list[AuxRows]] = {}
    for start, each in zip(starts.tolist(), rows, strict=False):
        for aux in each.aux:
            moved = AuxRows(aux.name, aux.unit, aux.row + start, aux.values)
            kinds.setdefault(aux.name, []).append(moved)
    joined = tuple(
        AuxRows(name, of[0].unit, np.concatenate([a.row for a in of]), np.concatenate([a.values for a in of]))
        for name, of in kinds.items()
    )
    counter = np.concatenate(counters) if counters else None
    return Rows(np.concatenate([r.counts for r in rows]), counter, lost, joined)
