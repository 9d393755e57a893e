"""Is the heart in this channel? R peaks: brief, all of one size and shape, regular, with quiet in between.

Electrodes over the chest and the shoulder (where targeted reinnervation puts muscles) see the heart. Above
20 Hz, where EMG is filtered, little but the R peak is left of a beat (Drake and Callaghan 2006,
doi 10.1016/j.jelekin.2005.07.003). Looked for among the extremes of short slots, not among samples, and only
where a channel's extremes stand far above their mean. A contraction, however rhythmic, is longer than a beat,
and does not go up and down in the same places each time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .slots import Blocks

MEMORY_S = 8.0
"""Long enough for five beats at 40 a minute."""
FASTEST_S, SLOWEST_S = 60.0 / 190.0, 60.0 / 38.0
"""A beat: 40 to 180 a minute, as they vary."""
LEAST_BEATS = 5
CREST = 3.0
"""Peaks over the mean range of a slot. Noise has 2; R peaks of seven times the noise's RMS have 3."""
_GROUPS = 5
"""Parts of the memory; each is as long as the slowest beat, so that each holds a peak."""
_EVERY = 5
"""Blocks from one review to the next."""
_REFRACTORY_S = 0.2
_WIDEST_S = 0.06
"""Of a peak at half its height: an R peak after the filter takes 20 to 50 ms, a contraction at least 100."""
_ALIKE, _REGULAR, _MOST = 0.3, 0.2, 0.8
"""At least this share (the last one) of the peaks, and of the intervals between them, lies so near the median
(shares of it): respiration moves both, and one beat may come early."""
_SHAPE_S, _SAME_SHAPE, _ROUNDS = 0.04, 0.8, 3
"""Slots to either side of a peak, and how well the middles of their ranges correlate with the mean of all
beats. Simulated hearts have 0.85 to 0.98, bursts of noise 0.4 to 0.7."""
_SEEN_TIMES = 2
"""A heart is found when so many reviews saw it, with none between them that did not."""
_QUIET_BETWEEN = 0.25
"""Mean range between beats over the peaks: an R peak that is lower does not hide the muscle."""
_ABSENT_TIMES = 4
"""A channel is free of the heart when so many reviews in a row, at rest, did not find it."""
_REST = 2.0
"""At rest: no louder than this times the level when the heart was found."""


