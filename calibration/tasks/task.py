"""What a task is: trials with a goal each, watched step by step, and figures at the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


class Task(Protocol):
    """A kind of test."""

    name: str

    def trials(self, n: int, seed: int) -> list[Trial]:
        """`n` trials in an order of their own; the same seed, the same trials."""
        ...
