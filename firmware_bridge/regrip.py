"""A hand that keeps its own grips is told of the next one by a gesture, while the limb holds. Pure.

Such a hand takes analog signals (`virtual_electrode`). A person asks; the guard says how long the gesture may
go on (`Setpoint.regrip`), the device makes it. Whatever ends the guard's leave ends the gesture.
"""

from __future__ import annotations

import math
from dataclasses import replace

from ..core.command import Setpoint
from ..core.errors import RequestError
from ..core.state import Event, State
from .guard_situation import Situation


class Regrip:
    """See the module.

    Args:
        gesture_s: how long the gesture lasts; 0: no device of the limb makes one.
    """

    def __init__(self, gesture_s: float, situation: Situation) -> None:
        self._gesture_s, self._known = gesture_s, situation
        self._t_began_s = -math.inf

    @property
    def possible(self) -> bool:
        """A device of the limb has a gesture for it."""
        return self._gesture_s > 0.0

    def begin(self, now_s: float) -> None:
        """Only where the limb is armed and holds; after it the person rests before anything moves.

        Raises:
            RequestError: not now; no gesture is made later either.
        """
        known = self._known
        if known.state is State.ACTIVE or known.governor.setpoint.moving:
            raise RequestError("cannot change the grip: the limb is moving", "relax, then ask again")
        if known.state is not State.ARMED or known.line.quiet(now_s) or not known.line.answering(now_s):
            raise RequestError(
                "cannot change the grip: it takes a gesture, and the limb is not ready for one",
                "it must be armed and hold still",
            )
        if self._t_began_s > -math.inf:
            raise RequestError("cannot change the grip: that is being done already", "wait for it")
        self._t_began_s = now_s

    def watch(self, now_s: float) -> None:
        """End it with its time, with the armed state, and with any doubt that the limb hears of it."""
        known = self._known
        if self._t_began_s == -math.inf:
            return
        over = now_s - self._t_began_s >= self._gesture_s or known.line.quiet(now_s)
        if known.state in (State.ARMED, State.ACTIVE):
            known.standing.rest_seen = False
            known.standing.happen(Event.REST)
        else:
            over = True
        if over:
            self._t_began_s = -math.inf

    def told(self, setpoint: Setpoint) -> Setpoint:
        """The set-point as the devices get it."""
        return replace(setpoint, regrip=True) if self._t_began_s > -math.inf else setpoint
