"""Is one decoder better than another? Asked of people and days, never of windows: thousands of windows of one
afternoon are one afternoon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RecordingError

RESAMPLES = 10_000
LEAST_PEOPLE = 6
"""Five people who all agree have a sign test of p = .0625: below six nothing can be shown at 5 %."""
_BLOCK = 250

Scores = Mapping[str, Sequence[float]]
"""Person -> a score per day, pair of days, or only one of everything."""


def paired(one: Scores, first: Scores, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Any]:
    """Compare `one` with `first` over the people both have, day by day.

    The difference is the mean over people of each one's mean over days. Its interval is from a bootstrap in
    two steps, people drawn with replacement, then days inside each drawn person (Davison and Hinkley 1997,
    Bootstrap Methods, section 3.8, doi 10.1017/CBO9780511802843), percentiles 2.5 and 97.5.

    Args:
        one: scores, larger is better.
        first: scores of the decoder it is compared with, over the same days in the same order.
        resamples: drawn; the same seed gives the same interval.
        seed: of the bootstrap.

    Returns:
        `difference`, `interval` (None when one day of one person is all), `better_share` of people, `sign_p`
        (see `sign_test`), `people`, `days`, `resamples`, `seed`, and `note`: what the interval is worth.

    Raises:
        RecordingError: nobody is in both, or somebody's days differ.
    """
    people = sorted(set(one) & set(first))
    if not people:
        raise RecordingError("nobody was scored by both decoders")
    for who in people:
        if len(one[who]) != len(first[who]) or not len(one[who]):
            raise RecordingError(
                f"{who}: {len(one[who])} days by one decoder, {len(first[who])} by the other"
            )
    gains = [np.subtract(one[who], first[who]).astype(np.float64) for who in people]
    means = np.array([gain.mean() for gain in gains])
    days = sum(len(gain) for gain in gains)
    return {
        "difference": float(means.mean()),
        "interval": _bootstrap(gains, resamples, seed) if days > 1 else None,
        "better_share": float((means > 0).mean()),
        "sign_p": sign_test(means),
        "people": len(people),
        "days": days,
        "resamples": resamples,
        "seed": seed,
        "note": _note(len(people)),
    }


def sign_test(gains: Sequence[float] | NDArray[np.float64]) -> float | None:
    """Exact two-sided p of as many people gaining, or more, when gain and loss were equally likely.

    People without a difference are left out (Dixon and Mood 1946, doi 10.1080/01621459.1946.10501898); None
    when nobody is left.
    """
    up = int(sum(gain > 0 for gain in gains))
    n = up + int(sum(gain < 0 for gain in gains))
    if not n:
        return None
    tail = sum(comb(n, k) for k in range(max(up, n - up), n + 1))
    p: float = min(1.0, 2.0 * tail / 2**n)
    return p


def _bootstrap(gains: Sequence[NDArray[np.float64]], resamples: int, seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    counts = np.array([len(gain) for gain in gains])
    table = np.zeros((len(gains), counts.max()))
    for row, gain in zip(table, gains, strict=True):
        row[: len(gain)] = gain
    means = []
    for first in range(0, resamples, _BLOCK):  # a block at a time: hundreds of people would fill the memory
        shape = (min(_BLOCK, resamples - first), len(gains))
        who = rng.integers(len(gains), size=shape)
        day = (rng.random((*shape, counts.max())) * counts[who][..., None]).astype(np.int64)
        drawn = np.arange(counts.max()) < counts[who][..., None]
        means.append(((table[who[..., None], day] * drawn).sum(axis=2) / counts[who]).mean(axis=1))
    return [float(end) for end in np.percentile(np.concatenate(means), (2.5, 97.5))]


def _note(people: int) -> str:
    if people >= LEAST_PEOPLE:
        return ""
    return (
        f"{people} {'person' if people == 1 else 'people'}: the interval says little of others; "
        f"{LEAST_PEOPLE} is the least for which any difference can be shown"
    )
