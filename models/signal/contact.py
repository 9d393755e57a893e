"""Which channels can be trusted now, and why not, in words a prosthetist uses.

Cheap tests per increment and channel, each with hysteresis: a flag needs its evidence for a while, and stays
for a while after. Levels are judged against this patient's own calibration (rest and strongest movement),
because many amplifiers give arbitrary units; absolute limits exist for microvolts alone.
"""

from __future__ import annotations

from enum import IntFlag

import numpy as np
from numpy.typing import NDArray

from ...core.chunk import MICROVOLT


class Contact(IntFlag):
    """What is wrong with a channel; bits may stand together. Stored in flight logs: never renumber."""

    GOOD = 0
    NO_DATA = 1
    FLAT = 2
    RAILED = 4
    MAINS = 8
    NOISY = 16
    MOTION = 32


SENTENCE: dict[Contact, str] = {
    Contact.GOOD: "Good contact.",
    Contact.NO_DATA: "No samples arrive from this electrode. Check the amplifier's link.",
    Contact.FLAT: "The signal does not change. The electrode or its lead is disconnected or shorted.",
    Contact.RAILED: "The signal is at the amplifier's limit: electrode off the skin, or reference loose.",
    Contact.MAINS: "Mains hum covers the muscle. Press the electrode on, moisten it, or unplug chargers.",
    Contact.NOISY: "Much louder than any muscle was at calibration. The electrode may have lifted.",
    Contact.MOTION: "The electrode is being moved or knocked. Check that the socket is tight.",
}

_ORDER = (Contact.NO_DATA, Contact.FLAT, Contact.RAILED, Contact.MAINS, Contact.NOISY, Contact.MOTION)
_ON_MS = (100.0, 150.0, 100.0, 100.0, 100.0, 0.0)
"""How long evidence must last. Clean 8-bit recordings (Myo) stand still for up to 90 ms; flat and railed
must be noticed within 250 ms."""
_OFF_MS = (300.0, 500.0, 500.0, 500.0, 500.0, 300.0)

QUIET_SHARE = 0.05
"""Below this share of the calibration's rest level a channel is as good as flat: nothing living is that
quiet."""
HUM_SHARE, HUM_OVER_REST = 0.6, 6.0
"""Hum is reported when it is most of the signal and well above all that was there at rest in calibration."""
NOISY_OVER_ACTIVE, MOTION_OVER_ACTIVE, RAIL_OVER_ACTIVE = 6.0, 30.0, 10.0
REST_UV, ACTIVE_UV = 10.0, 1000.0
"""Stand-ins before calibration, in microvolts: a noisy rest, and stronger than surface EMG of a whole muscle
gets (SENIAM; De Luca 1997)."""
_HUM_TIME_S, _BASE_TIME_S = 0.1, 0.5


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
    ) -> None:
        ch, increment_ms = n_channels, 1000.0 * increment / rate_hz
        unknown = np.inf if unit != MICROVOLT else 1.0
        rest = np.array(rest_rms) if rest_rms else np.full(ch, REST_UV * unknown)
        active = np.array(active_rms) if active_rms else np.full(ch, ACTIVE_UV * unknown)
        self._too_quiet = np.array(rest_rms) * QUIET_SHARE if rest_rms else np.full(ch, -1.0)
        self._hum_limit2 = (HUM_OVER_REST * rest) ** 2
        self._noisy = NOISY_OVER_ACTIVE * active
        self._motion = MOTION_OVER_ACTIVE * active
        self._far = RAIL_OVER_ACTIVE * active
        self._rail = 0.98 * rail if rail > 0 else np.inf
        # Correlation with the mains frequency over the last 0.1 s: each increment's product with a cosine
        # and a sine that start at its first sample, older ones turned forward by one increment and faded.
        turn, keep = 2 * np.pi * mains_hz / rate_hz, np.exp(-increment / rate_hz / _HUM_TIME_S)
        phase = turn * np.arange(increment)
        self._basis = np.stack([np.cos(phase), -np.sin(phase)])
        angle = turn * increment
        self._turn = keep * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        self._hum_scale = 2.0 * ((1.0 - keep) / increment) ** 2
        self._hum = np.zeros((2, ch))
        self._base_keep = float(np.exp(-increment / rate_hz / _BASE_TIME_S))
        self._base = np.zeros(ch)
        self._last = np.full(ch, np.nan)
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
        self._last[:] = np.nan
        self._seen[:] = 0
        self._raised[:] = False
        self._idle, self._started = True, False
        self.flags = np.zeros_like(self.flags)

    def update(
        self,
        raw: NDArray[np.float64],
        conditioned: NDArray[np.float64],
        valid: NDArray[np.bool_],
        rms: NDArray[np.float64] | None,
    ) -> NDArray[np.uint8]:
        """Take one increment in.

        Args:
            raw: [increment, ch] as it came, invalid samples replaced.
            conditioned: [increment, ch].
            valid: [increment, ch].
            rms: [ch] level of the window; None until there is a whole one.

        Returns:
            `flags`.
        """
        bad = self._bad
        high, low = np.maximum.reduce(raw, axis=0), np.minimum.reduce(raw, axis=0)
        middle = 0.5 * (high + low)
        if not self._started:
            self._base[:] = middle
            self._started = True
        away = np.abs(middle - self._base)
        still = (high == low) & (high == self._last)
        # A value that stands still is no baseline: a rail stays a rail, and is over when it is over.
        np.copyto(self._base, middle + self._base_keep * (self._base - middle), where=~still)
        self._last = high
        bad[0] = False if valid.all() else 2 * valid.sum(axis=0) < len(valid)
        np.logical_or(still & (away > self._far), np.maximum(high, -low) >= self._rail, out=bad[2])
        np.greater(away, self._motion, out=bad[5])
        bad[1] = still & ~bad[2]
        self._hum = self._turn @ self._hum + self._basis @ conditioned
        if rms is not None:
            hum2 = (self._hum[0] ** 2 + self._hum[1] ** 2) * self._hum_scale
            np.logical_and(hum2 > self._hum_limit2, hum2 > HUM_SHARE * rms * rms, out=bad[3])
            np.greater(rms, self._noisy, out=bad[4])
            bad[1] |= rms < self._too_quiet
        bad[1] &= ~bad[0]
        if self._idle and not bad.any():
            return self.flags
        return self._count()

    def _count(self) -> NDArray[np.uint8]:
        bad = self._bad
        self._seen += np.where(bad, 1, -1)
        np.clip(self._seen, 0, self._on, out=self._seen)
        self._quiet += 1
        self._quiet[bad] = 0
        self._raised |= self._seen >= self._on
        self._raised &= self._quiet < self._off
        self._idle = not (self._raised.any() or self._seen.any())
        self.flags = np.bitwise_or.reduce(np.where(self._raised, self._bits, np.uint8(0)), axis=0)
        return self.flags

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """[ch] True where nothing is wrong."""
        good: NDArray[np.bool_] = self.flags == 0
        return good


def explain(flags: int) -> tuple[str, ...]:
    """The sentences for one channel's flags, worst first."""
    found = tuple(SENTENCE[flag] for flag in _ORDER if flags & flag)
    return found or (SENTENCE[Contact.GOOD],)