class HeartWatch:
    """Which channels show R peaks.

    Args:
        n_channels: columns.
        blocks: that will be pushed.
    """

    def __init__(self, n_channels: int, blocks: Blocks) -> None:
        self._slot_s = blocks.slot_s
        per_group = max(1, round(MEMORY_S / _GROUPS / blocks.seconds))
        self._n = per_group * _GROUPS
        self._high = np.zeros((self._n, blocks.n_slots, n_channels))
        self._low = np.zeros_like(self._high)
        self._range = np.zeros((blocks.n_slots, n_channels))
        self._peak = np.zeros((_GROUPS, per_group, n_channels))
        self._block_peak = self._peak.reshape(self._n, n_channels)
        self._block_mean = np.zeros((self._n, n_channels))
        self._per_slot = 1.0 / (self._n * blocks.n_slots)
        self._count = 0
        self._absent = np.zeros(n_channels, np.int64)
        self._present = np.zeros(n_channels, np.int64)
        self._level = np.zeros(n_channels)
        self._mean = np.zeros(n_channels)
        self.waiting: list[int] = []
        """Channels that `look_closer` should be asked about, one an increment."""
        self.found = np.zeros(n_channels, np.bool_)
        """[ch] True where R peaks are seen; stays so while the muscle hides them."""

    def reset(self) -> None:
        """Forget everything."""
        self._count = 0
        self._absent[:] = 0
        self._present[:] = 0
        self.waiting = []
        self.found[:] = False

    def push(self, blocks: Blocks) -> bool:
        """Take the complete block in; True when `found` changed."""
        at = self._count % self._n
        self._count += 1
        blocks.extremes(self._high[at], self._low[at])
        np.subtract(self._high[at], self._low[at], out=self._range)
        np.maximum.reduce(self._range, axis=0, out=self._block_peak[at])
        np.add.reduce(self._range, axis=0, out=self._block_mean[at])
        return self._count >= self._n and self._count % _EVERY == 0 and self._review()

    def _review(self) -> bool:
        """Which channels deserve a closer look, and which have no peaks at all."""
        peak = np.maximum.reduce(self._peak, axis=1)
        peak.sort(axis=0)
        self._mean = np.add.reduce(self._block_mean, axis=0) * self._per_slot
        likely = peak[_GROUPS // 2] > CREST * self._mean
        self.waiting = np.flatnonzero(likely).tolist()
        missed = np.flatnonzero(self.found & ~likely).tolist() if b"\1" in self.found.tobytes() else []
        return sum(self._miss(channel) for channel in missed) > 0

    def look_closer(self) -> bool:
        """Examine the next channel of `waiting`; True when `found` changed."""
        channel = self.waiting.pop()
        oldest = self._count % self._n
        high, low = (
            np.concatenate((part[oldest:, :, channel].ravel(), part[:oldest, :, channel].ravel()))
            for part in (self._high, self._low)
        )
        if not beats(high, low, self._slot_s):
            self._present[channel] = 0
            return bool(self.found[channel]) and self._miss(channel)
        self._absent[channel] = 0
        self._level[channel] = self._mean[channel]
        self._present[channel] += 1
        if self.found[channel] or self._present[channel] < _SEEN_TIMES:
            return False
        self.found[channel] = True
        return True

    def _miss(self, channel: int) -> bool:
        """No beats where they were found before, which says something only while the muscle is at rest."""
        if self._mean[channel] <= _REST * self._level[channel]:
            self._absent[channel] += 1
        if self._absent[channel] < _ABSENT_TIMES:
            return False
        self._absent[channel] = 0
        self.found[channel] = False
        return True


def beats(high: NDArray[np.float64], low: NDArray[np.float64], slot_s: float) -> bool:
    """Are these a heart's?

    Args:
        high: [slots] greatest value of each slot, oldest first.
        low: [slots] least value.
        slot_s: length of a slot.
    """
    size, n = high - low, len(high)
    group = n // _GROUPS
    peak = float(np.median(size[: group * _GROUPS].reshape(_GROUPS, group).max(axis=1)))
    above = np.flatnonzero(size > 0.5 * peak)
    first = np.flatnonzero(np.diff(above, prepend=-n) * slot_s > _REFRACTORY_S)
    if not LEAST_BEATS <= len(first) <= n * slot_s / FASTEST_S + 1:
        return False
    start, end = above[first], above[np.append(first[1:], len(above)) - 1]
    intervals = np.diff(start)
    usual = float(np.median(intervals))
    if not FASTEST_S <= usual * slot_s <= SLOWEST_S:
        return False
    if start[0] > 1.5 * usual or n - start[-1] > 1.5 * usual:
        return False
    peaks = np.array([a + int(size[a : b + 1].argmax()) for a, b in zip(start, end, strict=True)])
    heights = size[peaks]
    shares = (
        np.mean((end - start) * slot_s <= _WIDEST_S),
        np.mean(np.abs(intervals - usual) <= _REGULAR * usual),
        np.mean(np.abs(heights - np.median(heights)) <= _ALIKE * np.median(heights)),
    )
    if min(shares) < _MOST or _likeness(high + low, peaks, max(1, round(_SHAPE_S / slot_s))) < _SAME_SHAPE:
        return False
    reach = round(0.5 * _REFRACTORY_S / slot_s)
    between = np.ones(n, np.bool_)
    for a, b in zip(start, end, strict=True):
        between[max(0, a - reach) : b + reach + 1] = False
    return bool(between.any()) and float(size[between].mean()) <= _QUIET_BETWEEN * peak


def _likeness(middle: NDArray[np.float64], peaks: NDArray[np.int64], reach: int) -> float:
    """How well what lies around each peak correlates with the mean of all; -1 with too few peaks.

    A beat may begin anywhere in a slot, so each peak is moved by up to one slot to where it fits best.
    """
    inside = peaks[(peaks > reach) & (peaks < len(middle) - reach - 1)]
    if len(inside) < LEAST_BEATS - 1:
        return -1.0
    smooth = np.convolve(middle, (0.25, 0.5, 0.25), "same")
    places = inside[None, :, None] + np.arange(-1, 2)[:, None, None] + np.arange(-reach, reach + 1)
    around = smooth[places]
    around /= np.maximum(np.linalg.norm(around, axis=2, keepdims=True), np.finfo(np.float64).tiny)
    usual = around[1, np.argsort(np.abs(middle[inside]))[len(inside) // 2]]
    for _ in range(_ROUNDS):
        fit = around @ usual
        usual = around[fit.argmax(axis=0), np.arange(len(inside))].mean(axis=0)
        usual /= max(float(np.linalg.norm(usual)), np.finfo(np.float64).tiny)
    return float((around @ usual).max(axis=0).mean())
