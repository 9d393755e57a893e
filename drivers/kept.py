"""A source that is kept: lost, it is looked for with patience, and the rows of the meantime are filled in.

While the amplifier is away, rows come at its rate, marked invalid, so that time, filters and recordings go on
and nothing is closed up. The one thread that looks for it ends with the source.
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace

import numpy as np

from ..core.chunk import AuxBlock, Chunk, empty_chunk
from ..core.clock import CLOCK, Clock
from ..core.errors import SourceBusy, SourceError, SourceLost, SourceNotFound
from ..core.link import LinkState
from .clock import RateWatch
from .source import ContextSource, EmgSource, SourceInfo, change_of

_SILENT_S, _GIVEN_UP_S = 0.5, 3.0
"""No row for so long: said, and then taken for lost (a board that was switched off keeps its port)."""
_BACK_OFF_S = (0.1, 0.25, 0.5, 1.0, 2.0)
"""Between attempts; the last one stays."""
_FILL_BEHIND_S = 0.03
"""Filled rows stay this much behind now: the first real ones may be that old when they come."""
_MOST_S = 0.05
"""Longest chunk handed out, so that no backlog holds a loop up: the rest comes with the next call."""


class KeptSource(ContextSource):
    """An `EmgSource` that comes back.

    Args:
        source: a live one, not opened; `close` and `open` start it again.
        clock: real, or virtual for replays.
        back_off_s: seconds between attempts.
    """

    def __init__(
        self, source: EmgSource, clock: Clock = CLOCK, back_off_s: tuple[float, ...] = _BACK_OFF_S
    ) -> None:
        self._source = source
        self._clock = clock
        self._back_off_s = back_off_s
        self._seeker: _Seeker | None = None
        self._backlog: list[Chunk] = []
        self.reconnects = 0
        """How often it was lost and found again."""
        self.notice = ""
        """What was lost last, in one line; stays until the next one."""

    @property
    def info(self) -> SourceInfo:
        """As the source says when it is first opened."""
        return self._info if self._opened else self._source.info

    _opened = False

    def open(self) -> None:
        """The first time it must be there: as `EmgSource.open`."""
        if self._opened:
            return
        self._source.open()
        self._info = self._source.info
        self._opened = True
        self._watch = RateWatch(self._info.rate_hz)
        self._most = max(1, round(_MOST_S * self._info.rate_hz))
        self._next_index = 0
        self._offset = 0
        self._last_t_s = self._clock.now()
        self._last_row_s = self._last_t_s
        self._last_row = np.zeros(len(self._info.channels), np.float32)
        self._joins = False

    @property
    def link(self) -> LinkState:
        """What the link is doing now."""
        if self._seeker is not None:
            return LinkState.RECONNECTING
        if self._clock.now() - self._last_row_s > _SILENT_S:
            return LinkState.SILENT
        return LinkState.WRONG_RATE if self._watch.wrong else LinkState.STREAMING

    @property
    def measured_rate_hz(self) -> float | None:
        """What it really sends; None in its first second."""
        return self._watch.measured_hz

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        """As `EmgSource.read`, but a lost amplifier is no error: rows that were not measured are invalid.

        Raises:
            SourceLost: it came back as something else, and nothing that was set up for it fits.
        """
        if not self._opened:
            raise SourceError("this source is not open", "call open() first")
        if not self._backlog:
            chunk = self._fetch(min_samples, deadline_s)
            if len(chunk) <= self._most:
                return chunk
            self._backlog = _slices(chunk, self._most)
        return self._backlog.pop(0)

    def _fetch(self, min_samples: int, deadline_s: float) -> Chunk:
        if self._seeker is not None:
            if not self._seeker.done:
                return self._filled(min_samples, deadline_s)
            self._return(self._seeker)
        try:
            chunk = self._source.read(min_samples, deadline_s)
        except SourceLost as error:
            self._lose(error)
            return self._nothing()
        if not len(chunk):
            if self._clock.now() - self._last_row_s > _GIVEN_UP_S:
                self._lose(
                    SourceLost(f"the {self._info.name} has sent nothing for {_GIVEN_UP_S:g} s", "is it on?")
                )
            return self._nothing(chunk.aux)
        self._watch.count(len(chunk), chunk.lost, chunk.t_arrival_s)
        self._last_row_s = chunk.t_arrival_s
        if self._joins:
            chunk = self._joined(chunk)
            if not len(chunk):
                return self._nothing(chunk.aux)
        chunk = replace(chunk, first_index=chunk.first_index + self._offset) if self._offset else chunk
        return self._handed(chunk)

    def _handed(self, chunk: Chunk) -> Chunk:
        self._next_index = chunk.first_index + len(chunk)
        self._last_t_s = float(chunk.t_s[-1])
        self._last_row = chunk.samples[-1]
        return chunk

    def _nothing(self, aux: tuple[AuxBlock, ...] = ()) -> Chunk:
        """No row of EMG; what came beside it comes at its own pace and is handed on."""
        nothing = empty_chunk(self._next_index, len(self._info.channels), self._clock.now())
        return replace(nothing, aux=aux) if aux else nothing

    def _lose(self, error: SourceLost) -> None:
        self.notice = str(error)
        self._seeker = _Seeker(self._source, self._back_off_s)

    def _return(self, seeker: _Seeker) -> None:
        """The amplifier is open again; its rows join where time has come to."""
        self._seeker = None
        if seeker.refused is not None:
            raise SourceLost(seeker.refused.what, seeker.refused.mend)
        changed = change_of(self._info, self._source.info)
        if changed:
            raise SourceLost(
                f"the {self._info.name} came back with {changed}",
                "mend its settings, then start the limb again",
            )
        self.reconnects += 1
        self._watch.reset()
        self._joins = True
        self._last_row_s = self._clock.now()

    def _filled(self, min_samples: int, deadline_s: float) -> Chunk:
        """Rows that nobody measured, as time goes by."""
        rate_hz = self._info.rate_hz
        due_s = self._last_t_s + min_samples / rate_hz + _FILL_BEHIND_S
        self._clock.sleep_until(min(due_s, deadline_s))
        now_s = self._clock.now()
        n = min(self._most, int((now_s - _FILL_BEHIND_S - self._last_t_s) * rate_hz))
        return self._handed(self._gap(n, now_s)) if n > 0 else self._nothing()

    def _gap(self, n: int, now_s: float) -> Chunk:
        samples = np.repeat(self._last_row[None], n, axis=0)
        t_s = self._last_t_s + np.arange(1, n + 1) / self._info.rate_hz
        return Chunk(self._next_index, samples, np.zeros(samples.shape, np.bool_), t_s, now_s, n)

    def _joined(self, chunk: Chunk) -> Chunk:
        """The first rows after an interruption, with what is still missing before them."""
        self._joins = False
        gap = round((float(chunk.t_s[0]) - self._last_t_s) * self._info.rate_hz) - 1
        if gap < 0:  # as many of these were filled already
            over = min(-gap, len(chunk))
            self._joins = over == len(chunk)
            self._offset = self._next_index - chunk.first_index - over
            return _rows(chunk, over, len(chunk))
        self._offset = self._next_index + gap - chunk.first_index
        if gap == 0:
            return chunk
        missing = self._gap(gap, chunk.t_arrival_s)
        return Chunk(
            chunk.first_index - gap,
            np.concatenate([missing.samples, chunk.samples]),
            np.concatenate([missing.valid, chunk.valid]),
            np.concatenate([missing.t_s, chunk.t_s]),
            chunk.t_arrival_s,
            gap + chunk.lost,
            chunk.aux,
        )

    def close(self) -> None:
        """See `EmgSource`."""
        if self._seeker is not None:
            self._seeker.stop()
            self._seeker = None
        self._source.close()
        self._opened = False


class _Seeker:
    """Opens a source again, in a thread of its own, until it is there or will never be."""

    def __init__(self, source: EmgSource, back_off_s: tuple[float, ...]) -> None:
        self._source = source
        self._back_off_s = back_off_s
        self._stop = threading.Event()
        self.done = False
        self.refused: SourceError | None = None
        """Why it makes no sense to go on."""
        self._thread = threading.Thread(target=self._run, name="looks for the amplifier", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        attempt = 0
        with contextlib.suppress(SourceError):
            self._source.close()
        while not self._stop.wait(self._back_off_s[min(attempt, len(self._back_off_s) - 1)]):
            attempt += 1
            try:
                self._source.open()
            except (SourceNotFound, SourceBusy, SourceLost):
                with contextlib.suppress(SourceError):
                    self._source.close()
                continue
            except SourceError as error:
                self.refused = error
            self.done = True
            return

    def stop(self) -> None:
        """Waits for an attempt that is under way."""
        self._stop.set()
        self._thread.join()


def _rows(chunk: Chunk, first: int, end: int) -> Chunk:
    """Rows `first` to `end` of a chunk; what came beside it goes with each part."""
    valid = chunk.valid[first:end]
    # A row that was lost has no valid value at all; a NaN of one channel is no lost row.
    lost = min(chunk.lost, int((~valid.any(axis=1)).sum())) if chunk.lost else 0
    return Chunk(
        chunk.first_index + first,
        chunk.samples[first:end],
        valid,
        chunk.t_s[first:end],
        chunk.t_arrival_s,
        lost,
        chunk.aux,
    )


def _slices(chunk: Chunk, most: int) -> list[Chunk]:
    return [_rows(chunk, at, min(at + most, len(chunk))) for at in range(0, len(chunk), most)]
