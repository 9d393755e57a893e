"""The world of a limb: floor, light, base, limb, and the things around it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...core.errors import ProfileError
from ...core.extras import optional
from .arm import JOINTS as ARM_JOINTS
from .arm import UPPER_M, add_arm
from .hand import FEELERS, add_hand
from .hand import JOINTS as HAND_JOINTS
from .leg import JOINTS as LEG_JOINTS
from .leg import SHANK_M, add_leg
from .parts import Body, sprung
from .studio import add_studio
from .things import Furniture, Thing, add_furniture, add_thing

if TYPE_CHECKING:
    import mujoco

STEP_S = 0.002
"""Of the integrator: implicit in velocities."""
KNOWN_JOINTS = (*HAND_JOINTS, *ARM_JOINTS, *LEG_JOINTS)
SLIDES = ("carried x", "carried y", "carried z")
"""The joints of a carried base."""
_FOOT_ROOM_M = 0.12
"""Between the floor and the foot of somebody who sits: it turns freely."""
_CARRIER = (3000.0, 250.0, 60.0)
"""Stiffness, damping and greatest force of what carries a limb; ours."""
WORDS = "virtual limbs with weight need"


@dataclass(frozen=True, slots=True)
class Scene:
    """What is in the world.

    Attributes:
        joints: of the limb, in its order. things, furniture: around it. at_m: of the base (a shoulder, an
        elbow, the socket of a leg, the wrist of a hand alone); None: in the air. roll_deg, pitch_deg: how
        the base of an arm or hand is turned: rolled by 90 the thumb is up, pitched by
            90 the fingers point down.
        carried: the base is moved, as by the rest of the arm; nothing of the limb has a weight then.
        led: the base is put where it is to be, whatever pushes on it.
        torque: drives of legs, elbows and wrists take torques.
        step_s: of the integrator.
        pictured: made for pictures: a studio instead of a bare floor.
    """

    joints: tuple[str, ...]
    things: tuple[Thing, ...] = ()
    furniture: tuple[Furniture, ...] = ()
    at_m: tuple[float, float, float] | None = None
    roll_deg: float = 0.0
    pitch_deg: float = 0.0
    carried: bool = False
    led: bool = False
    torque: bool = False
    step_s: float = STEP_S
    pictured: bool = False

    @property
    def is_leg(self) -> bool:
        """One with an ankle or a knee."""
        return bool(set(LEG_JOINTS) & set(self.joints))


def built(scene: Scene) -> mujoco.MjSpec:
    """The world.

    Raises:
        ProfileError: a joint that no model has, or a thing.
        InnervateError: MuJoCo is not installed.
    """
    mujoco = optional("mujoco", WORDS, "sim")
    for joint in scene.joints:
        if joint not in KNOWN_JOINTS:
            raise ProfileError(
                f"virtual limb: no model has a joint {joint!r}; allowed: {', '.join(KNOWN_JOINTS)}"
            )
    spec = mujoco.MjSpec()
    spec.option.timestep = scene.step_s
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    if scene.things:
        # What is held must not creep out of the grip.
        spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
        spec.option.impratio = 10.0
    spec.compiler.degree = False
    add_studio(spec) if scene.pictured else _add_room(spec)
    base = _add_base(spec, scene)
    if scene.is_leg:
        add_leg(spec, base, scene.joints, torque=scene.torque)
    elif {"elbow", *ARM_JOINTS[:3]} & set(scene.joints):
        add_arm(spec, base, scene.joints, torque=scene.torque)
    else:
        add_hand(spec, base)
    for furniture in scene.furniture:
        add_furniture(spec, furniture)
    for thing in scene.things:
        add_thing(spec, thing)
    if not scene.is_leg:
        for name in FEELERS:
            spec.add_sensor(
                name=name, type=mujoco.mjtSensor.mjSENS_TOUCH, objtype=mujoco.mjtObj.mjOBJ_SITE, objname=name
            )
    if scene.carried:
        _lift(base)
    return spec


def _add_room(spec: mujoco.MjSpec) -> None:
    import mujoco

    spec.worldbody.add_light(
        pos=[0.6, -0.9, 1.6], dir=[-0.45, 0.55, -1.0], diffuse=[0.75, 0.74, 0.72], castshadow=True
    )
    spec.worldbody.add_light(
        pos=[-0.8, 0.6, 1.2], dir=[0.6, -0.4, -0.8], diffuse=[0.28, 0.32, 0.38], castshadow=False
    )
    spec.worldbody.add_geom(
        name="floor", type=mujoco.mjtGeom.mjGEOM_PLANE, size=[3.0, 3.0, 0.1], rgba=[0.90, 0.92, 0.94, 1.0]
    )


def _add_base(spec: mujoco.MjSpec, scene: Scene) -> Body:
    at = scene.at_m
    if at is None:
        arm = (0.0, 0.0, UPPER_M + 0.25) if "elbow" in scene.joints else (0.0, 0.0, 0.25)
        at = (0.0, 0.0, SHANK_M + 0.08 + _FOOT_ROOM_M) if scene.is_leg else arm
    base = spec.worldbody.add_body(name="base", pos=at)
    if not scene.is_leg:
        base.quat = _turned(scene.roll_deg, scene.pitch_deg)
    if scene.carried:
        _carry(spec, base)
    base.mocap = scene.led
    return base


def _turned(roll_deg: float, pitch_deg: float) -> list[float]:
    """Quaternion: rolled about +x (thumb up), then pitched about +y (fingers down)."""
    r, p = math.radians(roll_deg) / 2, math.radians(pitch_deg) / 2
    cr, sr, cp, sp = math.cos(r), math.sin(r), math.cos(p), math.sin(p)
    return [cp * cr, cp * sr, sp * cr, -sp * sr]


def _carry(spec: mujoco.MjSpec, base: Body) -> None:
    """Slides along the world's axes, whichever way the body is turned, and what moves them."""
    import mujoco

    stiffness, damping, force = _CARRIER
    turned = [float(value) for value in base.quat]
    for k, name in enumerate(SLIDES):
        axis = _rotated_back(turned, [float(k == i) for i in range(3)])
        base.add_joint(name=name, type=mujoco.mjtJoint.mjJNT_SLIDE, axis=axis, armature=2.0)
        sprung(spec, name, stiffness, damping, force)


def _rotated_back(quat: list[float], axis: list[float]) -> list[float]:
    """A world's axis in the frame of a body turned by `quat`."""
    import mujoco
    import numpy as np

    back, found = np.zeros(4), np.zeros(3)
    mujoco.mju_negQuat(back, np.array(quat))
    mujoco.mju_rotVecQuat(found, np.array(axis), back)
    return [float(value) for value in found]


def _lift(body: Body) -> None:
    """No weight, for this body and all on it."""
    body.gravcomp = 1.0
    for child in body.bodies:
        _lift(child)
