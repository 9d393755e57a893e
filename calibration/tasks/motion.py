"""Motion test: make one movement to its end, as quickly as possible (Kuiken et al., JAMA 2009).

Selection time: from the first decision that is not rest to the first right one. Completion time: from there
on until right decisions have carried the virtual limb through its whole range; 1 s of them at least, 5 s at
most for a completed motion (FACTS.md section 1; the 1 s is from memory).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...core.goal import Goal
from .task import Outcome, Sight, Trial

LIMIT_S = 5.0
RANGE_S = 1.0
_PATIENCE_S = 10.0
"""For somebody who never starts."""


class MotionTrial:
    """One movement.

    Args:
        movement: to make.
        posture_deg: where it leads: joint -> angle.
        start_deg: from where.
    """

    moving = False

    def __init__(
        self, movement: str, posture_deg: Mapping[str, float], start_deg: Mapping[str, float]
    ) -> None:
        self.movement = movement
        self.goal = Goal(posture_deg, dict.fromkeys(posture_deg, 1.0), movement, movement)
        self.start_deg = start_deg
        self._onset_s = self._selected_s = -1.0
        self._before_s = 0.0
        self._carried_s = 0.0

    def begun_at(self, values: tuple[float, ...]) -> MotionTrial:  # noqa: ARG002 - wherever it is
        """See `WornTrial`."""
        return MotionTrial(self.movement, self.goal.posture_deg, self.start_deg)

    def see(self, sight: Sight) -> Outcome | None:
        """See `Trial`."""
        dt_s, self._before_s = sight.t_s - self._before_s, sight.t_s
        if self._onset_s < 0.0 and sight.movement != "rest":
            self._onset_s = sight.t_s
        if sight.movement == self.movement:
            if self._selected_s < 0.0:
                self._selected_s = sight.t_s
            self._carried_s += dt_s
        since_s = sight.t_s - self._onset_s if self._onset_s >= 0.0 else 0.0
        if self._carried_s >= RANGE_S:
            return self._outcome(True, since_s)
        over = since_s >= LIMIT_S or (self._onset_s < 0.0 and sight.t_s >= _PATIENCE_S)
        return self._outcome(False, LIMIT_S) if over else None

    def _outcome(self, completed: bool, time_s: float) -> Outcome:
        figures = {} if self._selected_s < 0.0 else {"selection_s": self._selected_s - self._onset_s}
        return Outcome(completed, time_s, figures)


class MotionTest:
    """Every movement of a limb, as often as any other.

    Args:
        moves: movement -> joint -> where it leads.
        start_deg: posture between two movements.
    """

    name = "motion"

    def __init__(self, moves: Mapping[str, Mapping[str, float]], start_deg: Mapping[str, float]) -> None:
        self._moves, self._start_deg = moves, start_deg

    def trials(self, n: int, seed: int) -> list[Trial]:
        """In a drawn order."""
        rng = np.random.default_rng([seed, 41])
        names: list[str] = []
        while len(names) < n:
            names += rng.permutation(np.array(list(self._moves))).tolist()
        return [MotionTrial(name, self._moves[name], self._start_deg) for name in names[:n]]


def mean_of(outcomes: Sequence[Outcome], figure: str) -> float:
    """Mean of a figure over the trials that have it; NaN when none has."""
    found = [outcome.figures[figure] for outcome in outcomes if figure in outcome.figures]
    return float(np.mean(found)) if found else float("nan")
