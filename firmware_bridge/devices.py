"""Every device a limb can be made of: what it is, how it is opened, and what mends it. One entry each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TypeVar, cast

from ..core.errors import ProfileError
from ..core.options import parse_options
from .limb import Limb
from .limits import (
    HAND_DEADMAN_S,
    LEG_DEADMAN_S,
    LEG_JOINTS,
    JointLimits,
    LimbModel,
    combined,
    finger,
    joint_of,
)
from .settings import GuardSettings, JointSettings, PartSettings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Device:
    """What is true of every one of its kind.

    Attributes:
        module: below this package; `open_limb(PartSettings) -> Limb` is in it, and is imported when used.
        joints: its own, in the order of its frames; empty when the patient's limb decides (`limb.joints`).
        watchdog_s: its own time-out; 0 when it has none, and then it drives no leg.
        baud: default of its serial port; 0 where it has none.
        min_baud: slower than this the wire cannot carry a frame and its reply every heartbeat.
        release_deg: where a release goes, of its own joints; others go to 0.
        release_rate_deg_s: how fast.
        hint: what mends one that does not answer.
        hot_c: hotter than this is a fault.
        feels: it says what force its fingers meet.
        blind: nobody knows where its joint is.
        regrip_s: it keeps its own grips, and changes them by a gesture of this length, where
            `limb.options.grip_change` names one.
        default_joints: of a device of the patient's joints, when none are listed.
    """

    module: str
    watchdog_s: float
    hint: str
    joints: tuple[JointLimits, ...] = ()
    baud: int = 0
    min_baud: int = 1200
    release_deg: tuple[float, ...] = ()
    release_rate_deg_s: float = 60.0
    hot_c: float = math.inf
    feels: bool = False
    blind: bool = False
    regrip_s: float = 0.0
    default_joints: tuple[JointSettings, ...] = ()


_OPEN_HAND = (5.0, 5.0, 5.0, 5.0, 5.0)
"""Short of the end stops."""

DEVICES: dict[str, Device] = {
    "ability-hand": Device(
        module="ability_hand.device",
        joints=(
            *map(finger, ("index", "middle", "ring", "pinky", "thumb_flexor")),
            JointLimits("thumb_rotator", -100.0, 0.0, 250.0, 4000.0, 40_000.0),
        ),
        watchdog_s=0.300,  # ICD v1.8: leaves API mode, "may be accompanied by undesired movement"
        baud=460_800,
        min_baud=115_200,  # 17 bytes out and 74 back, 10 bits each, every 10 ms, and stuffing
        release_deg=(*_OPEN_HAND, -5.0),
        feels=True,
        hint="is it on, at this baud rate, with UART and stuffing on (We16, We46, We47)?",
    ),
    "moteus-ankle": Device(
        module="moteus.device",
        watchdog_s=0.100,  # we write it into every position frame
        baud=115_200,  # a USB adapter: the number means nothing to it
        release_rate_deg_s=15.0,
        hot_c=75.0,
        default_joints=(JointSettings("ankle"),),
        hint="is it powered, is the adapter an fdcanusb, and is its CAN id right?",
    ),
    "moteus": Device(
        module="moteus.device",
        watchdog_s=0.100,
        baud=115_200,
        release_rate_deg_s=15.0,
        hot_c=75.0,
        hint="is it powered, is the adapter an fdcanusb, and are the CAN ids right?",
    ),
    "dynamixel": Device(
        module="dynamixel.device",
        watchdog_s=0.100,  # register 98, 5 x 20 ms; set when it is opened
        baud=1_000_000,
        min_baud=57_600,
        hot_c=70.0,  # the servo shuts itself off at 70 to 80 (register 31)
        hint="are the servos powered, at this baud rate, with these ids?",
    ),
    "inspire-rh56": Device(
        module="inspire.device",
        joints=tuple(
            replace(finger(name), max_rate_deg_s=120.0)  # SPEED_SET 1000: the whole travel in 0.8 s
            for name in ("little", "ring", "middle", "index", "thumb", "thumb rotation")
        ),
        watchdog_s=0.0,  # none is documented: the last target is held
        baud=115_200,
        min_baud=115_200,
        release_deg=(*_OPEN_HAND, 5.0),
        hot_c=65.0,
        feels=True,
        hint="is it powered, at this baud rate, and is its id 1?",
    ),
    "cubemars": Device(
        module="cubemars.device",
        watchdog_s=0.0,  # none is documented in MIT mode: the drive keeps the last command
        hot_c=80.0,
        hint="is the drive powered, is the bus up at 1 Mbit/s, and are the ids right?",
    ),
    "covvi": Device(
        module="covvi.device",
        joints=tuple(
            replace(finger(name), max_rate_deg_s=100.0)  # what we take its full speed for: none is published
            for name in ("thumb", "index", "middle", "ring", "little", "thumb rotation")
        ),
        watchdog_s=0.0,
        release_deg=(*_OPEN_HAND, 5.0),
        hint="is the hand powered and its ECI box on this network? limb.port is HOST or HOST:4267",
    ),
    "virtual-electrode": Device(
        module="virtual_electrode.device",
        # Not a position: it drives what its travel would be. As far round as it likes, in percent.
        joints=(JointLimits("hand", -1e9, 1e9, 400.0, 4000.0, 40_000.0, closing=1),),
        watchdog_s=0.100,
        baud=460_800,
        min_baud=115_200,
        release_deg=(-1e9,),  # nobody knows where it is: it opens until the release's time is over
        release_rate_deg_s=60.0,
        blind=True,
        regrip_s=0.550,  # virtual_electrode.levels.REGRIP_S
        hint="is the board powered and does it run our firmware?",
    ),
}


def part_model(part: PartSettings) -> LimbModel:
    """What the guard knows of one device, before the patient's bounds.

    Raises:
        ProfileError: no such device, joints it cannot have, or a leg on a device without a watchdog.
    """
    device = DEVICES.get(part.device)
    if device is None:
        raise ProfileError(f"limb.device = {part.device!r}: not known; allowed: {', '.join(DEVICES)}")
    if 0 < part.baud < device.min_baud:
        raise ProfileError(
            f"limb.baud = {part.baud}: too slow for a frame and its reply every heartbeat",
            f"{part.device} wants at least {device.min_baud}",
        )
    if device.joints:
        if part.joints:
            raise ProfileError(f"limb.joints: {part.device} brings its own; none may be listed")
        joints = device.joints
    else:
        wanted = joints_of(part)
        if not wanted:
            raise ProfileError(
                f"limb.joints: {part.device} drives the joints that are listed here, and none is"
            )
        joints = tuple(joint_of(joint, part.device) for joint in wanted)
    leg = any(joint.name in LEG_JOINTS for joint in joints)
    if leg and not device.watchdog_s:
        raise ProfileError(
            f"limb.device = {part.device!r}: has no watchdog of its own, so it may not drive a leg",
            "use a moteus",
        )
    return LimbModel(
        device=part.device,
        joints=joints,
        deadman_s=LEG_DEADMAN_S if leg else HAND_DEADMAN_S,
        device_watchdog_s=device.watchdog_s,
        release_deg=device.release_deg or (0.0,) * len(joints),
        release_rate_deg_s=device.release_rate_deg_s,
        hot_c=device.hot_c,
        regrip_s=device.regrip_s if ("grip_change", "co-contraction") in part.options else 0.0,
    )


def joints_of(part: PartSettings) -> tuple[JointSettings, ...]:
    """The joints that a device of the patient's joints drives."""
    return part.joints or DEVICES[part.device].default_joints


