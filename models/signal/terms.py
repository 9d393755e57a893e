"""Sums over a sliding window, updated per increment, exact at both edges of the window.

Every feature here is a function of sums of per-sample terms (|x|, x^2, |x[n] - x[n-1]|, x[n] x[n-k], ...).
The window's sum is the sum of its increments' sums, so the cost of a step grows with the increment, not the
window.

A term that looks back k samples is defined only from the window's sample k on. So each increment also keeps
its sums with the look-back cut off ("heads"), one for each place it may take at the front of a window, and
the front increments of the current window are entered with those. Nothing is ever subtracted: a knock that
left the window leaves no rounding behind.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

POWER_FLOOR = 1e-12
"""Added to mean powers and (its root) to mean amplitudes before the logarithm, in the signal's unit squared:
far below any amplifier's noise in volts or microvolts; it makes a dead channel a number."""
AMPLITUDE_FLOOR = 1e-6

LOOK_BACK: dict[str, int] = {
    "x2": 0,  # x[n]^2
    "dx2": 1,  # (x[n] - x[n-1])^2
    "ddx2": 2,  # (x[n] - 2 x[n-1] + x[n-2])^2
    "abs": 0,  # |x[n]|
    "dabs": 1,  # |x[n] - x[n-1]|
    "zc": 1,  # 1 where the sign changed since the last sample that was not zero
    "ssc": 2,  # 1 where x[n-1] is a strict local extreme
    "lag1": 1,  # x[n] x[n-1]
    "lag2": 2,
    "lag3": 3,
    "lag4": 4,
    "ddabs": 2,  # |x[n] - 2 x[n-1] + x[n-2]|
    "log": 0,  # log(|x[n]| + AMPLITUDE_FLOOR)
}
"""Every term and how many samples it looks back, in the order in which their sums stand."""

_TOGETHER = (("dx2", "ddx2"), ("abs", "dabs"), ("zc", "ssc"), ("lag1", "lag2", "lag3", "lag4"))
"""Terms that are computed by the same few calls of numpy: wanting one of them gives all. For ten samples of
eight channels a call costs more than its arithmetic."""


