"""Bodies for virtual firmware: what its motors are asked for goes in, joints and forces come out.

A device's own program runs in real time and in steps of 1 ms; a body moves on every 2 ms (a hand) or 1 ms (a
leg), which takes some 20 microseconds. Same seed and requests, same bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .grip import in_grip
from .hand import JOINTS as HAND_JOINTS
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

    Raises:
        ProfileError: no such thing.
        InnervateError: MuJoCo is not installed.
    """

    def __init__(self, start_deg: Sequence[float], thing: str = "") -> None:
        things = (in_grip(thing, _AT_M, _THUMB_UP),) if thing else ()
        self.plant = PhysicsPlant(HAND_JOINTS, Scene(HAND_JOINTS, things, at_m=_AT_M, roll_deg=90.0))
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


class LegBody:
    """Joints of a leg that hangs, as of somebody who sits, under torques.

    Args:
        names: of the joints, as `leg.JOINTS` has them.
        start_deg: where they stand at first.

    Raises:
        ProfileError: a joint that no leg has.
        InnervateError: MuJoCo is not installed.
    """

    def __init__(self, names: tuple[str, ...], start_deg: Sequence[float]) -> None:
        self.plant = PhysicsPlant(names, Scene(names, torque=True, step_s=_TICK_S))
        self._dof = np.array([int(self.plant.model.joint(name).dofadr[0]) for name in names])
        self.plant.place(tuple(start_deg))
        self.plant.data.ctrl[:] = 0.0

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
