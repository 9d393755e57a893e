"""One virtual Dynamixel X servo: its control table, its bus watchdog, and a shaft that takes its time.

Where the manual leaves it open, it does what is worst for us: torque switched on drives to whatever the goal
register says, and clearing a tripped watchdog lets the old goal go on.
"""

from __future__ import annotations

import math
import struct

from ..firmware_bridge.dynamixel.codec import Error
from ..firmware_bridge.dynamixel.table import (
    MODELS,
    MOST_TICKS,
    PROFILE_DEG_S,
    TICKS,
    TRIPPED,
    WATCHDOG_STEP_S,
    Address,
)

STEP_S = 0.001
REBOOT_S = 0.4
SIZE = 148
STATUS_LEVEL = 68
_NO_LOAD_DEG_S = 618.0  # XL330-M288, 103 rev/min at 5 V
_ACCELERATION_DEG_S2 = 20_000.0
_ACCELERATION_STEP_DEG_S2 = 214.577 * 360.0 / 3600.0
_GAIN_1_S = 60.0
_MOVING_A_PER_DEG_S = 0.0005
_ROOM_C, _WARMS_C_S_A2, _COOLS_1_S = 28.0, 1.0, 0.01
_EEPROM_END, _SHUTDOWN = 64, 63
_READ_ONLY = (range(7), range(70, 71), range(120, SIZE))
_GOALS = (range(100, 108), range(116, 120))
_POSITION_MODES = (3, 4, 5)


