"""What the virtual Ability Hand's drives are told: by its modes, and by grips of its own.

Where grips end is ours, the vendor says nothing of it; their periods are the ICD's (v1.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..firmware_bridge.ability_hand.codec import JOINTS, Grip, Mode

MAX_DEG_S = (500.0, 500.0, 500.0, 500.0, 500.0, 300.0)
_DRIVE_DEG_S_PER_A = 250.0

OPEN = (0.0,) * JOINTS
_CLOSED = {
    Grip.POWER: (95.0, 95.0, 95.0, 95.0, 60.0, -80.0),
    Grip.KEY: (80.0, 80.0, 80.0, 80.0, 50.0, -20.0),
    Grip.PINCH: (60.0, 0.0, 0.0, 0.0, 55.0, -70.0),
    Grip.FIXED_PINCH: (60.0, 95.0, 95.0, 95.0, 55.0, -70.0),
    Grip.TRIPOD_OPENED: (60.0, 60.0, 0.0, 0.0, 55.0, -75.0),
    Grip.TRIPOD_CLOSED: (60.0, 60.0, 95.0, 95.0, 55.0, -75.0),
    Grip.POINT: (0.0, 95.0, 95.0, 95.0, 60.0, -80.0),
    Grip.HOOK: (95.0, 95.0, 95.0, 95.0, 0.0, 0.0),
}


@dataclass(slots=True)
class Drive:
    """What moves the joints: towards positions at most at a rate, or at velocities."""

    target_deg: tuple[float, ...]
    rate_deg_s: tuple[float, ...] = MAX_DEG_S
    velocity_deg_s: tuple[float, ...] | None = None


def driven(mode: Mode, values: tuple[float, ...], at_deg: Sequence[float]) -> Drive:
    """A control frame of joints that are there."""
    if mode is Mode.POSITION:
        return Drive(values)
    if mode is Mode.VELOCITY:
        speeds = values
    elif mode is Mode.CURRENT:
        speeds = tuple(value * _DRIVE_DEG_S_PER_A for value in values)
    else:
        speeds = tuple(value / 100.0 * most for value, most in zip(values, MAX_DEG_S, strict=True))
    return Drive(tuple(at_deg), MAX_DEG_S, speeds)


def gripping(grip: Grip, speed: int, at_deg: Sequence[float]) -> Drive:
    """A grip of its own, from there: 2 s at speed 1 to 0.29 s at 254, linear; 0.2 s at 255; 0 stops."""
    if speed == 0:
        return Drive(tuple(at_deg))
    goal = _CLOSED.get(grip, OPEN)
    period_s = 0.2 if speed == 255 else 2.0 - (speed - 1) / 253 * (2.0 - 0.29)
    # All arrive together: a thumb that is there first would be in the fingers' way.
    ways = [max(abs(b - a), 1.0) / period_s for a, b in zip(at_deg, goal, strict=True)]
    return Drive(goal, tuple(min(rate, most) for rate, most in zip(ways, MAX_DEG_S, strict=True)))
