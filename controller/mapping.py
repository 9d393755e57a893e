"""From a movement to the joints of one limb.

A movement is a posture the limb goes towards for as long as the person wants it, at the speed the person
wants; at rest it stays where it is (sequential proportional control of posture).
"""

from __future__ import annotations

from ..core.errors import ProfileError
from ..core.movements import REST

POSTURES: dict[str, dict[str, tuple[float, ...]]] = {
    # Ability Hand order and signs (ICD: fingers flex 0 to 100, the rotator opposes 0 to -100), degrees.
    "ability-hand": {
        "open": (5.0, 5.0, 5.0, 5.0, 5.0, -10.0),
        "power": (85.0, 85.0, 85.0, 85.0, 55.0, -75.0),
        "pinch": (58.0, 10.0, 10.0, 10.0, 48.0, -85.0),
        "tripod": (58.0, 58.0, 10.0, 10.0, 50.0, -80.0),
        "key": (75.0, 80.0, 85.0, 85.0, 45.0, -20.0),
        "point": (5.0, 85.0, 85.0, 85.0, 55.0, -70.0),
    },
    # One joint, dorsiflexion positive, degrees. Range as in `firmware_bridge.limits`.
    "moteus-ankle": {
        "dorsiflexion": (10.0,),
        "plantarflexion": (-15.0,),
    },
}

REACHED_DEG = {"ability-hand": 8.0, "moteus-ankle": 2.0}
"""A posture counts as reached when every joint is this close: a small part of the way there from rest."""


class Mapper:
    """Turns (movement, speed) into targets and rates for one device.

    Args:
        device: a key of `POSTURES`.
        classes: the decoder's classes; those without a posture are held and reported as unmapped.
        max_rate_deg_s: rate of the joint that travels furthest, at full speed.
    """

    def __init__(self, device: str, classes: tuple[str, ...], max_rate_deg_s: float) -> None:
        try:
            postures = POSTURES[device]
        except KeyError:
            raise ProfileError(f"limb device {device!r}: not known; allowed: {', '.join(POSTURES)}") from None
        self._targets = [postures.get(name) for name in classes]
        self._max_rate_deg_s = max_rate_deg_s
        self._hold = (0.0,) * len(next(iter(postures.values())))
        self.unmapped = tuple(c for c in classes if c not in postures and c != REST)
        if not any(self._targets):
            raise ProfileError(
                f"limb device {device!r} has no joint for any of the movements {', '.join(classes)}",
                f"it can do {', '.join(postures)}",
            )

    def is_mapped(self, class_index: int) -> bool:
        """False for rest, and for a movement this limb has no joint for."""
        return self._targets[class_index] is not None

    def command(
        self, class_index: int, speed: float, setpoint_deg: tuple[float, ...] | None
    ) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """(target_deg, rate_deg_s) for the guard.

        The joint that has furthest to go moves at speed x max_rate; the others at rates with which all arrive
        together, so a grip keeps its shape on the way. Without a set-point (the guard has not spoken yet),
        and for rest and unmapped movements, everything holds.
        """
        target = self._targets[class_index]
        if target is None or speed <= 0.0 or setpoint_deg is None:
            return setpoint_deg or self._hold, self._hold
        travel = [abs(t - s) for t, s in zip(target, setpoint_deg, strict=True)]
        furthest = max(travel)
        if furthest < 1e-6:
            # There already. Rates of zero would tell the guard that the person rests, which they do not.
            return target, (speed * self._max_rate_deg_s,) * len(target)
        scale = speed * self._max_rate_deg_s / furthest
        return target, tuple(d * scale for d in travel)