class Servo:
    """One servo: its registers, and a shaft that takes its time. Angles are the shaft's own."""

    def __init__(self, number: int, model: int, mode: int, return_delay: int, position_deg: float) -> None:
        self.id = number
        self.table = bytearray(SIZE)
        self.position_deg = position_deg
        self.velocity_deg_s = 0.0
        self.current_a = 0.0
        self.temperature_c = 30.0
        self.stopped_deg = position_deg
        self.t_heard_s = self.t_awake_s = -math.inf
        self.trips = self.reboots = 0
        self.step_a, self.stall_a = MODELS[model].current_a, MODELS[model].stall_a
        self.put(Address.MODEL, "<HI", model, 0)
        self.table[6:14] = bytes((52, number, 3, return_delay, 0, mode, 255, 2))
        self.put(Address.CURRENT_LIMIT, "<H", 1750 if self.step_a == 0.001 else 1193)
        self.put(Address.VELOCITY_LIMIT, "<III", 445, 4095, 0)  # velocity, then position: most, least
        self.table[_SHUTDOWN] = 0x35
        self._forget()

    def put(self, address: int, code: str, *values: int) -> None:
        """Set registers as the servo's own program does."""
        struct.pack_into(code, self.table, address, *values)

    def get(self, address: int, code: str) -> int:
        """One register."""
        return int(struct.unpack_from(code, self.table, address)[0])

    def _forget(self) -> None:
        """RAM as after switching on; the turns are forgotten too."""
        self.table[_EEPROM_END:SIZE] = bytes(SIZE - _EEPROM_END)
        self.table[STATUS_LEVEL] = 2
        self.put(100, "<HH", 885, self.get(Address.CURRENT_LIMIT, "<H"))
        self.position_deg %= 360.0
        self.put(Address.GOAL_POSITION, "<i", self.ticks)

    def reboot(self, t_s: float) -> None:
        """Silent and without torque, then as new."""
        self.reboots += 1
        self.t_awake_s = t_s + REBOOT_S
        self._forget()

    @property
    def ticks(self) -> int:
        """Present position."""
        return round(self.position_deg / 360.0 * TICKS)

    @property
    def goal_deg(self) -> float:
        """Of the register."""
        return self.get(Address.GOAL_POSITION, "<i") / TICKS * 360.0

    @property
    def torque(self) -> bool:
        """True while it drives or holds."""
        return bool(self.table[Address.TORQUE_ENABLE])

    @property
    def tripped(self) -> bool:
        """True once its bus watchdog has acted."""
        return self.table[Address.WATCHDOG] == TRIPPED

    def fail(self, bits: int) -> None:
        """A hardware error."""
        self.table[Address.HARDWARE_ERROR] |= bits
        if bits & self.table[_SHUTDOWN]:
            self.table[Address.TORQUE_ENABLE] = 0

    def read(self, address: int, count: int) -> tuple[int, bytes]:
        """(error, registers)."""
        if address + count > SIZE or count == 0:
            return Error.DATA_RANGE, b""
        moving = abs(self.velocity_deg_s) > 1.0
        self.put(122, "<B", moving)
        raw = round(self.current_a / self.step_a), round(self.velocity_deg_s / PROFILE_DEG_S), self.ticks
        self.put(Address.PRESENT, "<hii", *raw)
        self.put(144, "<HB", 50, round(self.temperature_c))
        return 0, bytes(self.table[address : address + count])

    def write(self, address: int, data: bytes) -> int:
        """Set registers as a host does; all of them or none. Returns the error."""
        touched = range(address, address + len(data))
        error = self._refused(touched, data)
        if not error:
            self.table[address : touched.stop] = data
        return error

    def _refused(self, touched: range, data: bytes) -> int:
        if not data or touched.stop > SIZE or any(_meet(touched, area) for area in _READ_ONLY):
            return Error.ACCESS
        if touched.start < _EEPROM_END and self.torque:
            return Error.ACCESS
        if self.tripped and any(_meet(touched, area) for area in _GOALS):
            return Error.DATA_RANGE
        new = bytearray(self.table)
        new[touched.start : touched.stop] = data
        watchdog = new[Address.WATCHDOG]
        if Address.WATCHDOG in touched and (watchdog > 127 or (self.tripped and watchdog)):
            return Error.DATA_RANGE
        shut_down = self.table[Address.HARDWARE_ERROR] & self.table[_SHUTDOWN]
        if Address.TORQUE_ENABLE in touched and new[Address.TORQUE_ENABLE] and shut_down:
            return Error.ACCESS
        current, goal = (
            struct.unpack_from("<h", new, Address.GOAL_CURRENT)[0],
            struct.unpack_from("<i", new, Address.GOAL_POSITION)[0],
        )
        most, least = struct.unpack_from("<II", new, 48)
        if self.table[Address.OPERATING_MODE] != 3:
            least, most = -MOST_TICKS, MOST_TICKS
        out = _meet(touched, range(116, 120)) and not least <= goal <= most
        if out or abs(current) > self.get(Address.CURRENT_LIMIT, "<H"):
            return Error.DATA_LIMIT
        return 0

    def watch(self, t_s: float) -> bool:
        """Its bus watchdog: counts only while the torque is on. True when it acts now."""
        steps = self.table[Address.WATCHDOG]
        if not (self.torque and 1 <= steps <= 127 and t_s - self.t_heard_s > steps * WATCHDOG_STEP_S):
            return False
        self.table[Address.WATCHDOG] = TRIPPED
        self.put(Address.PROFILE, "<II", 0, 0)
        self.stopped_deg = self.position_deg
        self.trips += 1
        return True

    def step(self, object_deg: float, sag_deg_s: float, *, instant: bool) -> None:
        """One millisecond."""
        if not self.torque or self.table[Address.OPERATING_MODE] not in _POSITION_MODES:
            self.velocity_deg_s = -sag_deg_s if self.position_deg > 0.0 and not self.torque else 0.0
            self.position_deg += self.velocity_deg_s * STEP_S
            self.current_a = 0.0
        else:
            self._drive(object_deg, instant=instant)
        warmer = _WARMS_C_S_A2 * self.current_a**2 - _COOLS_1_S * (self.temperature_c - _ROOM_C)
        self.temperature_c += warmer * STEP_S

    def _drive(self, object_deg: float, *, instant: bool) -> None:
        target = self.stopped_deg if self.tripped else self.goal_deg
        acceleration, rate = struct.unpack_from("<II", self.table, Address.PROFILE)
        most = min(rate * PROFILE_DEG_S or _NO_LOAD_DEG_S, _NO_LOAD_DEG_S)
        gather = min(acceleration * _ACCELERATION_STEP_DEG_S2 or _ACCELERATION_DEG_S2, _ACCELERATION_DEG_S2)
        wanted = min(max((target - self.position_deg) * _GAIN_1_S, -most), most)
        change = min(max(wanted - self.velocity_deg_s, -gather * STEP_S), gather * STEP_S)
        self.velocity_deg_s += change
        moved = target if instant else self.position_deg + self.velocity_deg_s * STEP_S
        bound_a = self.get(Address.GOAL_CURRENT, "<h") * self.step_a
        self.current_a = min(self.velocity_deg_s * _MOVING_A_PER_DEG_S, bound_a)
        if moved > object_deg:
            moved, self.velocity_deg_s = object_deg, 0.0
            self.current_a = min(bound_a, self.stall_a)
        elif instant:
            self.velocity_deg_s = 0.0
        self.position_deg = moved


def _meet(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop
