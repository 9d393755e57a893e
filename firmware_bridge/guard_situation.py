"""What the guard knows now, in one place: `guard` and `guard_loop` keep it, `guard_people` changes what
people may change, and `guard_report` tells it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..core.command import Command
from ..core.state import Reason, State
from .governor import Governor
from .guard_session import Session
from .leg import LegGate
from .lines import Line
from .messages import NEXT_GRIP
from .standing import Standing

DISTRUST = frozenset({Reason.EMG_STALE, Reason.EMG_LOST, Reason.EMG_RATE, Reason.CONTACT, Reason.LOOP_LATE})
"""What a loop says when its input cannot be believed."""


@dataclass(slots=True)
class Counters:
    """What has happened so far; published."""

    starts: int = 0
    stops: int = 0
    t_stop_s: float = 0.0
    refused: int = 0
    recalibrations: int = 0
    grips: int = 0
    swaps: int = 0


class Situation:
    """See the module. Times are the guard's clock, in seconds.

    Args:
        line: to the limb.
        gate: of a leg, None of any other limb.
        governor: seated.
        session: none under way.
        now_s: when it began.
    """

    def __init__(
        self, line: Line, gate: LegGate | None, governor: Governor, session: Session, now_s: float
    ) -> None:
        self.line, self.gate, self.governor, self.session = line, gate, governor, session
        self.standing = Standing()
        self.counters = Counters()
        self.refusals: dict[Reason, int] = {}
        """Of commands, by why."""
        self.command: Command | None = None
        """The one that stands."""
        self.last_seq = -1
        self.grip = NEXT_GRIP
        self.loop_alive = False
        self.releasing = (False,) * len(line.parts)
        """Devices that a release moves: they answered when it was asked for, and have not failed since."""
        self.urgent = False
        """A frame goes out in this turn, whether it is due or not."""
        self.t_turn_s = now_s
        self.t_command_s = -math.inf
        self.t_release_s = -math.inf
        self.t_cleared_s = -math.inf
        """When a person last acted, so that the device was told to leave its fault."""
        self.t_shutdown_s = math.inf
        self.t_written_s = 0.0
        """When the newest frame was with the kernel; 0: it is not."""
        self.t_handed_s = 0.0
        """When the newest set-point was with the device's driver, written or waiting; 0: it is not."""

    @property
    def state(self) -> State:
        """What the limb may do now."""
        return self.standing.state

    @property
    def reason(self) -> Reason:
        """Why the limb does not do more than it does."""
        shut = self.shut(self.t_turn_s)
        if shut is not Reason.NONE and self.state in (State.ARMED, State.ACTIVE):
            return shut
        if self.state is State.PROMPTING and self.session.target_deg:
            return Reason.RECALIBRATING
        return self.standing.reason(self.command.reason if self.command is not None else None)

    def shut(self, now_s: float) -> Reason:
        """Why a leg follows no muscle signal now."""
        return self.gate.closed(now_s) if self.gate is not None else Reason.NONE

    def per_joint(self, devices: tuple[bool, ...]) -> tuple[bool, ...]:
        """What is said of each device, for each of its joints."""
        return tuple(one for one, n in zip(devices, self.line.parts, strict=True) for _ in range(n))

    @property
    def leaving(self) -> bool:
        """Somebody asked the guard to end."""
        return self.t_shutdown_s < math.inf

    def stopped_now(self, now_s: float) -> Reason:
        """Two people, or a button that bounces, in one turn: the stop counts, whichever came first."""
        counters = self.counters
        return Reason.STOP_REQUESTED if counters.stops and counters.t_stop_s == now_s else Reason.NONE

    def limb_obstacle(self, now_s: float) -> Reason:
        """Why nothing can be commanded now."""
        if self.leaving:
            return Reason.SHUTTING_DOWN
        if self.line.lost:
            return Reason.LIMB_LOST
        return Reason.NONE if self.line.answering(now_s) else Reason.LIMB_SILENT
