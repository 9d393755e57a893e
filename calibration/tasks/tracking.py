"""Seated ankle tracking: follow a target angle that wanders, as well as one can.

The target is a sum of three sines with drawn phases, so that nobody learns it. Figures: root mean square
error, correlation, and the lag at which limb and target fit best. All numbers are ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ProfileError
from ...core.goal import Goal
from .dofs import Dof, Space
from .task import Outcome, Sight, Trial

ANKLE = "ankle"
LEAD_S, LASTS_S = 5.0, 30.0
"""Not counted at the start; counted after it."""
PERIODS_S = (30.0, 15.0, 10.0)
"""Whole periods in what is counted."""
REACH = 0.7
"""How far from the middle it goes, of half the range."""
_NEAR = 0.12
"""Nearer than this is on the target, to the person."""
_MOST_LAG_S = 3.0


class TrackingTrial:
    """One target.

    Args:
        dof: the ankle.
        joint: index of its joint in the limb.
        phases: [3] of the sines.
    """

    moving = True

    def __init__(self, dof: Dof, joint: int, phases: NDArray[np.float64]) -> None:
        (self._name,) = dof.least_deg
        self._dof, self._joint, self._phases = dof, joint, phases
        self._near = dof.width_deg(_NEAR)
        t_s = np.arange(0.0, LEAD_S + LASTS_S, 0.05)
        self._scale = REACH / float(np.abs([self._sum(t) for t in t_s]).max())
        self._target_deg: list[float] = []
        self._at_deg: list[float] = []
        self._t_s: list[float] = []
        self.start_deg: Mapping[str, float] = dof.posture(self._scale * self._sum(0.0))
        self.goal = self._goal(0.0)

    def _sum(self, t_s: float) -> float:
        each = zip(PERIODS_S, self._phases, strict=True)
        return sum(math.sin(2 * math.pi * t_s / period + phase) for period, phase in each)

    def _goal(self, t_s: float) -> Goal:
        return Goal(self._dof.posture(self._scale * self._sum(t_s)), self._near, "follow the target")

    def begun_at(self, values: tuple[float, ...]) -> TrackingTrial:  # noqa: ARG002 - 5 s to get there
        """See `WornTrial`."""
        return TrackingTrial(self._dof, self._joint, self._phases)

    def see(self, sight: Sight) -> Outcome | None:
        """See `Trial`."""
        if sight.t_s >= LEAD_S:
            self._t_s.append(sight.t_s)
            self._target_deg.append(self.goal.posture_deg[self._name])
            self._at_deg.append(sight.limb.position_deg[self._joint])
        self.goal = self._goal(sight.t_s)
        return self._outcome() if sight.t_s >= LEAD_S + LASTS_S - 1e-9 else None

    def _outcome(self) -> Outcome:
        target, at = np.array(self._target_deg), np.array(self._at_deg)
        error_deg = float(np.sqrt(np.mean((at - target) ** 2)))
        still_deg = float(np.std(target))
        figures = {"error_deg": error_deg, "still_error_deg": still_deg}
        if at.std() > 0.0:
            step_s = (self._t_s[-1] - self._t_s[0]) / (len(self._t_s) - 1)
            lags = range(round(_MOST_LAG_S / step_s) + 1)
            fits = [float(np.corrcoef(target[: len(target) - lag], at[lag:])[0, 1]) for lag in lags]
            figures |= {"correlation": fits[0], "lag_s": int(np.argmax(fits)) * step_s}
        # Better than a limb that stands still in the middle.
        return Outcome(error_deg < still_deg, LASTS_S, figures)


class Tracking:
    """Targets for the ankle.

    Args:
        space: of the limb.

    Raises:
        ProfileError: it has no ankle.
    """

    name = "tracking"

    def __init__(self, space: Space) -> None:
        found = [dof for dof in space.dofs if dof.name == ANKLE]
        if not found:
            names = ", ".join(dof.name for dof in space.dofs)
            raise ProfileError(f"--test tracking: needs an ankle; this limb moves {names or 'nothing'}")
        self._dof = found[0]
        self._joint = space.joints.index(next(iter(self._dof.least_deg)))

    def trials(self, n: int, seed: int) -> list[Trial]:
        """Each with phases of its own."""
        rng = np.random.default_rng([seed, 43])
        phases = rng.uniform(0.0, 2 * np.pi, (n, len(PERIODS_S)))
        return [TrackingTrial(self._dof, self._joint, row) for row in phases]
