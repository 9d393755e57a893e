"""Control table of Dynamixel X servos: addresses, units, and what we read of it in one piece. Pure.

Source: ROBOTIS e-Manual, dxl/x/xl330-m288 and dxl/x/xm430-w350, control tables of EEPROM and RAM area.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

TICKS = 4096
"""Of one revolution: 0.088 degrees each."""
MOST_TICKS = 1_048_575
"""Goal positions of the multi-turn modes, either way."""
PROFILE_DEG_S = 0.229 * 6.0
"""Step of a velocity register: 0.229 rev/min."""
WATCHDOG_STEP_S = 0.020
FACTORY_DELAY_S = 500e-6
"""Return delay (register 9) as a servo leaves the factory."""
TRIPPED = 0xFF
"""Register 98 after a lapse: -1 as a byte."""
CURRENT_BASED_POSITION = 5
TIME_BASED_PROFILE = 0x04
"""Bit of the drive mode: profile registers are times, not velocities."""


class Address(IntEnum):
    """First byte of a register."""

    MODEL = 0
    RETURN_DELAY = 9
    DRIVE_MODE = 10
    OPERATING_MODE = 11
    CURRENT_LIMIT = 38
    VELOCITY_LIMIT = 44
    TORQUE_ENABLE = 64
    HARDWARE_ERROR = 70
    WATCHDOG = 98
    GOAL_CURRENT = 102
    PROFILE = 108
    """Acceleration, then velocity (112), then goal position (116): four bytes each."""
    PROFILE_VELOCITY = 112
    GOAL_POSITION = 116
    PRESENT = 126
    """Current (2), velocity (4), position (4)."""
    TEMPERATURE = 146


SETUP = (0, 64)
"""(address, count) of the EEPROM."""
WHOLE = (64, 83)
"""Of the RAM, from torque enable to temperature."""
PRESENT = (126, 10)
"""Of what changes all the time."""


@dataclass(frozen=True, slots=True)
class Model:
    """What differs between servos.

    Attributes:
        current_a: step of the current registers.
        nm_per_a: stall torque over stall current of the data sheet: a rough figure at lower currents.
        stall_a: the current at stall, at the recommended voltage.
    """

    current_a: float
    nm_per_a: float
    stall_a: float


MODELS = {
    1190: Model(0.001, 0.215 / 1.47, 1.47),  # XL330-M077, 5 V
    1200: Model(0.001, 0.52 / 1.47, 1.47),  # XL330-M288, 5 V
    1020: Model(0.00269, 4.1 / 2.3, 2.3),  # XM430-W350, 12 V
    1030: Model(0.00269, 3.0 / 2.3, 2.3),  # XM430-W210, 12 V
}
"""By register 0."""
FAMILY = {"xl330": MODELS[1200], "xm430": MODELS[1020]}
"""What a servo that is not listed is taken for, by the option `model`."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a servo keeps when it is switched off."""

    model: int
    return_delay_s: float
    drive_mode: int
    operating_mode: int
    current_limit: int
    velocity_limit: int

    @classmethod
    def read(cls, data: bytes) -> Setup:
        """From the registers `SETUP`."""
        (model,) = struct.unpack_from("<H", data, Address.MODEL)
        (current,) = struct.unpack_from("<H", data, Address.CURRENT_LIMIT)
        (velocity,) = struct.unpack_from("<I", data, Address.VELOCITY_LIMIT)
        delay_s = data[Address.RETURN_DELAY] * 2e-6
        return cls(model, delay_s, data[Address.DRIVE_MODE], data[Address.OPERATING_MODE], current, velocity)

    @property
    def fits(self) -> bool:
        """True when it does what we ask as we mean it."""
        return self.operating_mode == CURRENT_BASED_POSITION and not self.drive_mode & TIME_BASED_PROFILE


@dataclass(frozen=True, slots=True)
class Present:
    """What a servo measures; raw."""

    current: int
    velocity: int
    position: int

    @classmethod
    def read(cls, data: bytes, first: int = PRESENT[0]) -> Present:
        """From registers that begin at `first`."""
        return cls(*struct.unpack_from("<hii", data, Address.PRESENT - first))


NOWHERE = Present(0, 0, 0)
"""Before it has said anything."""


@dataclass(frozen=True, slots=True)
class Whole:
    """How a servo is, all of it."""

    torque: bool
    hardware_error: int
    watchdog: int
    goal_current: int
    profile_velocity: int
    temperature_c: int
    present: Present

    @classmethod
    def read(cls, data: bytes) -> Whole:
        """From the registers `WHOLE`."""
        first = WHOLE[0]
        (current,) = struct.unpack_from("<h", data, Address.GOAL_CURRENT - first)
        (velocity,) = struct.unpack_from("<I", data, Address.PROFILE_VELOCITY - first)
        return cls(
            torque=bool(data[Address.TORQUE_ENABLE - first]),
            hardware_error=data[Address.HARDWARE_ERROR - first],
            watchdog=data[Address.WATCHDOG - first],
            goal_current=current,
            profile_velocity=velocity,
            temperature_c=data[Address.TEMPERATURE - first],
            present=Present.read(data, first),
        )
