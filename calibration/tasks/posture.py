"""Reach a posture and keep it: the trial that motion tests, TAC and target tasks are made of."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.goal import Goal
from .task import Outcome, Sight


class PostureTrial:
    """Over when the limb has been at the goal for the dwell, or time is up.

    Args:
        goal: where to.
        start_deg: from where: joint -> angle.
        joints: of the limb, in its order.
        limit_s: for all of it.
        dwell_s: to be kept for so long.
    """

    def __init__(
        self,
        goal: Goal,
        start_deg: Mapping[str, float],
        joints: tuple[str, ...],
        limit_s: float,
        dwell_s: float,
    ) -> None:
        self.goal, self.start_deg = goal, start_deg
        self._joints, self._limit_s, self._dwell_s = joints, limit_s, dwell_s
        self._since_s: float | None = None

    def see(self, sight: Sight) -> Outcome | None:
        """See `Trial`."""
        there = self.goal.reached(dict(zip(self._joints, sight.limb.position_deg, strict=True)))
        if not there:
            self._since_s = None
        elif self._since_s is None:
            self._since_s = sight.t_s
        if self._since_s is not None and sight.t_s - self._since_s >= self._dwell_s:
            return Outcome(True, self._since_s, {})
        return Outcome(False, self._limit_s, {}) if sight.t_s >= self._limit_s else None
