"""Stop and release by tensing two opposing muscles at once. Knows no decoder: it works whatever is decoded.

Both sites above their threshold within 80 ms of each other, for 80 to 200 ms, is the gesture by which
clinical hands with two electrodes change their mode; here it stops the limb, and held on for a second it
releases it.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from ..core.command import Ask
from ..core.errors import ProfileError
from ..models.pipeline import PipelineSettings
from ..models.signal.conditioning import block_matrix
from ..models.signal.flags import UNTRUSTED
from .settings import CocontractionSettings

OFF_SHARE = 0.8
"""A muscle is tensed until its level is below this share of the threshold: the level of 80 ms of noise, some
200 Hz wide, varies by 1 / (2 sqrt(200 x .08)) = 12 % by itself (Bendat and Piersol, Random Data)."""
LOUD = 3.0
"""So many times the strongest level of calibration is no muscle."""
_ABSURD = 1e14
"""In squares, of what is too loud: no amplifier's constant is that large beside its EMG."""
RAIL_SHARE = 0.98
"""Of the amplifier's range: nearer to its end it measures nothing."""
KEEP_S = 0.2
"""An ask stays in the commands for so long: none is lost with one that is dropped."""
REFRACTORY_S = 0.5
"""After an ask has ended, none begins for so long."""
_LONG_AGO = (-1_000_000_000, -2_000_000_000)
"""When both became tensed as long as nobody has seen them relaxed: never together."""
DEAF_S = 0.25
"""After samples that cannot be believed: the filter's answer to a step, and the window, are over by then."""


