"""What the guard's process is told when it starts (written from the profile by `innervate run`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JointSettings:
    """One joint of a device whose joints the patient's limb decides (servos, actuators).

    Attributes:
        name: a key of `limits.JOINTS`: "elbow", "wrist rotation", "ankle", ...
        id: the actuator's number on its bus.
        zero_deg: the actuator's own angle, at the joint, at which the joint is at 0.
        gear: turns of what the actuator measures per turn of the joint; negative turns the sign.
        least_deg, most_deg: the patient's range; both 0 for all that `limits.JOINTS` allows.
        max_torque_nm: the patient's bound, and at most the device's; 0 for the device's default.
        stiffness_share, damping_share: of an impedance: share (0 to 1) of the device's greatest or configured
            gain; 0 for the device's default.
    """

    name: str
    id: int = 1
    zero_deg: float = 0.0
    gear: float = 1.0
    least_deg: float = 0.0
    most_deg: float = 0.0
    max_torque_nm: float = 0.0
    stiffness_share: float = 0.0
    damping_share: float = 0.0


@dataclass(frozen=True, slots=True)
class PartSettings:
    """One device of a limb.

    Attributes:
        device: a key of `devices.DEVICES`.
        port: serial port, preferably /dev/serial/by-id/...; "HOST:PORT" of a device on a network;
            "INTERFACE:CHANNEL" of a CAN bus as python-can names them.
        baud: of the serial port; 0 for the device's default. Of no meaning to a USB adapter.
        joints: of a device whose joints the limb decides; empty for one that brings its own.
        options: what only this device has; its page in docs/limbs says what that is.
    """

    device: str
    port: str
    baud: int = 0
    joints: tuple[JointSettings, ...] = ()
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class GaitSettings:
    """How a leg knows whether weight is on it. Shares of body weight as in the Open Source Leg's walking
    example (neurobionics/opensourceleg @f4aa150: early swing below 15 %, late stance above 25 %).

    Attributes:
        port: of the gait board (docs/limbs/gait-board.md); empty: there is none, and muscle signals never
            move a leg's joint.
        body_weight_kg: the patient's.
        unloaded_share: below this share of body weight there is no weight on the limb.
        loaded_share: above this share there is.
        sensor: "load" for a load cell, "imu" for a shank's turning rate alone.
        swing_deg_s: "imu": the shank turns forward faster than this only in swing.
    """

    port: str = ""
    baud: int = 460_800
    body_weight_kg: float = 0.0
    unloaded_share: float = 0.10
    loaded_share: float = 0.25
    sensor: str = "load"
    swing_deg_s: float = 100.0


@dataclass(frozen=True, slots=True)
class InputSettings:
    """A button or switch that the kernel shows as an input device (evdev; a GPIO by the gpio-key overlay).

    Attributes:
        path: /dev/input/by-path/... or by-id.
        key: number of the key (linux/input-event-codes.h); 0 for any.
        press, hold, double: verbs asked for by a short press, one of a second or more, and two in .5 s; empty
            for none.
    """

    path: str
    key: int = 0
    press: str = "stop"
    hold: str = "release"
    double: str = ""


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Everything the guard needs.

    Attributes:
        parts: the devices of the limb; their joints, in this order, are the limb's.
        runtime_dir: folder of the ring and the sockets of this limb; made when it is missing.
        max_rate_deg_s: the patient's bound for every joint.
        range_deg: (least, most) per joint in the limb's order; empty for the devices' own.
        neutral_deg: leg only: where an ankle returns to when it is unloaded (shoe heel height).
        max_grip_n: a finger that meets this force closes no further; 0: as the device likes.
        gait: leg only: see `GaitSettings`.
        inputs: buttons.
        grips: names a person may ask for, in the order "next" goes through.
        flight_minutes: length of the flight log; 0: none.
    """

    parts: tuple[PartSettings, ...]
    runtime_dir: str
    max_rate_deg_s: float = 120.0
    range_deg: tuple[tuple[float, float], ...] = ()
    neutral_deg: float = 0.0
    max_grip_n: float = 0.0
    gait: GaitSettings = GaitSettings()
    inputs: tuple[InputSettings, ...] = ()
    grips: tuple[str, ...] = ()
    flight_minutes: float = 0.0
