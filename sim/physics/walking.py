"""A powered ankle under a person who walks: the shank is led, the ground pushes, the ankle answers.

Prescribed, from `gait`: the shank's lean, the load and where it stands on the foot. Free: the joints of the
foot, against their drives. What is left out: inertia of the foot against the shank's own motion (about 1 N
m, beside up to 130 N m of the load), the ground as a contact, and any effect of the ankle on the gait. The
height of the ankle follows from the foot that stands on the floor or swings above it; nothing is computed
from it.
"""

from __future__ import annotations

import math

import numpy as np

from ...core.command import LimbState, Setpoint
from ...core.errors import ProfileError
from .gait import STANCE, Gait
from .leg import HEEL_M, SHANK_M, SOLE_M, SPRINGS, TOE_M
from .plant import PhysicsPlant
from .scene import Scene

_CLEARANCE_M = 0.035
"""Between floor and sole in mid-swing; ours."""


class WalkingLeg(PhysicsPlant):
    """See the module. A `Plant` whose `place` begins a stride at heel strike.

    Args:
        joints: of an ankle: ankle, ankle inversion, toe; no knee, whose thigh would have to be led as well.
        gait: None: 80 kg at 100 steps a minute.
        pictured: see `Scene`.

    Raises:
        ProfileError: a joint that is not an ankle's.
        InnervateError: MuJoCo is not installed.
    """

    def __init__(self, joints: tuple[str, ...], gait: Gait | None = None, *, pictured: bool = False) -> None:
        if "ankle" not in joints or not set(joints) <= {"ankle", "ankle inversion", "toe"}:
            raise ProfileError(f"gait: only for ankle, ankle inversion and toe, not for {', '.join(joints)}")
        super().__init__(joints, Scene(joints, led=True, pictured=pictured))
        self.gait = gait or Gait()
        self.stride = 0.0
        self._led = int(self.model.body("base").mocapid[0])
        self._foot = int(self.model.body("foot").id)
        self._ankle_at = joints.index("ankle")
        self._ankle_dof = int(self.model.joint("ankle").dofadr[0])
        self.load_n = self.pitch_deg = self.rate_deg_s = self.moment_nm = 0.0

    def place(self, position_deg: tuple[float, ...]) -> None:
        """Heel strike, with the joints there, at rest."""
        self.stride = 0.0
        super().place(position_deg)
        self._lead()
        self._forward(self.model, self.data)

    @property
    def stance(self) -> bool:
        """The foot is on the ground."""
        return self.stride < STANCE

    @property
    def torque_nm(self) -> float:
        """Of the ankle's drive: positive lifts the toes."""
        lost_nm = SPRINGS["ankle"].slope * self.data.qvel[self._ankle_dof]
        return float(self.data.actuator_force[self._control[self._ankle_at]] - lost_nm)

    def step(self, setpoint: Setpoint, t_s: float, dt_s: float) -> LimbState:
        """See `Plant`; the person walks on."""
        self.stride = (self.stride + dt_s / self.gait.stride_s) % 1.0
        self._lead()
        return super().step(setpoint, t_s, dt_s)

    def settle(self) -> None:
        """The foot where its floor is, after the last step: for a picture."""
        self._lead()
        self._forward(self.model, self.data)

    def _lead(self) -> None:
        """The shank where it is now, and the ground's push on the foot."""
        now = self.gait.at(self.stride)
        self.load_n, self.pitch_deg = now.load * self.gait.weight_n, now.pitch_deg
        self.rate_deg_s = self.gait.rate_deg_s(self.stride)
        # The load stands before the ankle along the floor: it lifts the toes.
        self.moment_nm = self.load_n * now.lever_m
        self.data.qfrc_applied[self._ankle_dof] = self.moment_nm
        pitch = math.radians(now.pitch_deg)
        height = _height(pitch + float(self.data.qpos[self._at[self._ankle_at]]))
        # Turned about -y: the foot in front, the toes up.
        self.data.mocap_quat[self._led] = [math.cos(pitch / 2), 0.0, -math.sin(pitch / 2), 0.0]
        swing = max(0.0, self.stride - STANCE) / (1.0 - STANCE)
        lift = _CLEARANCE_M * math.sin(math.pi * swing)
        knee = [-SHANK_M * math.sin(pitch), 0.0, height + lift + SHANK_M * math.cos(pitch)]
        self.data.mocap_pos[self._led] = np.array(knee)


def _height(toes_up: float) -> float:
    """Of the ankle, when the lowest end of a sole that is turned so touches the floor."""
    return max(-(SOLE_M * math.cos(toes_up) + x * math.sin(toes_up)) for x in (HEEL_M, TOE_M))
