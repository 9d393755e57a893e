"""Dynamixel X servos on one half-duplex line, in the guard's verbs: elbow, wrist, open hands.

    survey      read EEPROM and RAM of every servo; nothing is written
    prepare     only servos without torque: operating mode into their EEPROM
    place       watchdog off, profile, goal position = present position
    engage      current bound, goal position = present position, watchdog on, torque on
    verify      read it all: is it so? If not, place again
    driven      every turn: goal positions, and read what is measured; every tenth read it all

Asking alone never goes beyond the survey. Nobody else speaks until every servo has answered or had its time.
"""

from __future__ import annotations

import math
import select
import struct
from collections import deque
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from ...core.clock import now
from ...core.command import LimbState, Setpoint
from ...core.errors import ProfileError
from ..devices import joints_of, part_options
from ..limb import SerialLimb
from ..serialport import SerialPort
from ..settings import JointSettings, PartSettings
from .codec import SyncWriteLong, reboot, sync_read, sync_write
from .half_duplex import HalfDuplexLine, Question, turn_s
from .servo import NOT_DRIVEN, WATCHDOG_STEPS, servos_of
from .table import (
    CURRENT_BASED_POSITION,
    FACTORY_DELAY_S,
    PRESENT,
    SETUP,
    TIME_BASED_PROFILE,
    WHOLE,
    Address,
    Present,
    Setup,
    Whole,
)

_WHOLE_EVERY = 10
_GAP_S = 0.060
"""After so long without a frame of ours a servo's watchdog may have acted: look."""
_MISSED = 3
"""Questions in a row that were not answered by all."""
_MOST_TURN_S = 0.030
_TRIES = 5


@dataclass(frozen=True, slots=True)
class DynamixelOptions:
    """`limb.options` of servos.

    Attributes:
        model: what a servo whose model number we do not know is taken for; "auto" refuses it.
        nm_per_a: torque per ampere at the servo's horn, as measured; 0: that of the data sheet.
    """

    model: Literal["auto", "xl330", "xm430"] = "auto"
    nm_per_a: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.nm_per_a <= 20.0:
            raise ValueError(f"nm_per_a = {self.nm_per_a}: allowed 0 to 20")


class Stage(IntEnum):
    """How far we have come with the servos; see the module."""

    SURVEY = 0
    PREPARE = 1
    PLACE = 2
    ENGAGE = 3
    VERIFY = 4
    DRIVEN = 5


