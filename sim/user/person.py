"""The simulated user: compares what they see with what they want, and tenses muscles.

They know their goal, their own body (`sim.anatomy`), what each of their movements does to this limb (which
practice has taught them) and the limb as they saw it a visual delay ago. Nothing else is in reach of this
package; an import contract proves it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...core.command import LimbState
from ...core.goal import Goal
from ..anatomy import Body
from .traits import Traits

Floats = NDArray[np.float64]
Moves = Mapping[str, Mapping[str, float]]
"""Movement -> joint name -> the angle it takes that joint to."""


class SimulatedUser:
    """One person; seeded, so that the same sights lead to the same contractions.

    Args:
        body: whose muscles they tense.
        joints: of the limb, in its order.
        moves: what their movements do to it.
        traits: what kind of person.
        seed: of everything random in them.
        step_s: how often `step` is called.
    """

    def __init__(
        self,
        body: Body,
        joints: tuple[str, ...],
        moves: Moves,
        traits: Traits,
        seed: int,
        step_s: float = 0.010,
    ) -> None:
        self._body, self._joints, self._moves, self._traits = body, joints, moves, traits
        self._rng = np.random.default_rng([seed, 17])
        self._step_s = step_s
        self._seen: deque[LimbState] = deque()
        self._goal: Goal | None = None
        self._t_goal_s = 0.0
        self._excitation = np.zeros(len(body.muscles))
        self.gave_up = False
        """They have had enough of this trial."""

    def want(self, goal: Goal | None, t_s: float) -> None:
        """A new goal; None: relax."""
        self._goal, self._t_goal_s, self.gave_up = goal, t_s, False

    def step(self, t_s: float, limb: LimbState) -> Floats:
        """Excitation of each muscle [muscles], 0 to 1, for the next step.

        Args:
            t_s: now.
            limb: as it is now; what they make of it is a visual delay old.
        """
        self._seen.append(limb)
        wanted = self._wanted(t_s)
        rate = self._step_s / self._traits.rise_s
        self._excitation += np.clip(wanted - self._excitation, -rate, rate)
        return self._excitation.copy()

    def _wanted(self, t_s: float) -> Floats:
        """What they would tense if muscles obeyed at once."""
        while len(self._seen) > 1 and self._seen[1].t_s <= t_s - self._traits.visual_delay_s:
            self._seen.popleft()
        if self._goal is None:
            return np.zeros(len(self._body.muscles))
        if t_s - self._t_goal_s > self._traits.patience_s:
            self.gave_up = True
            return np.zeros(len(self._body.muscles))
        at = dict(zip(self._joints, self._seen[0].position_deg, strict=True))
        movement, share = self._chosen(self._goal, at)
        if not share:
            return np.zeros(len(self._body.muscles))
        return np.array(self._body.movements[movement]) * share

    def _chosen(self, goal: Goal, at: Mapping[str, float]) -> tuple[str, float]:
        """The movement that brings the limb nearest, and how hard to make it."""
        misses = goal.misses_deg(at)
        best, most = "", 0.0
        for movement, ends in self._moves.items():
            gain = 0.0
            for joint, end in ends.items():
                way = end - at[joint]
                gap = misses.get(joint, 0.0)
                tolerance = goal.tolerance_deg.get(joint, 10.0)
                gain += (gap * (1 if way > 0 else -1 if way < 0 else 0)) / tolerance
            if gain > most:
                best, most = movement, gain
        return best, 0.0 if not best else min(0.3 + 0.1 * most, 0.7)
