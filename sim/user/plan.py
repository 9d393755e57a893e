"""Which movement brings a person's limb nearer to what they want, and how far it has to go. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...core.goal import Goal

Moves = Mapping[str, Mapping[str, float]]
"""Movement -> joint name -> the angle it takes that joint to."""
_WORTH = 0.05
"""A movement that mends less than this share of the distance is not worth making."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One movement to make.

    Attributes:
        movement: which.
        way_deg: that its leading joint should travel.
        joint: the leading one: it has farthest to go.
        sign: of its way.
    """

    movement: str
    way_deg: float
    joint: str
    sign: float


def distance(goal: Goal, at: Mapping[str, float]) -> float:
    """How far off a posture looks: squares of what is left, in tolerances."""
    return sum(((deg - at[j]) / goal.tolerance_deg[j]) ** 2 for j, deg in goal.posture_deg.items())


def choose(goal: Goal, at: Mapping[str, float], moves: Moves) -> Plan | None:
    """The movement that mends most when it is stopped at the best moment; None when none helps.

    Joints of a movement arrive together, so it leads along a straight line, from `at` to its posture.
    """
    now = distance(goal, at)
    best, most = None, _WORTH * now
    for movement, ends in moves.items():
        plan = _stopped_best(goal, at, movement, ends)
        if plan is None:
            continue
        gain = now - distance(goal, {**at, **_along(at, ends, plan[0])})
        if gain > most:
            best, most = plan[1], gain
    return best


def left_deg(plan: Plan, goal: Goal, at: Mapping[str, float], moves: Moves) -> float:
    """How far the plan's leading joint still has to go; negative when it went too far."""
    found = _stopped_best(goal, at, plan.movement, moves[plan.movement])
    if found is not None:
        return abs(moves[plan.movement][plan.joint] - at[plan.joint]) * found[0]
    target = goal.posture_deg.get(plan.joint)
    return (target - at[plan.joint]) * plan.sign if target is not None else 0.0


def _stopped_best(
    goal: Goal, at: Mapping[str, float], movement: str, ends: Mapping[str, float]
) -> tuple[float, Plan] | None:
    """(share of the whole way at which the distance is least, the plan); None when it only gets worse."""
    along = across = 0.0
    for joint, target in goal.posture_deg.items():
        way = (ends.get(joint, at[joint]) - at[joint]) / goal.tolerance_deg[joint]
        along += way * (target - at[joint]) / goal.tolerance_deg[joint]
        across += way * way
    if along <= 0.0 or across <= 0.0:
        return None
    share = min(along / across, 1.0)
    leading = max(ends, key=lambda joint: abs(ends[joint] - at[joint]))
    way = ends[leading] - at[leading]
    return share, Plan(movement, share * abs(way), leading, 1.0 if way > 0 else -1.0)


def _along(at: Mapping[str, float], ends: Mapping[str, float], share: float) -> dict[str, float]:
    return {joint: at[joint] + share * (end - at[joint]) for joint, end in ends.items()}
