"""One published effect: what was measured on how many people, and how virtual people are asked the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Settings:
    """What may be different about the world of a virtual person.

    Attributes:
        changed: parameter -> factor, for the sweep ("traits.visual_delay_s": 1.2).
        without: what is switched off, for an ablation ("seeing", "position", ...).
        thorough: share of the trials of a full run; a quick look takes fewer.
    """

    changed: Mapping[str, float] = field(default_factory=dict)
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
        source: paper, and where in FACTS.md its numbers stand.
        unit: of the published number.
        published: that number.
        n: people in the study.
        measure, statistic: see there.
        null: the statistic when there is no such effect.
        without: what is switched off for the ablation, after which the effect must vanish.
        sweep: parameters that are changed by 20 % each way.
        used_to_set: the parameter that this source set, if any: then the row never counts.
        low, high: for a range instead of a number, its ends; NaN otherwise.
    """

    key: str
    what: str
    source: str
    unit: str
    published: float
    n: int
    measure: Measure
    statistic: Statistic
    null: float
    without: str
    sweep: tuple[str, ...] = ()
    used_to_set: str = ""
    low: float = float("nan")
    high: float = float("nan")

    @property
    def range(self) -> tuple[float, float]:
        """What counts as the published value: a number, or a range."""
        if np.isnan(self.low):
            return self.published, self.published
        return self.low, self.high


def mean_of_first(people: Floats) -> float:
    """Mean over people of their first figure, those without one left out."""
    return float(np.nanmean(people[:, 0]))


def ratio_of_means(people: Floats) -> float:
    """Mean of the second condition over mean of the first."""
    return float(np.nanmean(people[:, 1]) / np.nanmean(people[:, 0]))


def difference_of_means(people: Floats) -> float:
    """Mean of the second condition less mean of the first."""
    return float(np.nanmean(people[:, 1]) - np.nanmean(people[:, 0]))
