"""Named feature sets over a sliding window; streaming and batch are this one class.

Sample entropy is in no set: it compares every pair of samples of a window, so it cannot be had from sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...core.errors import BundleError
from .families import CoupledFamily, Family, Moments
from .families_amplitude import Amplitudes, Crossings, LogMoments, TimeDomain
from .families_autoregressive import Autoregression, Cepstrum
from .families_hjorth import Hjorth
from .families_samples import Samples, Willison
from .families_spatial import LogCovariance, SpatialRatios
from .families_spectral import Spectrum
from .families_tdpsd import TDPSD
from .terms import SlidingSums

FEATURE_SETS: dict[str, tuple[type[Family], ...]] = {
    "hudgins": (TimeDomain,),
    "log_moments": (LogMoments, Crossings),
    "default": (LogMoments, Autoregression, LogCovariance),
    "reference": (LogMoments, Crossings, Autoregression, LogCovariance),
    "tdar": (TimeDomain, Autoregression),
    "time_domain": (TimeDomain, Amplitudes, Willison),
    "tdpsd": (TDPSD,),
    "spectral": (Spectrum, Cepstrum),
    "hjorth": (Hjorth,),
    "riemann": (LogCovariance,),
    "spatial": (SpatialRatios,),
    "window": (Samples,),
}
"""Name -> families, in the order of their features."""


@dataclass(frozen=True)
class _Plan:
    """What is to be done about lost channels; the last one is kept, as losses last.

    Attributes:
        lost: the channels.
        gone: columns of the features that are about one of them.
        kept: the channels that remain.
        coupled: the other columns of each coupled family, and that family for the channels that remain.
    """

    lost: tuple[int, ...]
    gone: NDArray[np.intp]
    kept: NDArray[np.intp]
    coupled: list[tuple[NDArray[np.intp], CoupledFamily]]


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
        terms = {term for kind in kinds for term in kind.terms}
        pairs = any(kind.pairs for kind in kinds)
        try:
            self.sums = SlidingSums(terms, increment, window // increment, n_channels, pairs)
            self._families = [kind(n_channels, window, increment) for kind in kinds]
        except ValueError as error:
            raise BundleError(str(error)) from error
        self._followers = [family for family in self._families if family.follows]
        ends = np.cumsum([family.size for family in self._families])
        self.size = int(ends[-1])
        self.names = tuple(name for family in self._families for name in family.names)
        self._out = np.zeros(self.size)
        parts = np.split(self._out, ends[:-1])
        self._steps = [(family.compute, part) for family, part in zip(self._families, parts, strict=True)]
        self._starts = (ends - [family.size for family in self._families]).tolist()
        self._x2 = self.sums.row["x2"]
        self._per_sample = 1.0 / window
        self.window, self._increment, self._n_channels = window, increment, n_channels
        self._plan: _Plan | None = None

    @cached_property
    def needs(self) -> NDArray[np.bool_]:
        """[size, ch] bool: which channels a feature is about; it is NaN when one of them is lost."""
        return np.vstack([family.needs() for family in self._families])

    def reset(self) -> None:
        """Start over with an empty window."""
        self.sums.reset()
        for family in self._followers:
            family.reset()

    @property
    def ready(self) -> bool:
        """True once a whole window has been pushed."""
        return self.sums.full

    def push(self, block: NDArray[np.float64]) -> None:
        """Take one conditioned increment [increment, ch] in."""
        self.sums.push(block)
        for family in self._followers:
            family.push(block)

    def values(self, lost: tuple[int, ...] = ()) -> NDArray[np.float64]:
        """[size] features of the current window, a new array. Meaningless before `ready`.

        Args:
            lost: channels to go without: what is about them is NaN, the rest is what a montage without them
                would give.

        Raises:
            BundleError: a lost channel is none of the montage's.
        """
        for compute, part in self._steps:
            compute(self.sums, part)
        out = self._out.copy()
        if lost:
            self.lose(out[None], self.moments(), lost)
        return out

    def moments(self) -> Moments:
        """Second moments of the current window (n = 1), gone with the next `push`: all that `lose` needs."""
        return Moments(self.sums.sums[self._x2][None], self.sums.pair_sums)

    def lose(self, features: NDArray[np.float64], moments: Moments, lost: tuple[int, ...]) -> None:
        """Change the features of many windows into what `values(lost)` would have given.

        Args:
            features: [n, size] as from `values()`; changed in place.
            moments: of the same windows.
            lost: channels to go without.

        Raises:
            BundleError: a lost channel is none of the montage's.
        """
        if self._plan is None or self._plan.lost != lost:
            self._plan = self._plan_for(lost)
        plan = self._plan
        features[:, plan.gone] = np.nan
        if len(plan.kept):
            remaining = moments.of(plan.kept)
            for columns, family in plan.coupled:
                features[:, columns] = family.compute_many(remaining)

    def _plan_for(self, lost: tuple[int, ...]) -> _Plan:
        for channel in lost:
            if not 0 <= channel < self._n_channels:
                raise BundleError(
                    f"lost channel {channel} is not known", f"allowed: 0 to {self._n_channels - 1}"
                )
        kept = np.array([c for c in range(self._n_channels) if c not in lost], np.intp)
        gone: NDArray[np.bool_] = np.any(self.needs[:, list(lost)], axis=1)
        # Leaving channels out keeps the order of the rest, so the smaller family's features fit the gaps.
        coupled = [
            (
                start + np.flatnonzero(~gone[start : start + family.size]),
                type(family)(len(kept), self.window, self._increment),
            )
            for start, family in zip(self._starts, self._families, strict=True)
            if isinstance(family, CoupledFamily) and len(kept)
        ]
        return _Plan(lost, np.flatnonzero(gone), kept, coupled)

    def rms(self) -> NDArray[np.float64]:
        """[ch] root mean square over the current window (samples not yet seen count as zero)."""
        level: NDArray[np.float64] = np.sqrt(self.sums.sums[self._x2] * self._per_sample)
        return level
