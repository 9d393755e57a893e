"""Shank and foot of primitives with an ankle of two axes; knee and toe where the limb has them.

Masses and sizes are those of a powered ankle with a shoe, ours: foot 0.9 kg and 26 cm. Torques: a person of
80 kg asks up to 1.6 N m/kg of an ankle (Winter), so that it has 140 N m; free speeds of 400 deg/s: ours. All
of these can be pushed back.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .parts import (
    ACCENT,
    LIGHT,
    METAL,
    PAD,
    SHELL,
    SKIN,
    Body,
    box,
    capsule,
    ellipsoid,
    hinge,
    pushed,
    sprung,
)

if TYPE_CHECKING:
    import mujoco

SHANK_M, THIGH_M = 0.40, 0.30
HEEL_M, TOE_M, SOLE_M = -0.065, 0.185, -0.078
"""Of the sole, from the ankle: its ends along the foot, its height."""
JOINTS = ("ankle", "ankle inversion", "knee", "toe")
_BREAK_M = 0.115
"""Where the foot bends at the toes."""


@dataclass(frozen=True, slots=True)
class Spring:
    """A drive of a leg.

    Attributes:
        stiffness_nm_rad, damping_nm_s_rad: of its position loop.
        torque_nm: at standstill, at most.
        free_deg_s: speed at which no torque is left.
    """

    stiffness_nm_rad: float
    damping_nm_s_rad: float
    torque_nm: float
    free_deg_s: float = 400.0

    @property
    def slope(self) -> float:
        """Torque that a rad/s costs."""
        return self.torque_nm / math.radians(self.free_deg_s)


SPRINGS = {
    "ankle": Spring(320.0, 6.0, 140.0),
    "ankle inversion": Spring(160.0, 3.0, 40.0),
    "knee": Spring(260.0, 6.0, 120.0),
    "toe": Spring(20.0, 0.3, 8.0),
}


def add_leg(spec: mujoco.MjSpec, base: Body, joints: tuple[str, ...], *, torque: bool = False) -> None:
    """Those of knee, ankle, ankle inversion and toe that `joints` names, at a base that is the socket.

    Args:
        torque: drives take a torque instead of an angle, and are as `sim.moteus_controller` has them.
    """
    shank = base
    if "knee" in joints:
        capsule(base, (-THIGH_M, 0.0, 0.0), (-0.05, 0.0, 0.0), 0.062, 3.0, SKIN, touches=False)
        capsule(base, (0.0, -0.03, 0.0), (0.0, 0.03, 0.0), 0.036, 0.4, METAL, touches=False)
        # The thigh of somebody seated lies along -x; at 90 degrees of flexion the shank hangs.
        shank = base.add_body(name="shank", quat=[0.7071068, 0.0, -0.7071068, 0.0])
        _joint(spec, shank, "knee", (0.0, 1.0, 0.0), (-5.0, 120.0), 0.05, torque)
        capsule(shank, (0.0, 0.0, -0.05), (0.0, 0.0, -0.20), 0.042, 1.2, SHELL, touches=False)
    else:
        capsule(base, (0.0, 0.0, 0.06), (0.0, 0.0, -0.06), 0.054, 1.5, SKIN, touches=False)
        capsule(base, (0.0, 0.0, -0.08), (0.0, 0.0, -0.18), 0.046, 0.5, SHELL, touches=False)
    ellipsoid(shank, (0.0, 0.0, -0.20), (0.050, 0.050, 0.010), ACCENT)
    capsule(shank, (0.0, 0.0, -0.18), (0.0, 0.0, -SHANK_M + 0.03), 0.017, 0.4, LIGHT, touches=False)
    ankle = shank.add_body(name="ankle", pos=[0.0, 0.0, -SHANK_M])
    capsule(ankle, (0.0, -0.024, 0.0), (0.0, 0.024, 0.0), 0.026, 0.2, METAL, touches=False)
    # Dorsiflexion lifts the toes (+x): about -y.
    _joint(spec, ankle, "ankle", (0.0, -1.0, 0.0), (-40.0, 30.0), 0.02, torque)
    foot = ankle.add_body(name="foot")
    if "ankle inversion" in joints:
        # Inversion (positive) turns the sole of this right foot to the left, +y.
        _joint(spec, foot, "ankle inversion", (-1.0, 0.0, 0.0), (-20.0, 20.0), 0.01, torque)
    _add_foot(spec, foot, joints, torque=torque)


def _joint(
    spec: mujoco.MjSpec,
    body: Body,
    name: str,
    axis: tuple[float, float, float],
    ends_deg: tuple[float, float],
    armature: float,
    torque: bool,
) -> None:
    if torque:
        pushed(spec, body, name, axis, ends_deg, armature)
        return
    spring = SPRINGS[name]
    hinge(body, name, axis, *ends_deg, damping=spring.slope, armature=armature)
    sprung(spec, name, spring.stiffness_nm_rad, spring.damping_nm_s_rad, spring.torque_nm)


def _add_foot(spec: mujoco.MjSpec, foot: Body, joints: tuple[str, ...], *, torque: bool) -> None:
    middle, half = (HEEL_M + _BREAK_M) / 2, (_BREAK_M - HEEL_M) / 2
    box(foot, (middle, 0.0, SOLE_M + 0.012), (half, 0.040, 0.012), 0.45, PAD)
    ellipsoid(foot, (0.035, 0.0, -0.045), (0.095, 0.036, 0.034), SHELL, 0.20)
    ellipsoid(foot, (-0.030, 0.0, -0.040), (0.036, 0.032, 0.036), SHELL, 0.05)
    toes = foot
    at = 0.0
    if "toe" in joints:
        toes = foot.add_body(name="toes", pos=[_BREAK_M, 0.0, SOLE_M + 0.014])
        _joint(spec, toes, "toe", (0.0, -1.0, 0.0), (-20.0, 45.0), 0.001, torque)
        at = -_BREAK_M
    low = SOLE_M + 0.012 if toes is foot else -0.002
    box(toes, ((_BREAK_M + TOE_M) / 2 + at, 0.0, low), ((TOE_M - _BREAK_M) / 2, 0.042, 0.012), 0.15, PAD)
    ellipsoid(toes, (_BREAK_M + 0.028 + at, 0.0, low + 0.008), (0.045, 0.039, 0.018), SHELL, 0.05)
