"""A guard between a world that goes wrong and a witness who knows, from the world alone, what may move.

The witness never asks the guard whether a muscle may move the limb now: it keeps its own account of what was
asked, sent and broken, so that a rule missing in the guard is not missing here too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from innervate.core.clock import VirtualClock
from innervate.core.command import Ask, Command, LimbState, Setpoint
from innervate.core.errors import LimbLost, LimbNotFound
from innervate.core.ring import RingWriter
from innervate.core.state import Reason, State
from innervate.firmware_bridge.guard import RETURN_AFTER_S, STALLED_S, Guard
from innervate.firmware_bridge.guard_loop import EMG_LOST_S
from innervate.firmware_bridge.guard_situation import DISTRUST
from innervate.firmware_bridge.limb import Limb
from innervate.firmware_bridge.limits import LEG_JOINTS, LimbModel, combined
from innervate.firmware_bridge.line import LimbLine
from innervate.firmware_bridge.lines import LimbLines, Line
from innervate.firmware_bridge.messages import MalformedMessage, unpack_command
from innervate.firmware_bridge.requests import Asked, Verb
from innervate.firmware_bridge.telemetry import layout

from .guard_bench import Bench, Body, Scale, Wires

STALE_S = 0.065
CLEARING_S = 0.050
STEP_S = 0.020


class Device(Body):
    """A device that is at once where it is asked to be, and has a watchdog.

    Nobody heard for longer than that, it is elsewhere: a hand opens by itself, an actuator latches and can be
    pushed. `hold` notes how far each frame made it go at once.
    """

    def __init__(self, model: LimbModel, clock: VirtualClock) -> None:
        super().__init__(len(model.joints), 0.0)
        self.model, self._clock = model, clock
        self.position = tuple(min(max(2.0, j.least_deg), j.most_deg) for j in model.joints)
        self.hears = True
        self.celsius = 31.0
        self.limiting = self.told = False
        self.seized: Setpoint | None = None
        """What this turn's frame asked for."""
        self.jumps_deg: tuple[float, ...] = ()
        self.before = self.position
        self.t_heard_s = self.t_said_s = self.t_obeyed_s = clock.now()
        self.quiet_s = 0.0

    @property
    def lapsed(self) -> bool:
        """It may be elsewhere."""
        watchdog_s = self.model.device_watchdog_s
        return bool(self.fault) or self._clock.now() - self.t_heard_s > watchdog_s

    def push(self, share: float) -> None:
        """Somebody or something moves it."""
        self.position = tuple(
            j.least_deg - 5.0 + share * (j.most_deg - j.least_deg + 10.0) for j in self.model.joints
        )

    def _hear(self) -> bool:
        if not self.plugged:
            raise LimbLost("unplugged")
        if self.hears:
            if self.lapsed and self.model.leg:
                self.fault = 255
            self.t_heard_s = self._clock.now()
            self._waiting = self.talks
        return True

    def hold(self, setpoint: Setpoint) -> bool:
        heard = self._hear()
        self.seized = setpoint
        self.held.append(setpoint.position_deg)
        self.before = self.position
        if self.hears and not self.fault:
            pairs = zip(setpoint.position_deg, self.position, strict=True)
            self.jumps_deg = tuple(abs(asked - at) for asked, at in pairs)
            self.position = setpoint.position_deg
            self.quiet_s, self.t_obeyed_s = self._clock.now() - self.t_obeyed_s, self._clock.now()
        return heard

    def poll(self, now_s: float) -> LimbState | None:
        said = super().poll(now_s)
        if said is None:
            return None
        self.t_said_s, self.told = now_s, self.limiting
        n = len(self.model.joints)
        return LimbState(
            now_s,
            said.position_deg,
            limiting=(self.limiting,) * n,
            temperature_c=(self.celsius,),
            fault=said.fault,
        )


class Log:
    """In place of the ring's file: the newest record, read back from its bytes."""

    def __init__(self, joints: int) -> None:
        self.layout = layout(joints, {})
        self.newest: dict[str, Any] = {}
        self.count = 0

    def publish(self, payload: bytes) -> int:
        self.newest = self.layout.unpack(payload)
        self.count += 1
        return self.count


