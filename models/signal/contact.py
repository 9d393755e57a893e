"""Which channels can be trusted now, and why not.

Cheap tests per increment and channel, each with hysteresis: a flag needs its evidence for a while, and stays
for a while after. Levels are judged against this patient's own calibration (rest and strongest movement),
because many amplifiers give arbitrary units; absolute limits exist for microvolts alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.chunk import MICROVOLT
from .conditioning import LOW_HZ
from .flags import UNTRUSTED, Contact
from .heart import HeartWatch
from .lifted import LiftWatch
from .noise import NoiseWatch
from .slots import Blocks
from .still import AWAY_OVER_ACTIVE, StillWatch

_ORDER = (
    *(Contact.NO_DATA, Contact.FLAT, Contact.RAILED, Contact.MAINS),
    *(Contact.NOISY, Contact.MOTION, Contact.LIFTED),
)
_ON_MS = (100.0, 200.0, 100.0, 150.0, 100.0, 0.0, 500.0)
"""How long evidence must last: faults must be noticed within 250 ms. What stands still is flat or railed at
once, as `StillWatch` has waited already."""
_OFF_MS = (300.0, 1000.0, 1000.0, 500.0, 500.0, 300.0, 500.0)
"""How long a flag stays after its evidence. A loose lead is back for up to 0.2 s between two dropouts, and at
rest some dropouts go unseen; a decoder must not change its channels with each."""

QUIET_SHARE = 0.05
"""Below this share of the calibration's rest level a channel is as good as flat: nothing living is that
quiet."""
HUM_SHARE, HUM_OVER_REST = 0.35, 3.0
"""Hum is reported when it is this much of the power, and well above all that was there at rest in
calibration. Added is some of what so narrow a band holds without hum, which is much at 200 Hz: see
`_hum_share`."""
MOTION_OVER_ACTIVE, RAIL_OVER_ACTIVE = 30.0, 10.0
REST_UV, ACTIVE_UV = 10.0, 1000.0
"""Stand-ins before calibration, in microvolts: a noisy rest, and stronger than surface EMG of a whole muscle
gets (SENIAM; De Luca 1997)."""
ACTIVE_OVER_REST = ACTIVE_UV / REST_UV
_HUM_TIME_S, _BASE_TIME_S = 0.1, 0.5
_FIRST_LEVEL_S = 0.05
"""So much of a recording gives a first level, until there is a whole window."""
_BUT_LEVEL = [0, 1, 3]
_NOISY = _ORDER.index(Contact.NOISY)
_FORGET = 1.0007
"""A block: what was the quietest level may be half as much again two minutes later."""


class ContactMonitor:
    """Flags per channel, updated per increment.

    Args:
        n_channels: columns.
        increment: samples per increment.
        rate_hz: samples per second.
        mains_hz: where hum would be.
        unit: of the samples.
        rest_rms: [ch] conditioned level at rest in calibration; empty when there was none.
        active_rms: [ch] strongest level in calibration; empty when there was none.
        rail: raw value at which the amplifier saturates; 0 when unknown.
        alone_rms: [ch] strongest level in calibration while the others rested; empty when unknown.
    """

    def __init__(
        self,
        n_channels: int,
        increment: int,
        rate_hz: float,
        mains_hz: float,
        unit: str,
        rest_rms: tuple[float, ...] = (),
        active_rms: tuple[float, ...] = (),
        rail: float = 0.0,
        alone_rms: tuple[float, ...] = (),
    ) -> None:
        ch, increment_ms = n_channels, 1000.0 * increment / rate_hz
        unknown = np.inf if unit != MICROVOLT else 1.0
        rest = np.array(rest_rms) if rest_rms else np.full(ch, REST_UV * unknown)
        active = np.array(active_rms) if active_rms else np.full(ch, ACTIVE_UV * unknown)
        # Of noise at that level an increment spans about this much (from 2 to 100 samples, simulated).
        span = QUIET_SHARE * (2.0 + 1.2 * float(np.log(increment)))
        too_quiet = np.array(rest_rms) * span if rest_rms else np.full(ch, -1.0)
        self._rail = 0.98 * rail if rail > 0 else np.inf
        # Correlation with the mains frequency over the last 0.1 s: each increment's product with a cosine
        # and a sine that start at its first sample, older ones turned forward by one increment and faded.
        turn, keep = 2 * np.pi * mains_hz / rate_hz, np.exp(-increment / rate_hz / _HUM_TIME_S)
        phase = turn * np.arange(increment)
        self._basis = np.stack([np.cos(phase), -np.sin(phase)])
        angle = turn * increment
        self._turn = keep * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        self._hum_share = _hum_share(rate_hz)
        self._hum_scale = 2.0 * ((1.0 - keep) / increment) ** 2
        self._hum = np.zeros((2, ch))
        self._fade, self._loudest = keep * keep, np.zeros(ch)
        self._turned = np.zeros((2, ch))
        self._blocks = Blocks(ch, increment, rate_hz)
        self._lift = LiftWatch(ch, self._blocks.seconds, unit)
        self._heart = HeartWatch(ch, self._blocks)
        self._still = StillWatch(ch, increment, rate_hz, rest if rest_rms else None)
        alone = np.array(alone_rms) if alone_rms else 0.0
        self._noise = NoiseWatch(ch, rate_hz, increment, bool(active_rms), alone)
        self._parts = (self._still.parts, self._still.samples, ch)
        # One comparison finds whether anything may be wrong: jump, hum, level, and span the other way round.
        self._limits = np.zeros((4, ch))
        self._limits[3] = -too_quiet
        self._rest, self._active = rest, active
        self._levels(rest, active)
        self._quietest = np.full(ch, np.inf) if not rest_rms and unit != MICROVOLT else None
        self._now = np.zeros((4, ch))
        self._over = np.zeros((4, ch), np.bool_)
        self._delta = np.zeros(ch)
        self._moved = np.zeros(self._parts[::2], np.bool_)
        self._tops = (np.zeros(self._parts[::2]),) * 2
        self._squares, self._n_squared = np.zeros(ch), 0
        self._increment, self._first_level = increment, _FIRST_LEVEL_S * rate_hz
        self._follow = 1.0 - float(np.exp(-increment / rate_hz / _BASE_TIME_S))
        self._base = np.zeros(ch)
        count = [[max(1, round(t / increment_ms))] for t in _ON_MS]
        self._on = np.array(count)
        self._off = np.array([[max(1, round(t / increment_ms))] for t in _OFF_MS])
        self._bits = np.array([[int(flag)] for flag in _ORDER], np.uint8)
        self._bad = np.zeros((len(_ORDER), ch), np.bool_)
        self._seen = np.zeros((len(_ORDER), ch), np.int64)
        self._quiet = np.zeros((len(_ORDER), ch), np.int64)
        self._raised = np.zeros((len(_ORDER), ch), np.bool_)
        self._idle = True
        self._started = False
        self.flags = np.zeros(ch, np.uint8)
        """[ch] bits of `Contact`, replaced (not changed) by `update`."""

    def reset(self) -> None:
        """Forget everything; the next sample is the first."""
        self._hum[:] = 0.0
        self._loudest[:] = 0.0
        self._blocks.reset()
        self._lift.reset()
        self._heart.reset()
        self._still.reset()
        self._squares, self._n_squared = np.zeros_like(self._squares), 0
        if self._quietest is not None:
            self._quietest[:] = np.inf
            self._levels(self._rest, self._active)
        self._seen[:] = 0
        self._raised[:] = False
        self._idle, self._started = True, False
        self.flags = np.zeros_like(self.flags)

    def _levels(self, rest: NDArray[np.float64], active: NDArray[np.float64]) -> None:
        """Set the limits that follow from a level at rest and the strongest one, [ch] each."""
        self._far = RAIL_OVER_ACTIVE * active
        self._away = AWAY_OVER_ACTIVE * active
        self._limits[0] = MOTION_OVER_ACTIVE * active
        self._limits[1] = (HUM_OVER_REST * rest) ** 2 / self._hum_scale
        self._limits[2] = self._noise.levels(rest, active)
        self._lift.levels(rest, active)

    def update(
        self,
        raw: NDArray[np.float64],
        conditioned: NDArray[np.float64],
        valid: NDArray[np.bool_] | None,
        rms: NDArray[np.float64] | None,
    ) -> NDArray[np.uint8]:
        """Take one increment in.

        Args:
            raw: [increment, ch] as it came, invalid samples replaced.
            conditioned: [increment, ch].
            valid: [increment, ch]; None when all are.
            rms: [ch] level of the window; None until there is a whole one.

        Returns:
            `flags`.
        """
        seen, base, motion, moved = self._now, self._base, self._delta, self._moved
        if self._parts[0] == 1:
            high, low = np.maximum.reduce(raw, axis=0), np.minimum.reduce(raw, axis=0)
            np.not_equal(high, low, out=moved[0])
            tops = high[None]
        else:
            parts = raw.reshape(self._parts)
            tops, bottoms = np.maximum.reduce(parts, axis=1), np.minimum.reduce(parts, axis=1)
            np.not_equal(tops, bottoms, out=moved)
            high, low = np.maximum.reduce(tops, axis=0), np.minimum.reduce(bottoms, axis=0)
        np.add(high, low, out=motion)
        motion *= 0.5
        if not self._started:
            base[:] = motion
            self._tops = tops, tops
            self._started = True
        older, last = self._tops
        self._tops = last, tops
        motion -= base
        np.abs(motion, out=seen[0])
        frozen = b"\0" in moved.tobytes()  # the cheapest question there is about a few flags
        motion *= self._follow
        # A value that stands still is no baseline: a rail stays a rail, and is over when it is over.
        base += motion * moved.all(axis=0) if frozen else motion
        np.matmul(self._turn, self._hum, out=self._turned)
        np.matmul(self._basis, conditioned, out=self._hum)
        self._hum += self._turned
        np.subtract(low, high, out=seen[3])
        level = rms if rms is not None else self._first(conditioned)
        if level is not None:
            np.multiply(self._hum, self._hum, out=self._turned)
            np.add.reduce(self._turned, axis=0, out=seen[1])
            seen[2] = level
        else:
            seen[1:3] = -np.inf
        if self._blocks.push(conditioned) and rms is not None:
            self._review(rms)
        elif self._heart.waiting and self._heart.look_closer():
            self._combine()
        np.greater(seen, self._limits, out=self._over)
        railed = self._rail < np.inf and max(np.maximum.reduce(high), -np.minimum.reduce(low)) >= self._rail
        calm = self._idle and not frozen and valid is None and not railed
        if calm and b"\1" not in self._over.tobytes():
            return self.flags
        noisy = level is not None and b"\1" in self._over[2].tobytes() and self._noise.look(raw, level)
        if calm and not noisy and b"\1" not in self._over[_BUT_LEVEL].tobytes():
            return self.flags
        self._still.measure_step(raw)
        if frozen or self._still.busy:
            stands = ~moved
            if valid is not None:
                stands &= valid.all(axis=0)  # what replaces lost samples stands still, too
            if not self._still.busy:
                self._still.begin(last[-2] if len(last) > 1 else older[-1], last[-1])
            self._still.push(tops, stands, level, seen[0] > self._away)
        return self._judge(high, low, valid, level, noisy, rms is not None)

    def _first(self, conditioned: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """[ch] level so far, before there is a whole window: a fault may be there from the start."""
        self._squares += np.einsum("ij,ij->j", conditioned, conditioned)
        self._n_squared += self._increment
        return np.sqrt(self._squares / self._n_squared) if self._n_squared >= self._first_level else None

    def _judge(
        self,
        high: NDArray[np.float64],
        low: NDArray[np.float64],
        valid: NDArray[np.bool_] | None,
        rms: NDArray[np.float64] | None,
        noisy: bool,
        whole: bool,
    ) -> NDArray[np.uint8]:
        """The rare way: something may be wrong, or was a moment ago."""
        bad, over, still = self._bad, self._over, self._still
        bad[0] = False if valid is None else 2 * valid.sum(axis=0) < len(valid)
        stuck = still.found & (self._now[0] > self._far)
        bad[2] = stuck | (np.maximum(high, -low) >= self._rail)
        bad[1] = ((over[3] & ~still.coarse) | still.found) & ~bad[2] & ~bad[0]
        np.copyto(self._seen[1:3], self._on[1:3], where=(still.found & ~bad[0]) & np.stack((bad[1], stuck)))
        # What was found is not over while half the evidence is there.
        bad[1] |= self._raised[1] & still.likely & ~bad[2] & ~bad[0]
        bad[3] = over[1]
        if rms is not None:
            # The correlation remembers a knock for longer than the window does.
            self._loudest *= self._fade
            np.maximum(self._loudest, rms * rms, out=self._loudest)
            bad[3] &= self._now[1] * self._hum_scale > self._hum_share * self._loudest
        bad[4] = self._noise.found if noisy else False
        bad[5] = over[0]
        bad[6] = self._lift.found
        return self._count(whole)

    def _count(self, whole: bool) -> NDArray[np.uint8]:
        bad = self._bad
        self._seen += np.where(bad, 1, -1)
        np.clip(self._seen, 0, self._on, out=self._seen)
        self._quiet += 1
        self._quiet[bad] = 0
        enough = self._seen >= self._on
        if not whole:
            # A recording may begin in a burst: some tens of milliseconds of it are louder than any window.
            enough[_NOISY] = False
        self._raised |= enough
        self._raised &= self._quiet < self._off
        over = self._over[_BUT_LEVEL].any()
        self._idle = not (self._raised.any() or self._seen.any() or over or self._still.busy)
        if self._idle:
            self._loudest[:] = 0.0
        self._combine()
        return self.flags

    def _combine(self) -> None:
        acute = np.bitwise_or.reduce(np.where(self._raised, self._bits, np.uint8(0)), axis=0)
        self.flags = acute | self._heart.found * np.uint8(Contact.ECG)

    def _review(self, rms: NDArray[np.float64]) -> None:
        """What is looked at once a block."""
        if self._heart.push(self._blocks):
            self._combine()
        if self._lift.review(self._base, self._now[1] * self._hum_scale, rms):
            self._idle = False
        if self._quietest is not None:
            self._learn(self._quietest, rms)

    def _learn(self, quietest: NDArray[np.float64], rms: NDArray[np.float64]) -> None:
        """Stand-ins in arbitrary units: the quietest that the middle one of the channels was of late is rest
        for all, as one amplifier measures all of them alike."""
        alive = (rms > 0) & ((self.flags & (Contact.NO_DATA | Contact.FLAT | Contact.RAILED)) == 0)
        quietest *= _FORGET
        np.copyto(quietest, rms, where=alive & (rms < quietest))
        known = np.sort(quietest[np.isfinite(quietest)])
        if len(known):
            rest = np.full(len(rms), known[(len(known) - 1) // 2])
            self._levels(rest, ACTIVE_OVER_REST * rest)

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """[ch] True where nothing is wrong that forbids to decide from the channel."""
        good: NDArray[np.bool_] = (self.flags & UNTRUSTED) == 0
        return good


def _hum_share(rate_hz: float) -> float:
    """`HUM_SHARE` and four times the mean share of a correlation over `_HUM_TIME_S` with white noise."""
    band_hz = max(rate_hz / 2 - LOW_HZ, LOW_HZ)
    return HUM_SHARE + 4.0 / (2.0 * _HUM_TIME_S * band_hz)
