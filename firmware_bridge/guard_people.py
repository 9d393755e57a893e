"""What people ask of a guard: stop, release, arm, freeze, grip, sit. Each does it, or says why it refuses."""

from __future__ import annotations

import math

from ..core.clock import Clock
from ..core.errors import RequestError
from ..core.state import SENTENCE, Event, Reason, State
from .guard_changes import Changes
from .guard_situation import DISTRUST, Situation
from .messages import NEXT_GRIP
from .regrip import Regrip
from .requests import Asked, Verb
from .standing import RUNNING


class People:
    """See the module. Verbs raise `RequestError` with the sentence for the person.

    Args:
        grips: names that may be asked for.
    """

    def __init__(self, situation: Situation, clock: Clock, grips: tuple[str, ...], regrip: Regrip) -> None:
        self._known, self._clock, self._grips, self._regrip = situation, clock, grips, regrip
        self._changes = Changes(situation)

    def obey(self, asked: Asked, now_s: float) -> None:
        """Do it.

        Raises:
            RequestError: refused; nothing has changed.
        """
        match asked.verb:
            case Verb.STOP:
                self.stop(now_s)
            case Verb.RELEASE:
                self.release(now_s)
            case Verb.ARM:
                self._arm(now_s)
            case Verb.FREEZE:
                self._freeze()
            case Verb.UNFREEZE:
                self._unfreeze()
            case Verb.GRIP:
                self._ask_grip(asked.value, now_s)
            case Verb.SIT | Verb.STAND:
                self._change_seat(asked.verb, now_s)
            case Verb.START:
                self._known.counters.starts += 1
            case Verb.RECALIBRATE | Verb.PROMPT | Verb.CANCEL | Verb.SWAP:
                self._changes.obey(asked, now_s)
            case Verb.SHUTDOWN:
                self.shut_down()
            case Verb.STATUS:
                pass

    def stop(self, now_s: float) -> None:
        """Hold now; in every state."""
        self._known.urgent = True
        self._known.counters.stops += 1
        self._known.counters.t_stop_s = now_s
        self._known.session.give_up()
        self._known.standing.stop(Reason.STOP_REQUESTED)

    def release(self, now_s: float) -> None:
        """Open, or return to neutral, slowly: every device that answers.

        One that does not stays out of it, also when it comes back before the others are there: it would set
        out when nobody expects it any more. A leg's part that answers does no more in a release than its safe
        state does by itself, and as that only without weight.

        Raises:
            RequestError: nothing can be commanded, or the limb carries weight.
        """
        answers = self._known.line.answers(now_s)
        obstacle = Reason.SHUTTING_DOWN if self._known.leaving else self._known.stopped_now(now_s)
        if not any(answers):
            obstacle = obstacle or self._known.limb_obstacle(now_s)
        obstacle = obstacle or self._weight(now_s)
        if obstacle is not Reason.NONE:
            raise RequestError(f"cannot release: {SENTENCE[obstacle]}")
        if self._known.session.target_deg:
            self._known.standing.happen(Event.RELEASED)  # what it showed ends where it is
        self._known.session.end(Reason.RELEASE_REQUESTED)
        if self._known.state is not State.PROMPTING:
            self._known.t_release_s, self._known.releasing = now_s, answers
            self._clear(now_s)
            self._known.standing.release()

    def shut_down(self) -> None:
        """Brake, then leave the limb in its own way."""
        if self._known.t_shutdown_s == math.inf:
            self._known.t_shutdown_s = self._clock.now()
        self._known.session.end(Reason.SHUTTING_DOWN)
        self._known.standing.stop(Reason.SHUTTING_DOWN)

    def _arm(self, now_s: float) -> None:
        known = self._known
        obstacle = self._known.stopped_now(now_s) or self._known.limb_obstacle(now_s) or self._weight(now_s)
        if obstacle is Reason.NONE and known.line.hot:
            obstacle = Reason.LIMB_HOT
        if obstacle is Reason.NONE and not known.loop_alive:
            obstacle = Reason.LOOP_LOST
        if obstacle is Reason.NONE and known.command is not None and known.command.reason in DISTRUST:
            obstacle = known.command.reason
        if obstacle is not Reason.NONE:
            raise RequestError(f"cannot arm: {SENTENCE[obstacle]}")
        if known.session.recalibrating:
            raise RequestError("cannot arm: a recalibration is under way", "stop ends it")
        if known.session.swapping:
            raise RequestError("cannot arm: the limb takes up what was changed", "wait a moment")
        if known.state is State.PROMPTING:
            raise RequestError("cannot arm: the limb is opening", "stop it first, or wait")
        if known.state in (State.STOPPED, State.FAULT, State.HOLDING):
            self._clear(now_s)
            known.standing.arm()

    def _freeze(self) -> None:
        if self._known.state not in RUNNING:
            raise RequestError("cannot freeze: the limb is not armed", "it holds already")
        self._known.standing.freeze()

    def _unfreeze(self) -> None:
        if self._known.standing.frozen:
            self._known.standing.unfreeze()

    def _ask_grip(self, name: str, now_s: float) -> None:
        """Which posture closing means from now on. The loop hears of it; nothing moves until it is closed.

        A hand that keeps its own grips is told by a gesture.
        """
        if not self._grips and not self._regrip.possible:
            raise RequestError("this limb has no grips to choose from")
        if name != "next" and name not in self._grips:
            raise RequestError(f"no grip {name!r}; allowed: {', '.join((*self._grips, 'next'))}")
        if self._regrip.possible:
            self._regrip.begin(now_s)
        self._known.grip = NEXT_GRIP if name == "next" else self._grips.index(name)
        self._known.counters.grips += 1

    def _change_seat(self, verb: Verb, now_s: float) -> None:
        gate = self._known.gate
        if gate is None:
            raise RequestError(f"cannot {verb}: this limb is not a leg")
        if verb is Verb.SIT:
            gate.sit(now_s)
        else:
            gate.stand()

    def _weight(self, now_s: float) -> Reason:
        """Of a leg: a release or an arming moves or frees it for a moment, so not with weight on it."""
        gate = self._known.gate
        if gate is None or gate.unloaded_s(now_s) > 0.0:
            return Reason.NONE
        return self._known.shut(now_s) or Reason.LOADED

    def _clear(self, now_s: float) -> None:
        self._known.t_cleared_s = now_s
        self._known.line.clear(self._known.line.answers(now_s))