class Button:
    """A button in the socket."""

    def __init__(self) -> None:
        self.pressed: list[Asked] = []

    def files(self) -> list[int]:
        return []

    def read(self, now_s: float) -> list[Asked]:
        pressed, self.pressed = self.pressed, []
        return pressed


@dataclass(frozen=True)
class Frame:
    """One joint in one frame, and what the witness says of it.

    Attributes:
        cap_deg_s: how fast it may be asked to go now; 0: it may only brake.
        why: what allows it to move.
        jump_deg: how far the frame made the device go at once; 0 where it does not follow.
        quiet_s: how long it had heard of no position before.
    """

    t_s: float
    dt_s: float
    joint: Any
    at_deg: float
    was_deg: float
    rate_deg_s: float
    was_rate_deg_s: float
    cap_deg_s: float
    why: str
    jump_deg: float
    quiet_s: float
    measured_deg: float
    pressing: bool
    logged_deg: float
    seated: bool


class Witness:
    """See the module."""

    def __init__(self, model: LimbModel) -> None:
        self._model = model
        self.armed = self.rest = self.frozen = self.released = False
        self.shown = False
        """A person wants the limb to show a movement, and nothing has happened to it since."""
        self.command: Command | None = None
        self._last_seq = -1
        self._t_valid_s = self._t_stale_s = math.inf

    def fault(self) -> None:
        """From now on a person must arm."""
        self.armed = self.frozen = False

    def answered(self, verb: Verb) -> None:
        """The guard said yes to a person."""
        if verb in (Verb.STOP, Verb.SHUTDOWN, Verb.RELEASE, Verb.CANCEL, Verb.SWAP):
            self.shown = False
        match verb:
            case Verb.STOP | Verb.SHUTDOWN | Verb.RECALIBRATE | Verb.SWAP:
                self.armed = self.frozen = self.released = False
            case Verb.RELEASE:
                self.armed, self.frozen, self.released = False, False, True
            case Verb.ARM:
                self.rest = self.rest and self.armed and not self.frozen
                self.armed, self.frozen = True, False
            case Verb.PROMPT:
                self.shown = True
            case Verb.FREEZE:
                self.frozen = True
            case Verb.UNFREEZE:
                self.rest = self.rest and not self.frozen
                self.frozen = False

    def new_loop(self) -> None:
        """Another loop, perhaps with another model."""
        self.fault()
        self.command, self.rest, self._last_seq, self.shown = None, False, -1, False

    def hear(self, message: bytes, now_s: float, *, shut: bool) -> None:
        """A message that the guard will read."""
        try:
            command = unpack_command(message)
        except MalformedMessage:
            self.command = None
            return
        n = len(self._model.joints)
        numbers = (*command.target_deg, *command.rate_deg_s, command.expires_s, command.t_made_s)
        sane = all(map(math.isfinite, (*numbers, command.t_sample_s))) and min(command.rate_deg_s) >= 0.0
        made_here = command.t_made_s <= now_s + 0.010 and command.t_sample_s <= now_s + STALE_S
        if len(command.target_deg) != n or not sane or not made_here:
            self.command = None
            return
        fresh = now_s - command.t_sample_s <= STALE_S or not any(command.rate_deg_s)
        if command.seq <= self._last_seq or now_s > command.expires_s or not fresh:
            return
        self._last_seq, self._t_valid_s, self.command = command.seq, now_s, command
        if command.reason in DISTRUST:
            self.rest = False
            stale = command.reason is Reason.EMG_STALE
            self._t_stale_s = min(self._t_stale_s, now_s) if stale else math.inf
            if command.reason is Reason.EMG_LOST or now_s - self._t_stale_s > EMG_LOST_S:
                self.fault()
            return
        self._t_stale_s = math.inf
        if shut:
            self.rest = False
        elif command.reason is Reason.NONE and not any(command.rate_deg_s) and not self.frozen:
            self.rest = True

    def watch(self, now_s: float, *, connected: bool) -> None:
        """What has not come."""
        if not connected or now_s - self._t_valid_s > self._model.deadman_s:
            self.fault()
            self.shown = False

    def muscles(self, now_s: float, *, shut: bool) -> Command | None:
        """The command that may move the limb now, if one may."""
        command = self.command
        if command is None or not self.armed or not self.rest or self.frozen or shut:
            return None
        old = now_s > command.expires_s or now_s - command.t_sample_s > STALE_S
        return None if old or command.reason is not Reason.NONE else command


