"""One step of a closed loop in simulated time: the same decider, mapper and governor that a wearer has.

    excitation = user.step(t, limb)            sim.user: the goal and the limb as it was seen
    emg        = patient.step(n, excitation)   sim.patient
    command    = decider.command(...)          controller: the loop's own step on an in-memory frame
    setpoint   = governor.step(t, command)     firmware_bridge: the limits of this limb
    limb       = plant.step(setpoint)          sim.plant, or sim.physics

What is left out against the real thing: processes, wires, and the guard's state machine (it is armed).
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from ...controller.decider import Decider, Step
from ...core.chunk import Chunk
from ...core.command import Command, LimbState
from ...core.goal import Goal
from ...core.state import Reason
from ...firmware_bridge.governor import Governor
from ...firmware_bridge.limits import LimbModel
from ...sim.plant import Plant

_START_S = 1000.0
"""Simulated time starts here: nothing at 0, which means "never" in some places."""


class Muscles(Protocol):
    """Whose EMG is measured: a simulated patient, or a real person's recorded windows."""

    rate_hz: float

    def step(self, n: int, excitation: NDArray[np.float64]) -> NDArray[np.float32]:
        """The next `n` samples [n, ch]."""
        ...


@runtime_checkable
class Told(Protocol):
    """Muscles that nobody can excite: recordings, of which one is chosen by what the person means to do."""

    def intend(self, movement: str, effort: float) -> None:
        """What they mean to do in the next step."""
        ...


class Gate(Protocol):
    """Of a leg: the guard's, with the truth about the weight beside it."""

    def listen(self, now_s: float) -> None:
        """Take in what the sensor said until now."""
        ...

    def closed(self, now_s: float) -> Reason:
        """Why muscle signals may not move the limb now; NONE when they may."""
        ...

    def truly_loaded_s(self, now_s: float) -> float:
        """For how long there has been weight on the limb; 0: there is none."""
        ...


class User(Protocol):
    """Who wears the limb."""

    gave_up: bool

    @property
    def movement(self) -> str:
        """That they tense for; "rest" when they relax."""
        ...

    @property
    def effort(self) -> float:
        """How hard, 0 to 1."""
        ...

    def want(self, goal: Goal | None, t_s: float) -> None:
        """A new goal; None: relax."""
        ...

    def aim(self, goal: Goal, t_s: float) -> None:
        """The goal has moved on."""
        ...

    def step(self, t_s: float, limb: LimbState) -> NDArray[np.float64]:
        """Excitation for the next step."""
        ...


class Tick(NamedTuple):
    """What one step did.

    Attributes:
        t_s: simulated time at its end.
        excitation: [muscles].
        steps: decisions that were completed.
        command: what the decider asked for, before any added delay.
        limb: at the end.
        loaded_s: for how long there has truly been weight on the limb; -1 without a gate.
    """

    t_s: float
    excitation: NDArray[np.float64]
    steps: list[Step]
    command: Command
    limb: LimbState
    loaded_s: float = -1.0


class ClosedLoop:
    """See the module.

    Args:
        muscles: in the decider's unit and rate.
        user: who wants something.
        decider: the model at work.
        model: of the limb.
        plant: its body.
        step_s: simulated time of one step; whole samples.
        delay_s: added between decision and limb (Farrell and Weir's pure delay); whole steps.
        gate: of a leg that somebody walks on. While it is closed no command passes, and as in the guard the
            person must have come to rest before one passes again. None: seated, nothing holds it back.
    """

    def __init__(
        self,
        muscles: Muscles,
        user: User,
        decider: Decider,
        model: LimbModel,
        plant: Plant,
        *,
        step_s: float = 0.010,
        delay_s: float = 0.0,
        gate: Gate | None = None,
    ) -> None:
        self._muscles, self._user, self._decider, self._plant = muscles, user, decider, plant
        self._told = muscles if isinstance(muscles, Told) else None
        self._gate, self._rest_seen = gate, False
        self._governor = Governor(model)
        self._n = round(step_s * muscles.rate_hz)
        self._step_s = step_s
        self._under_way: deque[Command | None] = deque([None] * round(delay_s / step_s))
        self._index = 0
        self._since = np.arange(1 - self._n, 1) / muscles.rate_hz
        self.limb = LimbState(_START_S, model.release_deg)
        self.place(model.release_deg)

    @property
    def joints(self) -> tuple[str, ...]:
        """Names, in the limb's order."""
        return self._plant.joints

    @property
    def t_s(self) -> float:
        """Simulated time."""
        return _START_S + self._index / self._muscles.rate_hz

    def place(self, position_deg: tuple[float, ...]) -> None:
        """Put the limb there, at rest; commands under way are forgotten."""
        self._governor.seat(position_deg, self.t_s)
        self._plant.place(position_deg)
        self._under_way = deque([None] * len(self._under_way))
        self.limb = LimbState(self.t_s, position_deg)

    def step(self) -> Tick:
        """Let `step_s` pass."""
        excitation = self._user.step(self.t_s, self.limb)
        if self._told is not None:
            self._told.intend(self._user.movement, self._user.effort)
        samples = self._muscles.step(self._n, excitation)
        first, self._index = self._index, self._index + self._n
        now_s = self.t_s
        chunk = Chunk(first, samples, np.isfinite(samples), now_s + self._since, now_s)
        steps = self._decider.decide(chunk, now_s)
        command = self._decider.command(now_s, self._governor.setpoint.position_deg)
        obeyed: Command | None = command
        if self._under_way:
            self._under_way.append(command)
            obeyed = self._under_way.popleft()
        loaded_s = -1.0
        if self._gate is not None:
            obeyed = self._let_through(self._gate, obeyed, now_s)
            loaded_s = self._gate.truly_loaded_s(now_s)
        setpoint = self._governor.step(now_s, _now(obeyed, now_s))
        self.limb = self._plant.step(setpoint, now_s, self._step_s)
        return Tick(now_s, excitation, steps, command, self.limb, loaded_s)

    def _let_through(self, gate: Gate, command: Command | None, now_s: float) -> Command | None:
        """What the guard does with a command of an armed leg."""
        gate.listen(now_s)
        if gate.closed(now_s) is not Reason.NONE:
            self._rest_seen = False
        elif command is not None and not any(command.rate_deg_s) and command.reason is Reason.NONE:
            self._rest_seen = True
        return command if self._rest_seen else None


def _now(command: Command | None, now_s: float) -> Command | None:
    """A delayed command as if made now: the delay stands for a slower controller, not for a stale one."""
    if command is None or command.t_made_s == now_s:
        return command
    age_s = now_s - command.t_made_s
    return replace(
        command,
        t_made_s=now_s,
        expires_s=command.expires_s + age_s,
        t_sample_s=command.t_sample_s + age_s,
    )
