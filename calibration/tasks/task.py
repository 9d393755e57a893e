"""What a task is: trials with a goal each, watched step by step, and figures at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple, Protocol

from ...core.command import LimbState
from ...core.goal import Goal


class Sight(NamedTuple):
    """One step of a trial as its observer sees it.

    Attributes:
        t_s: since the trial's start.
        limb: as it says it is.
        movement: class acted on now; "rest" when none.
        speed: 0 to 1.
        loaded_s: for how long there has truly been weight on the limb; 0: there is none; -1: nobody knows.
    """

    t_s: float
    limb: LimbState
    movement: str
    speed: float
    loaded_s: float = -1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one trial ended.

    Attributes:
        completed: the goal was reached and kept.
        time_s: until it was reached, dwell left out; the limit when it was not.
        figures: more of it, by name and unit ("path_efficiency", "overshoots", "throughput_bit_s").
    """

    completed: bool
    time_s: float
    figures: Mapping[str, float]


class Trial(Protocol):
    """One trial under way."""

    goal: Goal
    """What the person is shown; another object as soon as that is another goal."""
    moving: bool
    """The goal moves all the time: it is followed, not begun anew."""
    start_deg: Mapping[str, float]
    """Where the limb is put before it: joint -> angle."""

    def see(self, sight: Sight) -> Outcome | None:
        """One step; the outcome once it is over."""
        ...


class WornTrial(Trial, Protocol):
    """A trial that a person can do with a limb that nobody can put somewhere."""

    def begun_at(self, values: tuple[float, ...]) -> WornTrial:
        """The same trial, not yet begun, for a limb whose degrees of freedom have these values."""
        ...


class Task(Protocol):
    """A kind of test."""

    name: str

    def trials(self, n: int, seed: int) -> list[Trial]:
        """`n` trials in an order of their own; the same seed, the same trials."""
        ...


def figures_of(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Means over trials: `completed`, `time_s` of those, and every figure over the trials that have it."""
    times = [outcome.time_s for outcome in outcomes if outcome.completed]
    found: dict[str, float | None] = {
        "completed": fmean(outcome.completed for outcome in outcomes),
        "time_s": fmean(times) if times else None,
    }
    for name in dict.fromkeys(name for outcome in outcomes for name in outcome.figures):
        found[name] = fmean(o.figures[name] for o in outcomes if name in o.figures)
    return found
