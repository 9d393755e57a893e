"""Where a thing is, seen from the palm, when a hand is about to close on it."""

from __future__ import annotations

from collections.abc import Sequence

from ...core.errors import ProfileError
from .hand import GRIP_M
from .things import KINDS, Thing

Turn = tuple[float, float, float, float]
"""Quaternion w, x, y, z."""
_HALF = 0.7071067811865476
_ALONG_THE_PALM: Turn = (_HALF, -_HALF, 0.0, 0.0)
"""Upright (z) becomes across the palm, towards the thumb (y)."""
_FINGERS_AT_ITS_HANDLES: Turn = (_HALF, 0.0, _HALF, 0.0)
_HELD: dict[str, tuple[tuple[float, float, float], Turn]] = {
    "bottle": ((0.075, 0.0, -0.042), _ALONG_THE_PALM),
    "block": (GRIP_M, (1.0, 0.0, 0.0, 0.0)),
    "card": ((0.118, 0.0416, -0.056), _ALONG_THE_PALM),
    "clothespin": ((GRIP_M[0], GRIP_M[1], GRIP_M[2] - 0.022), _FINGERS_AT_ITS_HANDLES),
}
SUITS = {"bottle": "power", "block": "tripod", "card": "key", "clothespin": "tripod"}
"""The posture that grips it."""


def in_grip(kind: str, palm_m: Sequence[float], turn: Turn, *, fixed: bool = True) -> Thing:
    """A thing in front of a palm that is there and turned so; somebody holds it there, unless it is free.

    Raises:
        ProfileError: no such thing.
    """
    if kind not in _HELD:
        raise ProfileError(f"--object {kind}: not known; allowed: {', '.join(KINDS)}")
    place, own = _HELD[kind]
    x, y, z = (a + b for a, b in zip(palm_m, _rotated(place, turn), strict=True))
    return Thing("held", kind, (x, y, z), _times(turn, own), fixed=fixed)


def _times(a: Turn, b: Turn) -> Turn:
    return (
        a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3],
        a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
        a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1],
        a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0],
    )


def _rotated(place: Sequence[float], turn: Turn) -> tuple[float, float, float]:
    x, y, z = place
    back = (turn[0], -turn[1], -turn[2], -turn[3])
    found = _times(_times(turn, (0.0, x, y, z)), back)
    return found[1], found[2], found[3]
