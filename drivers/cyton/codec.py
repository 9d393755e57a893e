"""OpenBCI Cyton, bytes only: the 33-byte stream packet and the text commands. Opens no port.

    0xA0 | counter u8 | 8 x int24 big-endian | 3 x int16 big-endian accelerometer | 0xC0 + type

With a Daisy board, packets of two boards alternate: see `DaisyDecoder`. There is no checksum.
Survived: garbage before, between and inside packets, missing bytes, any split of the
input. Source: docs.openbci.com, Cyton Data Format, Cyton SDK.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..frames import AuxRows, Rows

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
RESET, START, STOP, EIGHT_CHANNELS, SIXTEEN_CHANNELS = b"v", b"b", b"s", b"c", b"C"
DAISY_CHANNELS, DAISY_RATE_HZ = 16, 125.0
COUNTERS, PAIRS = 256, 128
G_PER_COUNT = 0.002 / 16

_AUX = struct.Struct(">3h")
_CHANNEL_KEYS = b"12345678QWERTYUI"


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
    """Set channel 1 to 16 (9 on: Daisy's): on, this gain, normal input, in the bias, not on SRB2 or SRB1.

    Bipolar because EMG is measured between two electrodes of one muscle, not against a common reference.
    """
    return b"x%c0%d0100X" % (_CHANNEL_KEYS[channel - 1], GAINS.index(gain))


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


class BoardDecoder:
    """Bytes in, rows of eight channels out: one a packet. A `FrameDecoder`."""

    def __init__(self) -> None:
        self._packets = PacketDecoder()

    @property
    def skipped(self) -> int:
        """Bytes that were part of no packet."""
        return self._packets.skipped

    def missing(self, rows: int) -> int:
        """As `FrameDecoder.missing`."""
        return max(1, rows * PACKET_BYTES - self._packets.waiting)

    def feed(self, data: bytes) -> Rows:
        """Rows completed by `data`."""
        packets = self._packets.feed(data)
        counts = np.array([packet.counts for packet in packets], np.int32).reshape(-1, CHANNELS)
        counter = np.array([packet.counter for packet in packets], np.int64)
        return Rows(counts, counter, aux=_accel(enumerate(packets)))


class DaisyDecoder:
    """Bytes in, rows of sixteen channels out: one a pair of packets. A `FrameDecoder`.

    Odd packets carry the board's own channels, the even ones that follow them Daisy's. A pair with a half
    missing is a lost row. The counter of a row is that of its even packet, halved.
    """

    def __init__(self) -> None:
        self._packets = PacketDecoder()
        self._odd: Packet | None = None

    @property
    def skipped(self) -> int:
        """Bytes that were part of no packet."""
        return self._packets.skipped

    def missing(self, rows: int) -> int:
        """As `FrameDecoder.missing`."""
        halves = 2 * rows - (self._odd is not None)
        return max(1, halves * PACKET_BYTES - self._packets.waiting)

    def feed(self, data: bytes) -> Rows:
        """Rows completed by `data`."""
        counts: list[tuple[int, ...]] = []
        counter: list[int] = []
        with_accel: list[tuple[int, Packet]] = []
        for packet in self._packets.feed(data):
            odd, self._odd = self._odd, packet if packet.counter % 2 else None
            if packet.counter % 2 or odd is None or (odd.counter + 1) % COUNTERS != packet.counter:
                continue
            with_accel += [(len(counts), odd), (len(counts), packet)]
            counts.append(odd.counts + packet.counts)
            counter.append(packet.counter // 2)
        return Rows(
            np.array(counts, np.int32).reshape(-1, DAISY_CHANNELS),
            np.array(counter, np.int64),
            aux=_accel(with_accel),
        )


def _accel(packets: Iterable[tuple[int, Packet]]) -> tuple[AuxRows, ...]:
    """The acceleration readings among packets, each with the row it came with."""
    found = [(row, packet.accel) for row, packet in packets if packet.accel is not None]
    if not found:
        return ()
    values = np.array([accel for _, accel in found], np.float64) * G_PER_COUNT
    return (AuxRows("accel", "g", np.array([row for row, _ in found]), values.astype(np.float32)),)


def _decode(raw: bytearray) -> Packet:
    counts = tuple(int.from_bytes(raw[i : i + 3], "big", signed=True) for i in range(2, 26, 3))
    accel = _AUX.unpack_from(raw, 26) if raw[-1] == ACCEL_FOOTER else (0, 0, 0)
    return Packet(raw[1], counts, accel if any(accel) else None)
