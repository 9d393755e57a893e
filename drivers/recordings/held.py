"""A measurement beside EMG, on a grid of its own: each value stands until the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Held:
    """Values at their positions in, values at a grid's positions out. Before the first value: 0."""

    def __init__(self) -> None:
        self._at = np.array([-np.inf])
        self._values = np.zeros(1)

    def add(self, values: Floats, at: Floats) -> None:
        """From `at` [k] on, `values` [k] stand. Positions do not decrease; what is not finite becomes 0."""
        self._at = np.append(self._at, np.maximum(at, self._at[-1]))
        self._values = np.append(self._values, np.nan_to_num(values))

    def on(self, grid: Floats) -> Floats:
        """The values at the positions `grid`, which only grow from call to call."""
        index = np.maximum(np.searchsorted(self._at, grid, side="right") - 1, 0)
        found: Floats = self._values[index]
        self._at, self._values = self._at[index[-1] :], self._values[index[-1] :]
        return found
