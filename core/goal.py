"""What a person is asked to do with a limb: shared by tasks, which set it, and simulated users, who try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Goal:
    """A posture to bring the limb into and keep, as it is shown to the person.

    Attributes:
        posture_deg: joint name -> angle; joints that are not named do not matter.
        tolerance_deg: joint name -> how far off still counts as there.
        text: the same in words.
        movement: not a posture but a movement, to be made until the goal is over; empty: a posture.
    """

    posture_deg: Mapping[str, float]
    tolerance_deg: Mapping[str, float]
    text: str = field(default="")
    movement: str = ""

    def misses_deg(self, joints: Mapping[str, float]) -> dict[str, float]:
        """Joint -> signed way that is left (goal less angle), 0 within the tolerance.

        Args:
            joints: joint name -> angle now.
        """
        left = {name: deg - joints[name] for name, deg in self.posture_deg.items()}
        return {name: gap if abs(gap) > self.tolerance_deg[name] else 0.0 for name, gap in left.items()}

    def reached(self, joints: Mapping[str, float]) -> bool:
        """Every joint is within its tolerance; a movement never is."""
        if self.movement:
            return False
        for name, deg in self.posture_deg.items():
            if abs(deg - joints[name]) > self.tolerance_deg[name]:
                return False
        return True
