"""A hand of primitives with six drives, like the Ability Hand: four fingers, a thumb that flexes and turns.

Sizes are those of an adult's hand, ours. Each finger is one drive: the joint at the knuckle, with the middle
joint coupled to it as by a four-bar linkage. Torques: 0.3 N m at a knuckle is about 4 N at a fingertip 7 cm
away. Angles as the device counts them: 0 open, 100 closed; the thumb's rotator 0 to -100.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .parts import METAL, PAD, SHELL, Body, box, capsule, drive, hinge

if TYPE_CHECKING:
    import mujoco

FINGERS = ("index", "middle", "ring", "pinky")
JOINTS = (*FINGERS, "thumb_flexor", "thumb_rotator")
PALM_M = 0.095
_WIDTH_M = 0.022
_LENGTHS_M = {
    "index": (0.042, 0.046),
    "middle": (0.047, 0.050),
    "ring": (0.044, 0.047),
    "pinky": (0.035, 0.038),
}
_RADIUS_M = 0.009
_COUPLING = 0.9
"""Turn of the middle joint for a turn of the knuckle."""
_BENT_DEG = 15.0
"""Of the middle joint with the finger open."""
_KNUCKLE_NM, _THUMB_NM = 0.35, 0.50
_STIFFNESS, _DAMPING = 2.5, 0.06
_ARMATURE = 3e-4
"""A small motor behind a gear of 649:1 (Ability Hand); the number is ours: stable at 2 ms."""


def add_hand(spec: mujoco.MjSpec, wrist: Body) -> None:
    """A right hand on a wrist: fingers along x, the palm's normal along -z, the thumb on the +y side."""
    palm = wrist.add_body(name="palm", pos=[0.0, 0.0, 0.0])
    box(palm, (PALM_M / 2, 0.0, 0.0), (PALM_M / 2, 0.042, 0.013), 0.25, SHELL)
    for k, name in enumerate(FINGERS):
        across = (1.5 - k) * _WIDTH_M
        _add_finger(spec, palm, name, (PALM_M, across, 0.0))
    _add_thumb(spec, palm)
    for a, b in (("palm", f"{f}_near") for f in FINGERS):
        spec.add_exclude(bodyname1=a, bodyname2=b)
    spec.add_exclude(bodyname1="palm", bodyname2="thumb_base")
    spec.add_exclude(bodyname1="palm", bodyname2="thumb_tip")


def _add_finger(spec: mujoco.MjSpec, palm: Body, name: str, at: tuple[float, float, float]) -> None:
    near_m, far_m = _LENGTHS_M[name]
    near = palm.add_body(name=f"{name}_near", pos=at)
    # Closing turns fingertips towards -z: about +y.
    hinge(near, name, (0.0, 1.0, 0.0), 0.0, 100.0, damping=0.01, armature=_ARMATURE)
    capsule(near, (0.004, 0.0, 0.0), (near_m, 0.0, 0.0), _RADIUS_M, 0.018, METAL)
    far = near.add_body(name=f"{name}_far", pos=[near_m, 0.0, 0.0])
    middle = f"{name} middle"
    hinge(far, middle, (0.0, 1.0, 0.0), 0.0, 120.0, damping=0.004, armature=_ARMATURE / 3)
    capsule(far, (0.002, 0.0, 0.0), (far_m, 0.0, -0.006), _RADIUS_M * 0.85, 0.012, PAD)
    _couple(spec, name, middle)
    drive(spec, name, _STIFFNESS, _DAMPING, _KNUCKLE_NM)


def _couple(spec: mujoco.MjSpec, knuckle: str, middle: str) -> None:
    import mujoco
    import numpy as np

    equality = spec.add_equality(
        type=mujoco.mjtEq.mjEQ_JOINT,
        objtype=mujoco.mjtObj.mjOBJ_JOINT,
        name1=middle,
        name2=knuckle,
        solref=[0.008, 1.0],
    )
    equality.data[:5] = [np.radians(_BENT_DEG), _COUPLING, 0.0, 0.0, 0.0]


def _add_thumb(spec: mujoco.MjSpec, palm: Body) -> None:
    base = palm.add_body(name="thumb_base", pos=[0.022, 0.038, -0.006])
    # The rotator turns the thumb from beside the hand to below the palm; the device counts it negative.
    hinge(base, "thumb_rotator", (1.0, 0.0, 0.0), -100.0, 0.0, damping=0.01, armature=_ARMATURE)
    capsule(base, (0.0, 0.0, 0.0), (0.020, 0.018, 0.0), 0.011, 0.03, METAL)
    tip = base.add_body(name="thumb_tip", pos=[0.020, 0.018, 0.0])
    hinge(tip, "thumb_flexor", (0.35, -0.2, -1.0), 0.0, 100.0, damping=0.01, armature=_ARMATURE)
    capsule(tip, (0.004, 0.004, 0.0), (0.048, 0.026, -0.004), 0.0095, 0.03, PAD)
    drive(spec, "thumb_flexor", _STIFFNESS, _DAMPING, _THUMB_NM)
    drive(spec, "thumb_rotator", _STIFFNESS, _DAMPING, _THUMB_NM)
