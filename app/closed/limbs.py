"""The limb that a virtual patient of each level wears: devices, joints, and what movements do to them."""

from __future__ import annotations

from ...calibration.tasks.dofs import Dof, Space
from ...controller.postures import targets
from ...controller.settings import LimbPart
from ...core.errors import ProfileError
from ...core.movements import DOFS
from ...firmware_bridge.devices import limb_model, part_model
from ...firmware_bridge.limits import LimbModel
from ...firmware_bridge.settings import GuardSettings, JointSettings, PartSettings

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
    worn = _LIMBS[level]
    parts = tuple(LimbPart(part.device, part_model(part).joint_names) for part in worn)
    return parts, limb_model(GuardSettings(worn, runtime_dir=""))


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


def space_of(parts: tuple[LimbPart, ...], movements: tuple[str, ...]) -> Space:
    """The degrees of freedom that these movements can drive both ways on this limb."""
    moves = moves_of(parts, movements)
    dofs = tuple(
        Dof(name, moves[least], moves[most])
        for name, (least, most) in DOFS.items()
        if least in moves and most in moves
    )
    return Space(dofs, tuple(joint for part in parts for joint in part.joints))


def driving(space: Space) -> tuple[str, ...]:
    """The movements that drive these degrees of freedom, both ways: what a posture test needs."""
    return tuple(movement for dof in space.dofs for movement in DOFS[dof.name])
