"""How the guard hears the loop: what is admitted, what muscles ask for, and when it is lost."""

from __future__ import annotations

import math
from contextlib import suppress

from ..core.command import Ask, Command
from ..core.errors import RequestError
from ..core.state import Event, Reason, State
from .doors import LoopDoor
from .governor import STALE_SAMPLE_S, judge
from .guard_people import People
from .guard_report import Teller
from .guard_situation import DISTRUST, Situation
from .limits import LimbModel
from .messages import MalformedMessage, pack_report, unpack_command
from .standing import RUNNING

EMG_LOST_S = 0.5
"""Stale for longer: it does not come back by itself, a person looks."""


class LoopEar:
    """See the module."""

    def __init__(
        self, model: LimbModel, situation: Situation, loop: LoopDoor, people: People, teller: Teller
    ) -> None:
        self._joints, self._deadman_s = len(model.joints), model.deadman_s
        self._known, self._standing = situation, situation.standing
        self._loop, self._people, self._teller = loop, people, teller
        self._ask = Ask.NOTHING
        self._visits = 0
        self._t_stale_s = math.inf

    def hear(self, now_s: float) -> Command | None:
        """Admit what the loop sent; returns the command that now stands if it is new."""
        messages = self._loop.receive(lambda: pack_report(self._teller.report(now_s)))
        caused_by: Command | None = None
        for message in messages:
            try:
                command = unpack_command(message)
            except MalformedMessage:
                self._refuse(Reason.COMMAND_INVALID)
                continue
            self._heed(command, now_s)
            verdict = judge(command, self._joints, self._known.last_seq, now_s)
            if verdict is not Reason.NONE:
                self._refuse(verdict)
                continue
            self._known.last_seq, self._known.t_command_s, self._known.loop_alive = command.seq, now_s, True
            self._known.command = caused_by = command
            self._follow(command, now_s)
        if self._loop.visits != self._visits:
            # A new loop counts from its own start, and a person arms it.
            self._visits, self._known.last_seq, self._ask = self._loop.visits, -1, Ask.NOTHING
            caused_by = None
            self._lose()
            self._known.session.t_swap_s = math.inf
        return caused_by

    def forget(self, now_s: float) -> None:
        """Time went back: no command stands, and the loop is waited for from now on."""
        self._known.command = None
        self._known.t_command_s = min(self._known.t_command_s, now_s)

    def watch(self, now_s: float) -> None:
        """Whether it still says anything."""
        silent = now_s - self._known.t_command_s > self._deadman_s
        if self._known.loop_alive and (silent or not self._loop.connected):
            self._lose()

    def _refuse(self, reason: Reason) -> None:
        self._known.counters.refused += 1
        self._known.refusals[reason] = self._known.refusals.get(reason, 0) + 1
        if reason is Reason.COMMAND_INVALID:
            # A loop that says nonsense is not obeyed for the rest of its last command either.
            self._known.command = None

    def _heed(self, command: Command, now_s: float) -> None:
        """What the wearer asks for by their muscles; even in a command that is refused.

        A release moves the limb: it must rest on muscles of now that can be believed. A stop always counts.
        """
        ask = command.ask
        if ask is Ask.RELEASE and not (self._fresh(command, now_s) and command.reason not in DISTRUST):
            return
        asked, self._ask = ask is not self._ask, ask
        if asked and ask is Ask.STOP:
            self._people.stop(now_s)
        elif asked and ask is Ask.RELEASE:
            with suppress(RequestError):
                self._people.release(now_s)

    def _fresh(self, command: Command, now_s: float) -> bool:
        """Neither a late command nor one of a loop that was held up, nor one that was sent twice."""
        in_time = now_s <= command.expires_s and now_s - command.t_sample_s <= STALE_SAMPLE_S
        return in_time and command.seq > self._known.last_seq

    def _follow(self, command: Command, now_s: float) -> None:
        """What an admitted command means for the state."""
        if command.reason is Reason.EMG_STALE:
            self._t_stale_s = min(self._t_stale_s, now_s)
        else:
            self._t_stale_s = math.inf
        if command.reason in DISTRUST:
            if self._known.state in RUNNING:
                self._standing.happen(Event.DISTRUST)
                self._standing.because = command.reason
                if command.reason is Reason.EMG_LOST or now_s - self._t_stale_s > EMG_LOST_S:
                    self._standing.fault(Reason.EMG_LOST)
            return
        if self._standing.frozen:
            self._standing.because = Reason.FROZEN  # again, where an electrode was doubted meanwhile
            return
        if self._known.state is State.HOLDING:
            self._standing.happen(Event.TRUST)
            self._standing.rest_seen = False
        if self._known.shut(now_s) is not Reason.NONE:
            self._standing.rest_seen = False
            self._standing.happen(Event.REST)
            return
        if any(command.rate_deg_s) and command.reason is Reason.NONE:
            if self._standing.rest_seen:
                self._standing.happen(Event.MOVE)
        else:
            # A command that says why nothing moves (LOW_CONFIDENCE, ...) moves nothing, whatever its rates.
            self._standing.rest_seen = self._standing.rest_seen or command.reason is Reason.NONE
            self._standing.happen(Event.REST)

    def _lose(self) -> None:
        self._known.command, self._standing.rest_seen = None, False
        if self._known.loop_alive:
            self._known.loop_alive = False
            if not self._known.session.swapping:  # then it was told to go
                self._standing.fault(Reason.LOOP_LOST)
