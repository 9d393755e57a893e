"""Words for building bodies out of primitives with MuJoCo's `MjSpec`. Lengths in metres, masses in kg."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import mujoco

SKIN = (0.82, 0.67, 0.57, 1.0)
SHELL = (0.20, 0.22, 0.25, 1.0)
METAL = (0.62, 0.64, 0.67, 1.0)
PAD = (0.35, 0.36, 0.40, 1.0)

Body = Any
"""A body of an `MjSpec`; the library gives it no type."""


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
        friction=[1.0, 0.01, 0.001],
        condim=4,
        contype=int(touches),
        conaffinity=int(touches),
    )


def box(body: Body, at: Sequence[float], half: Sequence[float], mass: float, rgba: Sequence[float]) -> None:
    """A box, by its half lengths."""
    import mujoco

    body.add_geom(type=mujoco.mjtGeom.mjGEOM_BOX, pos=at, size=half, mass=mass, rgba=rgba, condim=4)


def hinge(
    body: Body,
    name: str,
    axis: Sequence[float],
    least_deg: float,
    most_deg: float,
    *,
    damping: float = 0.0,
    armature: float = 0.0,
    at: Sequence[float] = (0.0, 0.0, 0.0),
) -> None:
    """A joint about an axis through `at`, within a range."""
    import mujoco

    body.add_joint(
        name=name,
        type=mujoco.mjtJoint.mjJNT_HINGE,
        axis=axis,
        pos=at,
        range=np.radians([least_deg, most_deg]).tolist(),
        limited=True,
        damping=damping,
        armature=armature,
    )


def drive(
    spec: mujoco.MjSpec, joint: str, stiffness_nm_rad: float, damping_nm_s_rad: float, torque_nm: float
) -> None:
    """A position drive: torque towards its set-point, bounded."""
    import mujoco

    actuator = spec.add_actuator(
        name=joint,
        target=joint,
        trntype=mujoco.mjtTrn.mjTRN_JOINT,
        forcelimited=True,
        forcerange=[-torque_nm, torque_nm],
    )
    actuator.set_to_position(kp=stiffness_nm_rad, kv=damping_nm_s_rad)
