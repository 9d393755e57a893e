"""Words for building bodies out of primitives with MuJoCo's `MjSpec`. Lengths in metres, masses in kg."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .motors import MOTORS

if TYPE_CHECKING:
    import mujoco

SKIN = (0.80, 0.64, 0.54, 1.0)
SHELL = (0.20, 0.23, 0.27, 1.0)
METAL = (0.58, 0.61, 0.65, 1.0)
LIGHT = (0.78, 0.80, 0.83, 1.0)
PAD = (0.11, 0.12, 0.14, 1.0)
ACCENT = (0.16, 0.62, 0.58, 1.0)

Body = Any
"""A body of an `MjSpec`; the library gives it no type."""

_SOFT = (0.7, 0.95, 0.003, 0.5, 2.0)
"""How contacts of rods give way (MuJoCo's `solimp`): within 3 mm, as rubber does; ours."""
FRICTION = (1.0, 0.01, 0.0005)
"""Sliding, twisting, rolling: of rubber pads on wood or plastic; ours."""


def capsule(
    body: Body,
    start: Sequence[float],
    end: Sequence[float],
    radius: float,
    mass: float,
    rgba: Sequence[float],
    *,
    touches: bool = True,
) -> None:
    """A rounded rod between two points of the body; one that touches nothing may overlap its neighbours."""
    import mujoco

    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_CAPSULE,
        fromto=[*start, *end],
        size=[radius, 0.0, 0.0],
        mass=mass,
        rgba=rgba,
        friction=FRICTION,
        condim=4,
        solimp=_SOFT,
        contype=int(touches),
        conaffinity=int(touches),
    )


def box(
    body: Body,
    at: Sequence[float],
    half: Sequence[float],
    mass: float,
    rgba: Sequence[float],
    turn: Sequence[float] = (1.0, 0.0, 0.0, 0.0),
    *,
    touches: bool = True,
) -> None:
    """A box, by its half lengths; turned by a quaternion."""
    import mujoco

    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_BOX,
        pos=at,
        quat=turn,
        size=half,
        mass=mass,
        rgba=rgba,
        friction=FRICTION,
        condim=4,
        contype=int(touches),
        conaffinity=int(touches),
    )


def disc(
    body: Body,
    start: Sequence[float],
    end: Sequence[float],
    radius: float,
    mass: float,
    rgba: Sequence[float],
) -> None:
    """A cylinder between two points that is seen and touches nothing."""
    import mujoco

    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_CYLINDER,
        fromto=[*start, *end],
        size=[radius, 0.0, 0.0],
        mass=mass,
        rgba=rgba,
        contype=0,
        conaffinity=0,
    )


def ellipsoid(
    body: Body, at: Sequence[float], half: Sequence[float], rgba: Sequence[float], mass: float = 0.0
) -> None:
    """A rounded shape that is seen and touches nothing."""
    import mujoco

    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_ELLIPSOID,
        pos=at,
        size=half,
        mass=mass,
        rgba=rgba,
        contype=0,
        conaffinity=0,
    )


def feeler(body: Body, name: str, start: Sequence[float], end: Sequence[float], radius: float) -> None:
    """A place that feels what presses on the rod inside it. Its sensor has the same name."""
    import mujoco

    body.add_site(
        name=name,
        type=mujoco.mjtGeom.mjGEOM_CAPSULE,
        fromto=[*start, *end],
        size=[radius * 1.25, 0.0, 0.0],
        group=4,
    )


def hinge(
    body: Body,
    name: str,
    axis: Sequence[float],
    least_deg: float,
    most_deg: float,
    *,
    damping: float = 0.0,
    armature: float = 0.0,
) -> None:
    """A joint about an axis through the body's origin, within a range."""
    import mujoco

    body.add_joint(
        name=name,
        type=mujoco.mjtJoint.mjJNT_HINGE,
        axis=axis,
        range=np.radians([least_deg, most_deg]).tolist(),
        limited=True,
        damping=damping,
        armature=armature,
    )


def geared(
    spec: mujoco.MjSpec,
    body: Body,
    joint: str,
    axis: Sequence[float],
    ends_deg: tuple[float, float],
    *,
    torque: bool = False,
) -> None:
    """A joint with a geared motor, its position loop and its lock (`motors`); or one that takes torques."""
    import mujoco

    if torque:
        pushed(spec, body, joint, axis, ends_deg, 0.02)
        return
    motor = MOTORS[joint]
    hinge(body, joint, axis, *ends_deg, damping=motor.slope, armature=motor.inertia_kg_m2)
    sprung(spec, joint, motor.stiffness_nm_rad, 0.0, motor.stall_nm)
    if motor.holds:
        spec.add_equality(
            name=LOCK.format(joint),
            type=mujoco.mjtEq.mjEQ_JOINT,
            objtype=mujoco.mjtObj.mjOBJ_JOINT,
            name1=joint,
            active=False,
            solref=[0.006, 1.0],
        )


def pushed(
    spec: mujoco.MjSpec,
    body: Body,
    joint: str,
    axis: Sequence[float],
    ends_deg: tuple[float, float],
    armature: float,
) -> None:
    """A joint whose drive takes torques, as a virtual moteus has it (`sim.moteus_controller`)."""
    import mujoco

    hinge(body, joint, axis, *ends_deg, damping=_FRICTION_NM_S_RAD, armature=armature)
    spec.add_actuator(name=joint, target=joint, trntype=mujoco.mjtTrn.mjTRN_JOINT).set_to_motor()


_FRICTION_NM_S_RAD = 0.005 * 180.0 / np.pi
LOCK = "lock of {}"
"""Name of the constraint that is a joint's gear."""


def sprung(
    spec: mujoco.MjSpec,
    joint: str,
    stiffness_nm_rad: float,
    damping_nm_s_rad: float,
    torque_nm: float,
) -> None:
    """A drive that can be pushed back: torque towards its set-point, bounded."""
    import mujoco

    actuator = spec.add_actuator(
        name=joint,
        target=joint,
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        forcelimited=True,
        forcerange=[-torque_nm, torque_nm],
    )
    actuator.set_to_position(kp=stiffness_nm_rad, kv=damping_nm_s_rad)
