"""What people ask that changes what the limb goes by: recalibrate, show a movement, cancel, take up a change.

What such a thing is while it lasts: `guard_session`.
"""

from __future__ import annotations

from ..core.errors import RequestError
from ..core.state import SENTENCE, Event, Reason, State
from .guard_situation import Situation
from .requests import BY_LIMB, Asked, Verb

SEATED_S = 5.0
"""A leg is recalibrated, and changed, only seated and without weight for so long."""


class Changes:
    """See the module. Verbs raise `RequestError` with the sentence for the person."""

    def __init__(self, situation: Situation) -> None:
        self._known = situation

    def obey(self, asked: Asked, now_s: float) -> None:
        """Do it.

        Raises:
            RequestError: refused; nothing has changed.
        """
        match asked.verb:
            case Verb.RECALIBRATE:
                self._recalibrate(now_s, by_limb=asked.value == BY_LIMB)
            case Verb.PROMPT:
                self._prompt(asked.value, now_s)
            case Verb.CANCEL:
                self._cancel()
            case _:
                self._swap(now_s)

    def _recalibrate(self, now_s: float, *, by_limb: bool) -> None:
        self._seated("recalibrate", now_s)
        known = self._known
        known.session.begin(now_s, by_limb=by_limb)
        known.standing.stop(Reason.RECALIBRATING)
        known.urgent = True
        known.counters.recalibrations += 1

    def _prompt(self, value: str, now_s: float) -> None:
        """The limb shows a movement: it must be there and whole, and nobody just stopped it."""
        known = self._known
        obstacle = self._known.stopped_now(now_s) or self._known.limb_obstacle(now_s)
        if known.standing.fault_stands:
            obstacle = obstacle or known.standing.because
        if not known.loop_alive:
            obstacle = obstacle or Reason.LOOP_LOST
        if obstacle is not Reason.NONE:
            raise RequestError(f"cannot prompt: {SENTENCE[obstacle]}")
        known.session.prompt(value, now_s)
        known.releasing = (False,) * len(known.releasing)
        known.standing.happen(Event.RELEASE)

    def _cancel(self) -> None:
        session, standing = self._known.session, self._known.standing
        if session.recalibrating:
            session.end()
            if standing.state is not State.FAULT:
                standing.stop(Reason.NOT_ARMED)

    def _swap(self, now_s: float) -> None:
        known = self._known
        self._seated("change a leg's model or settings", now_s, "")
        if known.leaving or (known.state is State.PROMPTING and not known.session.target_deg):
            raise RequestError(
                "cannot change anything: the limb is opening or shutting down", "wait a moment"
            )
        known.session.end()
        known.session.t_swap_s = now_s
        known.standing.stop(Reason.MODEL_CHANGED)
        known.urgent = True
        known.counters.swaps += 1

    def _seated(self, what: str, now_s: float, leg: str = " a leg") -> None:
        """Of a leg: the person sits, and it has carried nothing for long enough."""
        if self._known.stopped_now(now_s) is not Reason.NONE:
            raise RequestError(f"cannot {what}: {SENTENCE[Reason.STOP_REQUESTED]}")
        gate = self._known.gate
        if gate is not None and not (gate.seated and gate.unloaded_s(now_s) >= SEATED_S):
            raise RequestError(
                f"cannot {what}{leg} unless seated and without weight on it for {SEATED_S:g} s"
            )
