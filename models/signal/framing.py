"""Any chunking in, increments of a fixed number of samples out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


class Increments:
    """Cuts a stream into blocks of exactly `length` samples, aligned to the first sample since `reset`.

    All that follows sees these blocks only, so its arithmetic cannot depend on how a driver chunks: that is
    what makes streaming and batch bit-identical.

    Args:
        length: samples per increment.
        n_channels: columns of every chunk.
    """

    def __init__(self, length: int, n_channels: int) -> None:
        self.length = length
        self._samples = np.zeros((length, n_channels), np.float64)
        self._valid = np.zeros((length, n_channels), np.bool_)
        self._filled = 0

    def reset(self) -> None:
        """Forget the unfinished increment; the next sample begins a new one."""
        self._filled = 0

    def push(
        self, samples: NDArray[np.float32], valid: NDArray[np.bool_] | None
    ) -> Iterator[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
        """Yield (samples [length, ch] float64, valid [length, ch] bool) per completed increment.

        The arrays are reused: use them before asking for the next. `valid` None means all are valid.
        """
        position, count, length = 0, len(samples), self.length
        while position < count:
            take = min(length - self._filled, count - position)
            rows = slice(self._filled, self._filled + take)
            self._samples[rows] = samples[position : position + take]
            self._valid[rows] = True if valid is None else valid[position : position + take]
            position += take
            self._filled += take
            if self._filled == length:
                self._filled = 0
                yield self._samples, self._valid
