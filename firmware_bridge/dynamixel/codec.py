"""Bytes of Dynamixel Protocol 2.0. Pure: no port, no clock.

Source: ROBOTIS e-Manual, dxl/protocol2 (frame, instructions, errors, CRC). A packet:

    FF FF FD 00 | id | length (2) | instruction, [error of a status], parameters ... | CRC-16 (2)

Numbers are little-endian. The length counts from the instruction to the end of the CRC. Between instruction
and end of parameters an FD follows every FF FF FD (stuffing); length and CRC are the stuffed packet's.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain

HEADER = b"\xff\xff\xfd\x00"
BROADCAST = 254
MAX_ID = 252
MAX_LENGTH = 1024
"""Longer than any packet of ours: 16 servos, 40 registers each. A longer one is no packet."""
ALERT = 0x80
"""Bit of a status packet's error: register 70 (hardware error) is not 0."""

_BEFORE_BODY = 7
_CRC_BYTES = 2
_STUFFED, _PLAIN = b"\xff\xff\xfd\xfd", b"\xff\xff\xfd"


class Instruction(IntEnum):
    """What a packet is."""

    PING = 0x01
    READ = 0x02
    WRITE = 0x03
    REBOOT = 0x08
    CLEAR = 0x10
    STATUS = 0x55
    SYNC_READ = 0x82
    SYNC_WRITE = 0x83


