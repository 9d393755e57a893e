"""Bytes of a moteus controller behind an fdcanusb adapter. Pure: no port, no clock.

Sources: mjbots moteus reference (register multiplex protocol, registers, modes), fdcanusb's protocol.
One line per CAN-FD frame, with a CRC-8 (polynomial 0x97) over all before the star.

    can send 8001 01000A0E20...5050 BF *EE        to controller 1, reply wanted
    rcv 100 2100 0A...  E B F *XX                 from controller 1

The payload is a run of register writes (0x00 to 0x0F), reads (0x10 to 0x1F) and replies (0x20 to 0x2F): kind
and type in the high bits, how many in the low two (0: the next byte says), then the first register's number.
A write or reply is followed by its values, little-endian. 0x50 is padding.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum

NOP = 0x50
_DLC = (0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64)
MAX_LINE = 512


class Register(IntEnum):
    """The registers we use."""

    MODE = 0x000
    POSITION = 0x001
    VELOCITY = 0x002
    TORQUE = 0x003
    VOLTAGE = 0x00D
    TEMPERATURE = 0x00E
    FAULT = 0x00F
    COMMAND_POSITION = 0x020
    COMMAND_VELOCITY = 0x021
    COMMAND_KP_SCALE = 0x023
    COMMAND_KD_SCALE = 0x024
    COMMAND_MAX_TORQUE = 0x025
    COMMAND_WATCHDOG = 0x027


class Mode(IntEnum):
    """Modes we send or act on; a controller may report others."""

    STOPPED = 0
    FAULT = 1
    POSITION = 10
    TIMEOUT = 11
    ZERO_VELOCITY = 12
    BRAKE = 15


class Type(IntEnum):
    """How a value is coded."""

    INT8 = 0
    INT16 = 1
    INT32 = 2
    FLOAT = 3


_FORMAT = {Type.INT8: "b", Type.INT16: "h", Type.INT32: "i", Type.FLOAT: "f"}
_SCALE: dict[int, tuple[float, float, float]] = {
    # register: one step as int8, int16, int32
    Register.POSITION: (0.01, 0.0001, 0.00001),
    Register.VELOCITY: (0.1, 0.00025, 0.00001),
    Register.TORQUE: (0.5, 0.01, 0.001),
    Register.VOLTAGE: (0.5, 0.1, 0.001),
    Register.TEMPERATURE: (1.0, 0.1, 0.001),
    Register.COMMAND_POSITION: (0.01, 0.0001, 0.00001),
    Register.COMMAND_VELOCITY: (0.1, 0.00025, 0.00001),
    Register.COMMAND_KP_SCALE: (1 / 127, 1 / 32767, 1 / 2147483647),
    Register.COMMAND_KD_SCALE: (1 / 127, 1 / 32767, 1 / 2147483647),
    Register.COMMAND_MAX_TORQUE: (0.5, 0.01, 0.001),
    Register.COMMAND_WATCHDOG: (0.01, 0.001, 0.000001),
}


@dataclass(frozen=True, slots=True)
class PositionCommand:
    """Hold an equilibrium.

    Attributes:
        position_rev: output revolutions.
        velocity_rev_s: how fast that moves; 0 holds.
        kp_scale, kd_scale: 0 to 1 of the configured gains.
        max_torque_nm: bound of the whole.
        watchdog_s: without a frame for so long the controller leaves position mode by itself (mode 11).
    """

    position_rev: float
    velocity_rev_s: float
    kp_scale: float
    kd_scale: float
    max_torque_nm: float
    watchdog_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What a controller says of itself."""

    mode: int
    position_rev: float
    velocity_rev_s: float
    torque_nm: float
    voltage_v: float
    temperature_c: float
    fault: int


def _crc8_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x97) & 0xFF if crc & 0x80 else crc << 1
        table.append(crc)
    return tuple(table)


_CRC8 = _crc8_table()


def crc8(data: bytes, crc: int = 0) -> int:
    """CRC-8, polynomial 0x97, initial 0, not reflected; of what follows `crc`'s bytes."""
    table = _CRC8
    for byte in data:
        crc = table[crc ^ byte]
    return crc


def encode_line(text: str) -> bytes:
    """A line with its checksum and end."""
    body = text.encode("ascii") + b" "
    return body + b"*%02X\n" % crc8(body)


def decode_line(line: bytes) -> str | None:
    """The text of a line (without its end); None when the checksum is missing or wrong."""
    body, star, claimed = line.rstrip().rpartition(b"*")
    try:
        if not star or len(claimed) != 2 or int(claimed, 16) != crc8(body):
            return None
        return body.rstrip().decode("ascii")
    except ValueError:
        return None


