"""`innervate render`: a picture of a virtual limb in a posture, as its physics has it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..controller.postures import later_joints, targets
from ..controller.settings import LimbPart
from ..core.command import Setpoint
from ..core.errors import ProfileError
from ..firmware_bridge.devices import part_model
from ..firmware_bridge.settings import PartSettings
from ..sim.physics.grip import SUITS, Turn, in_grip
from ..sim.physics.picture import View, check_drawing, draw, save
from ..sim.physics.plant import PhysicsPlant
from ..sim.physics.scene import Scene
from ..sim.physics.walking import WalkingLeg
from .closed.limbs import LEVELS, worn_at

STEP_S = 0.010
_CLOSES_S, _SETTLES_S = 0.8, 0.6
_DEVICES = ("ability-hand", "moteus-ankle")
_REST_DEG = {"elbow": 90.0, "wrist rotation": 75.0, "knee": 80.0, "thumb_rotator": -10.0}
"""Of joints that no posture names; others are at 0."""
_UPRIGHT_DEG = 90.0
"""Turn of the forearm that holds a thing upright: the thumb is up."""
STRIDE = {"heel-strike": 0.02, "mid-stance": 0.25, "push-off": 0.50, "swing": 0.80}
"""Postures of an ankle whose wearer walks: share of a stride."""
_HAND, _ARM, _LEG, _WALK = View(-128.0, -14.0), View(-118.0, -8.0), View(148.0, -8.0), View(112.0, -6.0)


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """What is drawn.

    Attributes:
        limb: a level (`closed.limbs.LEVELS`) or a device.
        posture: postures and movements, joined by "+"; empty: at rest, or what suits the object.
        thing: to grip (`sim.physics.things.KINDS`); empty: nothing.
        width, height: pixels.
    """

    limb: str
    posture: str = ""
    thing: str = ""
    width: int = 640
    height: int = 480


def render(options: RenderOptions, out: Path) -> None:
    """Pose the limb and write its picture.

    Raises:
        InnervateError: no such limb, posture or thing; no MuJoCo; nothing that can draw; not writable.
    """
    check_drawing()
    plant, view = posed(options)
    save(draw(plant, view, options.width, options.height), out)


def posed(options: RenderOptions) -> tuple[PhysicsPlant, View]:
    """The limb after it has gone there, and where it is seen from.

    Raises:
        ProfileError: no such limb, posture or thing.
    """
    parts = _parts(options.limb)
    joints = tuple(joint for part in parts for joint in part.joints)
    names = [name for name in options.posture.split("+") if name]
    if "ankle" in joints:
        if options.thing:
            raise ProfileError(f"--object {options.thing}: {options.limb} has no hand")
        return _leg(joints, parts, names)
    names = names or ([SUITS.get(options.thing, "open")])
    turned = _UPRIGHT_DEG if options.thing else _REST_DEG["wrist rotation"]
    roll = 0.0 if "wrist rotation" in joints else turned
    view = _ARM if "elbow" in joints else _HAND
    goal = _goal(joints, parts, names)
    if options.thing and "wrist rotation" in joints:
        goal["wrist rotation"] = turned
    scene = Scene(joints, roll_deg=roll, pictured=True)
    plant = PhysicsPlant(joints, scene)
    start = {**goal, **_ready(goal)} if options.thing else goal
    plant.place(tuple(start[joint] for joint in joints))
    if options.thing:
        palm = plant.data.body("palm")
        w, x, y, z = (float(value) for value in palm.xquat)
        turn: Turn = (w, x, y, z)
        thing = in_grip(options.thing, [float(value) for value in palm.xpos], turn)
        plant = PhysicsPlant(joints, Scene(joints, (thing,), roll_deg=roll, pictured=True))
        plant.place(tuple(start[joint] for joint in joints))
    last = {joint for name in names for joint in later_joints(name, joints)}
    _go(plant, start, goal, last)
    return plant, view


def _parts(limb: str) -> tuple[LimbPart, ...]:
    if limb in LEVELS:
        return worn_at(limb)[0]
    if limb in _DEVICES:
        return (LimbPart(limb, part_model(PartSettings(limb, "")).joint_names),)
    raise ProfileError(f"--limb {limb}: not known; allowed: {', '.join((*LEVELS, *_DEVICES))}")


def _goal(joints: tuple[str, ...], parts: tuple[LimbPart, ...], names: list[str]) -> dict[str, float]:
    """Joint -> angle in the end."""
    found = {joint: _REST_DEG.get(joint, 0.0) for joint in joints}
    for name in names:
        moves: dict[str, float] = {}
        for part in parts:
            moves |= targets(part.device, part.joints, name)
        if not moves:
            raise ProfileError(f"--posture {name}: this limb does not make it ({', '.join(joints)})")
        found |= moves
    return found


def _ready(goal: dict[str, float]) -> dict[str, float]:
    """Fingers open, the thumb already turned: nothing is in the thing's way."""
    return {joint: 5.0 for joint in ("index", "middle", "ring", "pinky", "thumb_flexor") if joint in goal}


def _leg(joints: tuple[str, ...], parts: tuple[LimbPart, ...], names: list[str]) -> tuple[PhysicsPlant, View]:
    strides = [name for name in names if name in STRIDE]
    goal = _goal(joints, parts, [name for name in names if name not in STRIDE])
    angles = tuple(goal[joint] for joint in joints)
    if not strides:
        plant = PhysicsPlant(joints, Scene(joints, pictured=True))
        plant.place(angles)
        _go(plant, goal, goal, set())
        return plant, _LEG
    walker = WalkingLeg(joints, pictured=True)
    walker.place(angles)
    still = Setpoint(angles, (0.0,) * len(joints))
    # The first stride begins at rest: the second one is drawn.
    steps = round((1.0 + STRIDE[strides[-1]]) * walker.gait.stride_s / STEP_S)
    for k in range(steps):
        walker.step(still, k * STEP_S, STEP_S)
    walker.settle()
    return walker, _WALK


def _go(plant: PhysicsPlant, start: dict[str, float], goal: dict[str, float], last: set[str]) -> None:
    """All joints arrive together, but for those that come last."""
    steps, more = round(_CLOSES_S / STEP_S), round(_SETTLES_S / STEP_S)
    for k in range(2 * steps + more):
        shares = {False: min(k / steps, 1.0), True: min(max(k / steps - 1.0, 0.0), 1.0)}
        at = tuple(start[j] + (goal[j] - start[j]) * shares[j in last] for j in plant.joints)
        plant.step(Setpoint(at, (0.0,) * len(at)), k * STEP_S, STEP_S)