class PromiseBench(Bench):
    """One guard, one or several devices, and the witness. `frames`: what went out since it was emptied."""

    def __init__(self, models: tuple[LimbModel, ...]) -> None:  # not Bench's: several devices
        self.model = combined(models)
        self.clock = VirtualClock(1000.0)
        self.devices = [Device(model, self.clock) for model in models]
        self.wires, self.scale, self.button = Wires(), Scale(), Button()
        self.seq = 0
        self.witness = Witness(self.model)
        self.log = Log(len(self.model.joints))
        self.frames: list[Frame] = []
        self.states: list[tuple[State, State, bool]] = []
        """(before, after, a person armed in between) of each turn."""
        self._skew_s = 0.0
        lines = tuple(map(self._line, self.devices))
        self.line: Line = lines[0] if len(lines) == 1 else LimbLines(lines)  # type: ignore[assignment]
        ring: RingWriter = self.log  # type: ignore[assignment] # publishes as one
        self.guard = Guard(
            *(self.model, self.line, self.wires, self.wires, ring, self.clock),
            gate=self.scale,
            inputs=(self.button,),
            grips=("power", "pinch"),
        )
        self._was: list[tuple[float, Setpoint] | None] = [None] * len(models)
        self._t_step_s = self.clock.now()
        self._t_cleared_s = -math.inf
        self.opening: set[int] = set()
        """Devices that were whole when a release was asked for, and have been since."""
        self.run(0.03)

    def _line(self, device: Device) -> LimbLine:
        def reopen() -> Limb:
            if not device.plugged:
                raise LimbNotFound("no such port")
            return device

        return LimbLine(device.model, device, LimbState(self.clock.now(), device.position), reopen)

    @property
    def shut(self) -> bool:
        """A leg with weight on it, or nobody knows."""
        return self.model.leg and self.scale.reason is not Reason.NONE

    def turn(self, dt_s: float = 0.005) -> None:
        """As `Bench.turn`, with the witness beside it."""
        state = self.guard.state
        # A release under way stays what it is.
        self._prompting = state is State.PROMPTING and not self.witness.shown
        for device in self.devices:
            device.seized, device.jumps_deg = None, ()
        asked, messages = list(self.wires.asked), list(self.wires.inbox)
        pressed = list(self.button.pressed)
        known = len(self.wires.answers)
        self.clock.advance(dt_s)
        now_s = self.clock.now()
        logged = self.log.count
        self.guard.turn()
        people = [
            one.verb
            for one, answer in zip(asked, self.wires.answers[known:], strict=True)
            if "error" not in answer
        ]
        # At most too much is allowed where the guard refused a button.
        people += [one.verb for one in pressed if one.verb not in (Verb.RECALIBRATE, Verb.SWAP)]
        self._tell(dt_s, people, messages)
        self.states.append((state, self.guard.state, Verb.ARM in people))
        if self.log.count > logged:
            self._note(now_s)

    def _tell(self, dt_s: float, people: list[Verb], messages: list[bytes]) -> None:
        """The same turn, as the witness saw it."""
        witness, now_s = self.witness, self.clock.now()
        if dt_s > STALLED_S:
            witness.fault()
            witness.shown = False
            for device in self.devices:
                device.t_said_s = max(device.t_said_s, now_s)
        for verb in people:
            witness.answered(verb)
            if verb in (Verb.ARM, Verb.RELEASE):
                self._t_cleared_s = now_s
        for message in messages:
            witness.hear(message, now_s, shut=self.shut)
            self._wearer_asked(message, now_s)
        if self.wires.visits != self._visits_seen:
            self._visits_seen = self.wires.visits
            witness.new_loop()
        witness.watch(now_s, connected=self.wires.connected)
        if Verb.RELEASE in people and not self._prompting:
            self.opening = set(range(len(self.devices)))
        broken = {k for k, device in enumerate(self.devices) if self._broken(device, now_s)}
        self.opening -= broken
        if broken:
            witness.fault()
            witness.shown = False

    def _broken(self, device: Device, now_s: float) -> bool:
        if not device.plugged or now_s - device.t_said_s > device.model.lapse_s:
            return True
        faulty = device.fault and now_s - self._t_cleared_s > CLEARING_S
        return device.t_said_s == now_s and bool(faulty or device.celsius > device.model.hot_c)

    def wait(self, most_s: float, *, until: str, **command: Any) -> None:
        """In turns of 10 ms, until the limb answers, has stopped, or is left."""
        end_s = self.clock.now() + most_s
        while self.clock.now() < end_s:
            now_s = self.clock.now()
            there = {
                "answering": self.line.answering(now_s),
                "stopped": self.guard.state is State.STOPPED,
                "finished": self.guard.finished,
            }
            if there[until]:
                return
            if command:
                self.command(**command)
            self.turn(0.010)

    _visits_seen = 0
    _prompting = False

    def _wearer_asked(self, message: bytes, now_s: float) -> None:
        try:
            command = unpack_command(message)
        except MalformedMessage:
            return
        if command.ask is Ask.STOP and self.guard.state is State.STOPPED:
            self.witness.answered(Verb.STOP)
        # A release moves the limb: words of muscles that are old, or cannot be believed, ask for none.
        fresh = now_s <= command.expires_s and now_s - command.t_sample_s <= STALE_S
        believed = fresh and command.reason not in DISTRUST
        if command.ask is Ask.RELEASE and believed and self.guard.state is State.PROMPTING:
            self.witness.answered(Verb.RELEASE)
            if not self._prompting:
                self.opening = set(range(len(self.devices)))

    def _note(self, now_s: float) -> None:
        """What this turn's frames ask of each joint, beside what may be asked."""
        dt_s = min(now_s - self._t_step_s, STEP_S)
        self._t_step_s = now_s
        command = self.witness.muscles(now_s, shut=self.shut)
        at = 0
        for k, device in enumerate(self.devices):
            n = len(device.model.joints)
            if device.seized is None:
                self._was[k] = None
                at += n
                continue
            was = self._was[k]
            seated = was is None or self._sat(device, was[1], dt_s)
            for i, joint in enumerate(device.model.joints):
                cap, why = self._cap(k, at + i, joint.name, command, now_s)
                start = device.before[i] if was is None or seated else was[1].position_deg[i]
                self.frames.append(
                    Frame(
                        now_s,
                        dt_s,
                        joint,
                        device.seized.position_deg[i],
                        start,
                        device.seized.rate_deg_s[i],
                        0.0 if was is None or seated else was[1].rate_deg_s[i],
                        cap,
                        why,
                        device.jumps_deg[i] if device.jumps_deg else 0.0,
                        device.quiet_s,
                        device.before[i],
                        device.told,
                        self.log.newest["setpoint_deg"][at + i]
                        if len(self.model.joints) > 1
                        else self.log.newest["setpoint_deg"],
                        seated,
                    )
                )
            self._was[k] = (now_s, device.seized)
            at += n

    def _sat(self, device: Device, was: Setpoint, dt_s: float) -> bool:
        """The set-point was put where the device is, and has gone one step from there at most."""
        asked = device.seized
        if asked is None or asked.position_deg == was.position_deg:
            return False
        steps = [joint.max_rate_deg_s * dt_s + 1e-6 for joint in device.model.joints]

        def beside(other: tuple[float, ...]) -> bool:
            pairs = zip(asked.position_deg, other, steps, strict=True)
            return all(abs(a - b) <= most for a, b, most in pairs)

        near, on = beside(device.before), beside(was.position_deg)
        return asked.position_deg == device.before or (near and not on)

    def _cap(
        self, device: int, i: int, name: str, command: Command | None, now_s: float
    ) -> tuple[float, str]:
        if self.guard.finished:
            return 0.0, "left"
        if self.guard.state is State.PROMPTING and self.witness.shown:
            return (0.0 if self.model.leg else self.model.release_rate_deg_s), "shown"
        if self.guard.state is State.PROMPTING:
            free = not self.model.leg or self.scale.unloaded_s(now_s) > 0.0
            free = free and self.witness.released and device in self.opening
            return (self.model.release_rate_deg_s if free else 0.0), "prompting"
        if self.guard.state is State.FAULT and self.model.leg and name in LEG_JOINTS:
            free = self.scale.unloaded_s(now_s) >= RETURN_AFTER_S
            return (self.model.release_rate_deg_s if free else 0.0), "return"
        return (command.rate_deg_s[i], "muscles") if command is not None else (0.0, "nothing")
