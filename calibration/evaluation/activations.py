"""Movements nobody asked for: how often a limb would stir while its wearer rests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RecordingError

SECONDS_PER_HOUR = 3600.0


def false_activations(
    at_rest: NDArray[np.bool_],
    moving: NDArray[np.bool_],
    stretch: NDArray[np.integer],
    increment_s: float,
    shortest_s: float = 0.0,
) -> dict[str, Any]:
    """Count runs of decided movement while rest is asked; a run is one activation, however long.

    Args:
        at_rest: [n] rest is asked at this decision.
        moving: [n] a movement is decided.
        stretch: [n] number of the contiguous recording; no run goes on from one into the next.
        increment_s: time between decisions, s.
        shortest_s: shorter runs do not count: a limb needs a while to start.

    Returns:
        `count`, `exposure_s`, `per_hour`, `per_hour_interval` (95 %, see `poisson_interval`; None without
        exposure) and `longest_s`.

    Raises:
        RecordingError: the arrays are not of one length, or a time is not a positive one.
    """
    if not len(at_rest) == len(moving) == len(stretch):
        raise RecordingError(f"{len(at_rest)} decisions at rest or not, {len(moving)} moving or not")
    if not increment_s > 0 or shortest_s < 0:
        raise RecordingError(
            f"increment_s = {increment_s:g}, shortest_s = {shortest_s:g}: times are positive"
        )
    inside = at_rest & moving
    begins = inside.copy()
    begins[1:] &= ~inside[:-1] | (np.diff(stretch) != 0)
    lengths_s = np.bincount(np.cumsum(begins)[inside] - 1) * increment_s
    # A run of three increments of 10 ms is 30 ms, whatever floating point makes of it.
    counted = int((lengths_s >= shortest_s - 1e-9).sum())
    return _rates(counted, float(at_rest.sum() * increment_s), float(lengths_s.max(initial=0.0)))


def joined(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """`false_activations` of several recordings or people as one: counts and exposures are added."""
    return _rates(
        sum(part["count"] for part in parts),
        sum(part["exposure_s"] for part in parts),
        max((part["longest_s"] for part in parts), default=0.0),
    )


def poisson_interval(count: int, level: float = 0.95) -> tuple[float, float]:
    """Exact interval of a Poisson mean from one count, by quantiles of chi-square (Garwood 1936,
    doi 10.1093/biomet/28.3-4.437). Nothing seen still leaves an upper end: 3.69 at 95 %.

    Raises:
        RecordingError: a negative count, or a level that is no share.
    """
    if count < 0 or not 0 < level < 1:
        raise RecordingError(f"count = {count}, level = {level:g}: allowed are 0 and more, and 0 to 1")
    from scipy.stats import chi2

    tail = (1.0 - level) / 2.0
    low = float(chi2.ppf(tail, 2 * count) / 2.0) if count else 0.0
    return low, float(chi2.ppf(1.0 - tail, 2 * count + 2) / 2.0)


def _rates(count: int, exposure_s: float, longest_s: float) -> dict[str, Any]:
    per_hour, interval = None, None
    if exposure_s:
        scale = SECONDS_PER_HOUR / exposure_s
        per_hour, interval = count * scale, [end * scale for end in poisson_interval(count)]
    return {
        "count": count,
        "exposure_s": exposure_s,
        "per_hour": per_hour,
        "per_hour_interval": interval,
        "longest_s": longest_s,
    }
