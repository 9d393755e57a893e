"""A recording as a source of EMG: at its own pace, or as fast as it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...core.chunk import Chunk, empty_chunk
from ...core.clock import CLOCK, Clock
from ...core.errors import ProfileError, SourceError, SourceLost
from ..montage import pick
from ..settings import SourceSettings
from ..source import ContextSource, SourceInfo
from .formats import read
from .npz import Recording


class PlaybackSource(ContextSource):
    """Samples of a recording, exactly. Sample k is measured at the moment of opening plus k / rate.

    As fast as possible, `read` never waits and hands out exactly `min_samples` rows while there are as many;
    stamps still count up at the recording's rate.

    Args:
        settings: `path`, `channels`, `realtime`, and `rep` and `cond` to play a part only.
        recording: to play this one instead of reading `path`.
        clock: real time, or a virtual one for replays.
    """

    def __init__(
        self, settings: SourceSettings, recording: Recording | None = None, clock: Clock = CLOCK
    ) -> None:
        if recording is None:
            if not settings.path:
                raise ProfileError("source.path is empty", "set the recording's file")
            recording = read(Path(settings.path))
        recording = recording.select(settings.rep, settings.cond)
        if settings.rate_hz and settings.rate_hz != recording.fs:
            raise SourceError(
                f"{recording.name} has {recording.fs:g} Hz; source.rate_hz = {settings.rate_hz:g}",
                f"set source.rate_hz = {recording.fs:g}",
            )
        picked = pick(recording.channels, settings.channels, recording.name)
        self._emg = recording.emg[:, picked]
        self._realtime = settings.realtime
        self._clock = clock
        self._at = 0
        self._t0_s: float | None = None
        self._info = SourceInfo(
            kind="playback",
            name=recording.name,
            serial="",
            channels=tuple(recording.channels[i] for i in picked),
            rate_hz=recording.fs,
            unit=recording.unit,
        )

    @property
    def info(self) -> SourceInfo:
        """Known once the file was read."""
        return self._info

    def open(self) -> None:
        """Start with the first sample, now."""
        if self._t0_s is None:
            self._t0_s = self._clock.now()
            self._at = 0

    def read(self, min_samples: int, deadline_s: float) -> Chunk:
        """As `EmgSource.read`; raises `SourceLost` when the recording has ended."""
        if self._t0_s is None:
            raise SourceError("this recording is not open", "call open() first")
        left = len(self._emg) - self._at
        if left == 0:
            raise SourceLost(f"the recording {self._info.name} has ended")
        n = min(min_samples, left)
        if self._realtime:
            due_s = self._t0_s + (self._at + n - 1) / self._info.rate_hz
            self._clock.sleep_until(min(due_s, deadline_s))
            # Rounded up by a millionth of a sample, so that a sample that is due exactly now counts.
            measured = int((self._clock.now() - self._t0_s) * self._info.rate_hz + 1e-6) + 1
            n = min(left, max(0, measured - self._at))
        t_arrival_s = self._clock.now()
        if n == 0:
            return empty_chunk(self._at, self._emg.shape[1], t_arrival_s)
        first, self._at = self._at, self._at + n
        samples = self._emg[first : self._at].copy()
        t_s = self._t0_s + (first + np.arange(n)) / self._info.rate_hz
        return Chunk(first, samples, np.ones(samples.shape, np.bool_), t_s, t_arrival_s)

    def close(self) -> None:
        """Stop; opening it again starts from the first sample."""
        self._t0_s = None