def part_models(settings: GuardSettings) -> tuple[LimbModel, ...]:
    """Each device of a limb, in order.

    Raises:
        ProfileError: as `part_model`; no device, or two joints of one name.
    """
    if not settings.parts:
        raise ProfileError("limb: no device")
    models = tuple(map(part_model, settings.parts))
    names = [name for model in models for name in model.joint_names]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ProfileError(f"limb: the joint {twice[0]!r} is there twice")
    return models


def limb_model(settings: GuardSettings) -> LimbModel:
    """The limb that the settings name, within the settings' bounds.

    Raises:
        ProfileError: no such device, or bounds it does not allow.
    """
    if settings.max_grip_n and not any(map(_feels, settings.parts)):
        raise ProfileError(
            f"safety.max_grip_n = {settings.max_grip_n:g}: no device of this limb says what its fingers meet",
            "take it out; an Ability Hand says it with touch in its reply (limb.options.reply)",
        )
    model = combined(part_models(settings))
    _refuse_what_means_nothing(settings, model)
    return model.tightened(settings)


def _refuse_what_means_nothing(settings: GuardSettings, model: LimbModel) -> None:
    """Settings that a device cannot follow are refused, not passed over."""
    blind = {
        joint for part in settings.parts if DEVICES[part.device].blind for joint in part_model(part).joints
    }
    for joint, given in zip(model.joints, settings.range_deg, strict=False):
        if joint in blind and given != (joint.least_deg, joint.most_deg):
            raise ProfileError(
                f"safety.range_deg of {joint.name} = {given[0]:g} to {given[1]:g}: nobody knows where it is",
                "take it out; other joints have least_deg and most_deg in limb.also.joints",
            )
    if blind and settings.grips:
        raise ProfileError(
            f"grips = {', '.join(settings.grips)}: a hand behind a virtual electrode keeps its own grips",
            "take it out; with limb.options.grip_change, 'next' is asked for",
        )
    if settings.neutral_deg and "ankle" not in model.joint_names:
        raise ProfileError(f"safety.neutral_deg = {settings.neutral_deg:g}: this limb has no ankle")
    if settings.gait.port and not model.leg:
        raise ProfileError(f"safety.gait.port = {settings.gait.port!r}: this limb is not a leg")


def _feels(part: PartSettings) -> bool:
    device = DEVICES.get(part.device)
    return device is not None and device.feels and ("reply", "current-velocity") not in part.options


def with_default_baud(part: PartSettings) -> PartSettings:
    """The same, with the device's own baud rate where none is given."""
    return part if part.baud else replace(part, baud=DEVICES[part.device].baud)


def part_options(kind: type[T], part: PartSettings) -> T:
    """A device's own options as the dataclass `kind`.

    Raises:
        ProfileError: names the option, the value and what is allowed.
    """
    return parse_options(kind, part.options, "limb.options", part.device)


def open_part(part: PartSettings) -> Limb:
    """Open one device's port. It is not asked to move.

    Raises:
        LimbNotFound, LimbBusy, LimbError: it cannot be opened.
        ProfileError: settings it does not allow.
    """
    module = import_module(f".{DEVICES[part.device].module}", __package__)
    opener = cast(Callable[[PartSettings], Limb], module.open_limb)
    return opener(with_default_baud(part))
