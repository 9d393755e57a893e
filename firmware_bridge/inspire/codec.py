"""Bytes of the Inspire Robots RH56 hand on RS485 or RS232. Pure: no port, no clock.

Source: user manual PRJ-02-TS-U-010 V1.09 as two independent packages implement it (see docs/limbs).

    host   EB 90 | id | length | command | address (u16) ... | checksum
    hand   90 EB | id | length | command | address (u16) ... | checksum

`length` counts the command and all after it up to the checksum, which is the low byte of the sum of all bytes
between header and checksum. All numbers are little-endian. Nothing is escaped: a header may occur anywhere.
Six values go in the order little, ring, middle, index, thumb bend, thumb rotation.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag

JOINTS = 6
TO_HAND, FROM_HAND = b"\xeb\x90", b"\x90\xeb"
READ, WRITE = 0x11, 0x12
MOST_RAW = 1000
"""Of an angle (open), a speed and a force."""
NEWTON_PER_G = 9.80665e-3
SPEED_PERCENT_S = 0.125
"""Travel per second and step of SPEED_SET: 1000 takes the whole travel in 0.8 s without load (manual)."""


class Register(IntEnum):
    """Addresses."""

    ID = 1000
    CLEAR_ERROR = 1004
    SAVE = 1005
    FORCE_CALIBRATION = 1009
    ANGLE_SET = 1486
    FORCE_SET = 1498
    SPEED_SET = 1522
    ANGLE_ACT = 1546
    FORCE_ACT = 1582
    CURRENT = 1594
    ERROR = 1606
    STATUS = 1612
    TEMPERATURE = 1618


class ErrorBit(IntFlag):
    """Of one joint's ERROR byte."""

    STALL = 1
    TOO_HOT = 2
    OVERCURRENT = 4
    MOTOR = 8
    COMMUNICATION = 16


class Status(IntEnum):
    """Of one joint's STATUS byte."""

    RELEASING = 0
    GRASPING = 1
    REACHED = 2
    FORCE_REACHED = 3
    OVERCURRENT = 5
    STALL = 6
    FAULT = 7


@dataclass(frozen=True, slots=True)
class Read:
    """Host to hand: `count` bytes from `address` on."""

    address: int
    count: int

    @property
    def bytes_both_ways(self) -> int:
        """On the wire, with the answer."""
        return 9 + 8 + self.count


@dataclass(frozen=True, slots=True)
class Write:
    """Host to hand: put `data` at `address`."""

    address: int
    data: bytes

    @property
    def bytes_both_ways(self) -> int:
        """On the wire, with the answer."""
        return 8 + len(self.data) + 9


@dataclass(frozen=True, slots=True)
class Data:
    """Hand to host: what stood at `address`."""

    address: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Ack:
    """Hand to host: a write was taken, or refused."""

    address: int
    taken: bool


Request = Read | Write
Reply = Data | Ack


class Frames:
    """Finds frames in a stream, whatever is around and between them, split anywhere.

    Args:
        header: `FROM_HAND` on the host's side, `TO_HAND` on the hand's.
        longest: greatest length field that is believed; a longer one is no frame.
    """

    def __init__(self, header: bytes, longest: int = 255) -> None:
        self._header, self._longest = header, longest
        self._rest = b""
        self.bad = 0
        """Frames with a wrong checksum or an impossible length."""

    def push(self, data: bytes) -> list[bytes]:
        """Frames that end in `data`, each without header and checksum: id, length, command and the rest."""
        rest, at = self._rest + data, 0
        found: list[bytes] = []
        while True:
            start, at = at, rest.find(self._header, at)
            if at < 0:
                # Half a header may stand at the end, but not in what was taken already.
                at = max(start, len(rest) - rest.endswith(self._header[:1]))
                break
            if at + 4 > len(rest):
                break
            length = rest[at + 3]
            end = at + 4 + length
            if not 1 <= length <= self._longest:
                self.bad += 1
                at += 1
            elif end >= len(rest):
                break
            elif sum(rest[at + 2 : end]) & 0xFF != rest[end]:
                self.bad += 1
                at += 1  # what looked like its middle may be the next one
            else:
                found.append(rest[at + 2 : end])
                at = end + 1
        self._rest = rest[at:]
        return found

    def forget(self) -> None:
        """Drop a frame that has begun: whoever sent it has long fallen silent."""
        if len(self._rest) > 1:
            self.bad += 1
        self._rest = b""


