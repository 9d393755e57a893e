"""The guard: the one place that lets a limb move. No process, no socket: it also runs on a virtual clock.

    guard.turn()      receive, admit, step, send, publish; call it when anything arrives and every heartbeat

State and its rules: `core.state`. What leads to which bytes: docs/safe-states.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ..core.clock import Clock, cpu_s
from ..core.command import Ask, Command
from ..core.errors import RequestError
from ..core.ring import RingWriter
from ..core.state import SENTENCE, Event, Reason, State
from .doors import LoopDoor, RequestDoor
from .governor import STALE_SAMPLE_S, Governor, judge
from .holdback import Holdback
from .inputs import ControlInput
from .leg import LegGate, NoSensor
from .limits import LEG_JOINTS, LimbModel
from .lines import Line
from .messages import NEXT_GRIP, GuardReport, MalformedMessage, pack_report, unpack_command
from .requests import Asked, Verb
from .standing import RUNNING, Standing

STALLED_S = 0.100
"""A turn that comes this much after the last: somebody held us up."""
EMG_LOST_S = 0.5
"""Stale for longer: it does not come back by itself, a person looks."""
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
SEATED_S = 5.0
"""A leg is recalibrated only seated and without weight for so long."""
_PATIENCE_S = 0.002
"""A heartbeat waits so much longer for a loop that is on time: its frame is then the only one on the wire."""

DISTRUST = frozenset({Reason.EMG_STALE, Reason.EMG_LOST, Reason.EMG_RATE, Reason.CONTACT, Reason.LOOP_LATE})


@dataclass(slots=True)
class Counters:
    """What has happened so far; published."""

    starts: int = 0
    stops: int = 0
    t_stop_s: float = 0.0
    refused: int = 0
    recalibrations: int = 0
    grips: int = 0


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
        self._model, self._line, self._loop, self._requests = model, line, loop, requests
        self._ring, self._clock, self._facts = ring, clock, facts or {}
        self._gate = (gate or NoSensor()) if model.leg else None
        self._inputs, self._grips = inputs, grips
        self._holdback = Holdback(model, max_grip_n)
        self._leg_joints = tuple(joint.name in LEG_JOINTS for joint in model.joints)
        now_s = clock.now()
        self._governor = Governor(model)
        self._governor.seat(line.newest.position_deg, now_s)
        self._standing = Standing()
        self._limb_trouble = Reason.NONE
        self._command: Command | None = None
        self._ask = Ask.NOTHING
        self._grip = NEXT_GRIP
        self._waiting: Command | None = None
        self._last_seq = -1
        self._visits = 0
        self._loop_alive = False
        self._t_command_s = -math.inf
        self._t_stale_s = math.inf
        self._t_release_s = -math.inf
        self._t_cleared_s = -math.inf
        self._t_shutdown_s = math.inf
        self._urgent = False
        self._t_turn_s = self._t_wrote_s = now_s
        self._t_written_s = 0.0
        self.counters = Counters()
        self._refusals: dict[Reason, int] = {}
        self._unknown = (math.nan,) * len(model.joints)
        self.finished = False
        """True once the limb has been left in its own safe way; the process ends."""

    # -- the story ------------------------------------------------------------------------------------------

    def turn(self) -> None:
        """One turn: all that has arrived, at one point in time."""
        now_s = self._clock.now()
        self._notice_stall(now_s)
        self._urgent = False
        self._requests.serve(lambda asked: self._obey(asked, now_s))
        self._hear_buttons(now_s)
        caused_by = self._hear_loop(now_s)
        self._hear_limb(now_s)
        self._watch(now_s)
        if self._waiting is not None and not self._line.waits:
            # A wire for both directions: the frame went out once the answer before it was there.
            self._t_written_s = self._clock.now()
            self._publish(now_s, self._waiting)
            self._waiting = None
        if self._urgent or caused_by is not None or now_s >= self.due_s:
            blocked = self._holdback.blocked(self._line.newest, self._governor.setpoint)
            setpoint = self._governor.step(now_s, self._wanted(now_s), blocked)
            went_out = self._line.speak(now_s, setpoint)
            self._t_wrote_s = now_s
            self._t_written_s = self._clock.now() if went_out else 0.0
            self._publish(now_s, caused_by)
            self._waiting = (caused_by or self._waiting) if self._line.waits else None
            self._finish_moves(now_s)

    @property
    def due_s(self) -> float:
        """When the next frame must go out, whether a command comes or not."""
        due_s = self._t_wrote_s + self._model.heartbeat_s
        on_time = self._loop_alive and self._t_wrote_s - self._t_command_s < _PATIENCE_S
        return due_s + _PATIENCE_S if on_time else due_s

    @property
    def state(self) -> State:
        """What the limb may do now."""
        return self._standing.state

    @property
    def reason(self) -> Reason:
        """Why the limb does not do more than it does."""
        shut = self._shut(self._t_turn_s)
        if shut is not Reason.NONE and self.state in (State.ARMED, State.ACTIVE):
            return shut
        return self._standing.reason(self._command.reason if self._command is not None else None)

    def _shut(self, now_s: float) -> Reason:
        """Why a leg follows no muscle signal now."""
        return self._gate.closed(now_s) if self._gate is not None else Reason.NONE

    # -- what comes in --------------------------------------------------------------------------------------

    def _notice_stall(self, now_s: float) -> None:
        late_s, self._t_turn_s = now_s - self._t_turn_s, now_s
        if late_s > STALLED_S:
            self._line.forgive(now_s)
            self._standing.fault(Reason.GUARD_STALLED)

    def _hear_buttons(self, now_s: float) -> None:
        for button in self._inputs:
            for asked in button.read(now_s):
                # A person without a page learns from the limb that it refused: it stays as it is.
                with suppress(RequestError):
                    self._obey(asked, now_s)

    def _hear_loop(self, now_s: float) -> Command | None:
        """Admit what the loop sent; returns the command that now stands if it is new."""
        messages = self._loop.receive(lambda: pack_report(self._report(now_s)))
        caused_by: Command | None = None
        for message in messages:
            try:
                command = unpack_command(message)
            except MalformedMessage:
                self._refuse(Reason.COMMAND_INVALID)
                continue
            self._heed(command, now_s)
            verdict = judge(command, len(self._model.joints), self._last_seq, now_s)
            if verdict is not Reason.NONE:
                self._refuse(verdict)
                continue
            self._last_seq, self._t_command_s, self._loop_alive = command.seq, now_s, True
            self._command = caused_by = command
            self._follow(command, now_s)
        if self._loop.visits != self._visits:
            # A new loop counts from its own start, and a person arms it.
            self._visits, self._last_seq, self._ask = self._loop.visits, -1, Ask.NOTHING
            caused_by = None
            self._lose_loop()
        return caused_by

    def _refuse(self, reason: Reason) -> None:
        self.counters.refused += 1
        self._refusals[reason] = self._refusals.get(reason, 0) + 1
        if reason is Reason.COMMAND_INVALID:
            self._command = (
                None  # a loop that says nonsense is not obeyed for the rest of its last command either
            )

    def _heed(self, command: Command, now_s: float) -> None:
        """What the wearer asks for by their muscles; even in a command that is refused.

        A release moves the limb: it must rest on muscles of now that can be believed. A stop always counts.
        """
        ask = command.ask
        if ask is Ask.RELEASE and not (self._fresh(command, now_s) and command.reason not in DISTRUST):
            return
        asked, self._ask = ask is not self._ask, ask
        if asked and ask is Ask.STOP:
            self._stop(now_s)
        elif asked and ask is Ask.RELEASE:
            with suppress(RequestError):
                self._release(now_s)

    def _fresh(self, command: Command, now_s: float) -> bool:
        """Neither a late command nor one of a loop that was held up, nor one that was sent twice."""
        in_time = now_s <= command.expires_s and now_s - command.t_sample_s <= STALE_SAMPLE_S
        return in_time and command.seq > self._last_seq

    def _follow(self, command: Command, now_s: float) -> None:
        """What an admitted command means for the state."""
        if command.reason is Reason.EMG_STALE:
            self._t_stale_s = min(self._t_stale_s, now_s)
        else:
            self._t_stale_s = math.inf
        if command.reason in DISTRUST:
            if self.state in RUNNING:
                self._standing.happen(Event.DISTRUST)
                self._standing.because = command.reason
                if command.reason is Reason.EMG_LOST or now_s - self._t_stale_s > EMG_LOST_S:
                    self._standing.fault(Reason.EMG_LOST)
            return
        if self._standing.frozen:
            return
        if self.state is State.HOLDING:
            self._standing.happen(Event.TRUST)
            self._standing.rest_seen = False
        if self._shut(now_s) is not Reason.NONE:
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
        if self._shut(now_s) is not Reason.NONE:
            # However briefly, and whether a command came meanwhile or not: rest again before it moves.
            self._standing.rest_seen = False
            self._standing.happen(Event.REST)
        if self._loop_alive and (
            not self._loop.connected or now_s - self._t_command_s > self._model.deadman_s
        ):
            self._lose_loop()
        trouble = Reason.NONE
        if self._line.lost:
            trouble = Reason.LIMB_LOST
        elif self._line.silent(now_s):
            trouble = Reason.LIMB_SILENT
        elif self._line.newest.fault and now_s - self._t_cleared_s > _CLEARING_S:
            trouble = Reason.LIMB_FAULT
        elif self._line.hot:
            trouble = Reason.LIMB_HOT
        if trouble is not self._limb_trouble:
            self._limb_trouble = trouble
            if trouble is not Reason.NONE:
                self._standing.fault(trouble)

    def _lose_loop(self) -> None:
        self._command, self._standing.rest_seen = None, False
        if self._loop_alive:
            self._loop_alive = False
            self._standing.fault(Reason.LOOP_LOST)

    # -- what goes out --------------------------------------------------------------------------------------

    def _wanted(self, now_s: float) -> Command | None:
        """What the set-point may follow now; None holds."""
        deaf = self._line.wants_seat or self._line.refuses or self._line.quiet(now_s)
        if deaf or self._t_shutdown_s < math.inf:
            return None  # no set-point runs ahead of a limb that may not hear of it, to be caught up at once
        if self.state is State.ACTIVE:
            return self._command if self._shut(now_s) is Reason.NONE else None
        rate_deg_s = self._model.release_rate_deg_s
        if self._gate is not None:
            rate_deg_s = min(rate_deg_s, LEG_RETURN_DEG_S)
        if self.state is State.PROMPTING:
            if self._gate is not None and not self._gate.unloaded_s(now_s):
                return None
            return self._home(now_s, (rate_deg_s,) * len(self._model.joints))
        if self.state is State.FAULT and self._unloaded_for(RETURN_AFTER_S, now_s):
            # The one safe state that moves: an unloaded foot goes back to where a step can land on it.
            return self._home(now_s, tuple(rate_deg_s * leg for leg in self._leg_joints))
        return None

    def _unloaded_for(self, seconds: float, now_s: float) -> bool:
        """A leg has carried no weight for so long."""
        return self._gate is not None and self._gate.unloaded_s(now_s) >= seconds

    def _home(self, now_s: float, rates_deg_s: tuple[float, ...]) -> Command:
        """To where a release goes."""
        target = self._model.release_deg
        return Command(0, now_s, now_s, -1, now_s, target, rates_deg_s, Reason.RELEASE_REQUESTED)

    def _finish_moves(self, now_s: float) -> None:
        setpoint = self._governor.setpoint
        if self.state is State.PROMPTING:
            pairs = zip(setpoint.position_deg, self._model.release_deg, strict=True)
            there = not setpoint.moving and all(abs(at - target) < 0.01 for at, target in pairs)
            if there or now_s - self._t_release_s > RELEASE_S:
                self._standing.happen(Event.RELEASED)
        if now_s >= self._t_shutdown_s and not setpoint.moving:
            quiet = self._line.settled(now_s) or not self._line.answering(now_s)
            if quiet or now_s - self._t_shutdown_s > GOODBYE_S:
                self._line.leave()
                self.finished = True

    def _report(self, now_s: float) -> GuardReport:
        return GuardReport(
            t_s=now_s,
            state=self.state,
            reason=self.reason,
            last_seq=self._last_seq,
            refused=self.counters.refused,
            setpoint_deg=self._governor.setpoint.position_deg,
            limb=self._line.newest,
            t_written_s=self._t_written_s,
            grip=self._grip,
            grips_asked=self.counters.grips,
        )

    def _publish(self, now_s: float, caused_by: Command | None) -> None:
        report = self._report(now_s)
        self._loop.report(pack_report(report))
        if self._ring is None:
            return
        counters, limb = self.counters, report.limb
        self._ring.publish(
            self._ring.layout.pack(
                now_s,
                self._t_written_s,
                self._last_seq,
                caused_by.sample_index if caused_by is not None else -1,
                caused_by.t_sample_s if caused_by is not None else 0.0,
                report.state,
                report.reason,
                *report.setpoint_deg,
                *limb.position_deg,
                *self._line.frames,
                counters.refused,
                counters.starts,
                counters.stops,
                counters.t_stop_s,
                counters.recalibrations,
                self._shut(now_s),
                self._gate is not None and self._gate.seated,
                self._standing.frozen,
                *(limb.force_n or self._unknown),
                max(limb.temperature_c, default=math.nan),
                cpu_s(),
            )
        )

    # -- what people ask ------------------------------------------------------------------------------------

    def _obey(self, asked: Asked, now_s: float) -> dict[str, Any]:
        match asked.verb:
            case Verb.STOP:
                self._stop(now_s)
            case Verb.RELEASE:
                self._release(now_s)
            case Verb.ARM:
                self._arm(now_s)
            case Verb.FREEZE:
                self._freeze()
            case Verb.UNFREEZE:
                self._unfreeze()
            case Verb.GRIP:
                self._ask_grip(asked.value)
            case Verb.SIT | Verb.STAND:
                self._change_seat(asked.verb, now_s)
            case Verb.START:
                self.counters.starts += 1
            case Verb.RECALIBRATE:
                self._recalibrate(now_s)
            case Verb.SHUTDOWN:
                self.shut_down()
            case Verb.STATUS:
                pass
        return self.status(now_s)

    def _stop(self, now_s: float) -> None:
        self._urgent = True
        self.counters.stops += 1
        self.counters.t_stop_s = now_s
        self._standing.stop(Reason.STOP_REQUESTED)

    def shut_down(self) -> None:
        """Brake, then leave the limb in its own way; `finished` says when."""
        if self._t_shutdown_s == math.inf:
            self._t_shutdown_s = self._clock.now()
        self._standing.stop(Reason.SHUTTING_DOWN)

    def _freeze(self) -> None:
        if self.state not in RUNNING:
            raise RequestError("cannot freeze: the limb is not armed", "it holds already")
        self._standing.freeze()

    def _unfreeze(self) -> None:
        if self._standing.frozen:
            self._standing.unfreeze()

    def _ask_grip(self, name: str) -> None:
        """Which posture closing means from now on. The loop hears of it; nothing moves until it is closed."""
        if name != "next" and name not in self._grips:
            raise RequestError(f"no grip {name!r}; allowed: {', '.join((*self._grips, 'next'))}")
        self._grip = NEXT_GRIP if name == "next" else self._grips.index(name)
        self.counters.grips += 1

    def _change_seat(self, verb: Verb, now_s: float) -> None:
        if self._gate is None:
            raise RequestError(f"cannot {verb}: this limb is not a leg")
        if verb is Verb.SIT:
            self._gate.sit(now_s)
        else:
            self._gate.stand()

    def _recalibrate(self, now_s: float) -> None:
        gate = self._gate
        if gate is not None and not (gate.seated and gate.unloaded_s(now_s) >= SEATED_S):
            raise RequestError(
                f"cannot recalibrate a leg unless seated and without weight on it for {SEATED_S:g} s"
            )
        self.counters.recalibrations += 1

    def _release(self, now_s: float) -> None:
        obstacle = self._limb_obstacle(now_s) or self._weight(now_s)
        if obstacle is not Reason.NONE:
            raise RequestError(f"cannot release: {SENTENCE[obstacle]}")
        if self.state is not State.PROMPTING:
            self._t_release_s = now_s
            self._clear(now_s)
            self._standing.release()

    def _weight(self, now_s: float) -> Reason:
        """Of a leg: a release or an arming moves or frees it for a moment, so not with weight on it."""
        if self._gate is None or self._gate.unloaded_s(now_s) > 0.0:
            return Reason.NONE
        return self._shut(now_s) or Reason.LOADED

    def _arm(self, now_s: float) -> None:
        obstacle = self._limb_obstacle(now_s) or self._weight(now_s)
        if obstacle is Reason.NONE and self._line.hot:
            obstacle = Reason.LIMB_HOT
        if obstacle is Reason.NONE and not self._loop_alive:
            obstacle = Reason.LOOP_LOST
        if obstacle is Reason.NONE and self._command is not None and self._command.reason in DISTRUST:
            obstacle = self._command.reason
        if obstacle is not Reason.NONE:
            raise RequestError(f"cannot arm: {SENTENCE[obstacle]}")
        if self.state is State.PROMPTING:
            raise RequestError("cannot arm: the limb is opening", "stop it first, or wait")
        if self.state in (State.STOPPED, State.FAULT, State.HOLDING):
            self._clear(now_s)
            self._standing.arm()

    def _clear(self, now_s: float) -> None:
        self._t_cleared_s = now_s
        self._line.clear()

    def _limb_obstacle(self, now_s: float) -> Reason:
        if self._t_shutdown_s < math.inf:
            return Reason.SHUTTING_DOWN
        if self._line.lost:
            return Reason.LIMB_LOST
        return Reason.NONE if self._line.answering(now_s) else Reason.LIMB_SILENT

    def status(self, now_s: float) -> dict[str, Any]:
        """All of it, for people and pages; ready for JSON."""
        limb, reason = self._line.newest, self.reason
        sent, acked, bad = self._line.frames
        return {
            **self._facts,
            "device": self._model.device,
            "joints": list(self._model.joint_names),
            "state": self.state.name,
            "reason": reason.name,
            "frozen": self._standing.frozen,
            "sentence": SENTENCE[reason],
            "setpoint_deg": list(self._governor.setpoint.position_deg),
            "limb": {
                "position_deg": list(limb.position_deg),
                "current_a": list(limb.current_a),
                "limiting": list(limb.limiting),
                "force_n": list(limb.force_n),
                "temperature_c": list(limb.temperature_c),
                "fault": limb.fault,
                "age_s": now_s - limb.t_s,
                "answering": self._line.answering(now_s),
                "reconnects": self._line.reconnects,
            },
            "frames_sent": sent,
            "frames_acked": acked,
            "frames_bad": bad,
            "refused": self.counters.refused,
            "refused_for": {why.name: count for why, count in self._refusals.items()},
            "loop_connected": self._loop.connected,
            "loop_alive": self._loop_alive,
            "last_seq": self._last_seq,
            "command_age_s": now_s - self._t_command_s if self._t_command_s > 0 else None,
            "grips": list(self._grips),
            "grip": self._grips[self._grip] if self._grip >= 0 else "",
            "seated": self._gate is not None and self._gate.seated,
            "unloaded_s": self._gate.unloaded_s(now_s) if self._gate is not None else None,
            "starts": self.counters.starts,
            "recalibrations": self.counters.recalibrations,
            "stops": self.counters.stops,
        }
