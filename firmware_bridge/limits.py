"""What each device may be asked to do at most. Ceilings stand here; a profile only tightens them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ..core.errors import ProfileError
from .settings import GuardSettings


@dataclass(frozen=True, slots=True)
class JointLimits:
    """Bounds of one joint's set-point.

    Attributes:
        name: as the mapper and the page call it.
        least_deg, most_deg: range.
        max_rate_deg_s: fastest set-point.
        max_acceleration_deg_s2: how quickly the set-point may gather speed.
        max_braking_deg_s2: how quickly it may lose speed. Stopping is quicker than starting.
    """

    name: str
    least_deg: float
    most_deg: float
    max_rate_deg_s: float
    max_acceleration_deg_s2: float
    max_braking_deg_s2: float


@dataclass(frozen=True, slots=True)
class LimbModel:
    """One device as the guard knows it.

    Attributes:
        device: key of `LIMBS`.
        joints: in the order of the device's frames.
        leg: True where a fall is the hazard.
        deadman_s: no valid command for so long: the loop counts as lost.
        device_watchdog_s: the device's own time-out, the second net.
        release_deg: where a release goes; the patient's neutral on an ankle.
        release_rate_deg_s: how fast.
        min_baud: slower than this the wire cannot carry a frame and its reply every heartbeat.
    """

    device: str
    joints: tuple[JointLimits, ...]
    leg: bool
    deadman_s: float
    device_watchdog_s: float
    release_deg: tuple[float, ...]
    release_rate_deg_s: float
    min_baud: int
    heartbeat_s: float = 0.010

    @property
    def joint_names(self) -> tuple[str, ...]:
        """In device order."""
        return tuple(joint.name for joint in self.joints)

    def tightened(self, settings: GuardSettings) -> LimbModel:
        """This model within the patient's bounds.

        Raises:
            ProfileError: a bound that is not a number, is wider than the device's, or leaves no room.
        """
        if not (math.isfinite(settings.max_rate_deg_s) and settings.max_rate_deg_s > 0):
            raise ProfileError(f"safety.max_rate_deg_s = {settings.max_rate_deg_s}: must be above 0")
        if 0 < settings.baud < self.min_baud:
            raise ProfileError(
                f"limb.baud = {settings.baud}: too slow for a frame and its reply every heartbeat",
                f"{self.device} wants at least {self.min_baud}",
            )
        ranges = settings.range_deg or tuple((j.least_deg, j.most_deg) for j in self.joints)
        if len(ranges) != len(self.joints):
            raise ProfileError(
                f"safety.range_deg lists {len(ranges)} joints, {self.device} has {len(self.joints)}: "
                + ", ".join(self.joint_names)
            )
        joints = tuple(
            _tightened(j, least, most, settings.max_rate_deg_s)
            for j, (least, most) in zip(self.joints, ranges, strict=True)
        )
        release_deg = tuple(self.release_deg)
        if self.leg:
            release_deg = (settings.neutral_deg,) * len(joints)
            for joint in joints:
                if not joint.least_deg <= settings.neutral_deg <= joint.most_deg:
                    raise ProfileError(
                        f"safety.neutral_deg = {settings.neutral_deg}: "
                        f"{joint.name} allows {joint.least_deg} to {joint.most_deg}"
                    )
        release_deg = tuple(
            min(max(deg, j.least_deg), j.most_deg) for deg, j in zip(release_deg, joints, strict=True)
        )
        rate_deg_s = min(self.release_rate_deg_s, settings.max_rate_deg_s)
        return replace(self, joints=joints, release_deg=release_deg, release_rate_deg_s=rate_deg_s)


def _tightened(joint: JointLimits, least_deg: float, most_deg: float, rate_deg_s: float) -> JointLimits:
    if not (joint.least_deg <= least_deg < most_deg <= joint.most_deg):
        raise ProfileError(
            f"safety.range_deg of {joint.name} = {least_deg} to {most_deg}: "
            f"the device allows {joint.least_deg} to {joint.most_deg}"
        )
    return replace(
        joint, least_deg=least_deg, most_deg=most_deg, max_rate_deg_s=min(joint.max_rate_deg_s, rate_deg_s)
    )


def _finger(name: str) -> JointLimits:
    # 0 to 100 degrees: API guide (ICD v1.8). The quickest grip closes in 0.2 s, about 500 deg/s: stay below.
    # Gathering speed at 4000 deg/s^2 takes 40 ms to 150 deg/s; braking stops 400 deg/s within one heartbeat.
    return JointLimits(name, 0.0, 100.0, 400.0, 4000.0, 40_000.0)


ABILITY_HAND = LimbModel(
    device="ability-hand",
    joints=(
        _finger("index"),
        _finger("middle"),
        _finger("ring"),
        _finger("pinky"),
        _finger("thumb_flexor"),
        JointLimits("thumb_rotator", -100.0, 0.0, 250.0, 4000.0, 40_000.0),
    ),
    leg=False,
    deadman_s=0.060,
    device_watchdog_s=0.300,  # ICD v1.8: leaves API mode, "may be accompanied by undesired movement"
    release_deg=(5.0, 5.0, 5.0, 5.0, 5.0, -5.0),  # open, short of the end stops
    release_rate_deg_s=60.0,
    min_baud=115_200,  # 17 bytes out and 74 back, 10 bits each, every 10 ms, and stuffing
)

MOTEUS_ANKLE = LimbModel(
    device="moteus-ankle",
    # Dorsiflexion positive. Within the range of powered ankles (about 25 down, 15 up). A slow, postural rate:
    # this limb follows intent when unloaded, it does not push off.
    joints=(JointLimits("ankle", -20.0, 15.0, 60.0, 600.0, 3000.0),),
    leg=True,
    deadman_s=0.025,
    device_watchdog_s=0.100,  # we write it into every position frame
    release_deg=(0.0,),
    release_rate_deg_s=15.0,
    min_baud=1200,  # a USB adapter: the number means nothing to it
)

LIMBS = {model.device: model for model in (ABILITY_HAND, MOTEUS_ANKLE)}


def limb_model(settings: GuardSettings) -> LimbModel:
    """The device the settings name, within the settings' bounds.

    Raises:
        ProfileError: no such device, or bounds it does not allow.
    """
    model = LIMBS.get(settings.device)
    if model is None:
        raise ProfileError(f"limb.device = {settings.device!r}: not known; allowed: {', '.join(LIMBS)}")
    return model.tightened(settings)