class Dynamixels(SerialLimb):
    """Current-based position mode: a bounded torque towards a goal, held without us.

    A servo's fault is the limb's. A limb of which one servo does not answer has not answered.

    Raises:
        LimbNotFound, LimbBusy, LimbError: the port cannot be opened.
        ProfileError: a setting beyond what is allowed.
    """

    def __init__(
        self,
        port: str | SerialPort,
        baud: int,
        joints: tuple[JointSettings, ...],
        options: DynamixelOptions = DynamixelOptions(),
    ) -> None:
        self._servos = servos_of(joints, options.model, options.nm_per_a)
        self._ids = [joint.id for joint in joints]
        self._by_id = dict(zip(self._ids, self._servos, strict=True))
        self._goal_write = SyncWriteLong(self._ids, Address.GOAL_POSITION)
        self._reads = {block: sync_read(self._ids, *block) for block in (SETUP, WHOLE, PRESENT)}
        delays_s = (FACTORY_DELAY_S,) * len(joints)
        if turn_s(30 + 6 * len(joints), PRESENT[1], 10.0 / baud, delays_s) > _MOST_TURN_S:
            raise ProfileError(f"limb.baud = {baud}: too slow for {len(joints)} servos on one line")
        super().__init__(SerialPort.at(port, baud))
        self._line = HalfDuplexLine(self._port, baud)
        self._senseless = 0
        self._stage = Stage.SURVEY
        self._fault = 0
        self._tries = 0
        self._turns = 0
        self._missed = 0
        self._look = False
        self._wanted: Setpoint | None = None
        self._pending = False
        self._reboots: deque[int] = deque()

    @property
    def frames_bad(self) -> int:
        """Damaged packets, and answers that nobody asked for or that make no sense."""
        return self._line.bad + self._senseless

    @property
    def stage(self) -> Stage:
        """How far it is."""
        return self._stage

    # -- verbs ----------------------------------------------------------------------------------------------

    @property
    def wants_to_write(self) -> bool:
        """True while goals wait for the answer that is under way."""
        waits = self._pending and self._wanted is not None and self._stage is Stage.DRIVEN
        return waits or super().wants_to_write

    def hold(self, setpoint: Setpoint) -> bool:
        """Goal positions, and a question; True when they are on their way.

        While the line is taken they wait, and `poll` sends them. Servos that are not driven yet come closer
        to it instead, without a move.
        """
        self._wanted = setpoint
        self._pending, driven = True, self._stage is Stage.DRIVEN
        return self._line.free() and self._turn() and driven

    def ask(self) -> bool:
        """A question only: servos hold the goal they have, and their watchdogs hear us."""
        self._wanted = None
        return self._line.free() and self._turn()

    def poll(self, now_s: float) -> LimbState | None:
        """What all servos have said, once the last of them has."""
        self._line.at(now_s)
        state = self._listen(now_s)
        if self._line.quiet_s() > _GAP_S:
            self._pending = False  # we were held up: what waits is not wanted any more
        if self._pending and self._line.free():
            self._turn()
        return state

    def clear(self) -> None:
        """Leave what has latched: everything is read again, servos are placed where they are, then driven.

        A servo that has switched its torque off for a hardware error is rebooted, nothing else undoes that;
        it is silent meanwhile, so a person arms once more. One whose torque is still on is not: the joint
        would fall. Its error then counts as seen.
        """
        if not self._fault:
            return
        for servo in self._servos:
            if servo.whole is not None and servo.whole.hardware_error:
                if servo.whole.torque:
                    servo.accepted_errors = servo.whole.hardware_error
                elif servo.joint.id not in self._reboots:
                    self._reboots.append(servo.joint.id)
            servo.forget()
        self._fault = self._tries = 0
        self._stage = Stage.SURVEY

    def leave(self) -> None:
        """Watchdogs off, torque on: the servos hold where they are for as long as they have power.

        Waits for answers that are under way, no longer than the line may take for them. One that has timed
        out is left so: it stands still already.
        """
        under_way = self._line.question
        until_s = now() + (under_way.limit_s if under_way is not None else 0.0)
        while self._line.question is not None and (left_s := until_s - now()) > 0.0:
            select.select([self.fileno()], [], [], left_s)
            self._listen(now())
        running = [
            servo.joint.id
            for servo in self._servos
            if servo.whole is not None and servo.whole.watchdog == WATCHDOG_STEPS
        ]
        if running:
            self._port.send(sync_write(dict.fromkeys(running, b"\0"), Address.WATCHDOG))

    # -- what goes out --------------------------------------------------------------------------------------

    def _turn(self) -> bool:
        """Send what this stage wants, and one question behind it."""
        answered, self._pending = self._line.question is None, False
        self._missed = 0 if answered else self._missed + 1
        if self._reboots:
            number = self._reboots.popleft()
            return self._line.send(reboot(number), Question((0, 0), [number]), (FACTORY_DELAY_S,))
        self._turns += 1
        # Long unheard, they may have acted by themselves, or have been switched off and on.
        self._look = self._look or self._line.quiet_s() > _GAP_S or self._missed >= _MISSED
        writes = b""
        if self._wanted is not None:
            if self._stage is Stage.DRIVEN:
                writes = self._goals(self._wanted)
            elif answered and not self._fault and self._line.quiet_s() <= _GAP_S:
                writes = self._step()
        block = WHOLE if self._look or self._turns % _WHOLE_EVERY == 0 else PRESENT
        if self._stage is not Stage.DRIVEN:
            block = SETUP if any(servo.setup is None for servo in self._servos) else WHOLE
        delays_s = [s.setup.return_delay_s if s.setup else FACTORY_DELAY_S for s in self._servos]
        frames = writes + self._reads[block]
        return self._line.send(frames, Question(block, list(self._ids)), delays_s)

    def _step(self) -> bytes:
        """The next step from servos that only answer to servos that are driven; they stay where they are."""
        here = {s.joint.id: struct.pack("<i", s.present.position) for s in self._servos}
        if self._stage is Stage.PREPARE:
            self._stage = Stage.SURVEY
            return self._prepare()
        if self._stage is Stage.PLACE:
            self._stage = Stage.ENGAGE
            # A watchdog that has acted refuses goals, and forgets the profile, until it is off: e-Manual.
            profiles = {
                s.joint.id: struct.pack("<II", 0, s.profile_velocity) + here[s.joint.id] for s in self._servos
            }
            return self._same(Address.WATCHDOG, 0) + sync_write(profiles, Address.PROFILE)
        if self._stage is Stage.ENGAGE:
            self._stage = Stage.VERIFY
            bounds = {s.joint.id: struct.pack("<h", s.goal_current) for s in self._servos}
            return (
                sync_write(bounds, Address.GOAL_CURRENT)
                + sync_write(here, Address.GOAL_POSITION)
                + self._same(Address.WATCHDOG, WATCHDOG_STEPS)
                + self._same(Address.TORQUE_ENABLE, 1)
            )
        return b""

    def _prepare(self) -> bytes:
        """Drive mode and operating mode of the servos that need it. They are read again afterwards."""
        modes = {
            s.joint.id: bytes((s.setup.drive_mode & ~TIME_BASED_PROFILE, CURRENT_BASED_POSITION))
            for s in self._servos
            if s.setup is not None and s.needs_setup
        }
        for servo in self._servos:
            servo.forget()
        self._tries += 1
        return sync_write(modes, Address.DRIVE_MODE) if modes else b""

    def _same(self, address: Address, value: int) -> bytes:
        return sync_write(dict.fromkeys(self._ids, bytes((value,))), address)

    def _goals(self, setpoint: Setpoint) -> bytes:
        if not all(map(math.isfinite, setpoint.position_deg)):
            return b""  # the guard sends no such thing; the servos keep their last goal
        pairs = zip(self._servos, setpoint.position_deg, strict=True)
        return self._goal_write.encode([servo.ticks(deg) for servo, deg in pairs])

    # -- what comes in --------------------------------------------------------------------------------------

    def _listen(self, now_s: float) -> LimbState | None:
        """The state, when the last answer to a question that gives one has arrived."""
        asked = self._line.listen()
        if asked is None:
            return None
        self.frames_acked += 1
        return self._take(asked, now_s) if asked.block[1] else None

    def _take(self, asked: Question, now_s: float) -> LimbState | None:
        for number, data in asked.answers.items():
            servo = self._by_id[number]
            if asked.block == SETUP:
                servo.setup = Setup.read(data)
            elif asked.block == WHOLE:
                servo.learn(Whole.read(data))
            else:
                servo.present = Present.read(data)
                # Of one that we know of it is not news.
                known = servo.whole is not None and servo.whole.hardware_error
                self._look = self._look or (number in asked.alert and not known)
        if asked.block == SETUP:
            self._pending = True  # says nothing of where it is: ask on at once
            return None
        if asked.block == WHOLE:
            self._look = False
            self._judge()
        if not all(servo.plausible for servo in self._servos):
            self._senseless += 1
            return None
        return LimbState(
            t_s=now_s,
            position_deg=tuple(servo.angle_deg(servo.present.position) for servo in self._servos),
            current_a=tuple(servo.current_a for servo in self._servos),
            limiting=tuple(servo.limiting for servo in self._servos),
            temperature_c=tuple(float(s.whole.temperature_c) if s.whole else 0.0 for s in self._servos),
            fault=self._fault,
        )

    def _judge(self) -> None:
        """All has been read: what that means for the stage, and for the fault that stands."""
        if any(servo.setup is None for servo in self._servos):
            return
        driven = self._stage is Stage.DRIVEN
        faults = [servo.fault if driven else servo.own_fault for servo in self._servos]
        self._fault = self._fault or next(filter(None, faults), 0)
        if driven or self._fault:
            return
        if self._stage is Stage.SURVEY:
            unset = any(servo.needs_setup for servo in self._servos)
            self._stage = Stage.PREPARE if unset else Stage.PLACE
        elif self._stage is Stage.VERIFY:
            done = all(servo.driven for servo in self._servos)
            self._stage = Stage.DRIVEN if done else Stage.PLACE
            self._tries += not done
        if self._tries >= _TRIES:
            self._fault = NOT_DRIVEN


def open_limb(part: PartSettings) -> Dynamixels:
    """See `devices`."""
    return Dynamixels(part.port, part.baud, joints_of(part), part_options(DynamixelOptions, part))
