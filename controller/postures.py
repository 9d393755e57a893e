"""Where movements lead: postures of hands in their own joint order, and angles of single joints. Degrees."""

from __future__ import annotations

from dataclasses import dataclass

POSTURES: dict[str, dict[str, tuple[float, ...]]] = {
    # Ability Hand order and signs (ICD: fingers flex 0 to 100, the rotator opposes 0 to -100).
    "ability-hand": {
        "open": (5.0, 5.0, 5.0, 5.0, 5.0, -10.0),
        "power": (85.0, 85.0, 85.0, 85.0, 55.0, -75.0),
        "pinch": (58.0, 10.0, 10.0, 10.0, 48.0, -85.0),
        "tripod": (58.0, 58.0, 10.0, 10.0, 50.0, -80.0),
        "key": (75.0, 80.0, 85.0, 85.0, 45.0, -20.0),
        "point": (5.0, 85.0, 85.0, 85.0, 55.0, -70.0),
    },
    # little, ring, middle, index, thumb, thumb rotation; percent closed.
    "inspire-rh56": {
        "open": (5.0, 5.0, 5.0, 5.0, 5.0, 10.0),
        "power": (90.0, 90.0, 90.0, 90.0, 60.0, 80.0),
        "pinch": (10.0, 10.0, 10.0, 62.0, 55.0, 90.0),
        "tripod": (10.0, 10.0, 62.0, 62.0, 55.0, 85.0),
        "key": (90.0, 90.0, 85.0, 80.0, 50.0, 20.0),
        "point": (90.0, 90.0, 90.0, 5.0, 60.0, 75.0),
    },
    # thumb, index, middle, ring, little, thumb rotation; percent closed.
    "covvi": {
        "open": (5.0, 5.0, 5.0, 5.0, 5.0, 10.0),
        "power": (60.0, 90.0, 90.0, 90.0, 90.0, 80.0),
        "pinch": (55.0, 62.0, 10.0, 10.0, 10.0, 90.0),
        "tripod": (55.0, 62.0, 62.0, 10.0, 10.0, 85.0),
        "key": (50.0, 80.0, 85.0, 90.0, 90.0, 20.0),
        "point": (60.0, 5.0, 90.0, 90.0, 90.0, 75.0),
    },
    # One drive: as far as it goes. The clinical hand behind it knows one grip at a time.
    "virtual-electrode": {"open": (-1e9,), "power": (1e9,)},
}

OPEN_HAND: dict[str, dict[str, float]] = {
    "open": {"thumb": 5, "index": 5, "middle": 5, "ring": 5, "little": 5, "thumb rotation": 10},
    "power": {"thumb": 60, "index": 90, "middle": 90, "ring": 90, "little": 90, "thumb rotation": 80},
    "pinch": {"thumb": 55, "index": 62, "middle": 10, "ring": 10, "little": 10, "thumb rotation": 90},
    "tripod": {"thumb": 55, "index": 62, "middle": 62, "ring": 10, "little": 10, "thumb rotation": 85},
    "key": {"thumb": 50, "index": 80, "middle": 85, "ring": 90, "little": 90, "thumb rotation": 20},
    "point": {"thumb": 60, "index": 5, "middle": 90, "ring": 90, "little": 90, "thumb rotation": 75},
}
"""Of a hand built of servos, by joint; those that it lacks are left out."""

MOVES: dict[str, tuple[str, float]] = {
    # movement: joint, and where it goes; the guard stops it at the patient's range
    "elbow flexion": ("elbow", 130.0),
    "elbow extension": ("elbow", 5.0),
    "pronation": ("wrist rotation", -80.0),
    "supination": ("wrist rotation", 80.0),
    "wrist flexion": ("wrist flexion", 60.0),
    "wrist extension": ("wrist flexion", -60.0),
    "radial deviation": ("wrist deviation", 15.0),
    "ulnar deviation": ("wrist deviation", -15.0),
    "dorsiflexion": ("ankle", 10.0),
    "plantarflexion": ("ankle", -15.0),
    "inversion": ("ankle inversion", 8.0),
    "eversion": ("ankle inversion", -8.0),
    "knee flexion": ("knee", 60.0),
    "knee extension": ("knee", 0.0),
    "toe flexion": ("toe", -5.0),
    "toe extension": ("toe", 30.0),
}
"""Movements of single joints."""


@dataclass(frozen=True, slots=True)
class Later:
    """Joints that close after the others of a posture, and open before them.

    Attributes:
        joints: whichever of these the hand has.
        closing_deg: they start once none of the others has farther to go than this.
        opening_deg: opening from the posture, the others start once none of these has farther to go.
    """

    joints: tuple[str, ...]
    closing_deg: float = 10.0
    opening_deg: float = 25.0


_THUMB = ("thumb", "thumb_flexor")

LATER: dict[str, Later] = {
    # The thumb lies on the side of the index finger, or over the closed fingers: they must be there first.
    # The two widths are ours, not measured on a real hand.
    "key": Later(_THUMB),
    "point": Later(_THUMB),
}
"""Postures that are made in two stages; the joints of all others arrive together."""

REACHED_DEG = {"ankle": 2.0}
"""A joint counts as there when it is this close; others within `REACHED_HAND_DEG`."""
REACHED_HAND_DEG = 8.0
"""A small part of the way there from rest."""


def targets(device: str, joints: tuple[str, ...], movement: str) -> dict[str, float]:
    """joint -> degrees to which this movement takes a device; empty when the device cannot make it."""
    posture = POSTURES.get(device, {}).get(movement)
    if posture is not None:
        return dict(zip(joints, posture, strict=True))
    if movement in MOVES:
        joint, deg = MOVES[movement]
        return {joint: deg} if joint in joints else {}
    if movement in OPEN_HAND and "index" in joints and device not in POSTURES:
        return {joint: deg for joint, deg in OPEN_HAND[movement].items() if joint in joints}
    return {}


def later_joints(movement: str, joints: tuple[str, ...]) -> tuple[str, ...]:
    """Of these joints, those that close after the others of the posture."""
    later = LATER.get(movement)
    return tuple(joint for joint in joints if joint in later.joints) if later is not None else ()


def known_movements() -> tuple[str, ...]:
    """Every movement that some limb can make, sorted."""
    hands = {name for postures in POSTURES.values() for name in postures}
    return tuple(sorted(hands | OPEN_HAND.keys() | MOVES.keys()))


def reached_deg(joint: str) -> float:
    """How close counts as there."""
    return REACHED_DEG.get(joint, REACHED_HAND_DEG)
