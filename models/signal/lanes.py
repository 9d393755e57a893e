"""Many stretches of recordings side by side, as if they were channels of one wide montage: the classes of the
stream do the work of all in the same few calls of numpy, and give the same bits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .families import CoupledFamily, Moments
from .features import Features
from .terms import SlidingSums


class SideBySide(Features):
    """Features of the windows of several stretches (lanes) that are pushed in step.

    Each lane has the bits it would have alone: nothing but arithmetic of single numbers reaches over lanes,
    and products of matrices are made lane by lane (`SlidingSums`). Coupled families are computed from each
    window's second moments, as for a lost channel.

    Args:
        feature_set: see `Features`.
        window: see `Features`.
        increment: see `Features`.
        n_channels: of one lane.
        lanes: how many.
    """

    def __init__(self, feature_set: str, window: int, increment: int, n_channels: int, lanes: int) -> None:
        super().__init__(feature_set, window, increment, n_channels)
        alone, columns, self.lanes = self.sums, lanes * n_channels, lanes
        self.sums = SlidingSums(
            alone.names, increment, window // increment, columns, alone.pair_sums.size > 0, lanes
        )
        self._wide = [
            family if isinstance(family, CoupledFamily) else type(family)(columns, window, increment, lanes)
            for family in self._families
        ]
        self._followers = [family for family in self._wide if family.follows]
        self._parts = [np.zeros(family.size) for family in self._wide]

    def many(self, chosen: NDArray[np.intp]) -> tuple[NDArray[np.float64], Moments]:
        """([n, size] features, second moments) of the current windows of the chosen lanes, new arrays."""
        moments = Moments(self._squares()[chosen], self.sums.pair_sums[chosen])
        made = np.empty((len(chosen), self.size))
        for start, alone, family, part in zip(
            self._starts, self._families, self._wide, self._parts, strict=True
        ):
            columns = made[:, start : start + alone.size]
            if isinstance(family, CoupledFamily):
                columns[:] = family.compute_many(moments)
            else:
                family.compute(self.sums, part)
                by_lane = part.reshape(-1, self.lanes, self._n_channels)[:, chosen].transpose(1, 0, 2)
                columns[:] = by_lane.reshape(columns.shape)
        return made, moments

    def rms(self) -> NDArray[np.float64]:
        """[lanes, ch], see `Features`."""
        return super().rms().reshape(self.lanes, -1)

    def _squares(self) -> NDArray[np.float64]:
        squares: NDArray[np.float64] = self.sums.sums[self._x2].reshape(self.lanes, -1)
        return squares
