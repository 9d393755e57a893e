"""A hand of primitives with six drives, like the Ability Hand: four fingers, a thumb that flexes and turns.

Each finger is one drive: the joint at the knuckle, with the middle joint coupled to it as by a four-bar
linkage. Angles as the device counts them: 0 open, 100 closed; the thumb's rotator 0 to -100. Sizes are those
of an adult's hand, ours. Where the thumb's axes lie was sought so that the postures of
`controller.postures` come out as a hand makes them: the thumb's pad meets the index in a pinch, index and
middle in a tripod, the side of the index in a key grip, and lies beside the closed fingers in a fist.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from .parts import (
    ACCENT,
    LIGHT,
    METAL,
    PAD,
    SHELL,
    Body,
    box,
    capsule,
    disc,
    ellipsoid,
    feeler,
    geared,
    hinge,
)

if TYPE_CHECKING:
    import mujoco

FINGERS = ("index", "middle", "ring", "pinky")
JOINTS = (*FINGERS, "thumb_flexor", "thumb_rotator")
FEELERS = tuple(f"{name} {part}" for name in (*FINGERS, "thumb") for part in ("near", "far"))
"""Touch sensors, two for each finger."""
PALM_M = 0.095
GRIP_M = (0.097, 0.023, -0.068)
"""Where small things are gripped, from the wrist: thumb behind it, index and middle in front."""
_PALM_KG = 0.43
"""With the weight of the fingers, which would otherwise be missing at the wrist: see `_bear`."""
_PITCH_M = 0.021
_LENGTHS_M = {
    "index": (0.042, 0.040),
    "middle": (0.046, 0.043),
    "ring": (0.043, 0.041),
    "pinky": (0.035, 0.033),
}
_NEAR_M, _FAR_M = 0.0088, 0.0078
"""Radii."""
COUPLING, BENT_DEG = 0.95, 20.0
"""Turn of a middle joint for a turn of its knuckle, and its bend when the finger is open."""
_ARMATURE = 5e-5
_THUMB_M = (0.0110, 0.0092, 0.0085)
"""Radii of the thumb's parts."""
_ROOT, _TURNS = (0.0226, 0.0241, -0.0198), (0.781, -0.009, -0.624)
_BALL = (0.0009, 0.0298, -0.0194)
_BENDS = (-0.111, 0.107, -0.988)
_MIDDLE, _TIP = (0.0321, 0.0198, -0.0129), (0.0586, 0.0295, -0.0234)
"""The thumb at 0 and 0: its root on the palm and the axis it turns about; its ball, from there, and the axis
it bends about; its middle and tip, from the ball. A right hand: fingers along x, palm towards -z, thumb
+y."""


def add_hand(spec: mujoco.MjSpec, wrist: Body) -> None:
    """A right hand on a wrist."""
    palm = wrist.add_body(name="palm")
    box(palm, (PALM_M / 2 + 0.004, 0.0, 0.0), (PALM_M / 2 - 0.008, 0.038, 0.012), _PALM_KG, SHELL)
    ellipsoid(palm, (0.045, 0.0, 0.006), (0.060, 0.043, 0.016), SHELL)
    ellipsoid(palm, (0.010, 0.0, 0.0), (0.016, 0.034, 0.020), METAL)
    ellipsoid(palm, (0.050, 0.0, 0.020), (0.022, 0.013, 0.003), ACCENT)
    for k, name in enumerate(FINGERS):
        _add_finger(spec, palm, name, (PALM_M, (1.5 - k) * _PITCH_M, 0.0))
    _add_thumb(spec, palm)
    for name in (*(f"{finger}_near" for finger in FINGERS), "thumb_base"):
        _bear(spec.body(name))
    for name in FINGERS:
        spec.add_exclude(bodyname1="palm", bodyname2=f"{name}_near")
    for one, other in pairwise(FINGERS):
        for part in ("near", "far"):
            for another in ("near", "far"):
                spec.add_exclude(bodyname1=f"{one}_{part}", bodyname2=f"{other}_{another}")
    spec.add_exclude(bodyname1="palm", bodyname2="thumb_base")


def _bear(body: Body) -> None:
    """The weight of a finger itself never turns gears that hold: it is left out."""
    body.gravcomp = 1.0
    for child in body.bodies:
        _bear(child)


def _add_finger(spec: mujoco.MjSpec, palm: Body, name: str, at: tuple[float, float, float]) -> None:
    near_m, far_m = _LENGTHS_M[name]
    near = palm.add_body(name=f"{name}_near", pos=at)
    # Closing turns fingertips towards -z: about +y.
    geared(spec, near, name, (0.0, 1.0, 0.0), (0.0, 100.0))
    capsule(near, (0.002, 0.0, 0.0), (near_m, 0.0, 0.0), _NEAR_M, 0.018, SHELL)
    disc(near, (0.0, -0.0078, 0.0), (0.0, 0.0078, 0.0), 0.0104, 0.004, LIGHT)
    far = near.add_body(name=f"{name}_far", pos=[near_m, 0.0, 0.0])
    middle = f"{name} middle"
    hinge(far, middle, (0.0, 1.0, 0.0), 0.0, 130.0, damping=0.001, armature=_ARMATURE)
    disc(far, (0.0, -0.0070, 0.0), (0.0, 0.0070, 0.0), 0.0093, 0.003, LIGHT)
    capsule(far, (0.002, 0.0, 0.0), (far_m, 0.0, 0.0), _FAR_M, 0.012, PAD)
    feeler(near, f"{name} near", (0.002, 0.0, 0.0), (near_m, 0.0, 0.0), _NEAR_M)
    feeler(far, f"{name} far", (0.002, 0.0, 0.0), (far_m, 0.0, 0.0), _FAR_M)
    _couple(spec, name, middle)


def _couple(spec: mujoco.MjSpec, knuckle: str, middle: str) -> None:
    import mujoco
    import numpy as np

    equality = spec.add_equality(
        type=mujoco.mjtEq.mjEQ_JOINT,
        objtype=mujoco.mjtObj.mjOBJ_JOINT,
        name1=middle,
        name2=knuckle,
        solref=[0.005, 1.0],
    )
    equality.data[:5] = [np.radians(BENT_DEG), COUPLING, 0.0, 0.0, 0.0]


def _add_thumb(spec: mujoco.MjSpec, palm: Body) -> None:
    ball_m, near_m, far_m = _THUMB_M
    base = palm.add_body(name="thumb_base", pos=_ROOT)
    # The rotator turns the thumb from beside the hand to below the palm; the device counts it negative.
    geared(spec, base, "thumb_rotator", _TURNS, (-100.0, 0.0))
    capsule(base, (0.0, 0.0, 0.0), _BALL, ball_m, 0.03, METAL)
    tip = base.add_body(name="thumb_tip", pos=_BALL)
    geared(spec, tip, "thumb_flexor", _BENDS, (0.0, 100.0))
    capsule(tip, (0.0, 0.0, 0.0), _MIDDLE, near_m, 0.018, SHELL)
    capsule(tip, _MIDDLE, _TIP, far_m, 0.012, PAD)
    feeler(tip, "thumb near", (0.0, 0.0, 0.0), _MIDDLE, near_m)
    feeler(tip, "thumb far", _MIDDLE, _TIP, far_m)
