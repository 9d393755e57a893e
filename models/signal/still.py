"""Does a channel stand still, or stand still again and again?

A lead that is open gives the same number over and over, and a loose one gives it for some tens of
milliseconds at a time. Living muscle never stands still for long, but how long depends on the amplifier's
step: at 2 kHz with 12 bits no channel of our recordings gave one value for more than 10 ms; of a Myo armband
(8 bits, 200 Hz) the whole rest is one step high, and it gives one value for 70 ms at rest, thrice an hour for
100 to 190 ms with hardly another value before and after, and for 50 ms while the muscle works. So more
evidence is asked for where steps are coarse: at rest one value without a break, for longer the lower rest is
against the step. A rest far below a step stands still by itself, and says nothing; there a channel is at
fault when it stands where it never rests.
"""

from __future__ import annotations

from math import erf, log, sqrt

import numpy as np
from numpy.typing import NDArray

SUB_S = 0.01
"""Increments longer than this are looked at in parts: a dropout of 20 ms fills a part, wherever it begins."""
COARSE_STEPS = 3.0
"""A rest that is less than this many of the amplifier's steps high is coarse."""
ACTIVE_OVER_REST = 3.0
SUDDEN_OVER_REST, SUDDEN_STEPS = 0.5, 3.0
"""A muscle falls silent by and by; a lead that opens stops in the middle of it: the values just before still
differed by so much of the rest, and by so many steps."""
SUDDEN_SAMPLES, SILENT_SAMPLES = (10, 6), 28
"""Equal samples with fine steps: (at rest, active) when sudden, and when not. An armband's channels gave next
to nothing, less than its own noise, for up to 190 ms thrice an hour; a muscle that works never stops."""
COARSE_SAMPLES, COARSE_S = 16, 0.08
"""Equal samples, and time, with coarse steps when sudden while active."""
UNKNOWN_SAMPLES = 38
"""Equal samples before calibration, when nothing is known of a rest; `LEAST_UNKNOWN_S` at least."""
UNBROKEN_S = 0.2
"""With coarse steps otherwise, one value must last for so long without a break: as long as leaves time to be
noticed within 250 ms."""
_LOOKS_HZ = 200.0
"""Surface EMG has most of its power around 100 Hz: so many values a second are independent at most."""
_STILL_BY_CHANCE = log(1e7)
"""One chance in so many: 14 hours of such values."""
AWAY_OVER_ACTIVE = 0.5
"""A value so far from the slow voltage is none that a muscle rests at."""
LEAST_UNKNOWN_S = 0.1
_MANY_SAMPLES = 16
"""A single part with so many equal samples counts already; of shorter ones the second does."""
_FADE_S = 0.5
_ENOUGH, _NOTHING = 1.1, 0.05
"""Evidence is counted up to the first, and forgotten below the second; 1 is a channel that stands still."""
_LOOKS = 8


def part_samples(increment: int, rate_hz: float) -> int:
    """Samples of a part: the largest divisor of an increment that is no longer than `SUB_S`, two at least."""
    most = max(2, int(SUB_S * rate_hz + 0.5))
    parts = [d for d in range(2, most + 1) if increment % d == 0]
    return increment if increment <= most or not parts else max(parts)


