"""Where the Ability Hand's own grips end (ours: the vendor says nothing), and their periods (ICD v1.8)."""

from __future__ import annotations

from ..firmware_bridge.ability_hand.codec import JOINTS, Grip

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


def end_of(grip: Grip) -> tuple[float, ...]:
    """Degrees of each joint; those that are not listed open the hand."""
    return _CLOSED.get(grip, OPEN)


def period_s(speed: int) -> float:
    """How long a grip takes: 2 s at 1 to 0.29 s at 254, linear, and 0.2 s at 255."""
    return 0.2 if speed == 255 else 2.0 - (speed - 1) / 253 * (2.0 - 0.29)