class Lines:
    """Cuts a stream into lines, split anywhere; what is damaged costs its own line only."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False
        self.bad = 0
        """Lines without a right checksum, or too long to be one."""

    def push(self, data: bytes) -> list[str]:
        """Text of all whole lines that end in `data`, checksum checked and gone."""
        found = []
        *whole, rest = (self._rest + data).split(b"\n")
        for line in whole:
            skipped, self._skipping = self._skipping, False
            text = None if skipped or len(line) > MAX_LINE else decode_line(line)
            if text is not None:
                found.append(text)
            elif line.strip() and not skipped:
                self.bad += 1
        if len(rest) > MAX_LINE:
            self.bad += not self._skipping
            self._skipping, rest = True, b""
        self._rest = rest
        return found


def encode_send(destination: int, payload: bytes, *, reply: bool) -> bytes:
    """The adapter's line that sends a CAN-FD frame to a controller.

    Raises:
        ValueError: payload over 64 bytes.
    """
    size = next((size for size in _DLC if size >= len(payload)), None)
    if size is None:
        raise ValueError(f"{len(payload)} bytes do not fit a CAN-FD frame (64)")
    padded = payload + bytes((NOP,)) * (size - len(payload))
    return encode_line(f"can send {(0x8000 if reply else 0) | destination:04x} {padded.hex().upper()} BF")


def decode_can(text: str, verb: str) -> tuple[int, bytes] | None:
    """(arbitration id, payload) of a `can send` or `rcv` line; None when it is something else."""
    words = text.split()
    parts = verb.split()
    if words[: len(parts)] != parts or len(words) < len(parts) + 2:
        return None
    try:
        return int(words[len(parts)], 16), bytes.fromhex(words[len(parts) + 1])
    except ValueError:
        return None


_QUERY = bytes((0x11, Register.MODE, 0x1F, Register.POSITION, 0x13, Register.VOLTAGE))
"""Read mode as int8, position, velocity and torque as float, voltage, temperature and fault as int8."""


def encode_query() -> bytes:
    """Payload that asks for an `Answer` and changes nothing. It does not feed the watchdog."""
    return _QUERY


def encode_stop() -> bytes:
    """Payload that leaves any mode, fault and time-out. The motor is free until the next position command."""
    return bytes((0x01, Register.MODE, Mode.STOPPED)) + _QUERY


def encode_position(command: PositionCommand) -> bytes:
    """Payload that holds an equilibrium and asks for an `Answer`.

    Raises:
        ValueError: a number that is not finite. (NaN would mean "as configured" to a moteus.)
    """
    c = command
    numbers = (c.position_rev, c.velocity_rev_s, c.kp_scale, c.kd_scale, c.max_torque_nm, c.watchdog_s)
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"not finite: {command}")
    return b"".join(
        (
            bytes((0x01, Register.MODE, Mode.POSITION)),
            struct.pack("<BB2f", 0x0E, Register.COMMAND_POSITION, c.position_rev, c.velocity_rev_s),
            struct.pack("<BB3f", 0x0F, Register.COMMAND_KP_SCALE, c.kp_scale, c.kd_scale, c.max_torque_nm),
            struct.pack("<BBf", 0x0D, Register.COMMAND_WATCHDOG, c.watchdog_s),
            _QUERY,
        )
    )


@dataclass(frozen=True, slots=True)
class Read:
    """A run of registers that is asked for."""

    first: int
    count: int
    type: Type


def decode_payload(payload: bytes) -> tuple[dict[int, float], dict[int, float], list[Read]]:
    """(writes, replies, reads) of a payload: register -> value in its unit; reads in order.

    Raises:
        ValueError: it ends early, or holds what is no register access.
    """
    writes: dict[int, float] = {}
    replies: dict[int, float] = {}
    reads: list[Read] = []
    at = 0
    try:
        while at < len(payload):
            head = payload[at]
            at += 1
            if head == NOP:
                continue
            if head >= 0x30:
                raise ValueError(f"0x{head:02x} is no register access")
            count, kind = head & 0x03, Type(head >> 2 & 0x03)
            if count == 0:
                count = payload[at]
                at += 1
            first = payload[at]
            at += 1
            if head & 0x10:
                reads.append(Read(first, count, kind))
                continue
            layout = struct.Struct(f"<{count}{_FORMAT[kind]}")
            raw = layout.unpack_from(payload, at)
            at += layout.size
            target = replies if head & 0x20 else writes
            target.update({first + i: _value(first + i, value, kind) for i, value in enumerate(raw)})
    except (IndexError, struct.error) as error:
        raise ValueError(f"payload ends early: {payload.hex()}") from error
    return writes, replies, reads


def encode_replies(values: dict[int, float], reads: list[Read]) -> bytes:
    """Payload of a controller's reply to `reads` (for the virtual actuator)."""
    payload = b""
    for read in reads:
        registers = range(read.first, read.first + read.count)
        raw = [_raw(register, values.get(register, 0.0), read.type) for register in registers]
        head = 0x20 | read.type << 2
        sized = bytes((head | read.count,)) if read.count <= 3 else bytes((head, read.count))
        payload += sized + bytes((read.first,)) + struct.pack(f"<{read.count}{_FORMAT[read.type]}", *raw)
    return payload


def decode_answer(payload: bytes) -> Answer | None:
    """What a controller says; None when a number is missing or not finite."""
    try:
        _, replies, _ = decode_payload(payload)
        answer = Answer(
            mode=int(replies[Register.MODE]),
            position_rev=replies[Register.POSITION],
            velocity_rev_s=replies[Register.VELOCITY],
            torque_nm=replies[Register.TORQUE],
            voltage_v=replies[Register.VOLTAGE],
            temperature_c=replies[Register.TEMPERATURE],
            fault=int(replies[Register.FAULT]),
        )
    except (ValueError, KeyError, OverflowError):
        return None
    numbers = (answer.position_rev, answer.velocity_rev_s, answer.torque_nm)
    return answer if all(map(math.isfinite, numbers)) else None


def _value(register: int, raw: float, kind: Type) -> float:
    if kind is Type.FLOAT:
        return raw
    if raw == -(1 << (8 << kind) - 1):
        return math.nan
    scale = _SCALE.get(register)
    return raw * scale[kind] if scale else raw


def _raw(register: int, value: float, kind: Type) -> float:
    if kind is Type.FLOAT:
        return value
    scale = _SCALE.get(register)
    raw = round(value / scale[kind] if scale else value)
    most = (1 << (8 << kind) - 1) - 1
    return min(max(raw, -most), most)
