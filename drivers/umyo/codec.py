"""uMyo base station, bytes only. Opens no port.

    4F D5 | rssi | packet id | length | unit id u32 | type 80 + 8 | param id | param 3 | data id
    | 8 x EMG i16 | 4 x spectrum u16 | quaternion 4 x i16 (w x y z) | accel 3 x i16
    | yaw pitch roll 3 x i16 | magnetometer 3 x i16 (may be missing)

All big-endian. The length counts from the packet id. There is no checksum. Source: the vendor's published
receiver format (ultimaterobotics, uMyo firmware 3.1 and Python tools).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

HEAD = b"\x4f\xd5"
BAUD = 921_600
SAMPLES = 8
"""EMG samples of one packet. The format knows other numbers; no firmware sends them."""
TYPE = 80 + SAMPLES
DATA_IDS, PACKET_IDS = 256, 128
BARE_BYTES, MAG_BYTES = 59, 65
_LENGTHS = {size - 3: size for size in (BARE_BYTES, MAG_BYTES)}
"""Length field -> bytes of the packet: head and signal strength are not counted."""
_LENGTH_AT, _UNIT_AT, _TYPE_AT, _TAIL_AT = 4, 5, 9, 47
_PACKET = struct.Struct(">2s3BI2B3sB8h4H4h3h3h")
_MAG = struct.Struct(">3h")
_UNIT = struct.Struct(">I")
_LEAST_NORM = 1000.0
_STEADY, _SAME_NORM = 0.995, 0.02
"""Cosine of half the turn between two packets (7 ms): 1600 degrees a second; and change of its length."""


@dataclass(frozen=True, slots=True)
class Packet:
    """What one sensor sent at once.

    Attributes:
        unit: the sensor's id.
        data_id: 0 to 255, one more for each packet of a sensor.
        samples: eight readings of EMG, signed 16 bit.
        quaternion: orientation w, x, y, z as sent.
        accel, angles: x, y, z and yaw, pitch, roll as sent.
        spectrum: four powers as sent.
        mag: magnetometer x, y, z; None where the packet has none.
        param_id, param: one of the sensor's slow values: 0 is battery, firmware version, 0.
        packet_id: 0 to 127, counted by the radio.
        rssi: signal strength as the base station says it.
    """

    unit: int
    data_id: int
    samples: tuple[int, ...]
    quaternion: tuple[int, int, int, int] = (32767, 0, 0, 0)
    accel: tuple[int, int, int] = (0, 0, 0)
    angles: tuple[int, int, int] = (0, 0, 0)
    spectrum: tuple[int, int, int, int] = (0, 0, 0, 0)
    mag: tuple[int, int, int] | None = (0, 0, 0)
    param_id: int = 0
    param: bytes = b"\0\0\0"
    packet_id: int = 0
    rssi: int = 60

    @property
    def battery_mv(self) -> int | None:
        """None where this packet does not say it."""
        return 2000 + 10 * self.param[0] if self.param_id == 0 else None


def encode(packet: Packet) -> bytes:
    """The bytes of a packet: for the virtual base station and for tests."""
    size = BARE_BYTES if packet.mag is None else MAG_BYTES
    body = _PACKET.pack(
        HEAD,
        packet.rssi,
        packet.packet_id,
        size - 3,
        packet.unit,
        TYPE,
        packet.param_id,
        packet.param,
        packet.data_id,
        *packet.samples,
        *packet.spectrum,
        *packet.quaternion,
        *packet.accel,
        *packet.angles,
    )
    return body if packet.mag is None else body + _MAG.pack(*packet.mag)


def _decode(raw: bytes) -> Packet:
    _, rssi, packet_id, _, unit, _, param_id, param, data_id, *rest = _PACKET.unpack_from(raw)
    return Packet(
        unit,
        data_id,
        tuple(rest[:8]),
        (rest[12], rest[13], rest[14], rest[15]),
        (rest[16], rest[17], rest[18]),
        (rest[19], rest[20], rest[21]),
        (rest[8], rest[9], rest[10], rest[11]),
        _MAG.unpack_from(raw, BARE_BYTES) if len(raw) == MAG_BYTES else None,
        param_id,
        param,
        packet_id,
        rssi,
    )


class PacketDecoder:
    """Bytes in, packets out.

    Nothing but the next head proves that a packet is whole, and with one sensor that comes 7 ms later. So a
    packet is also believed at once when what lies around its samples vouches for them: its data id is the
    next one, and its orientation is nearly that of the packet before. Bytes lost or added in between would
    shift it.

    Args:
        units: sensors to listen to; None for any.
    """

    def __init__(self, units: frozenset[int] | None = None) -> None:
        self._units = units
        self._buffer = bytearray()
        self._before: dict[int, Packet] = {}
        self.skipped = 0
        """Bytes that were part of no packet."""
        self.packet_bytes = MAG_BYTES
        """Of the newest packet."""

    @property
    def waiting(self) -> int:
        """Bytes of the packet that is not whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Packet]:
        """Packets completed by `data`, of all sensors, in the order in which they came."""
        buffer = self._buffer
        buffer += data
        found: list[Packet] = []
        at = 0
        while True:
            at = self._next_head(at)
            if len(buffer) - at <= _TYPE_AT:
                break
            size = _LENGTHS.get(buffer[at + _LENGTH_AT], 0)
            if not size or buffer[at + _TYPE_AT] != TYPE:
                self.skipped += 1
                at += 1
                continue
            if len(buffer) - at < size:
                break
            packet = _decode(bytes(buffer[at : at + size]))
            if not self._vouched(packet, buffer, at, size):
                follower = buffer[at + size : at + size + len(HEAD)]
                if HEAD.startswith(follower) and len(follower) < len(HEAD):
                    break
                if follower != HEAD:
                    self.skipped += 1
                    at += 1
                    continue
            self._before[packet.unit] = packet
            self.packet_bytes = size
            at += size
            if self._units is None or packet.unit in self._units:
                found.append(packet)
        del buffer[:at]
        return found

    def _next_head(self, at: int) -> int:
        """Position of the next possible head, perhaps of its first byte only; what lies before is skipped."""
        head = self._buffer.find(HEAD, at)
        if head < 0:
            head = len(self._buffer)
            if head > at and self._buffer[-1] == HEAD[0]:
                head -= 1
        self.skipped += head - at
        return head

    def _vouched(self, packet: Packet, buffer: bytearray, at: int, size: int) -> bool:
        """Its neighbours in the packet say that the samples are in their place."""
        before = self._before.get(packet.unit)
        if before is None or packet.data_id != (before.data_id + 1) % DATA_IDS:
            return False
        # A head behind the samples: this packet has lost its end to the next one, which shall not suffer.
        if buffer.find(HEAD, at + _TAIL_AT, at + size) >= 0 or buffer[at + size - 1] == HEAD[0]:
            return False
        (w, x, y, z), (a, b, c, d) = packet.quaternion, before.quaternion
        norm = math.hypot(w, x, y, z)
        norm_before = math.hypot(a, b, c, d)
        if norm < _LEAST_NORM or abs(norm - norm_before) > _SAME_NORM * norm:
            return False
        # Twice the same orientation: q and -q.
        same = float(abs(w * a + x * b + y * c + z * d))
        return same > _STEADY * norm * norm_before
