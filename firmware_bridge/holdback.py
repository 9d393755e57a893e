"""Which joints may not be moved on, and which way: force, stall, and a set-point that runs away. Pure."""

from __future__ import annotations

from ..core.command import LimbState, Setpoint
from .limits import LimbModel

RELEASED_SHARE = 0.8
"""A finger closes again once its force is below this share of the limit: no chatter at the edge."""
LEAD_DEG = 20.0
"""A set-point is at most so far ahead of a joint that its device holds back: no stall is wound up."""


class Holdback:
    """See the module.

    Args:
        model: of the limb.
        max_grip_n: a finger that meets this force closes no further; 0: as the device likes.
    """

    def __init__(self, model: LimbModel, max_grip_n: float) -> None:
        self._closing = tuple(joint.closing for joint in model.joints)
        self._max_n = max_grip_n
        self._pressing = [False] * len(model.joints)

    def blocked(self, limb: LimbState, setpoint: Setpoint) -> tuple[int, ...]:
        """Per joint the sign in which it may go no further, 0 for free; empty when all are free."""
        forces, limiting = limb.force_n, limb.limiting
        if not any(limiting) and not (self._max_n and (forces or any(self._pressing))):
            return ()
        found = [0] * len(self._closing)
        for i, closing in enumerate(self._closing):
            if self._max_n and closing:
                if forces:  # a hand that no longer says what it feels still presses as hard as it last said
                    enough = self._max_n * (RELEASED_SHARE if self._pressing[i] else 1.0)
                    self._pressing[i] = forces[i] >= enough
                found[i] = closing if self._pressing[i] else 0
            if limiting and limiting[i]:
                lead_deg = setpoint.position_deg[i] - limb.position_deg[i]
                if closing:
                    found[i] = closing
                elif abs(lead_deg) > LEAD_DEG:
                    found[i] = 1 if lead_deg > 0.0 else -1
        return tuple(found)
