"""BGAPI, the language of a BLED112 dongle, bytes only. Opens no port.

    type u8 (0x00 command or response, 0x80 event; low 3 bits: length's high bits) | length u8 | class u8 |
    method u8 | payload

There is no mark between packets and no checksum. What makes bytes a packet here is a known type, class and
method with the length that these have. Source: Silicon Labs, Bluetooth Smart Software 1.x API Reference.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

COMMAND, EVENT = 0x00, 0x80
DISCONNECT, READ_ATTRIBUTE, WRITE_ATTRIBUTE = (3, 0), (4, 4), (4, 5)
DISCOVER, CONNECT, END_PROCEDURE = (6, 2), (6, 3), (6, 4)
BOOTED, CONNECTION_STATUS, DISCONNECTED = (0, 0), (3, 0), (3, 4)
COMPLETED, ATTRIBUTE_VALUE, SCANNED = (4, 1), (4, 5), (6, 0)
HEAD_BYTES = 4
ADDRESS_BYTES = 6
_LENGTHS = {
    (COMMAND, DISCONNECT): 3,
    (COMMAND, READ_ATTRIBUTE): 3,
    (COMMAND, WRITE_ATTRIBUTE): 3,
    (COMMAND, DISCOVER): 2,
    (COMMAND, CONNECT): 3,
    (COMMAND, END_PROCEDURE): 2,
    (EVENT, BOOTED): 12,
    (EVENT, CONNECTION_STATUS): 16,
    (EVENT, (3, 1)): 6,
    (EVENT, DISCONNECTED): 3,
    (EVENT, (4, 0)): 3,
    (EVENT, COMPLETED): 5,
}
"""Payloads of what a dongle says to the commands we know: responses and events. (3, 1) is the other side's
Bluetooth version, (4, 0) an indication's receipt."""
_COUNTED = {(EVENT, ATTRIBUTE_VALUE): 4, (EVENT, SCANNED): 10, (EVENT, (3, 2)): 1}
"""Where a payload says itself how many bytes follow. (3, 2) is the other side's feature set."""
_VALUE_HEAD = bytes((EVENT, 21, *ATTRIBUTE_VALUE))
"""Head of an EMG notification, which no reading of a muscle looks like: inside a packet it is the next one's,
and the packet has lost its end."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One message.

    Attributes:
        kind: COMMAND (also responses) or EVENT.
        name: class and method.
        payload: at most 2047 bytes.
    """

    kind: int
    name: tuple[int, int]
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Value:
    """Payload of an `ATTRIBUTE_VALUE`: a notification, or what was read.

    Attributes:
        connection, handle: whose it is.
        data: the value.
    """

    connection: int
    handle: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Scan:
    """Payload of a `SCANNED`: somebody in reach advertises.

    Attributes:
        rssi_dbm: how strongly.
        address: six bytes, last one first.
        data: what it says.
    """

    rssi_dbm: int
    address: bytes
    data: bytes


def encode(packet: Packet) -> bytes:
    """The bytes of a packet."""
    high, low = divmod(len(packet.payload), 256)
    return bytes((packet.kind | high, low, *packet.name)) + packet.payload


def value_of(packet: Packet) -> Value:
    """What an `ATTRIBUTE_VALUE` carries."""
    connection, handle, _, count = struct.unpack_from("<BHBB", packet.payload)
    return Value(connection, handle, packet.payload[5 : 5 + count])


def value_payload(value: Value, kind: int) -> bytes:
    """As `value_of` reads it. `kind`: 0 was read, 1 notification."""
    return struct.pack("<BHBB", value.connection, value.handle, kind, len(value.data)) + value.data


def scan_of(packet: Packet) -> Scan:
    """What a `SCANNED` carries."""
    (rssi_dbm,) = struct.unpack_from("<b", packet.payload)
    return Scan(rssi_dbm, packet.payload[2:8], packet.payload[11:])


def scan_payload(scan: Scan) -> bytes:
    """As `scan_of` reads it: a general advertisement from a public address, not bonded."""
    head = struct.pack("<bB6sBBB", scan.rssi_dbm, 0, scan.address, 0, 255, len(scan.data))
    return head + scan.data


def address_text(address: bytes) -> str:
    """As people write it: first byte first."""
    return ":".join(f"{byte:02X}" for byte in reversed(address))


class BgapiDecoder:
    """Bytes of a dongle in, packets out.

    A packet is taken as soon as its last byte is there. One that is followed by what cannot be a packet, and
    that is there already, has been damaged on the way, and is skipped: a dongle hands over whole packets.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.skipped = 0
        """Bytes that were part of no packet."""

    @property
    def waiting(self) -> int:
        """Bytes of the packet that is not whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Packet]:
        """Packets completed by `data`."""
        buffer = self._buffer
        buffer += data
        found: list[Packet] = []
        at = 0
        while at < len(buffer):
            size = _size(buffer, at)
            if size > len(buffer) - at:
                break
            if size and _believed(buffer, at, size):
                found.append(_decode(buffer, at, size))
                at += size
            else:
                self.skipped += 1
                at += 1
        del buffer[:at]
        return found


def _size(buffer: bytearray, at: int) -> int:
    """Bytes of the packet that begins at `at`; 0 where none does; more than are there where more tell."""
    left = len(buffer) - at
    if buffer[at] & ~0x87:  # not 0x00 to 0x07 or 0x80 to 0x87
        return 0
    if left < HEAD_BYTES:
        return left + 1
    kind, length = buffer[at] & EVENT, (buffer[at] & 7) << 8 | buffer[at + 1]
    key = (kind, (buffer[at + 2], buffer[at + 3]))
    counted = _COUNTED.get(key)
    if counted is None:
        return HEAD_BYTES + length if _LENGTHS.get(key) == length else 0
    if length <= counted:
        return 0
    if left <= HEAD_BYTES + counted:
        return left + 1
    return HEAD_BYTES + length if buffer[at + HEAD_BYTES + counted] == length - counted - 1 else 0


def _believed(buffer: bytearray, at: int, size: int) -> bool:
    end = at + size
    if buffer.find(_VALUE_HEAD, at + 1, end) >= 0:
        return False
    return end == len(buffer) or _size(buffer, end) > 0


def _decode(buffer: bytearray, at: int, size: int) -> Packet:
    name = (buffer[at + 2], buffer[at + 3])
    return Packet(buffer[at] & EVENT, name, bytes(buffer[at + HEAD_BYTES : at + size]))
