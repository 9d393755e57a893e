"""Thalmic Myo armband, bytes only: what it notifies and what it is told. Opens no port.

EMG: 16 bytes, two samples of 8 x int8, in four characteristics one after the other. IMU: 20 bytes,
quaternion, acceleration, rotation as int16. Multi-byte values are little-endian. Source: Thalmic Labs
myo-bluetooth, myohw.h; handles are those of firmware 1.5.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..frames import AuxRows, Rows
from . import bgapi

CHANNELS, RATE_HZ, IMU_HZ = 8, 200.0, 50.0
MOST_COUNT = 127
ROWS = 2
"""Samples of one notification."""
NAME, BATTERY, FIRMWARE, COMMAND, IMU = 0x03, 0x11, 0x17, 0x19, 0x1C
EMG = (0x2B, 0x2E, 0x31, 0x34)
MODULUS = ROWS * len(EMG)
"""Samples after which the same characteristic comes again."""
SUBSCRIBE = {handle: handle + 1 for handle in (BATTERY, IMU, *EMG)}
"""Handle of a value -> handle where notifications of it are switched on."""
NOTIFY = b"\x01\x00"
EMG_OFF, EMG_FILTERED, EMG_RAW = 0, 2, 3
IMU_OFF, IMU_DATA = 0, 1
NEVER_SLEEP, MAY_SLEEP = b"\x09\x01\x01", b"\x09\x01\x00"
SERVICE = bytes.fromhex("42 48 12 4a 7f 2c 48 47 b9 de 04 a9 01 00 06 d5")
"""UUID of the control service, last byte first: the end of what an armband advertises."""
ADVERTISED = b"\x06" + SERVICE
_EMG_BYTES, _IMU_BYTES = 16, 20
_PER_UNIT = {"quaternion": 16384.0, "accel": 2048.0, "gyro": 16.0}
_UNITS = {"quaternion": "1", "accel": "g", "gyro": "deg/s"}
_WIDTHS = {"quaternion": 4, "accel": 3, "gyro": 3}


def set_mode(emg: int, imu: int) -> bytes:
    """What streams; gestures are off."""
    return bytes((0x01, 3, emg, imu, 0))


def encode_emg(rows: NDArray[np.int8]) -> bytes:
    """[2, 8] as one notification: for the virtual armband and for tests."""
    return rows.astype(np.int8).tobytes()


def encode_imu(quaternion: Iterable[int], accel: Iterable[int], gyro: Iterable[int]) -> bytes:
    """As one notification, in the device's counts."""
    return np.array([*quaternion, *accel, *gyro], "<i2").tobytes()


class MyoDecoder:
    """Bytes of a dongle in, rows out: two a notification. A `FrameDecoder`.

    The counter of a row comes from its characteristic: 0 and 1 from the first, to 6 and 7 from the fourth.
    What came beside EMG belongs to the first row after it.

    Args:
        framing: bytes that have come already are in it.
        packets: that have come already.
        connection: whose notifications these are.
        battery_percent: as it was read.
    """

    def __init__(
        self,
        framing: bgapi.BgapiDecoder,
        packets: Iterable[bgapi.Packet] = (),
        connection: int = 0,
        battery_percent: int | None = None,
    ) -> None:
        self._framing = framing
        self._early = list(packets)
        self._connection = connection
        self._beside: list[tuple[str, list[float]]] = []
        if battery_percent is not None:
            self._beside.append(("battery", [battery_percent]))
        self.gone = ""
        """Why nothing will come any more; empty while it may."""

    @property
    def skipped(self) -> int:
        """Bytes that were part of no packet."""
        return self._framing.skipped

    def missing(self, rows: int) -> int:
        """As `FrameDecoder.missing`: other packets come between, so fewer rows may be there then."""
        whole = -(-rows // ROWS) * (bgapi.HEAD_BYTES + 5 + _EMG_BYTES)
        return max(1, whole - self._framing.waiting)

    def feed(self, data: bytes) -> Rows:
        """Rows completed by `data`."""
        packets, self._early = self._early + self._framing.feed(data), []
        payloads: list[bytes] = []
        counter: list[int] = []
        beside: dict[str, list[tuple[int, list[float]]]] = {}
        for packet in packets:
            if packet.kind != bgapi.EVENT:
                continue
            if packet.name in (bgapi.DISCONNECTED, bgapi.BOOTED):
                self.gone = _why_gone(packet)
            if packet.name != bgapi.ATTRIBUTE_VALUE:
                continue
            value = bgapi.value_of(packet)
            if value.connection != self._connection:
                continue
            if value.handle in EMG and len(value.data) == _EMG_BYTES:
                for name, numbers in self._beside:
                    beside.setdefault(name, []).append((len(counter), numbers))
                self._beside = []
                first = EMG.index(value.handle) * ROWS
                counter += range(first, first + ROWS)
                payloads.append(value.data)
            else:
                self._beside += _readings(value)
        counts = np.frombuffer(b"".join(payloads), np.int8).reshape(-1, CHANNELS)
        return Rows(counts, np.array(counter, np.int64), aux=tuple(_aux(*each) for each in beside.items()))


def _readings(value: bgapi.Value) -> list[tuple[str, list[float]]]:
    """What is measured beside EMG, by name."""
    if value.handle == BATTERY and len(value.data) == 1:
        return [("battery", [value.data[0]])]
    if value.handle != IMU or len(value.data) != _IMU_BYTES:
        return []
    counts, at, found = np.frombuffer(value.data, "<i2"), 0, []
    for name, width in _WIDTHS.items():
        found.append((name, (counts[at : at + width] / _PER_UNIT[name]).tolist()))
        at += width
    return found


def _aux(name: str, readings: list[tuple[int, list[float]]]) -> AuxRows:
    rows = np.array([row for row, _ in readings], np.int64)
    values = np.array([numbers for _, numbers in readings], np.float32)
    return AuxRows(name, _UNITS.get(name, "%"), rows, values)


_REASONS = {0x0208: "out of reach", 0x0213: "it ended the connection", 0x0216: "we ended the connection"}
"""Bluetooth reasons (low byte) as BGAPI passes them on."""


def _why_gone(packet: bgapi.Packet) -> str:
    if packet.name == bgapi.BOOTED:
        return "the dongle has restarted"
    reason = int.from_bytes(packet.payload[1:3], "little")
    return _REASONS.get(reason, f"reason 0x{reason:04x}")
