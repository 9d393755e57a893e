"""A whole limb on the virtual clock, and what can go wrong with each part of it: a stand-in for the loop or
the real one, the real guard and drivers, cables in memory, the virtual firmware, of a leg its gait board."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from ..controller.settings import LEG_STALE_S, STALE_S
from ..core.clock import VirtualClock
from ..core.command import Command, LimbState
from ..core.errors import LimbNotFound, RequestError
from ..core.ring import RingWriter
from ..core.state import Reason, State
from ..firmware_bridge.guard import Guard
from ..firmware_bridge.limb import Limb
from ..firmware_bridge.line import LimbLine
from ..firmware_bridge.lines import LimbLines, Line
from ..firmware_bridge.messages import pack_command, unpack_report
from ..firmware_bridge.requests import Asked, Verb
from .limb_gait import Gait
from .limb_muscles import Muscles
from .limb_rows import LIMBS, VirtualLimb
from .limb_wires import Cable

TICK_S = 0.005
COMMAND_EVERY_S = 0.010
COMMAND_LIFE_S = 0.050
"""As `controller.settings.LoopSettings`."""
RESTS_IN_SWING_S = 0.15
"""A person who walks tenses nothing until then."""
TENSES_ON_S = 0.15
"""And goes on for so long in stance."""
_BACKLOG = 100
"""Commands that a socket to a stopped guard holds."""


class Doors:
    """Both sockets of the guard, in memory; keeps the set-point of the newest report."""

    def __init__(self) -> None:
        self.connected, self.visits = False, 0
        self.inbox: list[bytes] = []
        self.asked: list[Asked] = []
        self.refusals: list[str] = []
        self.report_bytes = b""

    def receive(self, greeting: Callable[[], bytes]) -> list[bytes]:  # noqa: ARG002
        """See `doors.LoopDoor`."""
        messages, self.inbox = self.inbox[:64], self.inbox[64:]
        return messages

    def put(self, message: bytes) -> None:
        """From a loop; what a socket to a stopped guard cannot hold is lost."""
        self.inbox.append(message)
        del self.inbox[:-_BACKLOG]

    def report(self, message: bytes) -> None:
        """See `doors.LoopDoor`."""
        self.report_bytes = message

    def serve(self, obey: Callable[[Asked], dict[str, Any]]) -> int:
        """See `doors.RequestDoor`."""
        asked, self.asked = self.asked, []
        for one in asked:
            try:
                obey(one)
            except RequestError as error:
                self.refusals.append(str(error))
        return len(asked)


class Loop:
    """What a loop sends every 10 ms: the movement it was told to see, by the rules of `controller.decider`.

    Attributes:
        rate_deg_s: 0: rest.
        reason: what it says beside.
        running: False while it is stopped.
        amplifier: when samples stopped coming; None while they come.
        blind: it does not notice that they stopped.
        skew_s: its clock is ahead by so much.
        nan: its targets are no numbers.
    """

    def __init__(self, doors: Doors, row: VirtualLimb) -> None:
        self._doors, self._row = doors, row
        self._joints = row.model.joints
        self._stale_s = LEG_STALE_S if row.model.leg else STALE_S
        self.target_deg: tuple[float, ...] = (0.0,) * len(self._joints)
        self.rate_deg_s = 0.0
        self.reason = Reason.NONE
        self.running, self.blind, self.nan = False, False, False
        self.t_dark_s: float | None = None
        self.skew_s = 0.0
        self._seq = 0
        self._t_next_s = 0.0

    def start(self) -> None:
        """A new process connects."""
        self._doors.connected, self.running = True, True
        self._doors.visits += 1
        self._seq = 0

    def kill(self) -> None:
        """Its socket closes."""
        self._doors.connected = self.running = False

    def aim(self, rng: random.Random) -> float:
        """See a movement. Returns how long it takes until the limb is at speed."""
        self.target_deg = tuple(rng.uniform(j.least_deg, j.most_deg) for j in self._joints)
        if len(self._joints) == 1 and self._row.devices[0].percent:
            self.target_deg = (rng.choice((-1000.0, 1000.0)),)
        self.rate_deg_s = rng.choice((30.0, 90.0, 150.0))  # as fast as may be, and the guard bounds it
        return 0.0

    def turn(self, now_s: float) -> None:
        """Send a command when one is due."""
        if self.running and now_s >= self._t_next_s:
            self._t_next_s = now_s + COMMAND_EVERY_S - 1e-6
            self.send(now_s)

    def send(self, now_s: float) -> None:
        """The newest intent as a command."""
        t_sample_s = (now_s if self.t_dark_s is None else self.t_dark_s) - 0.001
        rate, reason = self.rate_deg_s, self.reason
        if now_s - t_sample_s > self._stale_s and not self.blind:
            rate, reason = 0.0, Reason.EMG_STALE
        made_s = now_s + self.skew_s
        self._seq += 1
        self._doors.put(
            pack_command(
                Command(
                    self._seq,
                    made_s,
                    made_s + COMMAND_LIFE_S,
                    self._seq,
                    t_sample_s + self.skew_s,
                    (float("nan"),) * len(self._joints) if self.nan else self.target_deg,
                    (rate,) * len(self._joints),
                    reason,
                )
            )
        )


class World:
    """Everything, and one way through time: `tick`.

    Args:
        name: key of `limb_rows.LIMBS`.
        ring: where the guard logs; None: nowhere.
        muscles: the real loop behind two muscles, in place of the stand-in.
    """

    def __init__(
        self, name: str, seed: int, ring: RingWriter | None = None, *, muscles: bool = False
    ) -> None:
        self.row = LIMBS[name]
        self.model = self.row.model
        self.models = [device.model for device in self.row.devices]
        self.rng = random.Random(seed)
        self.clock = VirtualClock(1000.0)
        self.cables = [device.cable(seed, self.clock, self.rng) for device in self.row.devices]
        self.struck = 0
        """The device whose cable things happen to."""
        self.doors = Doors()
        self.gait = Gait(seed) if self.model.leg else None
        self.loop: Loop | Muscles = Loop(self.doors, self.row)
        if muscles:
            self.loop = Muscles(self.doors, self.row, self.clock, seed)
        self.walks = False
        """The person walks: the loop sees a movement in swing and rest in stance."""
        self._ring = ring
        self.guard: Guard | None = None
        self.guard_stopped = False
        self.setpoint_deg: tuple[float, ...] = ()
        self.start_guard()

    @property
    def cable(self) -> Cable:
        """Of the device that is struck."""
        return self.cables[self.struck]

    # -- processes ------------------------------------------------------------------------------------------

    def start_guard(self) -> None:
        """Open the limb, hear it, guard it. Time passes."""
        self.doors.report_bytes = b""
        if self.gait is not None:
            self.gait.forget()
        lines = tuple(map(self._line, range(len(self.cables))))
        self.line: Line = lines[0] if len(lines) == 1 else LimbLines(lines)
        self.guard = Guard(
            *(self.model, self.line, self.doors, self.doors, self._ring, self.clock), gate=self.gait
        )
        self.run(0.05)

    def _line(self, k: int) -> LimbLine:
        limb, first = self._opened(k)
        return LimbLine(self.models[k], limb, first, lambda: self._reopened(k))

    def _opened(self, k: int) -> tuple[Limb, LimbState]:
        self.cables[k].forget()
        limb = self.row.devices[k].driver(self.cables[k])
        for turn in range(1000):
            if turn % 4 == 0:
                limb.ask()
            self._step()
            said = limb.poll(self.clock.now())
            if said is not None:
                return limb, said
        raise LimbNotFound("it does not answer on the virtual clock")

    def _reopened(self, k: int) -> Limb:
        if not self.cables[k].plugged:
            raise LimbNotFound("memory: no such port")
        self.cables[k].forget()
        return self.row.devices[k].driver(self.cables[k])

    # -- time -----------------------------------------------------------------------------------------------

    def _step(self) -> None:
        self.clock.advance(TICK_S)
        now_s = self.clock.now()
        for cable in self.cables:
            cable.step(now_s)
        if self.gait is not None:
            self.gait.step(now_s)

    def tick(self) -> None:
        """5 ms: the limb lives, the loop speaks when it is due, the guard takes its turn."""
        self._step()
        now_s = self.clock.now()
        if self.walks and self.gait is not None:
            swings = self.gait.truly_free_s(now_s) > RESTS_IN_SWING_S
            tenses = swings or 0.0 < self.gait.truly_loaded_s(now_s) < TENSES_ON_S
            self.loop.rate_deg_s = 90.0 if tenses else 0.0
        self.loop.turn(now_s)
        if self.guard is not None and not self.guard_stopped:
            before = self.doors.report_bytes
            self.guard.turn()
            if self.doors.report_bytes is not before:
                self.setpoint_deg = unpack_report(self.doors.report_bytes).setpoint_deg

    def run(self, seconds: float) -> None:
        """So much time."""
        for _ in range(round(seconds / TICK_S)):
            self.tick()

    # -- people ---------------------------------------------------------------------------------------------

    def ask(self, verb: Verb) -> bool:
        """A person asks; True when the guard said yes."""
        refused = len(self.doors.refusals)
        self.doors.asked.append(Asked(verb))
        self.tick()
        return len(self.doors.refusals) == refused

    def lift(self) -> None:
        """A leg's: the person stands on it and lifts it; the load cell has proved itself."""
        if self.gait is not None:
            self.walks = False
            self.gait.do("fault none", "load 0.6")
            self.run(0.15)
            self.gait.do("lift")
            self.run(0.18)

    @property
    def state(self) -> State | None:
        """Of the guard; None while there is none."""
        return self.guard.state if self.guard is not None else None

    def truth(self) -> Truth:
        """What the limb really does now."""
        found = Truth((), (), ())
        for device, cable in zip(self.row.devices, self.cables, strict=True):
            record = cable.firmware.layout.unpack(cable.firmware.record())
            found = Truth(
                found.position_deg + _numbers(record["position_deg"]),
                found.asked + _numbers(record[device.asked]),
                found.torque_nm + _numbers(record.get("torque_nm", ())),
            )
        return found


@dataclass(frozen=True, slots=True)
class Truth:
    """Read from the virtual firmware, not from its answers.

    Attributes:
        position_deg: where the joints are.
        asked: what the device has understood that it is to do: targets, or levels.
        torque_nm: what its drives turn with; empty where its firmware has no such thing.
    """

    position_deg: tuple[float, ...]
    asked: tuple[float, ...]
    torque_nm: tuple[float, ...]


def _numbers(found: object) -> tuple[float, ...]:
    return found if isinstance(found, tuple) else (float(cast(float, found)),)
