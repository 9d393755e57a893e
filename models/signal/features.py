"""Named feature sets over a sliding window; streaming and batch are this one class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.errors import BundleError
from .families import Autoregression, Family, LogCovariance, LogMoments, TimeDomain
from .terms import SlidingSums

FEATURE_SETS: dict[str, tuple[type[Family], ...]] = {
    "hudgins": (TimeDomain,),
    "log_moments": (LogMoments,),
    "default": (LogMoments, Autoregression, LogCovariance),
}
"""Name -> families, in the order of their features."""


class Features:
    """Features of the last `window` samples, after every increment.

    Args:
        feature_set: a key of `FEATURE_SETS`.
        window: samples per window, whole increments.
        increment: samples per increment.
        n_channels: columns.

    Raises:
        BundleError: unknown set, or a window that is not whole increments or too short.
    """

    def __init__(self, feature_set: str, window: int, increment: int, n_channels: int) -> None:
        if feature_set not in FEATURE_SETS:
            raise BundleError(
                f"feature set {feature_set!r} is not known", f"allowed: {', '.join(FEATURE_SETS)}"
            )
        if increment < 1 or window < increment or window % increment:
            raise BundleError(f"a window of {window} samples is not whole increments of {increment} samples")
        kinds = FEATURE_SETS[feature_set]
        self._families = [kind(n_channels, window) for kind in kinds]
        terms = {term for kind in kinds for term in kind.terms}
        try:
            self.sums = SlidingSums(
                terms, increment, window // increment, n_channels, any(k.pairs for k in kinds)
            )
        except ValueError as error:
            raise BundleError(str(error)) from error
        ends = np.cumsum([family.size for family in self._families])
        self.size = int(ends[-1])
        self.names = tuple(name for family in self._families for name in family.names)
        self._out = np.zeros(self.size)
        self._parts = np.split(self._out, ends[:-1])
        self._x2 = self.sums.row["x2"]
        self._per_sample = 1.0 / window

    def reset(self) -> None:
        """Start over with an empty window."""
        self.sums.reset()

    @property
    def ready(self) -> bool:
        """True once a whole window has been pushed."""
        return self.sums.full

    def push(self, block: NDArray[np.float64]) -> None:
        """Take one conditioned increment [increment, ch] in."""
        self.sums.push(block)

    def values(self) -> NDArray[np.float64]:
        """[size] features of the current window, a new array. Meaningless before `ready`."""
        for family, part in zip(self._families, self._parts, strict=True):
            family.compute(self.sums, part)
        return self._out.copy()

    def rms(self) -> NDArray[np.float64]:
        """[ch] root mean square over the current window (samples not yet seen count as zero)."""
        level: NDArray[np.float64] = np.sqrt(self.sums.sums[self._x2] * self._per_sample)
        return level