def encode(request: Request, hand_id: int = 1) -> bytes:
    """Bytes on the wire of one request.

    Raises:
        ValueError: nothing or too much to read or write.
    """
    match request:
        case Read(address, count):
            return _framed(TO_HAND, hand_id, READ, address, bytes((count,)))
        case Write(address, data):
            return _framed(TO_HAND, hand_id, WRITE, address, data)


def encode_reply(reply: Reply, hand_id: int = 1) -> bytes:
    """Bytes on the wire of one reply (for the virtual hand).

    Raises:
        ValueError: more than a frame holds.
    """
    match reply:
        case Data(address, data):
            return _framed(FROM_HAND, hand_id, READ, address, data)
        case Ack(address, taken):
            return _framed(FROM_HAND, hand_id, WRITE, address, bytes((taken,)))


def decode(frame: bytes, hand_id: int = 1) -> Request | None:
    """What a host asks: `frame` as `Frames` gives it; None when it is no request, or not for this hand."""
    if len(frame) < 6 or frame[0] != hand_id:
        return None
    (address,) = struct.unpack_from("<H", frame, 3)
    if frame[2] == READ and len(frame) == 6 and frame[5]:
        return Read(address, frame[5])
    return Write(address, frame[5:]) if frame[2] == WRITE else None


def decode_reply(frame: bytes, hand_id: int = 1) -> Reply | None:
    """What a hand says: `frame` as `Frames` gives it; None when it is no reply, or another hand's."""
    if len(frame) < 6 or frame[0] != hand_id:
        return None
    (address,) = struct.unpack_from("<H", frame, 3)
    if frame[2] == READ:
        return Data(address, frame[5:])
    return Ack(address, frame[5] == 1) if frame[2] == WRITE and len(frame) == 6 else None


def pack_six(values: Sequence[int]) -> bytes:
    """Six numbers as registers hold them.

    Raises:
        ValueError: not six whole numbers of 0 to 65535.
    """
    if len(values) != JOINTS or not all(0 <= value <= 0xFFFF for value in values):
        raise ValueError(f"not {JOINTS} numbers of 0 to 65535: {tuple(values)}")
    return struct.pack("<6H", *values)


def unpack_six(data: bytes) -> tuple[int, ...]:
    """Six signed numbers: forces are negative when a finger is pulled.

    Raises:
        ValueError: not twelve bytes.
    """
    if len(data) != 2 * JOINTS:
        raise ValueError(f"{len(data)} bytes are not {JOINTS} registers")
    return struct.unpack("<6h", data)


def raw_angle(closed_percent: float) -> int:
    """An angle register (0 closed, 1000 open), cut to what the wire holds.

    Raises:
        ValueError: not a finite number.
    """
    if not math.isfinite(closed_percent):
        raise ValueError(f"not a finite number: {closed_percent}")
    return min(max(round(MOST_RAW - 10.0 * closed_percent), 0), MOST_RAW)


def closed_percent(raw: int) -> float:
    """The other way; a joint beyond its end stop is a little below 0 or above 100."""
    return (MOST_RAW - raw) / 10.0


def _framed(header: bytes, hand_id: int, command: int, address: int, rest: bytes) -> bytes:
    length = 3 + len(rest)
    if not rest or length > 255:
        raise ValueError(f"{len(rest)} bytes: a frame holds 1 to 252")
    body = struct.pack("<BBBH", hand_id, length, command, address) + rest
    return header + body + bytes((sum(body) & 0xFF,))
