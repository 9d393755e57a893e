"""A virtual limb that weighs something: `sim.plant.Plant` on MuJoCo.

One model for closed loops in simulated time, for virtual firmware on a real wire and for pictures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...core.command import LimbState, Setpoint
from ...core.errors import ProfileError
from ...core.extras import optional
from .arm import add_arm
from .hand import JOINTS as HAND_JOINTS
from .leg import add_leg

if TYPE_CHECKING:
    import mujoco

STEP_S = 0.002
"""Of the integrator: implicit in velocities, stable with our small fingers."""
_LEG = frozenset({"ankle", "ankle inversion", "knee"})


def built(joints: tuple[str, ...]) -> mujoco.MjSpec:
    """The world of a limb with these joints: floor, light, limb.

    Raises:
        ProfileError: a joint that no model has.
        InnervateError: MuJoCo is not installed.
    """
    mujoco = optional("mujoco", "virtual limbs with weight need", "sim")
    known = (*HAND_JOINTS, "elbow", "wrist rotation", "wrist flexion", *sorted(_LEG))
    for joint in joints:
        if joint not in known:
            raise ProfileError(f"virtual limb: no model has a joint {joint!r}; allowed: {', '.join(known)}")
    spec = mujoco.MjSpec()
    spec.option.timestep = STEP_S
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    spec.compiler.degree = False
    spec.worldbody.add_light(pos=[0.3, -0.5, 1.4], dir=[-0.2, 0.35, -1.0])
    spec.worldbody.add_geom(
        type=mujoco.mjtGeom.mjGEOM_PLANE, size=[1.0, 1.0, 0.1], rgba=[0.93, 0.94, 0.95, 1.0]
    )
    if _LEG & set(joints):
        add_leg(spec, joints)
    else:
        add_arm(spec, joints)
    return spec


class PhysicsPlant:
    """See `sim.plant.Plant`. Same start and set-points, same bits.

    Args:
        joints: of the limb, in its order.

    Raises:
        ProfileError: a joint that no model has.
        InnervateError: MuJoCo is not installed.
    """

    def __init__(self, joints: tuple[str, ...]) -> None:
        mujoco = optional("mujoco", "virtual limbs with weight need", "sim")
        self._mj_step = mujoco.mj_step
        self._forward, self._reset = mujoco.mj_forward, mujoco.mj_resetData
        self.joints = joints
        self.model = built(joints).compile()
        self.data = mujoco.MjData(self.model)
        self._at = np.array([int(self.model.joint(name).qposadr[0]) for name in joints])
        self._drive = np.array([self.model.actuator(name).id for name in joints])
        self._middles = [
            (
                int(self.model.joint(int(b)).qposadr[0]),
                int(self.model.joint(int(a)).qposadr[0]),
                data[:2].copy(),
            )
            for b, a, data in zip(self.model.eq_obj1id, self.model.eq_obj2id, self.model.eq_data, strict=True)
        ]

    def place(self, position_deg: tuple[float, ...]) -> None:
        """Be there at once, at rest."""
        self._reset(self.model, self.data)
        self.data.qpos[self._at] = np.radians(position_deg)
        for middle, knuckle, (bent, per_turn) in self._middles:
            self.data.qpos[middle] = bent + per_turn * self.data.qpos[knuckle]
        self.data.ctrl[self._drive] = np.radians(position_deg)
        self._forward(self.model, self.data)

    def step(self, setpoint: Setpoint, t_s: float, dt_s: float) -> LimbState:
        """See `Plant`; `dt_s` is rounded to whole steps of the integrator."""
        self.data.ctrl[self._drive] = np.radians(setpoint.position_deg)
        self._mj_step(self.model, self.data, round(dt_s / STEP_S))
        return LimbState(t_s, tuple(np.degrees(self.data.qpos[self._at]).tolist()))
