"""Does a channel stand still, or stand still again and again?

A lead that is open gives the same number over and over, and a loose one gives it for some tens of
milliseconds at a time. Living muscle never stands still for long, but how long depends on the amplifier's
step: at 2 kHz with 12 bits no channel of our recordings gave one value for more than 10 ms, a Myo armband
(8 bits, 200 Hz) does so for up to 190 ms while the arm rests, as the whole of its rest is one step high, and
for 50 ms while the muscle works. So evidence is counted in samples, and more of it is asked for where the
steps are coarse and the muscle is at rest.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SUB_S = 0.01
"""Increments longer than this are looked at in parts: a dropout of 20 ms fills a part, wherever it begins."""
COARSE_STEPS = 3.0
"""A rest that is less than this many of the amplifier's steps high is coarse."""
ACTIVE_OVER_REST = 3.0
NEED_SAMPLES = ((16, 6), (38, 12))
"""Equal samples in a row, (at rest, active) for fine steps and for coarse ones: what three hours of intact
recordings had at most about once an hour."""
LEAST_UNKNOWN_S = 0.1
"""Never less than this before calibration, when nothing is known of a rest."""
_MANY_SAMPLES = 16
"""A single part with so many equal samples counts already; of shorter ones the second does."""
_FADE_S = 0.5
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
        fine, coarse = (
            np.array([max(2, -(-n // self.samples)) - self._free - 0.5 for n in need])
            for need in NEED_SAMPLES
        )
        if rest is None:
            coarse[:] = max(coarse[0], round(LEAST_UNKNOWN_S / part_s) - self._free - 0.5)
        self._needs = fine, coarse
        self._rest = rest
        self._active = np.inf if rest is None else ACTIVE_OVER_REST * rest
        self._keep = float(np.exp(-part_s / _FADE_S))
        self._step, self._looks = np.inf, 0
        self._run = np.zeros(n_channels)
        self._score = np.zeros(n_channels)
        self._value = np.zeros(n_channels)
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

    def push(
        self,
        high: NDArray[np.float64],
        level: NDArray[np.bool_],
        rms: NDArray[np.float64] | None,
    ) -> None:
        """Take one increment in.

        Args:
            high: [parts, ch] greatest value of each part.
            level: [parts, ch] True where it is also the least.
            rms: [ch] conditioned level; None while unknown.
        """
        run, score = self._run, self._score
        for values, still in zip(high, level, strict=True):
            run += 1.0
            run[values != self._value] = 1.0
            run *= still
            score *= np.where(still, 1.0, self._keep)
            score += run > self._free
            self._value = values
        score[(score < 0.5) & (run == 0.0)] = 0.0
        needed = self._needed(rms)
        np.minimum(score, 1.1 * needed, out=score)  # however long it stood still, it is over as soon
        np.greater_equal(score, needed, out=self.found)
        np.greater_equal(score, 0.5 * needed, out=self.likely)
        self.busy = bool(score.any() or run.any())

    def _needed(self, rms: NDArray[np.float64] | None) -> NDArray[np.float64]:
        fine, coarse = self._needs
        if self._rest is None:
            return np.full(len(self._run), coarse[0])
        is_fine = self._rest >= COARSE_STEPS * self._step
        active = np.zeros(len(self._run), np.bool_) if rms is None else rms >= self._active
        needed: NDArray[np.float64] = np.where(
            is_fine, np.where(active, fine[1], fine[0]), np.where(active, coarse[1], coarse[0])
        )
        return needed

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
            self._step = min(self._step, float(changes.min()))
            self._looks += 1

    @property
    def coarse(self) -> NDArray[np.bool_] | bool:
        """[ch] True where exact stillness at rest is usual."""
        return True if self._rest is None else self._rest < COARSE_STEPS * self._step
