"""Degrees of freedom as a task sees them: one number each, whatever joints make it up. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...core.goal import Goal


@dataclass(frozen=True, slots=True)
class Dof:
    """One degree of freedom, from -1 to 1.

    Attributes:
        name: a key of `controller.postures.DOFS`: "hand", "wrist rotation", ...
        least_deg: joint -> angle at -1 (hand open).
        most_deg: joint -> angle at +1 (hand closed); the same joints.
    """

    name: str
    least_deg: Mapping[str, float]
    most_deg: Mapping[str, float]

    def posture(self, value: float) -> dict[str, float]:
        """Joint -> angle at a value."""
        share = (value + 1.0) / 2.0
        return {j: least + share * (self.most_deg[j] - least) for j, least in self.least_deg.items()}

    def value(self, at: Mapping[str, float]) -> float:
        """Where it is now: the mean over its joints."""
        shares = [(at[j] - least) / (self.most_deg[j] - least) for j, least in self.least_deg.items()]
        return 2.0 * sum(shares) / len(shares) - 1.0

    def width_deg(self, width: float) -> dict[str, float]:
        """Joint -> degrees that a difference of `width` means."""
        return {j: width / 2.0 * abs(self.most_deg[j] - least) for j, least in self.least_deg.items()}


class Space:
    """All degrees of freedom of a limb.

    Args:
        dofs: that the task uses.
        joints: of the limb, in its order.
    """

    def __init__(self, dofs: tuple[Dof, ...], joints: tuple[str, ...]) -> None:
        self.dofs, self.joints = dofs, joints
        index = {joint: i for i, joint in enumerate(joints)}
        # A value is the mean over its joints: an offset, and a slope for each of them.
        self._lines = tuple(_line(dof, index) for dof in dofs)

    def values(self, position_deg: tuple[float, ...]) -> tuple[float, ...]:
        """Of each DOF, of a limb's joint angles in its order."""
        return tuple([sum([position_deg[i] * by for i, by in slopes], at) for at, slopes in self._lines])

    def goal(self, values: Mapping[str, float], width: float, text: str = "") -> Goal:
        """Every DOF at its value (0 where none is named), each within +-`width`."""
        posture: dict[str, float] = {}
        tolerance: dict[str, float] = {}
        for dof in self.dofs:
            posture |= dof.posture(values.get(dof.name, 0.0))
            tolerance |= dof.width_deg(width)
        return Goal(posture, tolerance, text)

    def posture(self, values: Mapping[str, float]) -> dict[str, float]:
        """Joint -> angle with each DOF at its value, 0 where none is named."""
        return {j: deg for dof in self.dofs for j, deg in dof.posture(values.get(dof.name, 0.0)).items()}


def _line(dof: Dof, index: Mapping[str, int]) -> tuple[float, tuple[tuple[int, float], ...]]:
    """(offset, (joint, slope) of each of its joints)."""
    slopes = {j: 2.0 / ((dof.most_deg[j] - least) * len(dof.least_deg)) for j, least in dof.least_deg.items()}
    offset = -1.0 - sum(least * slopes[j] for j, least in dof.least_deg.items())
    return offset, tuple((index[j], slope) for j, slope in slopes.items())
