"""A virtual limb that weighs something: `sim.plant.Plant` on MuJoCo.

One model for closed loops in simulated time, for virtual firmware on a real wire and for pictures. Motors of
arm and hand: `motors` and `touching`; those of a leg are springs that the body's weight can push back: `leg`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...core.command import LimbState, Setpoint
from ...core.extras import optional
from .motors import MOTORS
from .scene import WORDS, Scene, built
from .touching import Touching

if TYPE_CHECKING:
    import mujoco


class PhysicsPlant:
    """See `sim.plant.Plant`. Same start and set-points, same bits.

    Args:
        joints: of the limb, in its order.
        scene: the world around it; None: nothing, a leg hangs as of somebody who sits.

    Raises:
        ProfileError: a joint that no model has.
        InnervateError: MuJoCo is not installed.
    """

    model: mujoco.MjModel
    data: mujoco.MjData

    def __init__(self, joints: tuple[str, ...], scene: Scene | None = None) -> None:
        mujoco = optional("mujoco", WORDS, "sim")
        self._mj_step = mujoco.mj_step
        self._forward, self._reset = mujoco.mj_forward, mujoco.mj_resetData
        self.joints = joints
        self.scene = scene or Scene(joints)
        self.model = built(self.scene).compile()
        self.data = mujoco.MjData(self.model)
        model = self.model
        self._at = np.array([int(model.joint(name).qposadr[0]) for name in joints], int)
        self._control = np.array([int(model.actuator(name).id) for name in joints], int)
        ranges = np.array([model.joint(name).range for name in joints]).reshape(-1, 2)
        self._least, self._most = ranges[:, 0].copy(), ranges[:, 1].copy()
        holding = tuple(name for name in joints if name in MOTORS and MOTORS[name].holds)
        self._holding = np.array([joints.index(name) for name in holding], int)
        self.touching = Touching(model, holding) if holding else None
        amperes = [MOTORS[name].stall_a / MOTORS[name].stall_nm if name in MOTORS else 0.0 for name in joints]
        self._a_nm = np.array(amperes)
        self._says_current = any(amperes)
        self._nothing, self._free = (0.0,) * len(joints), (False,) * len(joints)
        self._middles = _coupled(model)

    def place(self, position_deg: tuple[float, ...]) -> None:
        """Be there at once, at rest."""
        self._reset(self.model, self.data)
        if self.touching is not None:
            self.touching.rest(self.data)
        at = np.radians(position_deg)
        self.data.qpos[self._at] = at
        for middle, knuckle, bent, per_turn in self._middles:
            self.data.qpos[middle] = bent + per_turn * self.data.qpos[knuckle]
        self.data.ctrl[self._control] = at
        self._forward(self.model, self.data)

    def step(self, setpoint: Setpoint, t_s: float, dt_s: float) -> LimbState:
        """See `Plant`; `dt_s` is rounded to whole steps of the integrator."""
        self.advance(np.radians(setpoint.position_deg), dt_s)
        return self.state(t_s)

    def advance(self, wanted: NDArray[np.float64], dt_s: float) -> None:
        """Let time pass.

        Args:
            wanted: [joints] rad; where a joint ends its drive does not go on.
        """
        wanted = np.minimum(np.maximum(wanted, self._least), self._most)
        self.data.ctrl[self._control] = wanted
        if self.touching is not None:
            self.touching.look(self.data, wanted[self._holding], dt_s)
        self._mj_step(self.model, self.data, max(1, round(dt_s / self.scene.step_s)))

    def push(self, torque_nm: Sequence[float], dt_s: float) -> None:
        """Let time pass under torques, in a scene whose drives take those."""
        self.data.ctrl[self._control] = torque_nm
        self._mj_step(self.model, self.data, max(1, round(dt_s / self.scene.step_s)))

    def angles(self) -> NDArray[np.float64]:
        """[joints] where they are, rad."""
        found: NDArray[np.float64] = self.data.qpos[self._at]
        return found

    def state(self, t_s: float) -> LimbState:
        """What the limb says: forces and halts where it has fingers, currents where it has gears."""
        position = tuple(np.degrees(self.data.qpos[self._at]).tolist())
        if not self._says_current:
            return LimbState(t_s, position)
        current = tuple((self.data.actuator_force[self._control] * self._a_nm).tolist())
        touching = self.touching
        if touching is None:
            return LimbState(t_s, position, current)
        if not self.data.ncon and not touching.busy:
            return LimbState(t_s, position, current, self._free, force_n=self._nothing)
        force, halted = list(self._nothing), list(self._free)
        forces, halts = touching.force_n(self.data).tolist(), touching.halted.tolist()
        for i, at in enumerate(self._holding.tolist()):
            force[at], halted[at] = forces[i], halts[i]
        return LimbState(t_s, position, current, tuple(halted), force_n=tuple(force))


def _coupled(model: mujoco.MjModel) -> list[tuple[int, int, float, float]]:
    """(address of a middle joint, of its knuckle, bend at 0, turn per turn)."""
    found = []
    for one, other, data in zip(model.eq_obj1id, model.eq_obj2id, model.eq_data, strict=True):
        if other >= 0:
            middle, knuckle = model.joint(int(one)), model.joint(int(other))
            found.append((int(middle.qposadr[0]), int(knuckle.qposadr[0]), float(data[0]), float(data[1])))
    return found
