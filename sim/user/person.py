"""The simulated user: compares what they see with what they want, and tenses muscles.

They know their goal, their own body (`sim.anatomy`), what each of their movements does to this limb (which
practice has taught them) and the limb as they saw it a visual delay ago. Nothing else is in reach of this
package; an import contract proves it.

    look      relaxed: is the limb where it should be? if not, which movement mends most? react, then
    move      tense; expect where the limb is by now; let go when it will coast to the goal
    settle    relaxed: wait until the limb is seen to stand still, learn from where it stopped, look again
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from ...core.command import LimbState
from ...core.goal import Goal
from ...core.movements import REST
from ..anatomy import Body
from .beliefs import Beliefs
from .muscles import Muscles
from .plan import Moves, Plan, choose, distance, left_deg
from .traits import Traits

_STILL_DEG_S = 4.0
"""Slower is seen as standing still."""
_VELOCITY_S = 0.08
"""Eyes need so long to tell a speed."""
_WRONG = 1.2
"""The posture looks so many times farther off than when they began: it goes the wrong way. Ours."""
_HARDER = 0.1
"""Nothing happens: they try so much harder."""


class _Doing(Enum):
    LOOK = 0
    MOVE = 1
    SETTLE = 2


class SimulatedUser:
    """One person; seeded, so that the same sights lead to the same contractions.

    Args:
        body: whose muscles they tense.
        joints: of the limb, in its order.
        moves: what their movements do to it.
        traits: what kind of person.
        seed: of everything random in them.
        step_s: how often `step` is called.
        sees: False shuts their eyes: they act on where they believe the limb to be.
    """

    def __init__(
        self,
        body: Body,
        joints: tuple[str, ...],
        moves: Moves,
        traits: Traits,
        seed: int,
        step_s: float = 0.010,
        *,
        sees: bool = True,
    ) -> None:
        self._joints, self._moves, self._traits, self._sees = joints, moves, traits, sees
        self._rng = np.random.default_rng([seed, 17])
        self._muscles = Muscles(body, traits, self._rng, step_s)
        self._beliefs = Beliefs(traits.learning)
        self._seen: deque[LimbState] = deque()
        self._before: deque[tuple[float, Mapping[str, float]]] = deque()
        self._step_s = step_s
        self._imagined: dict[str, float] | None = None
        self._goal: Goal | None = None
        self._doing = _Doing.LOOK
        self._plan: Plan | None = None
        self._effort = 0.0
        self._harder = 0.0
        self._t_s = self._t_goal_s = self._t_act_s = self._t_decide_s = -math.inf
        self._off_at_start = 0.0
        self._aims: deque[tuple[float, Goal]] = deque()
        self.gave_up = False
        """They have had enough of this trial."""

    @property
    def movement(self) -> str:
        """That they tense for now; "rest" when they relax."""
        if self._effort == 0.0:
            return REST
        if self._plan is not None:
            return self._plan.movement
        return self._goal.movement if self._goal is not None else REST

    @property
    def effort(self) -> float:
        """How hard, 0 to 1."""
        return self._effort

    def want(self, goal: Goal | None, t_s: float) -> None:
        """A new goal; None: relax."""
        self._goal, self._t_goal_s, self.gave_up = goal, t_s, False
        self._imagined = None  # one look at the start
        self._harder = 0.0
        self._aims.clear()
        self._let_go(t_s)

    def aim(self, goal: Goal, t_s: float) -> None:
        """The goal moves: they go on with what they do, once they have seen it."""
        self._aims.append((t_s, goal))

    def step(self, t_s: float, limb: LimbState) -> NDArray[np.float64]:
        """Excitation of each muscle [muscles], 0 to 1, for the next step.

        Args:
            t_s: now.
            limb: as it is now; what they make of it is a visual delay old.
        """
        self._t_s = t_s
        self._seen.append(limb)
        while len(self._seen) > 1 and self._seen[1].t_s <= t_s - self._traits.visual_delay_s + 1e-9:
            self._seen.popleft()
        while self._aims and self._aims[0][0] <= t_s - self._traits.visual_delay_s + 1e-9:
            self._goal = self._aims.popleft()[1]
        at = self._eyes()
        self._before.append((self._seen[0].t_s, at))
        while len(self._before) > 2 and self._before[1][0] <= self._seen[0].t_s - _VELOCITY_S:
            self._before.popleft()
        if self._goal is not None and t_s - self._t_goal_s > self._traits.patience_s:
            self.gave_up, self._goal = True, None
            self._let_go(t_s)
        if self._doing is _Doing.MOVE:
            self._move(at)
        elif self._doing is _Doing.SETTLE:
            self._settle(at)
        if self._doing is _Doing.LOOK:
            self._look(at)
        return self._muscles.step()

    def _eyes(self) -> dict[str, float]:
        """Joint -> angle as they see it; with eyes shut, as they believe it to be since the goal came."""
        if self._sees or self._imagined is None:
            at = dict(zip(self._joints, self._seen[0].position_deg, strict=True))
            self._imagined = None if self._sees else at
            return at
        if self._plan is not None and self._doing is not _Doing.LOOK:
            along = self._beliefs.speed_deg_s(self._plan.movement) * self._effort * self._step_s
            if self._beliefs.moved_for_s(self._t_s):
                self._imagine(self._plan, along)
        return self._imagined

    def _imagine(self, plan: Plan, along_deg: float) -> None:
        """What their movement does, if the limb does as it always did."""
        ends, at = self._moves[plan.movement], self._imagined
        if at is None or not along_deg:
            return
        way = abs(ends[plan.joint] - at[plan.joint])
        share = min(along_deg / way, 1.0) if way else 0.0
        self._imagined = {**at, **{j: at[j] + share * (end - at[j]) for j, end in ends.items()}}

    # -- look -----------------------------------------------------------------------------------------------

    def _look(self, at: Mapping[str, float]) -> None:
        goal = self._goal
        if goal is None or goal.reached(at):
            self._t_act_s = math.inf
            return
        if self._t_act_s == math.inf:
            # It is off: they will act once they have made up their mind.
            react_s = self._rng.normal(self._traits.reaction_s, self._traits.reaction_spread_s)
            seen_s = max(self._t_goal_s, self._t_s - self._traits.visual_delay_s)
            self._t_act_s = max(seen_s + max(react_s, 0.12), self._t_s)
        if self._t_s < self._t_act_s:
            return
        if goal.movement:
            self._keep_making(goal.movement)
            return
        plan = choose(goal, at, self._moves)
        if plan is None:
            return
        self._plan, self._doing = plan, _Doing.MOVE
        self._effort = self._effort_for(plan, plan.way_deg)
        self._muscles.contract(plan.movement, self._effort)
        self._beliefs.begin(plan.movement, self._t_s)
        self._off_at_start = distance(goal, at)
        self._t_act_s, self._t_decide_s = self._t_s, self._t_s + self._traits.decide_s

    def _keep_making(self, movement: str) -> None:
        """Asked for a movement, not for a posture: one contraction until the goal is over."""
        if self._effort == 0.0:
            self._effort = (self._traits.least_effort + self._traits.most_effort) / 2.0
            self._muscles.contract(movement, self._effort)

    def _effort_for(self, plan: Plan, way_deg: float) -> float:
        """So that it would arrive after about `approach_s`."""
        traits = self._traits
        per_effort = self._beliefs.speed_deg_s(plan.movement)
        wanted = way_deg / traits.approach_s / per_effort + self._harder
        return min(max(wanted, traits.least_effort), traits.most_effort)

    # -- move -----------------------------------------------------------------------------------------------

    def _move(self, at: Mapping[str, float]) -> None:
        plan, goal = self._plan, self._goal
        if plan is None or goal is None:
            self._let_go(self._t_s)
            return
        speed = self._speed_deg_s(plan, at)
        if self._sees:
            self._beliefs.see(plan.movement, speed, self._effort, self._t_s, self._traits.visual_delay_s)
        moving = self._beliefs.expected_deg_s(plan.movement, self._effort, self._t_s)
        unseen_deg = moving * min(self._traits.visual_delay_s, self._beliefs.moved_for_s(self._t_s))
        if not self._sees:
            unseen_deg = 0.0
        left = left_deg(plan, goal, at, self._moves) - unseen_deg
        if left <= moving * self._beliefs.coast_s(plan.movement):
            self._beliefs.stop(plan.movement, at[plan.joint], left + unseen_deg, moving, plan.sign)
            if not self._sees:
                self._imagine(plan, max(left, 0.0))
            self._let_go(self._t_s)
        elif self._t_s >= self._t_decide_s:
            self._judge(plan, goal, at, left, speed)

    def _judge(
        self, plan: Plan, goal: Goal, at: Mapping[str, float], left_deg: float, speed_deg_s: float
    ) -> None:
        """Now and then: does it go where it should?"""
        self._t_decide_s = self._t_s + self._traits.decide_s
        if distance(goal, at) > _WRONG * self._off_at_start + 1.0:
            self._let_go(self._t_s)
            return
        patience_s = self._beliefs.onset_s + 2 * self._traits.visual_delay_s + self._traits.decide_s
        if self._t_s - self._t_act_s > patience_s and abs(speed_deg_s) < _STILL_DEG_S:
            # Nothing happens: harder, and after three times of that, afresh.
            self._harder += _HARDER
            if self._harder > 3.5 * _HARDER:
                self._harder = 0.0
                self._let_go(self._t_s)
                return
        self._effort = self._effort_for(plan, max(left_deg, 0.0))
        self._muscles.hold(self._effort)

    def _speed_deg_s(self, plan: Plan, at: Mapping[str, float]) -> float:
        """Of the plan's leading joint as it is seen, positive the way it is meant to go."""
        t_old_s, old = self._before[0]
        dt_s = self._seen[0].t_s - t_old_s
        return (at[plan.joint] - old[plan.joint]) * plan.sign / dt_s if dt_s > 0 else 0.0

    def _let_go(self, t_s: float) -> None:
        self._muscles.relax()
        self._effort = 0.0
        self._doing, self._t_act_s = _Doing.SETTLE, t_s

    # -- settle ---------------------------------------------------------------------------------------------

    def _settle(self, at: Mapping[str, float]) -> None:
        if self._t_s - self._t_act_s < self._traits.visual_delay_s + self._beliefs.fade_s:
            return
        t_old_s, old = self._before[0]
        dt_s = self._seen[0].t_s - t_old_s
        fastest = max(abs(at[j] - old[j]) for j in self._joints) / dt_s if dt_s > 0 else 0.0
        if fastest > _STILL_DEG_S and self._t_s - self._t_act_s < 2.0:
            return
        if self._plan is not None and self._sees:
            self._beliefs.stopped(self._plan.movement, at[self._plan.joint])
        self._plan = None
        self._doing, self._t_act_s = _Doing.LOOK, math.inf
