"""What the guard is told when it starts. Written by whoever starts it, read strictly."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AnkleSettings:
    """How one moteus drives the ankle joint.

    Attributes:
        actuator_id: CAN id of the controller.
        gear: revolutions the controller counts per joint revolution; negative where it counts downwards.
        stiffness_scale: kp scale, 0 to 1, of the gain that is configured in the controller.
        damping_scale: kd scale, 0 to 1.
        max_torque_nm: most torque the controller may apply at its output.
    """

    actuator_id: int = 1
    gear: float = 1.0
    stiffness_scale: float = 0.8
    damping_scale: float = 1.0
    max_torque_nm: float = 20.0


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """Everything the guard needs to know of one limb.

    Attributes:
        device: a key of `limits.LIMBS`: "ability-hand" or "moteus-ankle".
        port: serial port, such as /dev/ttyUSB0 or a pseudo-terminal.
        runtime_dir: folder for sockets and telemetry; made (0700) when it is missing.
        baud: of the serial port; of no meaning to a pseudo-terminal or USB adapter.
        max_rate_deg_s: the patient's bound for every joint.
        range_deg: (least, most) per joint in device order; empty for the device's own.
        neutral_deg: ankle only: where a release returns to.
        ankle: only used by "moteus-ankle".
    """

    device: str
    port: str
    runtime_dir: str
    baud: int = 460_800
    max_rate_deg_s: float = 150.0
    range_deg: tuple[tuple[float, float], ...] = ()
    neutral_deg: float = 0.0
    ankle: AnkleSettings = field(default_factory=AnkleSettings)
