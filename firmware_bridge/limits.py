"""What each joint may be asked to do at most. Ceilings stand here; a profile only tightens them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from ..core.errors import ProfileError
from .settings import GuardSettings, JointSettings

HEARTBEAT_S = 0.010
HAND_DEADMAN_S, LEG_DEADMAN_S = 0.060, 0.025
LAPSE_SHARE = 0.8
"""Of a device's watchdog: after so long a gap it may have acted, and the limb may be elsewhere. Silence
counts from then on too; shorter ones happen: a busy Linux delivers serial bytes late."""
NO_WATCHDOG_LAPSE_S = 0.240
"""The same of a device without one: as long as that of the Ability Hand."""


@dataclass(frozen=True, slots=True)
class JointLimits:
    """Bounds of one joint's set-point.

    Attributes:
        name: as the mapper and the page call it.
        least_deg, most_deg: range.
        max_rate_deg_s: fastest set-point.
        max_acceleration_deg_s2: how quickly the set-point may gather speed.
        max_braking_deg_s2: how quickly it may lose speed. Stopping is quicker than starting.
        closing: +1 or -1: the sign in which a finger closes; 0 for a joint that closes on nothing.
    """

    name: str
    least_deg: float
    most_deg: float
    max_rate_deg_s: float
    max_acceleration_deg_s2: float
    max_braking_deg_s2: float
    closing: int = 0


def finger(name: str) -> JointLimits:
    """A finger of a hand: 0 is open, 100 closed.

    Degrees for the Ability Hand (API guide, ICD v1.8), percent where a hand has no angles. The quickest grip
    closes in 0.2 s, about 500 deg/s: stay below. Gathering speed at 4000 deg/s^2 takes 40 ms to 150 deg/s;
    braking stops 400 deg/s within one heartbeat.
    """
    return JointLimits(name, 0.0, 100.0, 400.0, 4000.0, 40_000.0, closing=1)


LEG_JOINTS = frozenset({"ankle", "ankle inversion", "knee", "toe"})
"""Joints at which a fall is the hazard."""

JOINTS = {
    limits.name: limits
    for limits in (
        JointLimits("elbow", 0.0, 140.0, 120.0, 600.0, 6000.0),
        JointLimits("wrist rotation", -170.0, 170.0, 180.0, 1800.0, 9000.0),
        JointLimits("wrist flexion", -70.0, 70.0, 120.0, 1200.0, 6000.0),
        JointLimits("wrist deviation", -20.0, 20.0, 90.0, 900.0, 4500.0),
        # Dorsiflexion positive. Within the range of powered ankles (about 25 down, 15 up). A slow, postural
        # rate: this limb follows intent when unloaded, it does not push off. At 20 deg/s it moves less than 2
        # degrees in the first 100 ms after a fault: 40 ms until it is noticed, and what it lags behind.
        JointLimits("ankle", -20.0, 15.0, 20.0, 300.0, 3000.0),
        JointLimits("ankle inversion", -10.0, 10.0, 20.0, 300.0, 2000.0),
        JointLimits("knee", 0.0, 110.0, 90.0, 600.0, 4500.0),
        JointLimits("toe", -10.0, 40.0, 60.0, 600.0, 3000.0),
        *map(finger, ("thumb", "index", "middle", "ring", "little")),
        JointLimits("thumb rotation", 0.0, 100.0, 250.0, 4000.0, 40_000.0),
    )
}
"""name -> ceilings of a joint that a servo or an actuator drives, whatever device it is."""


@dataclass(frozen=True, slots=True)
class LimbModel:
    """One device, or all devices of a limb, as the guard knows them.

    Attributes:
        device: key of `devices.DEVICES`; of several, joined by "+".
        joints: in the order of the device's frames, device after device.
        deadman_s: no valid command for so long: the loop counts as lost.
        device_watchdog_s: the device's own time-out, the second net; 0: it has none.
        release_deg: where a release goes; the patient's neutral on an ankle.
        release_rate_deg_s: how fast.
        hot_c: hotter than this is a fault; infinite where the device does not say how hot it is.
        regrip_s: how long the gesture lasts by which it changes its own grips; 0: there is none.
    """

    device: str
    joints: tuple[JointLimits, ...]
    deadman_s: float
    device_watchdog_s: float
    release_deg: tuple[float, ...]
    release_rate_deg_s: float
    hot_c: float = math.inf
    regrip_s: float = 0.0
    heartbeat_s: float = HEARTBEAT_S

    @property
    def leg(self) -> bool:
        """True where a fall is the hazard."""
        return any(joint.name in LEG_JOINTS for joint in self.joints)

    @property
    def joint_names(self) -> tuple[str, ...]:
        """In device order."""
        return tuple(joint.name for joint in self.joints)

    @property
    def lapse_s(self) -> float:
        """A gap after which the device may have acted by itself, and a silence that is a fault."""
        watchdog_s = self.device_watchdog_s
        return LAPSE_SHARE * watchdog_s if watchdog_s else NO_WATCHDOG_LAPSE_S

    def tightened(self, settings: GuardSettings) -> LimbModel:
        """This model within the patient's bounds.

        Raises:
            ProfileError: a bound that is not a number, is wider than the device's, or leaves no room.
        """
        if not (math.isfinite(settings.max_rate_deg_s) and settings.max_rate_deg_s > 0):
            raise ProfileError(f"safety.max_rate_deg_s = {settings.max_rate_deg_s}: must be above 0")
        ranges = settings.range_deg or tuple((j.least_deg, j.most_deg) for j in self.joints)
        if len(ranges) != len(self.joints):
            raise ProfileError(
                f"safety.range_deg lists {len(ranges)} joints, {self.device} has {len(self.joints)}: "
                + ", ".join(self.joint_names)
            )
        joints = tuple(
            within(j, least, most, "safety.range_deg", settings.max_rate_deg_s)
            for j, (least, most) in zip(self.joints, ranges, strict=True)
        )
        release_deg = list(self.release_deg)
        for i, joint in enumerate(joints):
            if joint.name == "ankle":
                if not joint.least_deg <= settings.neutral_deg <= joint.most_deg:
                    raise ProfileError(
                        f"safety.neutral_deg = {settings.neutral_deg}: "
                        f"{joint.name} allows {joint.least_deg} to {joint.most_deg}"
                    )
                release_deg[i] = settings.neutral_deg
            release_deg[i] = min(max(release_deg[i], joint.least_deg), joint.most_deg)
        rate_deg_s = min(self.release_rate_deg_s, settings.max_rate_deg_s)
        return replace(self, joints=joints, release_deg=tuple(release_deg), release_rate_deg_s=rate_deg_s)


def within(
    joint: JointLimits, least_deg: float, most_deg: float, key: str, rate_deg_s: float = math.inf
) -> JointLimits:
    """The joint within a narrower range and below a rate.

    Raises:
        ProfileError: the range is wider than the joint's, or leaves no room; names `key`.
    """
    if not (joint.least_deg <= least_deg < most_deg <= joint.most_deg):
        raise ProfileError(
            f"{key} of {joint.name} = {least_deg} to {most_deg}: "
            f"the device allows {joint.least_deg} to {joint.most_deg}"
        )
    return replace(
        joint, least_deg=least_deg, most_deg=most_deg, max_rate_deg_s=min(joint.max_rate_deg_s, rate_deg_s)
    )


def joint_of(settings: JointSettings, device: str) -> JointLimits:
    """The ceilings of a joint that an actuator drives, within what its settings say.

    Raises:
        ProfileError: no such joint, or a range wider than the joint's.
    """
    limits = JOINTS.get(settings.name)
    if limits is None:
        raise ProfileError(
            f"limb.joints: {device} cannot drive a {settings.name!r}; allowed: {', '.join(JOINTS)}"
        )
    if settings.least_deg == settings.most_deg == 0.0:
        return limits
    return within(limits, settings.least_deg, settings.most_deg, "limb.joints")


def combined(models: tuple[LimbModel, ...]) -> LimbModel:
    """One limb of several devices, in this order.

    The strictest deadman counts for all; each device keeps its own watchdog, see `lines.LimbLines`.
    """
    if len(models) == 1:
        return models[0]
    watchdogs = [model.device_watchdog_s for model in models]
    return LimbModel(
        device="+".join(model.device for model in models),
        joints=tuple(joint for model in models for joint in model.joints),
        deadman_s=min(model.deadman_s for model in models),
        device_watchdog_s=0.0 if 0.0 in watchdogs else min(watchdogs),
        release_deg=tuple(deg for model in models for deg in model.release_deg),
        release_rate_deg_s=min(model.release_rate_deg_s for model in models),
        regrip_s=max(model.regrip_s for model in models),
    )
