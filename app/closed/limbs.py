"""The limb that a virtual patient of each level wears: devices, joints, and what movements do to them."""

from __future__ import annotations

from ...controller.postures import targets
from ...controller.settings import LimbPart
from ...core.errors import ProfileError
from ...firmware_bridge.devices import part_model
from ...firmware_bridge.limits import LimbModel, combined
from ...firmware_bridge.settings import JointSettings, PartSettings

_HAND = PartSettings("ability-hand", "")
_WRIST = (JointSettings("wrist rotation", id=1), JointSettings("wrist flexion", id=2))
_ELBOW = JointSettings("elbow", id=3)
_ANKLE = (JointSettings("ankle", id=1), JointSettings("ankle inversion", id=2))
_KNEE = JointSettings("knee", id=3)
_LIMBS: dict[str, tuple[PartSettings, ...]] = {
    "transradial": (_HAND, PartSettings("dynamixel", "", joints=_WRIST)),
    "transhumeral": (_HAND, PartSettings("dynamixel", "", joints=(*_WRIST, _ELBOW))),
    "shoulder": (_HAND, PartSettings("dynamixel", "", joints=(*_WRIST, _ELBOW))),
    "transtibial": (PartSettings("moteus", "", joints=_ANKLE),),
    "transfemoral": (PartSettings("moteus", "", joints=(*_ANKLE, _KNEE)),),
}
LEVELS = tuple(_LIMBS)
"""Levels of amputation that virtual patients have."""


def worn_at(level: str) -> tuple[tuple[LimbPart, ...], LimbModel]:
    """The limb of that level, for the mapper and for the governor.

    Raises:
        ProfileError: no such level.
    """
    if level not in _LIMBS:
        raise ProfileError(f"--patient {level}: not known; allowed: {', '.join(LEVELS)}")
    models = tuple(part_model(part) for part in _LIMBS[level])
    parts = tuple(
        LimbPart(part.device, model.joint_names) for part, model in zip(_LIMBS[level], models, strict=True)
    )
    return parts, combined(models)


def moves_of(parts: tuple[LimbPart, ...], movements: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Movement -> joint -> where it takes that joint: what a wearer has learned of their limb."""
    found: dict[str, dict[str, float]] = {}
    for movement in movements:
        made: dict[str, float] = {}
        for part in parts:
            for joint, deg in targets(part.device, part.joints, movement).items():
                made.setdefault(joint, deg)
        if made:
            found[movement] = made
    return found
