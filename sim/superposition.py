"""EMG as the sum of what each firing looks like: one gather of shifted potentials and one sum a block."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Samples = NDArray[np.float32]


class Superposition:
    """Adds potentials up, block after block.

    Args:
        potentials: [units, phases, samples, channels] of one firing at each phase of a sample, microvolts.
        block: samples in a block.
    """

    def __init__(self, potentials: Samples, block: int) -> None:
        units, phases, length, channels = potentials.shape
        self._block, self._phases, self._channels = block, phases, channels
        self._tail_size = length * channels
        self._out_size = block * channels
        # Each potential stands between two blocks of zeros: where it is read from says when it began.
        padded = np.zeros((units * phases, block + length + block, channels), np.float32)
        padded[:, block : block + length] = potentials.reshape(units * phases, length, channels)
        flat = padded.reshape(units * phases, (2 * block + length) * channels)
        size = self._out_size + self._tail_size
        self._windows = np.lib.stride_tricks.as_strided(
            flat,
            (units * phases, block + 1, size),
            (flat.strides[0], channels * flat.itemsize, flat.itemsize),
            writeable=False,
        )
        self._tail = np.zeros(self._tail_size, np.float32)
        self._silent = True

    def with_potentials(self, potentials: Samples) -> Superposition:
        """The same stream with other potentials of the same length; what has begun ends as it was."""
        other = Superposition(potentials, self._block)
        other._tail, other._silent = self._tail, self._silent
        return other

    def block(self, units: Ints, ticks: Ints) -> Samples | None:
        """The next block [block, channels]; None is silence.

        Args:
            units: that fire in it.
            ticks: when, in phases of a sample from the block's start.
        """
        if not len(units):
            if self._silent:
                return None
            total = np.concatenate([self._tail, np.zeros(self._out_size, np.float32)])
            self._silent = not self._tail.any()
        else:
            if self._phases == 1:
                rows = ticks
            else:
                rows, phase = np.divmod(ticks, self._phases)
                units = units * self._phases + phase
            total = np.add.reduce(self._windows[units, self._block - rows], axis=0)
            total[: self._tail_size] += self._tail
            self._silent = False
        self._tail = total[self._out_size :]
        return total[: self._out_size].reshape(self._block, self._channels)
