"""A whole limb on the virtual clock: a stand-in for the loop, the real guard, the real driver, a cable in
memory and the virtual firmware; and what can go wrong with each of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from ..core.clock import VirtualClock
from ..core.command import Command, LimbState
from ..core.errors import LimbNotFound, RequestError
from ..core.ring import RingWriter
from ..core.state import Reason, State
from ..firmware_bridge.guard import Guard
from ..firmware_bridge.limb import Limb
from ..firmware_bridge.line import LimbLine
from ..firmware_bridge.messages import pack_command, unpack_report
from ..firmware_bridge.requests import Asked, Verb
from .limb_wires import LIMBS, Cable

TICK_S = 0.005
COMMAND_EVERY_S = 0.010
COMMAND_LIFE_S = 0.050
"""As `controller.settings.LoopSettings`."""
NOTICED_STALE_S = 0.060
"""DESIGN.md: samples older than this are no intent; the loop says so."""
_BACKLOG = 100
"""Commands that a socket to a stopped guard holds."""


class Weight:
    """A leg's load sensor that says what a script says. Never so long without weight that an ankle at fault
    sets out for neutral: that is the one movement of its own that is promised, and tested elsewhere."""

    seated = False

    def __init__(self) -> None:
        self.reason = Reason.NONE

    def files(self) -> list[int]:
        """None."""
        return []

    def listen(self, now_s: float) -> None:
        """Nothing."""

    def closed(self, now_s: float) -> Reason:  # noqa: ARG002
        """As the script says."""
        return self.reason

    def unloaded_s(self, now_s: float) -> float:  # noqa: ARG002
        """A swing."""
        return 0.3 if self.reason is Reason.NONE else 0.0

    def sit(self, now_s: float) -> None:
        """Nothing."""

    def stand(self) -> None:
        """Nothing."""


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

    def __init__(self, doors: Doors, joints: int) -> None:
        self._doors, self._joints = doors, joints
        self.target_deg: tuple[float, ...] = (0.0,) * joints
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

    def turn(self, now_s: float) -> None:
        """Send a command when one is due."""
        if self.running and now_s >= self._t_next_s:
            self._t_next_s = now_s + COMMAND_EVERY_S - 1e-6
            self.send(now_s)

    def send(self, now_s: float) -> None:
        """The newest intent as a command."""
        t_sample_s = (now_s if self.t_dark_s is None else self.t_dark_s) - 0.001
        rate, reason = self.rate_deg_s, self.reason
        if now_s - t_sample_s > NOTICED_STALE_S and not self.blind:
            rate, reason = 0.0, Reason.EMG_STALE
        made_s = now_s + self.skew_s
        self._seq += 1
        self._doors.inbox.append(
            pack_command(
                Command(
                    self._seq,
                    made_s,
                    made_s + COMMAND_LIFE_S,
                    self._seq,
                    t_sample_s + self.skew_s,
                    (float("nan"),) * self._joints if self.nan else self.target_deg,
                    (rate,) * self._joints,
                    reason,
                )
            )
        )
        del self._doors.inbox[:-_BACKLOG]


class World:
    """Everything, and one way through time: `tick`.

    Args:
        name: key of `limb_wires.LIMBS`.
        ring: where the guard logs; None: nowhere.
    """

    def __init__(self, name: str, seed: int, ring: RingWriter | None = None) -> None:
        self.row = LIMBS[name]
        self.model = self.row.model(name)
        self.rng = random.Random(seed)
        self.clock = VirtualClock(1000.0)
        self.cable: Cable = self.row.cable(seed, self.clock, self.rng)
        self.doors, self.weight = Doors(), Weight()
        self.loop = Loop(self.doors, len(self.model.joints))
        self._ring = ring
        self.guard: Guard | None = None
        self.guard_stopped = False
        self.setpoint_deg: tuple[float, ...] = ()
        self.start_guard()

    # -- processes ------------------------------------------------------------------------------------------

    def start_guard(self) -> None:
        """Open the limb, hear it, guard it. Time passes."""
        self.doors.report_bytes = b""
        limb, first = self._opened()
        self.line = LimbLine(self.model, limb, first, self._reopened)
        self.guard = Guard(
            *(self.model, self.line, self.doors, self.doors, self._ring, self.clock), gate=self.weight
        )
        self.run(0.05)

    def _opened(self) -> tuple[Limb, LimbState]:
        self.cable.forget()
        limb = self.row.driver(self.cable)
        for k in range(1000):
            if k % 4 == 0:
                limb.ask()
            self._step()
            said = limb.poll(self.clock.now())
            if said is not None:
                return limb, said
        raise LimbNotFound("it does not answer on the virtual clock")

    def _reopened(self) -> Limb:
        if not self.cable.plugged:
            raise LimbNotFound("memory: no such port")
        self.cable.forget()
        return self.row.driver(self.cable)

    # -- time -----------------------------------------------------------------------------------------------

    def _step(self) -> None:
        self.clock.advance(TICK_S)
        self.cable.step(self.clock.now())

    def tick(self) -> None:
        """5 ms: the limb lives, the loop speaks when it is due, the guard takes its turn."""
        self._step()
        self.loop.turn(self.clock.now())
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

    @property
    def state(self) -> State | None:
        """Of the guard; None while there is none."""
        return self.guard.state if self.guard is not None else None

    def truth(self) -> Truth:
        """What the limb really does now."""
        firmware = self.cable.firmware
        record = firmware.layout.unpack(firmware.record())
        return Truth(
            _numbers(record["position_deg"]),
            _numbers(record[self.row.asked]),
            _numbers(record.get("torque_nm", ())),
        )


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
