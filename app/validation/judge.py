"""From virtual people's figures to a verdict. Pure.

`agrees`: the published value lies in our 95 % prediction interval for a study of as many people, and that
interval is no wider than the margin that was committed before the first run. `no`: it lies outside.
`inconclusive`: it lies inside an interval that is too wide to say anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .effect import Effect, Floats, Statistic

AGREES, NO, INCONCLUSIVE, USED = "agrees", "no", "inconclusive", "used_to_set"
_DRAWS = 2000


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


def predicted(people: Floats, statistic: Statistic, n: int, seed: int = 1) -> Interval:
    """95 % prediction interval of the statistic of `n` new people.

    Drawn twice: which people there might be besides those simulated (as many, with replacement), and which
    `n` of these a study would meet. People's figures need no distribution.

    Args:
        people: [people, conditions].
        statistic: of any [n, conditions].
        n: people in the study.
        seed: of the draws.
    """
    rng = np.random.default_rng([seed, 43])
    rows = len(people)
    found = np.empty(_DRAWS)
    for k in range(_DRAWS):
        there = rng.integers(0, rows, rows)
        found[k] = statistic(people[there[rng.integers(0, rows, n)]])
    low, high = np.nanquantile(found, [0.025, 0.975])
    return Interval(statistic(people), float(low), float(high))


def verdict(effect: Effect, interval: Interval, margin: float) -> str:
    """See the module."""
    if effect.used_to_set:
        return USED
    if not interval.meets(*effect.range):
        return NO
    return AGREES if interval.width <= margin else INCONCLUSIVE


def vanishes(effect: Effect, with_it: Interval, without_it: Interval) -> bool:
    """After the ablation no effect is left: its interval holds the null, or at most a quarter is left."""
    if without_it.meets(effect.null, effect.null):
        return True
    return abs(without_it.ours - effect.null) <= 0.25 * abs(with_it.ours - effect.null)
