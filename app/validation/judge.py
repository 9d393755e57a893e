"""From virtual people's figures to a verdict. Pure.

`agrees`: the published value lies in our 95 % prediction interval for a study of as many people, and that
interval is no wider than the margin that was committed before the first run. `no`: it lies outside.
`inconclusive`: it lies inside an interval that is too wide to say anything. Where a paper published only a
direction or a bound, `agrees` means that all of the interval lies on that side, `no` that nothing of it does;
where it published a range, our own number must lie in it too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from .effect import Effect, Floats, Statistic

AGREES, NO, INCONCLUSIVE, USED = "agrees", "no", "inconclusive", "used_to_set"
_DRAWS = 4000
_LEVEL = 0.95
_LEFT = 0.25
"""Share of an effect that may be left after its ablation. Ours."""
_T = (math.inf, 12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""Student's t at 97.5 % for 0 to 9 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Our number and where a study of the published size would find it."""

    ours: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """Its length."""
        return self.high - self.low

    def meets(self, low: float, high: float) -> bool:
        """Part of low to high lies in it."""
        return self.low <= high and low <= self.high

    def within(self, low: float, high: float) -> bool:
        """All of it lies between them."""
        return low <= self.low and self.high <= high


def predicted(people: Floats, statistic: Statistic, n: int, seed: int = 1) -> Interval:
    """95 % prediction interval of the statistic of `n` new people.

    Drawn twice: which people there might be besides those simulated (as many, with replacement), and which
    `n` of these a study would meet. People's figures need no distribution. A bootstrap of few people is too
    narrow; the quantiles are moved outwards by what that costs a mean (Hesterberg, Am Stat 2015;69:371, the
    expanded percentile interval).

    Args:
        people: [people, conditions]; two at least.
        statistic: of any [n, conditions].
        n: people in the study.
        seed: of the draws.
    """
    rng = np.random.default_rng([seed, 43])
    rows = len(people)
    there = rng.integers(0, rows, (_DRAWS, rows))
    met = np.take_along_axis(there, rng.integers(0, rows, (_DRAWS, n)), axis=1)
    found = np.array([statistic(people[which]) for which in met])
    tail = _tail(rows)
    low, high = np.nanquantile(found, [tail, 1.0 - tail])
    return Interval(statistic(people), float(low), float(high))


def _tail(rows: int) -> float:
    """Share of the draws beyond each end."""
    free = rows - 1
    if free < 1:
        return 0.0
    z = NormalDist().inv_cdf(0.5 + _LEVEL / 2.0)
    # Beyond the table: Cornish and Fisher's first terms, right to 0.01.
    t = _T[free] if free < len(_T) else z + (z**3 + z) / (4.0 * free)
    return NormalDist().cdf(-t * math.sqrt(rows / free))


def verdict(effect: Effect, interval: Interval, margin: float) -> str:
    """See the module."""
    if effect.used_to_set:
        return USED
    if not interval.meets(*effect.range):
        return NO
    if effect.directional and not interval.within(*effect.range):
        return INCONCLUSIVE
    low, high = effect.range
    if low < high and not low <= interval.ours <= high:
        return INCONCLUSIVE
    return AGREES if interval.width <= margin else INCONCLUSIVE


def null_of(effect: Effect, people: Floats) -> float:
    """The effect's statistic if there were no such effect."""
    return effect.null if isinstance(effect.null, float) else effect.null(people)


def vanishes(effect: Effect, null: float, with_it: Interval, without_it: Interval) -> bool:
    """After the ablation no effect is left: its interval holds the null, or at most a quarter is left.

    Where nothing was to differ, the ablation must differ: its interval lies outside what was published.
    """
    if effect.sameness:
        return not without_it.meets(*effect.range)
    if without_it.meets(null, null):
        return True
    return abs(without_it.ours - null) <= _LEFT * abs(with_it.ours - null)
