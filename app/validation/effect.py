"""One published effect: what was measured on how many people, and how virtual people are asked the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be different about the world of a virtual person.

    Attributes:
        changed: (parameter, factor), for the sweep: ("traits.visual_delay_s", 1.2).
        without: what is switched off, for an ablation: a key of `world.ABLATIONS`.
        thorough: share of the trials of a full run; a quick look takes fewer.
    """

    changed: tuple[tuple[str, float], ...] = ()
    without: str = ""
    thorough: float = 1.0

    def trials(self, full: int) -> int:
        """How many of `full` to run, two at least."""
        return max(round(full * self.thorough), 2)


Measure = Callable[[int, Settings], Floats]
"""(seed of a virtual person, settings) -> [conditions] figures of that person."""
Statistic = Callable[[Floats], float]
"""[people, conditions] -> the one number that the study published."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One row of docs/validation.md.

    Attributes:
        key: its name in margins.toml and on the command line.
        what: in one sentence.
        source: paper, and where in FACTS.md its numbers stand; what differs in our task.
        unit: of the published number.
        published: that number, or a range (low, high); an end may be infinite where only a direction was
            published: then all of our interval must lie in it.
        n: people in the study.
        measure, statistic: see there. Rows that share a measure share its virtual people.
        null: the statistic when there is no such effect; or how to tell it from the same figures.
        without: what is switched off for the ablation, after which the effect must vanish.
        instead: the ablation is another statistic of the same figures; `without` says which.
        sameness: what was published is that nothing differs: then the ablation must show a difference.
        shows: more of the figures, in words.
        sweep: parameters that are changed by 20 % each way.
        used_to_set: the parameter that this source set, if any: then the row never counts.
        n_read: the study's number of people was read; else it is ours.
    """

    key: str
    what: str
    source: str
    unit: str
    published: float | tuple[float, float]
    n: int
    measure: Measure
    statistic: Statistic
    null: float | Statistic
    without: str
    instead: Statistic | None = None
    sameness: bool = False
    shows: Callable[[Floats], str] | None = None
    sweep: tuple[str, ...] = ()
    used_to_set: str = ""
    n_read: bool = True

    @property
    def range(self) -> tuple[float, float]:
        """What counts as the published value: a number, or a range."""
        if isinstance(self.published, tuple):
            return self.published
        return self.published, self.published

    @property
    def directional(self) -> bool:
        """Only a direction was published, or a bound."""
        return any(map(math.isinf, self.range))


def mean(column: int) -> Statistic:
    """Mean over people of one figure, those without it left out."""
    return lambda people: float(np.nanmean(people[:, column]))


def ratio(column: int, to: int) -> Statistic:
    """Mean over people of each person's own ratio."""
    return lambda people: float(np.nanmean(people[:, column] / people[:, to]))


def less(column: int, than: int) -> Statistic:
    """By how much a figure is smaller than another, mean over people."""
    return lambda people: float(np.nanmean(people[:, than] - people[:, column]))


def percent_more(column: int, than: int) -> Statistic:
    """By how many percent the mean of a figure is larger than that of another."""
    return lambda people: float(100.0 * (np.nanmean(people[:, column]) / np.nanmean(people[:, than]) - 1.0))


def correlation(one: Floats, other: Floats) -> float:
    """Pearson's; 0 where one of them does not vary."""
    both = np.isfinite(one) & np.isfinite(other)
    a, b = one[both] - one[both].mean(), other[both] - other[both].mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 1e-12 else 0.0
