"""A stream that is read beside EMG: a load cell, an IMU. It is polled, never waited for, and never fails."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from ...core.chunk import AuxBlock
from ...core.errors import SourceNotFound
from .describe import describe_aux, number_format_of
from .find import find_stream, load_pylsl
from .offset import StampOffset
from .pull import Puller, StreamEnded

_BUFFER_S = 2
"""liblsl keeps this much (200 samples of a stream without a rate): only the newest matter."""
_ROWS = 256
_OPEN_S = 3.0
_SETTING = "source.options.aux"


class AuxInlet:
    """One further stream. A sender that starts again with its source_id is found again by liblsl.

    Args:
        wanted: name or source_id.
        find_s: how long to look for it.
    """

    def __init__(self, wanted: str, find_s: float) -> None:
        self._wanted = wanted
        self._find_s = find_s
        self._stream: Any = None
        self._inlet: Any = None
        self._offset: StampOffset | None = None
        self.blocks: tuple[AuxBlock, ...] = ()
        """The newest samples, one block for each group of channels; they stay when the stream falls silent,
        and their times say how old they are."""

    def open(self) -> None:
        """Subscribe.

        Raises:
            SourceNotFound, SourceError: none, several, or text. Only the first time: once it was there, a
                stream that is away is waited for in the background.
        """
        pylsl = load_pylsl()
        if self._stream is not None:
            self._subscribe(pylsl)
            with contextlib.suppress(TimeoutError, RuntimeError):
                self._inlet.open_stream(0.0)
            return
        self._stream = find_stream(self._wanted, self._find_s, _SETTING)
        self._subscribe(pylsl)
        try:
            self._groups = describe_aux(self._inlet.info(_OPEN_S))
            self._inlet.open_stream(_OPEN_S)
            self._offset = StampOffset(pylsl, self._inlet, self._stream.hostname(), _OPEN_S)
        except (TimeoutError, pylsl.util.LostError) as error:
            self._forget()
            raise SourceNotFound(
                f"LSL stream {self._wanted!r} answers, but cannot be opened", "start the stream again"
            ) from error
        except BaseException:
            self._forget()
            raise

    def _subscribe(self, pylsl: Any) -> None:
        self._inlet = pylsl.StreamInlet(self._stream, max_buflen=_BUFFER_S, recover=True)
        channels = self._stream.channel_count()
        self._puller = Puller(self._inlet, number_format_of(self._stream), channels, _ROWS)

    def _forget(self) -> None:
        self.close()
        self._stream = None

    def poll(self, now_s: float) -> bool:
        """Take what has come; True when `blocks` are new."""
        if self._inlet is None or self._offset is None:
            return False
        try:
            n = self._puller.pull(0, now_s)
        except StreamEnded:
            self.close()
            return False
        if n == 0:
            return False
        self._offset.follow(now_s)
        t_s = self._puller.stamps_s[:n] + self._offset.seconds
        rows = self._puller.values[:n]
        self.blocks = tuple(
            AuxBlock(group.name, rows[:, group.columns].astype(np.float32), t_s, group.unit)
            for group in self._groups
        )
        return True

    def close(self) -> None:
        """Unsubscribe. May be called twice."""
        if self._inlet is not None:
            with contextlib.suppress(Exception):
                self._inlet.close_stream()
            self._inlet = None