class Error(IntEnum):
    """Low seven bits of a status packet's error."""

    NONE = 0
    RESULT_FAIL = 1
    INSTRUCTION = 2
    CRC = 3
    DATA_RANGE = 4
    DATA_LENGTH = 5
    DATA_LIMIT = 6
    ACCESS = 7


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet, either way.

    Attributes:
        id: of the servo it is to or from; `BROADCAST` for all.
        instruction: see `Instruction`; others are kept as they are.
        error: of a status packet, with the alert bit; 0 otherwise.
        params: without stuffing.
    """

    id: int
    instruction: int
    params: bytes = b""
    error: int = 0

    @property
    def is_status(self) -> bool:
        """True for what a servo says."""
        return self.instruction == Instruction.STATUS

    @property
    def alert(self) -> bool:
        """True while the servo has a hardware error."""
        return bool(self.error & ALERT)


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte << 8
        for _ in range(8):
            crc = crc << 1 ^ (0x8005 if crc & 0x8000 else 0)
        table.append(crc & 0xFFFF)
    return tuple(table)


_TABLE = _crc_table()


def crc16(data: bytes, crc: int = 0) -> int:
    """CRC-16/UMTS: polynomial 0x8005, start 0, nothing reflected (e-Manual, dxl/crc); of what follows `crc`'s
    bytes."""
    table = _TABLE
    for byte in data:
        crc = (crc << 8 & 0xFF00) ^ table[crc >> 8 ^ byte]
    return crc


def stuff(body: bytes) -> bytes:
    """Instruction and parameters as they go on the wire: an FD after every FF FF FD."""
    return body.replace(_PLAIN, _STUFFED)


def unstuff(body: bytes) -> bytes | None:
    """What stood there before stuffing; None when an FF FF FD is not followed by its FD."""
    if _PLAIN not in body:
        return body
    if body.count(_PLAIN) != body.count(_STUFFED):
        return None
    return body.replace(_STUFFED, _PLAIN)


def encode(packet: Packet) -> bytes:
    """Bytes on the wire.

    Raises:
        ValueError: no such id, or longer than `MAX_LENGTH`.
    """
    if not (0 <= packet.id <= MAX_ID or packet.id == BROADCAST):
        raise ValueError(f"servo id {packet.id}: allowed 0 to {MAX_ID}, or {BROADCAST} for all")
    head = bytes((packet.instruction, packet.error)) if packet.is_status else bytes((packet.instruction,))
    body = stuff(head + packet.params)
    length = len(body) + _CRC_BYTES
    if length > MAX_LENGTH:
        raise ValueError(f"packet of length {length}: at most {MAX_LENGTH}")
    whole = HEADER + struct.pack("<BH", packet.id, length) + body
    return whole + struct.pack("<H", crc16(whole))


def ping(servo: int = BROADCAST) -> bytes:
    """Answered with model number (u16) and firmware version (u8)."""
    return encode(Packet(servo, Instruction.PING))


def read(servo: int, address: int, count: int) -> bytes:
    """Ask one servo for registers."""
    return encode(Packet(servo, Instruction.READ, struct.pack("<HH", address, count)))


def write(servo: int, address: int, data: bytes) -> bytes:
    """Set registers of one servo, or of all by `BROADCAST` (then nothing answers)."""
    return encode(Packet(servo, Instruction.WRITE, struct.pack("<H", address) + data))


def reboot(servo: int) -> bytes:
    """Start one servo anew. Its torque is off then."""
    return encode(Packet(servo, Instruction.REBOOT))


def sync_read(servos: Sequence[int], address: int, count: int) -> bytes:
    """Ask several servos for the same registers; they answer one after the other, in this order."""
    return encode(
        Packet(BROADCAST, Instruction.SYNC_READ, struct.pack("<HH", address, count) + bytes(servos))
    )


def sync_write(values: Mapping[int, bytes], address: int) -> bytes:
    """Set the same registers of several servos. Nothing answers.

    Raises:
        ValueError: data of different lengths, or none.
    """
    counts = {len(data) for data in values.values()}
    if len(counts) != 1:
        raise ValueError(f"a sync write wants data of one length, not {sorted(counts)}")
    each = b"".join(bytes((servo,)) + data for servo, data in values.items())
    head = struct.pack("<HH", address, counts.pop())
    return encode(Packet(BROADCAST, Instruction.SYNC_WRITE, head + each))


class SyncWriteLong:
    """`sync_write` of one register of four bytes, for servos and an address that never change: what stands in
    front is made once, for this goes out with every command.

    Args:
        servos: ids, in the order of the values.
        address: of the register.
    """

    def __init__(self, servos: Sequence[int], address: int) -> None:
        self._servos, self._address = tuple(servos), address
        self._layout = struct.Struct("<" + "Bi" * len(self._servos))
        each = self._layout.size
        self._front = sync_write(dict.fromkeys(self._servos, bytes(4)), address)[: -each - _CRC_BYTES]
        self._begun = crc16(self._front)

    def encode(self, values: Sequence[int]) -> bytes:
        """The packet.

        Raises:
            ValueError, struct.error: not one number of 32 bits per servo.
        """
        each = self._layout.pack(*chain.from_iterable(zip(self._servos, values, strict=True)))
        if _PLAIN in each:  # stuffing changes the length
            longs = (struct.pack("<i", value) for value in values)
            return sync_write(dict(zip(self._servos, longs, strict=True)), self._address)
        return self._front + each + struct.pack("<H", crc16(each, self._begun))


class Packets:
    """Finds packets in a stream, whatever is around and between them, split anywhere.

    No body may hold an FF FF FD without its FD: so a false header (garbage, or the beginning of a cut packet)
    gives way to the next true one as soon as that arrives, and does not swallow it.
    """

    def __init__(self) -> None:
        self._rest = b""
        self.bad = 0
        """Headers with an impossible id or length, broken stuffing or a wrong CRC behind them."""

    def push(self, data: bytes) -> list[Packet]:
        """All packets that end in `data`."""
        stream = self._rest + data
        found: list[Packet] = []
        at = 0
        while (begin := stream.find(HEADER, at)) >= 0:
            end = _end_of(stream, begin)
            if end is None:
                self._rest = stream[begin:]
                return found
            packet = _packet(stream[begin:end]) if end else None
            if packet is None:
                self.bad += 1
                at = begin + 1
            else:
                found.append(packet)
                at = end
        # The last bytes may be the first of a header.
        left = stream[at:]
        self._rest = next((HEADER[:n] for n in (3, 2, 1) if left.endswith(HEADER[:n])), b"")
        return found


def _end_of(stream: bytes, at: int) -> int | None:
    """Where the packet at `at` ends; 0 when there is none, None when that is not yet known."""
    if len(stream) < at + _BEFORE_BODY:
        return None
    servo, length = struct.unpack_from("<BH", stream, at + len(HEADER))
    if (servo > MAX_ID and servo != BROADCAST) or not _CRC_BYTES < length <= MAX_LENGTH:
        return 0
    end = at + _BEFORE_BODY + int(length)
    if _broken(stream[at + _BEFORE_BODY : end - _CRC_BYTES]):
        return 0
    return end if end <= len(stream) else None


def _broken(body: bytes) -> bool:
    """True when a body, or its beginning, holds an FF FF FD that another byte than FD follows."""
    at = body.find(_PLAIN)
    while at >= 0:
        if body[at + 3 : at + 4] not in (b"\xfd", b""):
            return True
        at = body.find(_PLAIN, at + 1)
    return False


def _packet(whole: bytes) -> Packet | None:
    """One packet, checked: the CRC first, then the stuffing; None when it is damaged."""
    if crc16(whole[:-_CRC_BYTES]) != struct.unpack_from("<H", whole, len(whole) - _CRC_BYTES)[0]:
        return None
    body = unstuff(whole[_BEFORE_BODY:-_CRC_BYTES])
    if body is None:
        return None
    if body[0] != Instruction.STATUS:
        return Packet(whole[4], body[0], body[1:])
    return Packet(whole[4], body[0], body[2:], body[1]) if len(body) > 1 else None
