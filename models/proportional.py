"""How fast: effort from signal level, relative to rest and to this movement's level at training."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BundleError


class ProportionalSpeed:
    """Speed 0 to 1 of a decoded movement.

    Effort of class k is the mean level above rest over channels, weighted by how much k raised each of them
    in training; 1 means as strong as the training's mean contraction (after Scheme et al. 2014, doi
    10.1109/TNSRE.2013.2247421: one gain per class, so all movements feel alike).

    Args:
        rest_rms: [ch] level at rest.
        class_rms: [K, ch] mean level in each class; the row of rest gives speed 0.
    """

    def __init__(self, rest_rms: NDArray[np.float64], class_rms: NDArray[np.float64]) -> None:
        rest, levels = np.asarray(rest_rms, np.float64), np.asarray(class_rms, np.float64)
        if levels.ndim != 2 or rest.shape != (levels.shape[1],):
            raise BundleError(f"levels of shape {levels.shape} and rest {rest.shape} do not fit")
        if not (np.isfinite(rest).all() and np.isfinite(levels).all()):
            raise BundleError("the speed levels hold numbers that are not finite")
        self.rest_rms, self.class_rms = rest, levels
        rise = self._rise = np.maximum(levels - rest, 0.0)
        # sum(rise * (rms - rest)) / sum(rise * rise): the length along this class's own direction.
        norm = np.einsum("kc,kc->k", rise, rise)
        self._weights = np.divide(rise, norm[:, None], out=np.zeros_like(rise), where=norm[:, None] > 0)

    def speed(self, class_index: int, rms: NDArray[np.float64], lost: int = -1) -> float:
        """Effort of the window, 0 to 1; 0 for a class that raised nothing, no class, or a level that is not
        a number.

        Args:
            class_index: as the decoder gave it.
            rms: [ch], as `Frame.rms`.
            lost: a channel whose level says nothing now; -1 for none.
        """
        if class_index < 0:
            return 0.0
        if lost < 0:
            effort = float(self._weights[class_index] @ (rms - self.rest_rms))
        else:
            effort = self._without(class_index, rms, lost)
        return min(max(effort, 0.0), 1.0) if effort == effort else 0.0

    def _without(self, class_index: int, rms: NDArray[np.float64], lost: int) -> float:
        """Effort by the other channels."""
        rise = self._rise[class_index].copy()
        rise[lost] = 0.0
        norm = float(rise @ rise)
        above = np.where(rise > 0.0, rms - self.rest_rms, 0.0)
        return float(rise @ above) / norm if norm > 0.0 else 0.0
