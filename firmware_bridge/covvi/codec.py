"""Bytes of the COVVI Hand's Ethernet Control Interface (ECI). Pure: no socket, no clock.

Facts from the vendor's package `covvi-eci` 1.1.6 (no licence: facts only, see docs/limbs). A message is a
CAN frame behind a header of six bytes, most significant bits first:

    56 | 0000 device (4) | 00 kind (4) id (18) 0000 length (4) | data, 0 to 8 bytes

Messages are told apart by their length. 0x56 ("V") may stand anywhere in the data, as position 86 does.
Digits go in the order thumb, index, middle, ring, little, thumb rotation.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

DIGITS = 6
TCP_PORT = 4267
START = 0x56
HEADER = 6
MOST_DATA = 8
OPEN_RAW, CLOSED_RAW = 40, 200
"""Useful range of a digit's position."""
LEAST_SPEED, MOST_SPEED = 15, 100
CURRENT_A = 0.016
"""Per step of a motor current."""


class Device(IntEnum):
    """Whom a message is for, or from."""

    LOCAL = 0
    HAND = 1


class Kind(IntEnum):
    """What a message is."""

    RESPONSE = 0
    REQUEST = 1
    COMMAND = 2
    BULK = 4
    BULK_REQUEST = 5
    REAL_TIME = 8


class Id(IntEnum):
    """Messages we know; those of one digit count up from the first."""

    HELLO = 0x020
    REAL_TIME_CONFIG = 0x100
    REAL_TIME_CONFIG_2 = 0x101
    DIGIT_STATUS = 0x110
    ALL_STATUS = 0x11F
    DIGIT_POSITION = 0x120
    ALL_POSITIONS = 0x12F
    CURRENT_GRIP = 0x130
    ELECTRODE_A = 0x140
    ELECTRODE_B = 0x141
    DIRECT_CONTROL = 0x150
    DIGIT_MOVE = 0x160
    ALL_CURRENTS = 0x18F
    ENVIRONMENT = 0x710
    HAND_POWER = 0xF00
    DEVICE_INFO = 0xF10


class DigitBit(IntFlag):
    """Of one digit's status."""

    FAULT = 0x80
    GRIPPING = 0x40
    AT_OPEN = 0x20
    AT_POSITION = 0x10
    TOUCH = 0x08
    STALL = 0x04
    STOPPED = 0x02
    ACTIVE = 0x01


class RealTime(IntFlag):
    """What the ECI is to send by itself, by UDP (low byte: first page; above: second)."""

    DIGIT_STATUS = 0x01
    DIGIT_POSITION = 0x02
    CURRENT_GRIP = 0x04
    ELECTRODE = 0x08
    INPUT = 0x10
    MOTOR_CURRENT = 0x20
    TOUCH = 0x40
    DIGIT_ERROR = 0x80
    ENVIRONMENT = 0x100
    ORIENTATION = 0x200
    MOTOR_LIMITS = 0x400


class Direct(IntEnum):
    """What direct control asks of all digits."""

    STOP = 0
    OPEN = 1
    CLOSE = 2


class Grip(IntEnum):
    """Grips of the hand's own; 15 to 20 are the user's."""

    TRIPOD = 1
    POWER = 2
    TRIGGER = 3
    PRECISION_OPEN = 4
    PRECISION_CLOSED = 5
    KEY = 6
    FINGER = 7
    CYLINDER = 8
    COLUMN = 9
    RELAXED = 10
    GLOVE = 11
    TAP = 12
    GRAB = 13
    TRIPOD_OPEN = 14


@dataclass(frozen=True, slots=True)
class Message:
    """One message, whoever sends it.

    Attributes:
        id: 18 bits; see `Id`.
        data: 0 to 8 bytes.
    """

    device: int
    kind: Kind
    id: int
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What the ECI says of a device on the hand's bus."""

    device: int
    error: bool
    powered: bool
    connected: bool


class Messages:
    """Finds messages in a stream by their length, split anywhere; skips what can be none."""

    def __init__(self) -> None:
        self._rest = b""
        self._lost = False
        self.bad = 0
        """Runs of bytes that were no message."""

    def push(self, data: bytes) -> list[Message]:
        """All messages that end in `data`."""
        rest, at = self._rest + data, 0
        found: list[Message] = []
        while at < len(rest):
            if rest[at] == START and len(rest) - at < HEADER:
                break
            header = _header(rest, at)
            if header is None:
                self.bad += not self._lost
                self._lost = True
                at += 1
                continue
            device, kind, number, length = header
            if at + HEADER + length > len(rest):
                break
            self._lost = False
            found.append(Message(device, kind, number, rest[at + HEADER : at + HEADER + length]))
            at += HEADER + length
        self._rest = rest[at:]
        return found


def _header(data: bytes, at: int) -> tuple[int, Kind, int, int] | None:
    """Device, kind, id and length; None when it is no header."""
    if data[at] != START or data[at + 1] > 0x0F:
        return None
    (word,) = struct.unpack_from(">I", data, at + 2)
    length, kind = word & 0xFF, word >> 26
    if length > MOST_DATA or kind not in _KINDS:
        return None
    return data[at + 1], Kind(kind), word >> 8 & 0x3FFFF, length


