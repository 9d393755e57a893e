"""The guard: the one place that lets a limb move. No process, no socket: it also runs on a virtual clock.

    guard.turn()      receive, admit, step, send, publish; call it when anything arrives and every heartbeat

This is the story. What the guard knows: `guard_situation`; how it hears the loop: `guard_loop`; what people
may ask: `guard_people`; what it tells: `guard_report`. State and its rules: `core.state`. What leads to which
bytes: docs/safe-states.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from ..core.clock import Clock
from ..core.command import Command
from ..core.errors import RequestError
from ..core.ring import RingWriter
from ..core.state import Event, Reason, State
from .doors import LoopDoor, RequestDoor
from .governor import Governor
from .guard_loop import LoopEar
from .guard_people import People
from .guard_report import Teller
from .guard_session import Session
from .guard_situation import Counters, Situation
from .holdback import Holdback
from .inputs import ControlInput
from .leg import LegGate, NoSensor
from .limits import LEG_JOINTS, LimbModel
from .lines import Line
from .regrip import Regrip
from .requests import Asked

STALLED_S = 0.100
"""A turn that comes this much after the last: somebody held us up."""
RELEASE_S = 10.0
"""A release that has not arrived by then ends."""
GOODBYE_S = 1.0
"""A limb that has not come to rest by then is left all the same."""
_CLEARING_S = 0.050
"""What a device may take to leave a fault that a person cleared."""
RETURN_AFTER_S = 0.5
"""A leg at fault that carries no weight for so long returns to the patient's neutral."""
LEG_RETURN_DEG_S = 15.0
"""No joint of a leg returns faster than this, whatever device drives it."""
_PATIENCE_S = 0.002
"""A heartbeat waits so much longer for a loop that is on time: its frame is then the only one on the wire."""


