"""OpenBCI Cyton, bytes only: the 33-byte stream packet and the text commands. Opens no port.

    0xA0 | counter u8 | 8 x int24 big-endian | 3 x int16 big-endian accelerometer | 0xC0 + type

There is no checksum. Survived: garbage before, between and inside packets, missing bytes, any split of the
input. Source: docs.openbci.com, Cyton Data Format, Cyton SDK.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

HEAD = 0xA0
FOOTERS = range(0xC0, 0xC7)
ACCEL_FOOTER = 0xC0
PACKET_BYTES = 33
CHANNELS = 8
RATE_HZ = 250.0
BAUD = 115_200
MOST_COUNT = 2**23 - 1
GAINS = (1, 2, 4, 6, 8, 12, 24)
"""Index is the gain's code in a channel command."""
END = b"$$$"
RESET, START, STOP, EIGHT_CHANNELS = b"v", b"b", b"s", b"c"
G_PER_COUNT = 0.002 / 16

_AUX = struct.Struct(">3h")


@dataclass(frozen=True, slots=True)
class Packet:
    """One sample.

    Attributes:
        counter: 0 to 255, wraps.
        counts: eight signed 24-bit readings.
        accel: three signed 16-bit readings, or None where the packet carries none (it is measured at 25 Hz).
    """

    counter: int
    counts: tuple[int, ...]
    accel: tuple[int, int, int] | None


def microvolts_per_count(gain: int) -> float:
    """Reference 4.5 V over gain and full scale, in microvolts."""
    return 4.5e6 / gain / MOST_COUNT


def channel_command(channel: int, gain: int) -> bytes:
    """Set channel 1 to 8: on, this gain, normal input, in the bias, bipolar (not on SRB2 or SRB1).

    Bipolar because EMG is measured between two electrodes of one muscle, not against a common reference.
    """
    return b"x%d0%d0100X" % (channel, GAINS.index(gain))


def encode(packet: Packet) -> bytes:
    """The 33 bytes of a packet: for the virtual Cyton and for tests."""
    body = b"".join(count.to_bytes(3, "big", signed=True) for count in packet.counts)
    return (
        bytes((HEAD, packet.counter))
        + body
        + _AUX.pack(*(packet.accel or (0, 0, 0)))
        + bytes((ACCEL_FOOTER,))
    )


class PacketDecoder:
    """Bytes in, packets out.

    In step, a packet is taken as soon as its last byte is there. Once something did not fit, a packet must be
    followed by another's head to be believed, so that a 0xA0 among the data is not mistaken for one.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._in_step = True
        self.skipped = 0
        """Bytes that were part of no packet."""

    def feed(self, data: bytes) -> list[Packet]:
        """Packets completed by `data`."""
        buffer = self._buffer
        buffer += data
        found: list[Packet] = []
        at = 0
        while True:
            at = self._next_head(at)
            needed = PACKET_BYTES if self._in_step else PACKET_BYTES + 1
            if len(buffer) - at < needed:
                break
            fits = buffer[at + PACKET_BYTES - 1] in FOOTERS
            if fits and (self._in_step or buffer[at + PACKET_BYTES] == HEAD):
                found.append(_decode(buffer[at : at + PACKET_BYTES]))
                self._in_step = True
                at += PACKET_BYTES
            else:
                self._in_step = False
                self.skipped += 1
                at += 1
        del buffer[:at]
        return found

    def _next_head(self, at: int) -> int:
        """Position of the next possible head; what lies before it is skipped."""
        buffer = self._buffer
        if at < len(buffer) and buffer[at] != HEAD:
            self._in_step = False
            head = buffer.find(HEAD, at)
            head = len(buffer) if head < 0 else head
            self.skipped += head - at
            return head
        return at


def _decode(raw: bytearray) -> Packet:
    counts = tuple(int.from_bytes(raw[i : i + 3], "big", signed=True) for i in range(2, 26, 3))
    accel = _AUX.unpack_from(raw, 26) if raw[-1] == ACCEL_FOOTER else (0, 0, 0)
    return Packet(raw[1], counts, accel if any(accel) else None)