_KINDS = frozenset(map(int, Kind))
_SINGLE = frozenset(
    first + digit for first in (Id.DIGIT_STATUS, Id.DIGIT_POSITION) for digit in range(DIGITS)
)
_ANSWER: dict[int, int] = {
    Id.DIGIT_STATUS: 1,
    Id.ALL_STATUS: 6,
    Id.DIGIT_POSITION: 1,
    Id.ALL_POSITIONS: 6,
    Id.CURRENT_GRIP: 2,
    Id.ELECTRODE_A: 2,
    Id.ELECTRODE_B: 2,
    Id.ALL_CURRENTS: 5,
    Id.ENVIRONMENT: 4,
    Id.DEVICE_INFO: 6,
}


def encode(message: Message) -> bytes:
    """Bytes on the wire.

    Raises:
        ValueError: a number that its field does not hold.
    """
    if not 0 <= message.device <= 0x0F or not 0 <= message.id <= 0x3FFFF or len(message.data) > MOST_DATA:
        raise ValueError(f"not on this wire: {message}")
    word = message.kind << 26 | message.id << 8 | len(message.data)
    return struct.pack(">BBI", START, message.device, word) + message.data


def hello() -> Message:
    """Ask the ECI whether it is there."""
    return Message(Device.LOCAL, Kind.REQUEST, Id.HELLO)


def hand_power(*, on: bool) -> Message:
    """Switch the hand on or off."""
    return Message(Device.LOCAL, Kind.COMMAND, Id.HAND_POWER, bytes((on,)))


def ask(number: int) -> Message:
    """Ask the hand for a value. As in the vendor's client the question is as long as the answer, of zeros: it
    becomes a remote frame of CAN, whose length must be the answer's."""
    return Message(Device.HAND, Kind.REQUEST, number, bytes(answer_length(number)))


def answer_length(number: int) -> int:
    """Bytes that answer the question for a value; 0 for one we do not know."""
    return _ANSWER.get(number & ~0x0F if number in _SINGLE else number, 0)


def real_time(flags: RealTime) -> tuple[Message, Message]:
    """Both pages of what the ECI is to send by itself."""
    return (
        Message(Device.HAND, Kind.COMMAND, Id.REAL_TIME_CONFIG, bytes((flags & 0xFF,))),
        Message(Device.HAND, Kind.COMMAND, Id.REAL_TIME_CONFIG_2, bytes((flags >> 8,))),
    )


def digit_move(digit: int, position: int, speed: int, power: int, limit: int = 0) -> Message:
    """Move one digit.

    Args:
        position: raw, 40 open to 200 closed.
        speed: percent, 15 to 100; 0 stops.
        power, limit: percent.

    Raises:
        ValueError: out of range.
    """
    speed_ok = speed == 0 or LEAST_SPEED <= speed <= MOST_SPEED
    shares_ok = 0 <= power <= 100 and 0 <= limit <= 100
    if not (0 <= digit < DIGITS and 0 <= position <= 0xFF and speed_ok and shares_ok):
        raise ValueError(f"digit {digit} to {position} at {speed} %, power {power} %, limit {limit} %")
    data = bytes((position, speed, power, limit))
    return Message(Device.HAND, Kind.COMMAND, Id.DIGIT_MOVE + digit, data)


def direct_control(command: Direct, speed: int = 0) -> Message:
    """Stop, open or close all digits.

    Raises:
        ValueError: not a speed.
    """
    if not (speed == 0 or LEAST_SPEED <= speed <= MOST_SPEED):
        raise ValueError(f"speed {speed}: allowed 0 or {LEAST_SPEED} to {MOST_SPEED}")
    return Message(Device.HAND, Kind.COMMAND, Id.DIRECT_CONTROL, bytes((command, speed)))


def current_grip(grip: int) -> Message:
    """Go to a grip of the hand's own.

    Raises:
        ValueError: no such grip.
    """
    if not 1 <= grip <= 20:
        raise ValueError(f"grip {grip}: allowed 1 to 20")
    return Message(Device.HAND, Kind.COMMAND, Id.CURRENT_GRIP, bytes((grip,)))


def electrode_value(message: Message) -> int | None:
    """What one of the hand's two electrode inputs reads; None when the message says no such thing."""
    if message.id not in (Id.ELECTRODE_A, Id.ELECTRODE_B) or len(message.data) != 2:
        return None
    return int.from_bytes(message.data, "big")


def device_info(message: Message) -> DeviceInfo | None:
    """What the ECI says of a device; None when the message says no such thing."""
    if message.id != Id.DEVICE_INFO or len(message.data) != 6:
        return None
    first = message.data[0]
    return DeviceInfo(first >> 4, bool(first & 4), bool(first & 2), bool(first & 1))


def raw_position(closed_percent: float) -> int:
    """A digit's position, cut to the useful range.

    Raises:
        ValueError: not a finite number.
    """
    if not math.isfinite(closed_percent):
        raise ValueError(f"not a finite number: {closed_percent}")
    raw = OPEN_RAW + closed_percent * (CLOSED_RAW - OPEN_RAW) / 100.0
    return min(max(round(raw), OPEN_RAW), CLOSED_RAW)


def closed_percents(raw: Sequence[int]) -> tuple[float, ...]:
    """The other way; a digit beyond the useful range is below 0 or above 100."""
    return tuple((value - OPEN_RAW) * 100.0 / (CLOSED_RAW - OPEN_RAW) for value in raw)