class StillWatch:
    """Evidence per channel that it stands still; cheap while none does, see `busy`.

    Args:
        n_channels: columns.
        increment: samples per increment.
        rate_hz: samples per second.
        rest: [ch] level at rest in calibration; None when there was none.
    """

    def __init__(
        self, n_channels: int, increment: int, rate_hz: float, rest: NDArray[np.float64] | None
    ) -> None:
        self.samples = part_samples(increment, rate_hz)
        self.parts = increment // self.samples
        part_s = self.samples / rate_hz
        self._free = 0 if self.samples >= _MANY_SAMPLES else 1
        coarse = max(COARSE_SAMPLES, round(COARSE_S * rate_hz))
        unknown = max(UNKNOWN_SAMPLES, round(LEAST_UNKNOWN_S * rate_hz))
        self._sudden_at_rest, self._sudden_active, self._silent, self._coarse, self._unknown = (
            1.0 / (max(2, -(-n // self.samples)) - self._free - 0.5)
            for n in (*SUDDEN_SAMPLES, SILENT_SAMPLES, coarse, unknown)
        )
        self._rest = rest
        self._part_s, self._looks_hz = part_s, min(rate_hz, _LOOKS_HZ)
        self._unbroken = np.full(n_channels, UNBROKEN_S / part_s)
        self._keep = float(np.exp(-part_s / _FADE_S))
        self._step, self._looks = np.inf, 0
        self._run = np.zeros(n_channels)
        self._score = np.zeros(n_channels)
        self._value = np.zeros(n_channels)
        self._change = np.zeros(n_channels)
        self._sudden = np.zeros(n_channels, np.bool_)
        self.busy = False
        """True while increments must be shown to `push` even if none of their parts stands still."""
        self.found = np.zeros(n_channels, np.bool_)
        """[ch] True where there is enough evidence now."""
        self.likely = np.zeros(n_channels, np.bool_)
        """[ch] True where there is half of it: a fault that was found is not over then."""

    def reset(self) -> None:
        """Forget everything."""
        self._step, self._looks = np.inf, 0
        self._run[:] = 0.0
        self._score[:] = 0.0
        self.found[:] = False
        self.likely[:] = False
        self.busy = False

    def begin(self, earlier: NDArray[np.float64], last: NDArray[np.float64]) -> None:
        """What came before the next increment, where it was not pushed: [ch] greatest value of two parts."""
        self._value, self._change = last, np.abs(last - earlier)

    def push(
        self,
        high: NDArray[np.float64],
        level: NDArray[np.bool_],
        rms: NDArray[np.float64] | None,
        away: NDArray[np.bool_],
    ) -> None:
        """Take one increment in.

        Args:
            high: [parts, ch] greatest value of each part.
            level: [parts, ch] True where it is also the least.
            rms: [ch] conditioned level; None while unknown.
            away: [ch] True where the value is none that the muscle rests at.
        """
        run, score = self._run, self._score
        if_sudden, if_silent, unbroken = self._weights(rms, away)
        least = self._least_sudden()
        for values, still in zip(high, level, strict=True):
            change = np.abs(values - self._value)
            run += 1.0
            run[change > 0.0] = 1.0
            run *= still
            np.copyto(self._sudden, np.maximum(change, self._change) >= least, where=run == 1.0)
            weight = np.where(self._sudden, if_sudden, if_silent)
            score *= np.where(still & ((weight > 0.0) | (run >= unbroken)), 1.0, self._keep)
            score += weight * (run > self._free)
            score[run >= unbroken] = _ENOUGH
            self._value, self._change = values, change
        score[(score < _NOTHING) & (run == 0.0)] = 0.0
        np.minimum(score, _ENOUGH, out=score)  # however long it stood still, it is over as soon
        np.greater_equal(score, 1.0, out=self.found)
        np.greater_equal(score, 0.5, out=self.likely)
        self.busy = bool(score.any() or run.any())

    def _weights(
        self, rms: NDArray[np.float64] | None, away: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """What a part that stands still is worth if it stopped suddenly, and if not; how many parts without
        a break are enough: [ch] each.

        What was gathered at rest stays worth what it was when the muscle begins to work.
        """
        n_channels = len(self._run)
        if self._rest is None:
            weight = np.full(n_channels, self._unknown)
            return weight, weight, np.full(n_channels, np.inf)
        is_fine = (self._rest >= COARSE_STEPS * self._step) | away
        # Of a rest that stands still by itself, a muscle that lets go is in the level for a while.
        telling = is_fine | (self._unbroken * self._part_s <= UNBROKEN_S)
        active = np.zeros(n_channels, np.bool_)
        if rms is not None:
            active = (rms >= ACTIVE_OVER_REST * np.maximum(self._rest, COARSE_STEPS * self._step)) & telling
        silent = np.where(is_fine, self._silent, 0.0)
        sudden = np.where(
            is_fine,
            np.where(active, self._sudden_active, self._sudden_at_rest),
            np.where(active, self._coarse, 0.0),
        )
        return sudden, silent, np.where(sudden > 0.0, np.inf, self._unbroken)

    def _least_sudden(self) -> NDArray[np.float64] | float:
        if self._rest is None or not np.isfinite(self._step):
            return 0.0
        least: NDArray[np.float64] = np.maximum(SUDDEN_OVER_REST * self._rest, SUDDEN_STEPS * self._step)
        return least

    def measure_step(self, raw: NDArray[np.float64]) -> None:
        """The amplifier's step is no more than the smallest change of any channel; a few increments show it.

        Args:
            raw: [increment, ch].
        """
        if self._looks >= _LOOKS:
            return
        changes = np.abs(raw[1:] - raw[:-1])
        changes = changes[changes > 0.0]
        if changes.size:
            self._looks += 1
            smallest = float(changes.min())
            if smallest < self._step:
                self._step = smallest
                if self._rest is not None:
                    self._unbroken[:] = [self._unbroken_parts(rest) for rest in self._rest.tolist()]

    def _unbroken_parts(self, rest: float) -> float:
        """For so long a rest of this level hardly ever has one value by chance: `UNBROKEN_S` at least."""
        one_value = erf(0.5 * self._step / (rest * sqrt(2.0)))  # the share of the likeliest value
        chance_s = np.inf if one_value >= 1.0 else _STILL_BY_CHANCE / -log(one_value) / self._looks_hz
        return max(UNBROKEN_S, chance_s) / self._part_s

    @property
    def coarse(self) -> NDArray[np.bool_] | bool:
        """[ch] True where exact stillness at rest is usual."""
        return True if self._rest is None else self._rest < COARSE_STEPS * self._step
