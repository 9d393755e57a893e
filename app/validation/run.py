"""Run rows: people, figures, intervals, verdicts, ablations, sweeps."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ...core.errors import InnervateError
from .effect import Effect, Floats, Settings
from .effects import ALL, measures
from .judge import Interval, null_of, predicted, vanishes, verdict
from .kept import Kept

FIRST_PERSON = 201
"""Seeds of the people of a run: from here on. Others were used while rows were written."""
LEAST_PEOPLE, MOST_PEOPLE = 10, 20
"""With five a bootstrap misses the tails: of new studies 86 in 100 lie inside instead of 92 to 94."""
ABLATION_PEOPLE = 4
SWEEP_PEOPLE = 4
SWEEP = (0.8, 1.2)
QUICK_PEOPLE, QUICK_TRIALS = 3, 0.34
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How much is run.

    Attributes:
        people: of each row; 0: as many as the study had, `LEAST_PEOPLE` to `MOST_PEOPLE`.
        quick: few people, few trials: to see that it works.
        sweep: also change parameters.
        ablate: also run ablations.
        workers: processes.
        folder: where people's figures are kept; None: nowhere.
    """

    people: int = 0
    quick: bool = False
    sweep: bool = False
    ablate: bool = True
    workers: int = 1
    folder: Path | None = None

    def count(self, effect: Effect) -> int:
        """How many people of a row."""
        if self.quick and not self.people:
            return QUICK_PEOPLE
        return self.people or min(max(effect.n, LEAST_PEOPLE), MOST_PEOPLE)

    @property
    def settings(self) -> Settings:
        """The world as it is."""
        return Settings(thorough=QUICK_TRIALS if self.quick else 1.0)


@dataclass(frozen=True, slots=True)
class Row:
    """What was found about one effect.

    Attributes:
        effect: see there.
        people: that were simulated.
        interval: ours.
        margin: that was committed.
        verdict: see `judge`.
        without: ours after the ablation; None when it was not run.
        gone: the effect vanished then.
        shown: more of the figures.
        flips: (parameter, factor, verdict) that differs from `before`, of as many people.
        swept: how many changes were tried.
        before: the verdict that flips are against; empty without a sweep.
    """

    effect: Effect
    people: int
    interval: Interval
    margin: float
    verdict: str
    without: Interval | None = None
    gone: bool = False
    shown: str = ""
    flips: tuple[tuple[str, float, str], ...] = field(default=())
    swept: int = 0
    before: str = ""


def run(effects: Sequence[Effect], margins: dict[str, float], options: Options, tell: Progress) -> list[Row]:
    """All rows, in order.

    Args:
        effects: which.
        margins: key -> widest interval.
        options: how much.
        tell: told what is under way.

    Raises:
        InnervateError: fewer than two people.
    """
    if options.people == 1 or options.people < 0:
        raise InnervateError(f"--people {options.people}: allowed: 2 and more, or 0 for as many as published")
    people = _People(options, tell)
    base = options.settings
    people.need([(e, base, options.count(e)) for e in effects])
    if options.ablate:
        people.need([_ablated(e, options) for e in effects if e.instead is None])
    if options.sweep:
        people.need([(e, world, n) for e in effects for world, n in _swept(e, options)])
    return [_row(effect, margins[effect.key], options, people) for effect in effects]


def _ablated(effect: Effect, options: Options) -> tuple[Effect, Settings, int]:
    settings = replace(options.settings, without=effect.without)
    return effect, settings, min(options.count(effect), ABLATION_PEOPLE)


def _swept(effect: Effect, options: Options) -> list[tuple[Settings, int]]:
    n = min(options.count(effect), SWEEP_PEOPLE)
    worlds = [((name, factor),) for name in effect.sweep for factor in SWEEP]
    return [(replace(options.settings, changed=changed), n) for changed in worlds]


def _row(effect: Effect, margin: float, options: Options, people: _People) -> Row:
    figures = people.figures(effect, options.settings, options.count(effect))
    interval = predicted(figures, effect.statistic, effect.n)
    found = Row(effect, len(figures), interval, margin, verdict(effect, interval, margin))
    if effect.shows is not None:
        found = replace(found, shown=effect.shows(figures))
    if options.ablate:
        without = people.ablation(effect, figures, options)
        found = replace(
            found, without=without, gone=vanishes(effect, null_of(effect, figures), interval, without)
        )
    if options.sweep and effect.sweep:
        worlds = _swept(effect, options)
        n = worlds[0][1]
        before = verdict(effect, predicted(figures[:n], effect.statistic, effect.n), margin)
        flips = []
        for world, _ in worlds:
            there = predicted(people.figures(effect, world, n), effect.statistic, effect.n)
            if (now := verdict(effect, there, margin)) != before:
                flips.append((*world.changed[0], now))
        found = replace(found, flips=tuple(flips), swept=len(worlds), before=before)
    return found


class _People:
    """Figures of virtual people, each measured once.

    Args:
        options: where they are kept, and by how many processes they are made.
        tell: told what is under way.
    """

    def __init__(self, options: Options, tell: Progress) -> None:
        self._options, self._tell = options, tell
        self._kept = Kept(options.folder)
        self._found: dict[tuple[str, int, Settings], Floats] = {}

    def need(self, wanted: Sequence[tuple[Effect, Settings, int]]) -> None:
        """Measure those that are not known yet."""
        asked = {
            (effect.measure.__name__, FIRST_PERSON + k, settings): None
            for effect, settings, n in wanted
            for k in range(n)
        }
        missing = []
        for key in asked:
            if key in self._found:
                continue
            if (known := self._kept.get(*key)) is not None:
                self._found[key] = known
            else:
                missing.append(key)
        workers = min(self._options.workers, len(missing))
        if workers > 1:
            # Each process computes with one thread: the others have theirs.
            os.environ.setdefault("OMP_NUM_THREADS", "1")
            with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
                for key, figures in zip(missing, pool.map(_measured, missing), strict=True):
                    self._keep(key, figures, len(missing))
        else:
            for key in missing:
                self._keep(key, _measured(key), len(missing))

    def _keep(self, key: tuple[str, int, Settings], figures: Floats, of: int) -> None:
        self._kept.put(*key, figures)
        self._found[key] = figures
        name, seed, settings = key
        how = f" without {settings.without}" if settings.without else ""
        how += "".join(f" {parameter} x {factor:g}" for parameter, factor in settings.changed)
        self._tell(f"{name}{how}: person {seed - FIRST_PERSON + 1}, of {of} to measure")

    def figures(self, effect: Effect, settings: Settings, n: int) -> Floats:
        """[n, conditions]."""
        name = effect.measure.__name__
        return np.stack([self._found[(name, FIRST_PERSON + k, settings)] for k in range(n)])

    def ablation(self, effect: Effect, figures: Floats, options: Options) -> Interval:
        """Ours without what makes the effect."""
        if effect.instead is not None:
            return predicted(figures, effect.instead, effect.n)
        return predicted(self.figures(*_ablated(effect, options)), effect.statistic, effect.n)


def _measured(key: tuple[str, int, Settings]) -> Floats:
    name, seed, settings = key
    return measures(ALL)[name](seed, settings)