class SlidingSums:
    """Window sums of the named terms for every channel, and of the products of all channel pairs.

    Args:
        names: the terms wanted; "x2" is always there, and those computed together with a wanted one. Order
            follows `LOOK_BACK`.
        increment: samples per increment.
        n_increments: increments per window; must be more than the longest look-back needs.
        n_channels: columns, those of all lanes together.
        pairs: also sum x x^T.
        lanes: how many signals lie side by side in the columns, one after the other. They know nothing of
            each other, and each has the bits that it would have alone (`lanes.SideBySide`).
    """

    def __init__(
        self,
        names: Iterable[str],
        increment: int,
        n_increments: int,
        n_channels: int,
        pairs: bool,
        lanes: int = 1,
    ) -> None:
        asked = frozenset(names)
        wanted = asked.union({"x2"}, *(group for group in _TOGETHER if asked.intersection(group)))
        self.names = tuple(name for name in LOOK_BACK if name in wanted)
        self.row = {name: i for i, name in enumerate(self.names)}
        self.n_increments = n_increments
        reach = [LOOK_BACK[name] for name in self.names]
        self._history = max(4, *reach)
        self._heads = -(-max(reach) // increment)
        if n_increments <= self._heads:
            raise ValueError(
                f"a window of {n_increments * increment} samples is too short for these features"
            )
        n_terms, length, ch = len(self.names), increment, n_channels
        self._length, self._pairs = length, pairs
        # weights[t, 0, j, n]: may term t at sample n be used when only j increments lie before this one? The
        # last j stands for "enough of them".
        before = np.arange(self._heads + 1)[None, :, None] * length + np.arange(length)[None, None, :]
        self._weights = (before >= np.array(reach)[:, None, None]).astype(np.float64)
        self._weights[:, self._heads] = 1.0
        # Counts are kept as -1 for each event, the cheapest thing to compute from a product of signs.
        self._weights[[self.row[name] for name in ("zc", "ssc") if name in self.row]] *= -1.0
        self._weights = self._weights[:, None]
        # Signal, first and second difference, with what was before this increment in front.
        self._signal = np.zeros((3, self._history + length, ch))
        x, d, dd = self._signal
        self._new = x[self._history :]
        self._differences = [(d[1:], x[1:], x[:-1]), (dd[2:], d[2:], d[1:-1])]
        self._signs = np.zeros((2, length + 1, ch))
        self._last_sign = np.zeros(ch)
        self._terms = np.zeros((n_terms, length, ch))
        each = ch // lanes
        per_pair = (lanes, each, each) if pairs else (lanes, 0, 0)
        # A column alone would be added in another order than the same column among others: see `push`.
        width = max(2, n_terms * ch + math.prod(per_pair))
        self._ring = np.zeros((n_increments, width))
        self._total = np.zeros(width)
        self.sums = self._total[: n_terms * ch].reshape(n_terms, ch)
        """[terms, ch]: the current window's sums; `row` tells which row is which term."""
        end = n_terms * ch + math.prod(per_pair)
        self.pair_sums = self._total[n_terms * ch : end].reshape(per_pair)
        """[lanes, ch, ch]: sum of x x^T over the current window; [lanes, 0, 0] without `pairs`."""
        # Products of matrices may add in an order that depends on how wide and how dense these are. So lanes
        # are multiplied one by one, and from where they lie as if they were alone.
        self._terms_by_lane, self._new_by_lane = by_lane(self._terms, lanes), by_lane(self._new, lanes)
        self._copies = [] if lanes == 1 else [self._terms_by_lane, self._new_by_lane]
        if self._copies:
            self._terms_by_lane, self._new_by_lane = (np.zeros(part.shape) for part in self._copies)
        self._new_turned = self._new_by_lane.transpose(0, 2, 1)
        by_head = np.zeros((n_increments, n_terms, self._heads + 1, ch))
        terms = list(self._ring[:, : n_terms * ch].reshape(n_increments, n_terms, ch))
        pair_sums = self._ring[:, n_terms * ch : end].reshape(n_increments, *per_pair)
        # For each slot where its heads and pairs go, and how it and then the oldest ones enter the sums.
        self._heads_at, self._pairs_at = list(by_lane(by_head, lanes)), list(pair_sums)
        self._entries = [(terms[i], by_head[i, :, self._heads]) for i in range(n_increments)]
        self._fronts = [
            # The slot after the newest is the oldest. Its full sum is not needed again: it leaves next.
            [(terms[at], by_head[at, :, j]) for j, at in enumerate(_after(i, self._heads, n_increments))]
            for i in range(n_increments)
        ]
        self._prepare()
        # The first sign change of an increment, and whether it has a sign at all: see `_mend_crossings`.
        self._first_crossing = np.zeros((n_increments, ch))
        self._silent = np.zeros((n_increments, ch), np.bool_)
        self._zero_start = np.zeros((n_increments, ch), np.bool_)
        self._starts_with_zero = [False] * n_increments
        self._count = 0

    def _prepare(self) -> None:
        """Views from where a group of terms is computed to where it goes; None where it is not wanted."""
        row, terms, now = self.row, self._terms, self._signal[:, self._history :]
        moments = 3 if "dx2" in row else 1
        self._squared = (now[:moments], terms[:moments])
        self._magnitude = (now[:2], terms[row["abs"] :][:2]) if "abs" in row else None
        self._signed = self._signal[:2, self._history - 1 :]
        self._event = terms[row["zc"] :][:2] if "zc" in row else None
        self._lagged = None
        if "lag1" in row:
            # Row k is the signal k + 1 samples ago.
            _, sample, channel = self._signal.strides
            newest_past = self._signal[0, self._history - 1 :]
            past = as_strided(newest_past, (4, *self._new.shape), (-sample, sample, channel))
            self._lagged = (past, terms[row["lag1"] :][:4])
        self._bend = (now[2], terms[row["ddabs"]]) if "ddabs" in row else None
        self._log = terms[row["log"]] if "log" in row else None

    def reset(self) -> None:
        """Start over with an empty window."""
        self._ring[:] = 0.0
        self._signs[:] = 0.0
        self._count = 0

    @property
    def full(self) -> bool:
        """True once a whole window has been pushed."""
        return self._count >= self.n_increments

    def push(self, block: NDArray[np.float64]) -> None:
        """Take one increment [length, ch] in; afterwards `sums` and `pair_sums` are the window's."""
        slot = self._count % self.n_increments
        x = self._signal[0]
        x[: self._history] = x[self._length :]
        self._new[:] = block
        self._compute_terms(slot)
        if self._copies:
            np.copyto(self._terms_by_lane, self._copies[0])
            np.copyto(self._new_by_lane, self._copies[1])
        np.matmul(self._weights, self._terms_by_lane, out=self._heads_at[slot])
        if self._pairs:
            np.matmul(self._new_turned, self._new_by_lane, out=self._pairs_at[slot])
        entered, head = self._entries[slot]
        entered[:] = head
        self._count += 1
        if self._count >= self.n_increments:
            for entered, head in self._fronts[slot]:
                entered[:] = head
        np.add.reduce(self._ring, axis=0, out=self._total)
        if "zc" in self.row and self.full and self._starts_with_zero[(slot + 1) % self.n_increments]:
            self._mend_crossings((slot + 1) % self.n_increments)

    def _compute_terms(self, slot: int) -> None:
        for difference, later, earlier in self._differences:
            np.subtract(later, earlier, out=difference)
        values, squares = self._squared
        np.multiply(values, values, out=squares)
        if self._magnitude is not None:
            np.abs(self._magnitude[0], out=self._magnitude[1])
        if self._lagged is not None:
            np.multiply(self._new, self._lagged[0], out=self._lagged[1])
        if self._event is not None:
            self._events(slot, self._event)
        if self._bend is not None:
            np.abs(self._bend[0], out=self._bend[1])
        if self._log is not None:
            np.abs(self._new, out=self._log)
            self._log += AMPLITUDE_FLOOR
            np.log(self._log, out=self._log)

    def _events(self, slot: int, event: NDArray[np.float64]) -> None:
        """Sign changes of the signal, where a sample that is exactly zero has the sign of the last one that
        was not; and of its slope, where zero is no sign."""
        # Signs, not values: a product of two tiny slopes is zero in floating point.
        signs, sign, crossing = self._signs, self._signs[0], event[0]
        self._last_sign[:] = sign[-1]
        np.sign(self._signed, out=signs)
        sign[0] = self._last_sign
        zeros = np.count_nonzero(sign[1:]) < self._new.size
        self._starts_with_zero[slot] = False
        if zeros:
            self._zero_start[slot] = sign[1] == 0
            self._starts_with_zero[slot] = bool(self._zero_start[slot].any())
            self._silent[slot] = ~sign[1:].any(axis=0)
            first = (sign[1:] != 0).argmax(axis=0)
            for n in range(1, len(sign)):
                np.copyto(sign[n], sign[n - 1], where=sign[n] == 0)
        else:
            self._silent[slot] = self._zero_start[slot] = False
        np.multiply(signs[:, 1:], signs[:, :-1], out=event)
        np.minimum(event, 0.0, out=event)
        self._first_crossing[slot] = (
            np.take_along_axis(crossing, first[None, :], 0)[0] if zeros else crossing[0]
        )

    def _mend_crossings(self, oldest: int) -> None:
        """Take out a change of sign against a sample before the window, where the window begins with
        zeros."""
        # The head of the oldest increment already leaves out its first sample. When that sample is zero, the
        # first sign of the window comes later, and was compared with a sign from before the window.
        counts = self.sums[self.row["zc"]]
        for c in np.flatnonzero(self._zero_start[oldest]):
            for i in range(self.n_increments):
                at = (oldest + i) % self.n_increments
                if not self._silent[at, c]:
                    if i > 0 or self._zero_start[at, c]:
                        counts[c] += self._first_crossing[at, c]
                    break


def by_lane(columns: NDArray[np.float64], lanes: int) -> NDArray[np.float64]:
    """View of [..., rows, lanes * ch] as [..., lanes, rows, ch]."""
    apart = columns.reshape(*columns.shape[:-1], lanes, columns.shape[-1] // lanes)
    return apart.swapaxes(-2, -3)


def _after(slot: int, many: int, n_slots: int) -> list[int]:
    """So many slots after this one, the oldest first."""
    return [(slot + 1 + j) % n_slots for j in range(many)]
