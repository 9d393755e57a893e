"""Reach a posture and keep it: the trial that TAC and target tests are made of, and its figures."""

from __future__ import annotations

import math
from collections.abc import Mapping

from .dofs import Space
from .task import Outcome, Sight


class PostureTrial:
    """Over when the limb has been at the goal for the dwell, or time is up.

    A DOF is at the goal when its value is within the width; what is judged is the value, not each joint: a
    person sees a hand that is half closed, not six angles.

    Args:
        space: of the limb.
        target: DOF -> value; DOFs that are not named are to stay where they start.
        width: half the width of the target, in values of a DOF (-1 to 1).
        limit_s: for all of it.
        dwell_s: to be kept for so long.
        start: DOF -> value at the start, 0 where none is named.
        text: the target in words.
    """

    moving = False

    def __init__(
        self,
        space: Space,
        target: Mapping[str, float],
        width: float,
        limit_s: float,
        dwell_s: float,
        start: Mapping[str, float] | None = None,
        text: str = "",
    ) -> None:
        start = start or {}
        self.target = dict(target)
        """DOF -> value that is asked for; the others are to stay."""
        wanted = {**start, **target}
        self.goal = space.goal(wanted, width, text)
        self.start_deg: Mapping[str, float] = space.posture(start)
        self._space, self._limit_s, self._dwell_s = space, limit_s, dwell_s
        self.width = width
        """Half the width of the target."""
        names = [dof.name for dof in space.dofs]
        target_at = tuple(wanted.get(name, 0.0) for name in names)
        self._bounds = tuple((at - width - 1e-9, at + width + 1e-9) for at in target_at)
        self._at = tuple(start.get(name, 0.0) for name in names)
        self._straight = math.dist(target_at, self._at)
        self._path = 0.0
        self._since_s: float | None = None
        self._entered = 0
        self.path: list[tuple[float, ...]] = []
        """Value of each DOF at each step, for plots."""

    def begun_at(self, values: tuple[float, ...]) -> PostureTrial:
        """The same for a limb that nobody can put somewhere: from where it is, and mirrored if it is there.

        Args:
            values: of each DOF, now.
        """
        start = {dof.name: value for dof, value in zip(self._space.dofs, values, strict=True)}
        target = self.target
        if all(abs(start[name] - value) <= self.width for name, value in target.items()):
            target = {name: -value for name, value in target.items()}
        return PostureTrial(self._space, target, self.width, self._limit_s, self._dwell_s, start)

    def see(self, sight: Sight) -> Outcome | None:
        """See `Trial`."""
        at = self._space.values(sight.limb.position_deg)
        self._path += math.dist(at, self._at)
        self._at = at
        self.path.append(at)
        if all(least <= value <= most for value, (least, most) in zip(at, self._bounds, strict=True)):
            if self._since_s is None:
                self._since_s = sight.t_s
                self._entered += 1
            if sight.t_s - self._since_s >= self._dwell_s - 1e-9:
                return self._outcome(True, self._since_s)
        else:
            self._since_s = None
        return self._outcome(False, self._limit_s) if sight.t_s >= self._limit_s else None

    def _outcome(self, completed: bool, time_s: float) -> Outcome:
        """Index of difficulty and throughput as in ISO 9241-411 (Shannon's form): log2(D / W + 1) / time."""
        difficulty = math.log2(self._straight / (2 * self.width) + 1.0)
        figures = {
            "path_efficiency": min(self._straight / self._path, 1.0) if self._path > 0 else 0.0,
            "overshoots": float(max(self._entered - 1, 0) if completed else self._entered),
            "difficulty_bit": difficulty,
        }
        if completed and time_s > 0:
            figures["throughput_bit_s"] = difficulty / time_s
        return Outcome(completed, time_s, figures)
