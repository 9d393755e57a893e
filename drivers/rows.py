"""From what came over a wire to rows of a `Chunk`: nothing missing in time, nothing that is not a number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Valid = NDArray[np.bool_]


class RowFiller:
    """Remembers the last finite value of each channel, so that a gap can be filled and a NaN replaced.

    Any chunking of the input gives the same rows.
    """

    def __init__(self, channels: int) -> None:
        self._last = np.zeros(channels, np.float32)
        self._ones: Valid = np.ones((0, channels), np.bool_)

    def fill(self, samples: Samples, lost_before: NDArray[np.int64] | None) -> tuple[Samples, Valid]:
        """Rows with gaps filled.

        Args:
            samples: [n, ch] as received; not changed.
            lost_before: [n] how many rows are missing before each; None when none is.

        Returns:
            samples and valid, both [n + lost, ch].
        """
        if lost_before is None and b"\0" not in np.isfinite(samples).tobytes():
            if len(samples):
                self._last = samples[-1]
            return samples, self._all_valid(len(samples))
        rows = np.arange(len(samples))
        end = rows if lost_before is None else rows + np.cumsum(lost_before)
        total = 0 if len(samples) == 0 else int(end[-1]) + 1
        filled = np.full((total, samples.shape[1]), np.nan, np.float32)
        filled[end] = samples
        valid = np.isfinite(filled)
        self._repeat_last(filled, valid)
        return filled, valid

    def _repeat_last(self, filled: Samples, valid: Valid) -> None:
        for channel in range(filled.shape[1]):
            good = valid[:, channel]
            newest = np.maximum.accumulate(np.where(good, np.arange(len(good)), -1))
            values = np.append(
                filled[:, channel], self._last[channel]
            )  # index -1 is the value before this block
            filled[:, channel] = values[newest]
        if len(filled):
            self._last = filled[-1]

    def _all_valid(self, rows: int) -> Valid:
        """The same read-only rows each time: all is well nearly always."""
        if rows > len(self._ones):
            self._ones = np.ones((rows, self._ones.shape[1]), np.bool_)
            self._ones.setflags(write=False)
        return self._ones[:rows]
