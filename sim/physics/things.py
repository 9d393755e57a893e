"""Things to grip, and what they stand on. Lengths in metres, masses in kg. Sizes are ours where none is
named."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...core.errors import ProfileError
from .parts import FRICTION, Body, box

if TYPE_CHECKING:
    import mujoco

_WOOD, _GLASS, _BRASS, _PIN = (
    (0.84, 0.42, 0.20, 1.0),
    (0.20, 0.52, 0.72, 1.0),
    (0.78, 0.66, 0.32, 1.0),
    (0.87, 0.72, 0.45, 1.0),
)
_TABLE = (0.72, 0.70, 0.67, 1.0)
BLOCK_M, BOTTLE_M = 0.025, 0.070
"""Edge of a block (of the box-and-blocks test), half the height of a bottle without its cap."""
KINDS = ("block", "bottle", "clothespin", "card")
_PIN_SPRING_NM_RAD, _PIN_BENT_DEG, _PIN_OPEN_DEG, _PIN_SPLAY_DEG = 0.10, 12.0, 25.0, 14.0
"""Its spring (1 N at the handles begins to open it), bend when closed, and how far it opens; ours."""
_PEG_M = 0.008


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that can be gripped.

    Attributes:
        name: how it is asked about.
        kind: one of `KINDS`.
        at_m: where its middle is at first.
        turn: quaternion (w, x, y, z) at first.
        fixed: it stays where it is, as if held by somebody else.
    """

    name: str
    kind: str
    at_m: tuple[float, float, float]
    turn: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Furniture:
    """A box that stands still: a table, the partition of a box-and-blocks test.

    Attributes:
        at_m: its middle.
        half_m: half lengths.
    """

    at_m: tuple[float, float, float]
    half_m: tuple[float, float, float]


def on_peg(name: str, kind: str, x_m: float, y_m: float, top_m: float) -> tuple[Thing, Furniture]:
    """A block or a bottle that stands on a thin peg: fingers and thumb have room around and under it."""
    half = {"block": BLOCK_M / 2, "bottle": BOTTLE_M}.get(kind)
    if half is None:
        raise ProfileError(f"{kind} cannot stand on a peg; allowed: block, bottle")
    peg = Furniture((x_m, y_m, top_m / 2), (_PEG_M, _PEG_M, top_m / 2))
    return Thing(name, kind, (x_m, y_m, top_m + half)), peg


def add_thing(spec: mujoco.MjSpec, thing: Thing) -> None:
    """Into the world.

    Raises:
        ProfileError: no such kind.
    """
    if thing.kind not in KINDS:
        raise ProfileError(f"--object {thing.kind}: not known; allowed: {', '.join(KINDS)}")
    body = spec.worldbody.add_body(name=thing.name, pos=thing.at_m, quat=thing.turn)
    if not thing.fixed:
        body.add_freejoint(name=thing.name)
    match thing.kind:
        case "block":
            box(body, (0.0, 0.0, 0.0), (BLOCK_M / 2,) * 3, 0.010, _WOOD)
        case "bottle":
            _cylinder(body, (0.0, 0.0, 0.0), 0.027, BOTTLE_M, 0.25, _GLASS)
            _cylinder(body, (0.0, 0.0, 0.083), 0.012, 0.013, 0.01, (0.93, 0.94, 0.95, 1.0))
        case "card":  # a key's blade on a card: 85 x 54 mm, 2 mm thick
            box(body, (0.0, 0.0, 0.0), (0.0425, 0.027, 0.001), 0.006, _BRASS)
        case _:
            _add_pin(spec, thing.name, body)


def add_furniture(spec: mujoco.MjSpec, furniture: Furniture) -> None:
    """Into the world."""
    box(spec.worldbody, furniture.at_m, furniture.half_m, 0.0, _TABLE)


def _add_pin(spec: mujoco.MjSpec, name: str, one: Body) -> None:
    """Two jaws with a spring: pressed together behind the hinge they open in front of it."""
    import mujoco
    import numpy as np

    _add_jaw(one, 1.0)
    other = one.add_body(name=f"{name} jaw")
    other.add_joint(
        name=f"{name} jaw",
        type=mujoco.mjtJoint.mjJNT_HINGE,
        axis=[0.0, 1.0, 0.0],
        range=np.radians([-1.0, _PIN_OPEN_DEG]).tolist(),
        limited=True,
        damping=0.002,
        armature=1e-5,
        stiffness=_PIN_SPRING_NM_RAD,
        springref=np.radians(-_PIN_BENT_DEG),
    )
    _add_jaw(other, -1.0)
    spec.add_exclude(bodyname1=name, bodyname2=f"{name} jaw")


def _add_jaw(body: Body, side: float) -> None:
    """Straight in front of the hinge (+x), where the jaws meet; behind it the handles stand apart."""
    box(body, (0.018, 0.0, side * 0.0032), (0.018, 0.005, 0.003), 0.002, _PIN)
    half = side * math.radians(_PIN_SPLAY_DEG) / 2
    turn = (math.cos(half), 0.0, math.sin(half), 0.0)
    box(body, (-0.019, 0.0, side * 0.0085), (0.021, 0.005, 0.003), 0.002, _PIN, turn)


def _cylinder(
    body: Body,
    at: tuple[float, float, float],
    radius: float,
    half: float,
    mass: float,
    rgba: tuple[float, float, float, float],
) -> None:
    import mujoco

    body.add_geom(
        type=mujoco.mjtGeom.mjGEOM_CYLINDER,
        pos=at,
        size=[radius, half, 0.0],
        mass=mass,
        rgba=rgba,
        friction=FRICTION,
        condim=4,
    )