class Cocontraction:
    """Watches two channels.

    Levels are those of calibration: conditioned by the model's own filter. A contraction that one of the two
    muscles was already making, for whatever movement, does not count; both must start together.

    Args:
        settings: which channels, how strong, how long.
        pipeline: of the model: filter, calibrated levels, names of the channels.

    Raises:
        ProfileError: a channel that the model does not know, the same twice, or no calibrated level.
    """

    def __init__(self, settings: CocontractionSettings, pipeline: PipelineSettings) -> None:
        places = [_place(name, pipeline) for name in settings.channels]
        first, last = min(places), max(places)
        if first == last:
            raise ProfileError(f"control.cocontraction.channels: {settings.channels[0]!r} is there twice")
        # Two columns as a slice: they are looked at where they lie.
        self._columns = slice(first, last + 1, last - first)
        self._ch = (first, last)
        strongest = [pipeline.active_rms[c] for c in self._ch]
        self._on = tuple((settings.share * level) ** 2 for level in strongest)
        self._off = tuple(OFF_SHARE**2 * on for on in self._on)
        self._loud = tuple((LOUD * level) ** 2 for level in strongest)
        self._rail = RAIL_SHARE * pipeline.rail if pipeline.rail > 0 else math.inf
        length, states = pipeline.increment_samples, 2 * len(pipeline.sos)
        # One row a channel, so that its level is the product of a row with itself.
        self._matrix = np.ascontiguousarray(block_matrix(pipeline.sos, length).T)
        self._in = np.zeros((2, states + length))
        self._out = np.zeros_like(self._in)
        self._before, self._after = self._in[:, :states], self._out[:, :states]
        self._rows = self._in[:, states:].T
        self._made = tuple(self._out[:, states:])

        def increments(seconds: float) -> int:
            return max(1, round(seconds / pipeline.increment_s))

        self._window = increments(settings.window_s)
        self._within = increments(settings.within_s)
        self._stop, self._release = increments(settings.stop_s), increments(settings.release_s)
        self._keep, self._quiet = increments(KEEP_S), increments(REFRACTORY_S)
        self._deaf_for = increments(DEAF_S)
        self._squares = deque([0.0] * self._window, self._window), deque([0.0] * self._window, self._window)
        self._scale = 1.0 / (self._window * length)
        self._now = 0
        self._tensed = list(_LONG_AGO)
        """Increment in which each became tensed; 0 while it is not."""
        self._together = 0
        """Increment in which both became tensed together; 0 while they are not."""
        self._deaf_until = self._deaf_for
        self._quiet_until = 0
        self._keep_until = 0
        self.ask = Ask.NOTHING
        """What the wearer asks for now."""

    def step(
        self, raw: NDArray[np.float32], contact: NDArray[np.uint8], whole: bool = False, fresh: bool = True
    ) -> None:
        """Take one increment in.

        Args:
            raw: [increment, ch] as it was measured; NaN where it was not.
            contact: [ch] flags of each channel, `models.signal.flags`; only those of the two are looked at.
            whole: it is known that all was measured, of channels without a flag.
            fresh: False for samples that came too late: they change the filter's state and nothing else.
        """
        self._now += 1
        one, two = self._ch
        pair = raw[:, self._columns]
        flags = contact.tobytes()  # as plain numbers: numpy's own cost more than all that is done with them
        bad = (flags[one] | flags[two]) & UNTRUSTED
        if (bad or not whole) and not np.isfinite(pair).all():
            self._restart()
            levels = None
        else:
            levels = self._levels(pair)
        if bad or not fresh or levels is None:
            self._forget()
        elif self._now > self._deaf_until:
            self._follow(levels)
        if self.ask is not Ask.NOTHING and not self._together and self._now >= self._keep_until:
            self.ask = Ask.NOTHING
            self._quiet_until = self._now + self._quiet

    def silence(self) -> None:
        """No samples now: nobody asks for anything, and what was begun is forgotten."""
        self._forget()
        self.ask = Ask.NOTHING

    def _forget(self) -> None:
        self._tensed[:] = _LONG_AGO
        self._together = 0
        self._deaf_until = self._now + self._deaf_for

    def _restart(self) -> None:
        """Filter and window know nothing of what was before."""
        self._in[:] = 0.0
        for squares in self._squares:
            squares.extend([0.0] * self._window)

    def _levels(self, pair: NDArray[np.float32]) -> tuple[float, float] | None:
        """Mean squares of the window; None when they are no muscle's."""
        # An amplifier's constant is a step at the start: the filter's answer to it is over within `DEAF_S`.
        self._rows[:] = pair
        np.matmul(self._in, self._matrix, out=self._out)
        self._before[:] = self._after
        (one, two), (first, second) = self._made, self._squares
        first.append(float(one.dot(one)))
        second.append(float(two.dot(two)))
        # Added anew each time: a sum that is only kept up would keep a glitch's rounding error for ever.
        a, b = sum(first) * self._scale, sum(second) * self._scale
        if a >= self._loud[0] or b >= self._loud[1]:
            if max(a, b) >= _ABSURD * max(self._loud):
                self._restart()  # else the filter would take seconds to forget it
            return None
        tensed = a >= self._off[0] or b >= self._off[1]
        if tensed and self._rail < math.inf and float(np.abs(pair).max()) >= self._rail:
            return None
        return a, b

    def _follow(self, levels: tuple[float, float]) -> None:
        """Who is tensed since when, and what that asks for."""
        now, tensed = self._now, self._tensed
        for i in (0, 1):
            if tensed[i]:
                if levels[i] < self._off[i]:
                    tensed[i] = 0
            elif levels[i] >= self._on[i]:
                tensed[i] = now
        one, two = tensed
        if not one or not two:
            self._together = 0
            return
        if not self._together and now >= self._quiet_until and abs(one - two) <= self._within:
            self._together = max(one, two)
        if not self._together:
            return
        lasts = now - self._together + 1
        if lasts >= self._release:
            self._say(Ask.RELEASE)
        elif lasts >= self._stop and self.ask is Ask.NOTHING:
            self._say(Ask.STOP)

    def _say(self, ask: Ask) -> None:
        self.ask = ask
        self._keep_until = self._now + self._keep


def _place(name: str, pipeline: PipelineSettings) -> int:
    """Column of a channel.

    Raises:
        ProfileError: there is none, or its strongest level is not known.
    """
    if name not in pipeline.channels:
        raise ProfileError(
            f"control.cocontraction.channels: the model has no channel {name!r}; it has "
            + ", ".join(pipeline.channels)
        )
    place = pipeline.channels.index(name)
    if not pipeline.active_rms or not 0.0 < pipeline.active_rms[place] < math.inf:
        raise ProfileError(
            f"control.cocontraction: the model does not know how strong {name!r} can be", "calibrate again"
        )
    return place
