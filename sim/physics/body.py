"""Bodies for virtual firmware: what its motors are asked for goes in, joints and forces come out.

A device's own program runs in real time and in steps of 1 ms; a body moves on every 2 ms (a hand) or 1 ms (a
leg), which takes some 20 microseconds. Same seed and requests, same bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...core.errors import ProfileError
from .arm import JOINTS as ARM_JOINTS
from .grip import in_grip
from .hand import JOINTS as HAND_JOINTS
from .leg import JOINTS as LEG_JOINTS
from .motors import MOTORS
from .plant import PhysicsPlant
from .scene import Scene

_TICK_S = 0.001
_AT_M = (0.0, 0.0, 0.30)
_THUMB_UP = (0.7071067811865476, 0.7071067811865476, 0.0, 0.0)


@dataclass(slots=True)
class Joint:
    """What a device's program sees of a joint. Angles and forces as `sim.fingers.Finger`."""

    position_deg: float
    velocity_deg_s: float = 0.0
    force_n: float = 0.0
    current_a: float = 0.0
    halted: bool = False


class HandBody:
    """The Ability Hand's fingers.

    Args:
        start_deg: where they stand at first.
        thing: a kind of `things.KINDS` that somebody holds in the grip; empty for empty air.
        halts: on collision, as the Ability Hand does.

    Raises:
        ProfileError: no such thing.
        InnervateError: MuJoCo is not installed.
    """

    def __init__(self, start_deg: Sequence[float], thing: str = "", *, halts: bool = True) -> None:
        things = (in_grip(thing, _AT_M, _THUMB_UP),) if thing else ()
        self.plant = PhysicsPlant(HAND_JOINTS, Scene(HAND_JOINTS, things, at_m=_AT_M, roll_deg=90.0))
        if self.plant.touching is not None and not halts:
            self.plant.touching.never_halt()
        self.joints = [Joint(deg) for deg in start_deg]
        self._gain = np.array([MOTORS[name].gain_1_s for name in HAND_JOINTS])
        self._speed_at = np.array([int(self.plant.model.joint(name).dofadr[0]) for name in HAND_JOINTS])
        self._owed_s = 0.0
        self.plant.place(tuple(start_deg))
        self._tell()

    def step(
        self, target_deg: Sequence[float], rate_deg_s: Sequence[float], velocity_deg_s: Sequence[float] | None
    ) -> None:
        """Let 1 ms pass.

        Args:
            target_deg, rate_deg_s: where to, how fast at most.
            velocity_deg_s: drive at these instead; None for positions.
        """
        self._owed_s += _TICK_S
        step_s = self.plant.scene.step_s
        if self._owed_s < step_s - 1e-9:
            return
        self._owed_s = 0.0
        at = self.plant.angles()
        if velocity_deg_s is None:
            most = np.radians(rate_deg_s) / self._gain
            left = np.minimum(np.maximum(np.radians(target_deg) - at, -most), most)
        else:
            left = np.radians(velocity_deg_s) / self._gain
        self.plant.advance(at + left, step_s)
        self._tell()

    def _tell(self) -> None:
        state = self.plant.state(0.0)
        speeds = np.degrees(self.plant.data.qvel[self._speed_at]).tolist()
        for i, joint in enumerate(self.joints):
            joint.position_deg, joint.velocity_deg_s = state.position_deg[i], speeds[i]
            joint.force_n, joint.current_a = state.force_n[i], state.current_a[i]
            joint.halted = state.limiting[i]


class TorqueBody:
    """Joints under torques: of a leg that hangs, as of somebody who sits, or of an arm with an open hand.

    Args:
        names: of the joints, as `leg.JOINTS` or `arm.JOINTS` has them.
        start_deg: where they stand at first.

    Raises:
        ProfileError: a joint that neither has.
        InnervateError: MuJoCo is not installed.
    """

    def __init__(self, names: tuple[str, ...], start_deg: Sequence[float]) -> None:
        known = (*ARM_JOINTS, *LEG_JOINTS)
        for name in names:
            if name not in known:
                raise ProfileError(f"--physics: no body has a joint {name!r}; allowed: {', '.join(known)}")
        self.plant = PhysicsPlant(names, Scene(names, torque=True, step_s=_TICK_S))
        self._dof = np.array([int(self.plant.model.joint(name).dofadr[0]) for name in names])
        self.plant.place(tuple(start_deg))
        self.plant.push((0.0,) * len(names), 0.0)

    def step(self, torque_nm: Sequence[float], load_nm: Sequence[float]) -> list[tuple[float, float]]:
        """Let 1 ms pass.

        Args:
            torque_nm: of the drives.
            load_nm: from outside.

        Returns:
            (degrees, degrees a second) of each joint.
        """
        plant = self.plant
        plant.data.qfrc_applied[self._dof] = load_nm
        plant.push(torque_nm, _TICK_S)
        at, speed = np.degrees(plant.angles()), np.degrees(plant.data.qvel[self._dof])
        return list(zip(at.tolist(), speed.tolist(), strict=True))


_DEG_PER_PERCENT = {"thumb_flexor": 0.9, "thumb_rotator": -0.94}
"""Degrees of our hand for a percent that another has closed; fingers 0.94. So that the postures which
`controller.postures` has for other hands are those of the Ability Hand; nothing about their mechanics."""
_LEAD_PERCENT = 10.0
_FULL_DEG_S = (500.0,) * len(HAND_JOINTS)


class PercentHand:
    """Another maker's hand, of which only percents are known, in the body that we have: with all its torque.

    Args:
        joints: ours, in its own order.
        start_percent: closed so far at first.
        thing: see `HandBody`.

    Raises:
        ProfileError: no such thing.
        InnervateError: MuJoCo is not installed.
    """

    def __init__(self, joints: tuple[str, ...], start_percent: Sequence[float], thing: str = "") -> None:
        self._order = [joints.index(name) for name in HAND_JOINTS]
        self._scale = [_DEG_PER_PERCENT.get(name, 0.94) for name in HAND_JOINTS]
        self._setpoint = list(start_percent)
        self._body = HandBody(self._ours(start_percent), thing, halts=False)
        self._mine = [HAND_JOINTS.index(name) for name in joints]

    def _ours(self, percent: Sequence[float]) -> list[float]:
        return [percent[at] * scale for at, scale in zip(self._order, self._scale, strict=True)]

    def step(self, goal_percent: Sequence[float], rate_percent_s: Sequence[float]) -> None:
        """Let 1 ms pass: set-points go towards these, so fast; blocked, they lead as all torque needs."""
        at = self.percent
        for i, (goal, rate) in enumerate(zip(goal_percent, rate_percent_s, strict=True)):
            most = rate * _TICK_S
            led = self._setpoint[i] + min(max(goal - self._setpoint[i], -most), most)
            self._setpoint[i] = min(max(led, at[i] - _LEAD_PERCENT), at[i] + _LEAD_PERCENT)
        self._body.step(self._ours(self._setpoint), _FULL_DEG_S, None)

    @property
    def percent(self) -> list[float]:
        """Closed so far, in its order."""
        return [self._body.joints[i].position_deg / self._scale[i] for i in self._mine]

    @property
    def force_n(self) -> list[float]:
        """What each finger presses with, in its order."""
        return [self._body.joints[i].force_n for i in self._mine]
