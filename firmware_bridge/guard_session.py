"""What is under way that keeps muscles from the limb: a recalibration, or a change of model or settings.

A recalibration holds the limb (state STOPPED) from its begin to its end; afterwards a person arms. It ends
when whoever carries it out says so, and at once when a person stops it, weight comes on a leg, the loop is
lost or anything fails. Whoever carries it out may die: it ends by itself in time.

An arm may move as its own prompt, if the wearer began it so: state PROMPTING, not before the countdown is
over, no faster than a release, stoppable. A leg never does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..core.command import Command
from ..core.errors import RequestError
from ..core.state import Event, Reason, State

if TYPE_CHECKING:
    from .guard_situation import Situation
    from .limits import LimbModel

RECALIBRATION_S = 300.0
"""A recalibration that nobody ended ends by itself: 31 movements are prompted twice in four minutes."""
COUNTDOWN_S = 3.0
"""From the wearer's start to the first movement that the limb makes by itself."""
PROMPT_S = 5.0
"""A prompt that has not arrived by then ends."""
SWAP_S = 30.0
"""So long may it take from a change of model to the new loop. Until then nobody arms."""


class Session:
    """See the module. Times are the guard's clock, in seconds.

    Args:
        model: of the limb, within the patient's bounds.
    """

    def __init__(self, model: LimbModel) -> None:
        self._model = model
        self.t_begun_s = math.inf
        """When the recalibration under way began; infinite: none is."""
        self.by_limb = False
        self.t_prompt_s = -math.inf
        self.target_deg: tuple[float, ...] = ()
        """Where the limb goes as its own prompt; empty: nowhere."""
        self.t_swap_s = math.inf
        """When a change of model was asked for; infinite: the new loop is there, or none was."""
        self.ended = Reason.NONE
        """Why the last recalibration ended before whoever carried it out said so; NONE: it did not."""

    @property
    def recalibrating(self) -> bool:
        """A recalibration is under way."""
        return self.t_begun_s < math.inf

    @property
    def swapping(self) -> bool:
        """A new loop is waited for."""
        return self.t_swap_s < math.inf

    def begin(self, now_s: float, *, by_limb: bool) -> None:
        """A recalibration begins.

        Raises:
            RequestError: one is under way, or the limb is a leg and may not show anything.
        """
        if self.recalibrating or self.swapping:
            raise RequestError("cannot recalibrate: that is under way already", "stop ends it")
        if by_limb and self._model.leg:
            raise RequestError("cannot recalibrate so: a leg never moves to show a movement")
        self.t_begun_s, self.by_limb, self.ended = now_s, by_limb, Reason.NONE

    def end(self, why: Reason = Reason.NONE) -> None:
        """It is over, in its own time or because of this; does nothing where none is under way."""
        if self.recalibrating:
            self.t_begun_s, self.target_deg, self.ended = math.inf, (), why

    def give_up(self) -> None:
        """A person stopped it: nothing is under way, and nothing is waited for."""
        self.end(Reason.STOP_REQUESTED)
        self.t_swap_s = math.inf

    def prompt(self, value: str, now_s: float) -> None:
        """The limb is to go there.

        Args:
            value: degrees of each joint, with commas between.
            now_s: of this turn.

        Raises:
            RequestError: nobody started that, or it cannot be.
        """
        if not (self.recalibrating and self.by_limb):
            raise RequestError("cannot prompt: nobody started a recalibration that the limb shows itself")
        left_s = self.t_begun_s + COUNTDOWN_S - now_s
        if left_s > 0.0:
            raise RequestError(f"cannot prompt: the countdown goes on for {left_s:.1f} s")
        joints = self._model.joints
        try:
            asked = [float(part) for part in value.split(",")]
        except ValueError as error:
            raise RequestError(f"cannot prompt: {value!r} is not numbers with commas between") from error
        if len(asked) != len(joints) or not all(map(math.isfinite, asked)):
            names = ", ".join(self._model.joint_names)
            raise RequestError(f"cannot prompt: {value!r} is not a number for each of {names}")
        pairs = zip(asked, joints, strict=True)
        self.target_deg = tuple(min(max(deg, joint.least_deg), joint.most_deg) for deg, joint in pairs)
        self.t_prompt_s = now_s

    def prompted(self, now_s: float) -> Command:
        """Towards the target, no faster than a release."""
        rates = (self._model.release_rate_deg_s,) * len(self.target_deg)
        return Command(0, now_s, now_s, -1, now_s, self.target_deg, rates, Reason.RECALIBRATING)

    def watch(self, known: Situation, now_s: float) -> None:
        """Once a turn: end what may not go on."""
        if self.recalibrating:
            why = self._obstacle(known, now_s)
            if why is not Reason.NONE:
                self.end(why)
                # Whatever moved as a prompt brakes; a fault, and its reason, stand.
                if known.state is not State.FAULT:
                    known.standing.stop(why)
        if self.swapping and now_s - self.t_swap_s > SWAP_S:
            self.t_swap_s = math.inf
            if not known.loop_alive:
                known.standing.fault(Reason.LOOP_LOST)

    def _obstacle(self, known: Situation, now_s: float) -> Reason:
        if known.state is State.FAULT:
            return known.standing.because
        gate = known.gate
        if gate is not None and not (gate.seated and gate.unloaded_s(now_s) > 0.0):
            return known.shut(now_s) or Reason.LOADED
        if self.target_deg and not known.loop_alive:
            return Reason.LOOP_LOST
        if now_s - self.t_begun_s > RECALIBRATION_S:
            return Reason.NOT_ARMED
        return Reason.NONE

    def finish(self, known: Situation, now_s: float) -> None:
        """The limb has made its prompt, or cannot: it holds there."""
        setpoint = known.governor.setpoint
        pairs = zip(setpoint.position_deg, self.target_deg, strict=True)
        there = not setpoint.moving and all(abs(at - to) < 0.01 for at, to in pairs)
        if there or now_s - self.t_prompt_s > PROMPT_S:
            self.target_deg = ()
            known.standing.happen(Event.RELEASED)