class Guard:
    """See the module.

    Args:
        model: the device within the patient's bounds.
        line: open, and the limb has said where it is.
        facts: more for `status`: process id, whether real-time was granted.
        gate: of a leg; without one, muscle signals never move a leg.
        inputs: buttons.
        max_grip_n: see `Holdback`.
        grips: names that may be asked for.
    """

    def __init__(
        self,
        model: LimbModel,
        line: Line,
        loop: LoopDoor,
        requests: RequestDoor,
        ring: RingWriter | None,
        clock: Clock,
        facts: dict[str, Any] | None = None,
        *,
        gate: LegGate | None = None,
        inputs: Sequence[ControlInput] = (),
        max_grip_n: float = 0.0,
        grips: tuple[str, ...] = (),
    ) -> None:
        self._model, self._line, self._requests = model, line, requests
        self._clock, self._inputs = clock, inputs
        self._gate = (gate or NoSensor()) if model.leg else None
        self._holdback = Holdback(model, max_grip_n)
        self._leg_joints = tuple(joint.name in LEG_JOINTS for joint in model.joints)
        now_s = clock.now()
        self._governor = Governor(model)
        self._governor.seat(line.newest.position_deg, now_s)
        self._session = Session(model)
        self._known = Situation(line, self._gate, self._governor, self._session, now_s)
        self._standing = self._known.standing
        self._regrip = Regrip(model.regrip_s, self._known)
        self._people = People(self._known, clock, grips, self._regrip)
        self._teller = Teller(model, self._known, loop, ring, facts or {}, grips)
        self._ear = LoopEar(model, self._known, loop, self._people, self._teller)
        self._troubles = (Reason.NONE,) * len(line.parts)
        self._waiting: Command | None = None
        self._t_wrote_s = now_s
        self.finished = False
        """True once the limb has been left in its own safe way; the process ends."""

    # -- the story ------------------------------------------------------------------------------------------

    def turn(self) -> None:
        """One turn: all that has arrived, at one point in time."""
        now_s = self._clock.now()
        self._notice_stall(now_s)
        self._known.urgent = False
        self._requests.serve(lambda asked: self._obey(asked, now_s))
        self._hear_buttons(now_s)
        caused_by = self._ear.hear(now_s)
        self._hear_limb(now_s)
        self._watch(now_s)
        self._regrip.watch(now_s)
        if self._waiting is not None and not self._line.waits:
            # A wire for both directions: the frame went out once the answer before it was there.
            self._known.t_written_s = self._clock.now()
            self._teller.publish(now_s, self._waiting)
            self._waiting = None
        if self._known.urgent or caused_by is not None or now_s >= self.due_s:
            blocked = self._holdback.blocked(self._line.newest, self._governor.setpoint)
            setpoint = self._governor.step(now_s, self._wanted(now_s), blocked)
            went_out = self._line.speak(now_s, self._regrip.told(setpoint))
            self._t_wrote_s = now_s
            handed_s = self._clock.now()
            self._known.t_handed_s = handed_s if went_out or self._line.waits else 0.0
            self._known.t_written_s = handed_s if went_out else 0.0
            self._teller.publish(now_s, caused_by)
            self._waiting = (caused_by or self._waiting) if self._line.waits else None
            self._finish_moves(now_s)

    @property
    def due_s(self) -> float:
        """When the next frame must go out, whether a command comes or not."""
        due_s = self._t_wrote_s + self._model.heartbeat_s
        on_time = self._known.loop_alive and self._t_wrote_s - self._known.t_command_s < _PATIENCE_S
        return due_s + _PATIENCE_S if on_time else due_s

    @property
    def state(self) -> State:
        """What the limb may do now."""
        return self._known.state

    @property
    def reason(self) -> Reason:
        """Why the limb does not do more than it does."""
        return self._known.reason

    @property
    def counters(self) -> Counters:
        """What has happened so far."""
        return self._known.counters

    def status(self, now_s: float) -> dict[str, Any]:
        """All of it, for people and pages; ready for JSON."""
        return self._teller.status(now_s)

    def shut_down(self) -> None:
        """Brake, then leave the limb in its own way; `finished` says when."""
        self._people.shut_down()

    # -- what comes in --------------------------------------------------------------------------------------

    def _notice_stall(self, now_s: float) -> None:
        late_s, self._known.t_turn_s = now_s - self._known.t_turn_s, now_s
        if late_s > STALLED_S:
            self._line.forgive(now_s)
            self._standing.fault(Reason.GUARD_STALLED)
        elif late_s < 0.0:
            # A machine that was frozen and restored, say. What stood has no time any more; frames go on.
            self._t_wrote_s = min(self._t_wrote_s, now_s)
            self._ear.forget(now_s)
            self._line.forgive(now_s)
            self._governor.seat((None,) * len(self._model.joints), now_s)
            self._standing.fault(Reason.GUARD_STALLED)

    def _obey(self, asked: Asked, now_s: float) -> dict[str, Any]:
        self._people.obey(asked, now_s)
        return self.status(now_s)

    def _hear_buttons(self, now_s: float) -> None:
        for button in self._inputs:
            for asked in button.read(now_s):
                # A person without a page learns from the limb that it refused: it stays as it is.
                with suppress(RequestError):
                    self._obey(asked, now_s)

    def _hear_limb(self, now_s: float) -> None:
        if self._gate is not None:
            self._gate.listen(now_s)
        self._line.listen(now_s)
        measured = self._line.measured()
        if measured is not None:
            self._governor.seat(measured, now_s)
            self._line.seated()

    def _watch(self, now_s: float) -> None:
        """What has not come in."""
        if self._known.shut(now_s) is not Reason.NONE:
            # However briefly, and whether a command came meanwhile or not: rest again before it moves.
            self._standing.rest_seen = False
            self._standing.happen(Event.REST)
        self._ear.watch(now_s)
        clearing = now_s - self._known.t_cleared_s <= _CLEARING_S
        was, self._troubles = self._troubles, self._line.troubles(now_s, clearing=clearing)
        for device, (before, trouble) in enumerate(zip(was, self._troubles, strict=True)):
            if trouble is not before and trouble is not Reason.NONE:
                self._fail(device, trouble)
        self._session.watch(self._known, now_s)

    def _fail(self, device: int, trouble: Reason) -> None:
        """One device failed: a release goes on without it, with what is left."""
        left = tuple(one and k != device for k, one in enumerate(self._known.releasing))
        self._known.releasing = left
        self._standing.fault(trouble, others_open=any(left))

    # -- what goes out --------------------------------------------------------------------------------------

    def _wanted(self, now_s: float) -> Command | None:
        """What the set-point may follow now; None holds."""
        follows = self._line.follows(now_s)
        if self._known.leaving or not any(follows):
            return None  # no set-point runs ahead of a limb that may not hear of it, to be caught up at once
        if self.state is State.ACTIVE:
            # What muscles ask for is one movement: it waits for a device that does not follow.
            free = all(follows) and self._known.shut(now_s) is Reason.NONE
            return self._known.command if free else None
        rate_deg_s = self._model.release_rate_deg_s
        if self._gate is not None:
            rate_deg_s = min(rate_deg_s, LEG_RETURN_DEG_S)
        if self.state is State.PROMPTING and self._session.target_deg:
            return self._session.prompted(now_s) if all(follows) else None
        if self.state is State.PROMPTING:
            if self._gate is not None and not self._gate.unloaded_s(now_s):
                return None
            moved = zip(follows, self._known.releasing, strict=True)
            return self._home(now_s, rate_deg_s, tuple(a and b for a, b in moved))
        if self.state is State.FAULT and self._unloaded_for(RETURN_AFTER_S, now_s):
            # The one safe state that moves: an unloaded foot goes back to where a step can land on it.
            return self._home(now_s, rate_deg_s, follows, self._leg_joints)
        return None

    def _unloaded_for(self, seconds: float, now_s: float) -> bool:
        """A leg has carried no weight for so long."""
        return self._gate is not None and self._gate.unloaded_s(now_s) >= seconds

    def _home(
        self, now_s: float, rate_deg_s: float, devices: tuple[bool, ...], joints: tuple[bool, ...] = ()
    ) -> Command:
        """To where a release goes; these joints of these devices, all others hold."""
        moved = self._known.per_joint(devices)
        rates = tuple(rate_deg_s * one for one in moved)
        rates = tuple(rate * one for rate, one in zip(rates, joints or moved, strict=True))
        target = self._model.release_deg
        return Command(0, now_s, now_s, -1, now_s, target, rates, Reason.RELEASE_REQUESTED)

    def _finish_moves(self, now_s: float) -> None:
        setpoint = self._governor.setpoint
        if self.state is State.PROMPTING and self._session.target_deg:
            self._session.finish(self._known, now_s)
        elif self.state is State.PROMPTING:
            moved = self._known.per_joint(self._known.releasing)
            each = zip(setpoint.position_deg, self._model.release_deg, moved, strict=True)
            there = not setpoint.moving and all(abs(at - to) < 0.01 or not one for at, to, one in each)
            if there or now_s - self._known.t_release_s > RELEASE_S:
                self._standing.happen(Event.RELEASED)
        since_s = now_s - self._known.t_shutdown_s
        if since_s >= 0.0 and not setpoint.moving and (self._line.at_rest(now_s) or since_s > GOODBYE_S):
            self._line.leave()
            self.finished = True
