"""How much of a disturbance there is at a time: step, ramp, periodic, random walk; from when and until when.

Seeded, and read at the start of each block of the simulation, so that any chunking gives the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

COURSES = ("step", "ramp", "periodic", "walk")


@dataclass(frozen=True, slots=True)
class Course:
    """An amount over time.

    Attributes:
        amount: there is in full: at a step, at a ramp's end, at most in each period; of a walk: its standard
            deviation after `over_s`.
        kind: one of `COURSES`.
        from_s: nothing before.
        until_s: nothing from then on.
        over_s: how long a ramp rises, of a period, or see `amount`.
    """

    amount: float
    kind: str = "step"
    from_s: float = 0.0
    until_s: float = math.inf
    over_s: float = 10.0


class Running:
    """A course as it goes by.

    Args:
        course: which.
        rng: of a walk.
    """

    def __init__(self, course: Course, rng: np.random.Generator) -> None:
        self.course, self._rng = course, rng
        self._walked = [0.0]

    def at(self, t_s: float) -> float:
        """The amount at that time; times may come in any order."""
        course = self.course
        if not course.from_s <= t_s < course.until_s:
            return 0.0
        since = (t_s - course.from_s) / course.over_s
        if course.kind == "ramp":
            return course.amount * min(since, 1.0)
        if course.kind == "periodic":
            return course.amount * 0.5 * (1.0 - math.cos(2 * math.pi * since))
        return self._walk(t_s - course.from_s) if course.kind == "walk" else course.amount

    def _walk(self, since_s: float) -> float:
        """A step a second, joined by lines."""
        whole = int(since_s)
        while len(self._walked) < whole + 2:
            step = self.course.amount / math.sqrt(self.course.over_s) * self._rng.standard_normal()
            self._walked.append(self._walked[-1] + float(step))
        low, high = self._walked[whole : whole + 2]
        return low + (high - low) * (since_s - whole)
