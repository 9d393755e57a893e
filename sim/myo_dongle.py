"""What a virtual BLED112 and the Myo armbands in its reach answer. Pure: no port, no clock."""

from __future__ import annotations

import struct

from ..drivers.myo import bgapi, codec
from ..drivers.myo.bgapi import Packet

_BATTERY_PERCENT = 87
_VERSION, _OLD_VERSION = (1, 5, 1970, 2), (0, 8, 18, 0)
_NOT_CONNECTED, _NO_ATTRIBUTE, _OUT_OF_REACH, _BY_HOST = 0x0186, 0x0401, 0x0208, 0x0216
_RSSI_DBM = -50
_CONNECTED_FLAGS = 0x05
"""Connected, and just so."""
_FLAGS = b"\x02\x01\x06"
"""What general advertisements begin with."""
_COMMAND_HEAD = 4
_MODES = (codec.EMG_FILTERED, codec.EMG_RAW)


def address_of(armband: int) -> bytes:
    """Address of the first, second or third armband, last byte first."""
    return bytes((0x20 + armband, 0x22, 0x11, 0x0A, 0x7B, 0xD3))


class DongleFirmware:
    """Commands in, responses and events out.

    Args:
        armbands: how many are in reach.
        old: their firmware is too old.
    """

    def __init__(self, armbands: int, *, old: bool = False) -> None:
        self._armbands = armbands
        self._version = _OLD_VERSION if old else _VERSION
        self._buffer = bytearray()
        self.scanning = False
        self.connected: bytes | None = None
        """Address of the armband that is connected, as connection 0."""
        self._forget()

    def _forget(self) -> None:
        """An armband begins anew with every connection."""
        self.mode = (0, 0, 0)
        self.sleeps = True
        """It may fall asleep and end the connection."""
        self._subscribed: set[int] = set()

    @property
    def streaming(self) -> bool:
        """EMG is switched on and somebody has subscribed to it."""
        return self.mode[0] in _MODES and not self._subscribed.isdisjoint(codec.EMG)

    def feed(self, data: bytes) -> bytes:
        """Everything that is said to `data`."""
        buffer = self._buffer
        buffer += data
        said = b""
        while len(buffer) >= _COMMAND_HEAD:
            size = _COMMAND_HEAD + ((buffer[0] & 7) << 8) + buffer[1]
            if len(buffer) < size:
                break
            name = (buffer[2], buffer[3])
            said += self._answer(name, bytes(buffer[_COMMAND_HEAD:size]))
            del buffer[:size]
        return said

    def _answer(self, name: tuple[int, int], payload: bytes) -> bytes:
        if name in (bgapi.DISCOVER, bgapi.END_PROCEDURE):
            self.scanning = name == bgapi.DISCOVER
            return _response(name, struct.pack("<H", 0))
        if name == bgapi.CONNECT:
            return self._connect(payload)
        if name == bgapi.DISCONNECT:
            if payload[0] or self.connected is None:
                return _response(name, struct.pack("<BH", payload[0], _NOT_CONNECTED))
            return _response(name, struct.pack("<BH", 0, 0)) + self.lose(_BY_HOST)
        if name in (bgapi.READ_ATTRIBUTE, bgapi.WRITE_ATTRIBUTE):
            connection, handle = struct.unpack_from("<BH", payload)
            if connection or self.connected is None:
                return _response(name, struct.pack("<BH", connection, _NOT_CONNECTED))
            done = self._read(handle) if name == bgapi.READ_ATTRIBUTE else self._write(handle, payload[4:])
            return _response(name, struct.pack("<BH", 0, 0)) + done
        return b""

    def _connect(self, payload: bytes) -> bytes:
        address, interval, _, timeout, latency = struct.unpack_from("<6sxHHHH", payload)
        said = _response(bgapi.CONNECT, struct.pack("<HB", 0, 0))
        if address not in map(address_of, range(self._armbands)):
            return said  # the dongle goes on trying, and says nothing
        self._forget()
        self.connected, self.scanning = address, False
        status = struct.pack("<BB6sBHHHB", 0, _CONNECTED_FLAGS, address, 0, interval, timeout, latency, 255)
        return said + _event(bgapi.CONNECTION_STATUS, status)

    def lose(self, reason: int = _OUT_OF_REACH) -> bytes:
        """The connection ends."""
        self.connected = None
        self._forget()
        return _event(bgapi.DISCONNECTED, struct.pack("<BH", 0, reason))

    def advertisements(self) -> bytes:
        """One of every armband that is not connected, and one of something else."""
        said = _event(bgapi.SCANNED, bgapi.scan_payload(bgapi.Scan(-80, b"\1\2\3\4\5\6", _FLAGS)))
        for armband in range(self._armbands):
            if (address := address_of(armband)) != self.connected:
                data = _FLAGS + b"\x11" + codec.ADVERTISED
                said += _event(
                    bgapi.SCANNED, bgapi.scan_payload(bgapi.Scan(_RSSI_DBM - armband, address, data))
                )
        return said

    def notify(self, handle: int, data: bytes) -> bytes:
        """A notification, if the host has subscribed to it and the mode has it."""
        on = self.mode[0] in _MODES if handle in codec.EMG else bool(self.mode[1])
        if self.connected is None or handle not in self._subscribed or not on:
            return b""
        return _event(bgapi.ATTRIBUTE_VALUE, bgapi.value_payload(bgapi.Value(0, handle, data), 1))

    def _read(self, handle: int) -> bytes:
        values = {
            codec.NAME: b"Myo",
            codec.BATTERY: bytes((_BATTERY_PERCENT,)),
            codec.FIRMWARE: struct.pack("<4H", *self._version),
        }
        if handle not in values:
            return _completed(handle, _NO_ATTRIBUTE)
        return _event(bgapi.ATTRIBUTE_VALUE, bgapi.value_payload(bgapi.Value(0, handle, values[handle]), 0))

    def _write(self, handle: int, data: bytes) -> bytes:
        for value, subscription in codec.SUBSCRIBE.items():
            if handle == subscription:
                (self._subscribed.add if data[:1] == b"\x01" else self._subscribed.discard)(value)
        if handle == codec.COMMAND and len(data) >= 2:
            if data[:2] == b"\x01\x03":
                self.mode = (data[2], data[3], data[4])
            elif data[:2] == codec.NEVER_SLEEP[:2]:
                self.sleeps = data[:3] != codec.NEVER_SLEEP
        return _completed(handle, 0)


def _response(name: tuple[int, int], payload: bytes) -> bytes:
    return bgapi.encode(Packet(bgapi.COMMAND, name, payload))


def _event(name: tuple[int, int], payload: bytes) -> bytes:
    return bgapi.encode(Packet(bgapi.EVENT, name, payload))


def _completed(handle: int, result: int) -> bytes:
    return _event(bgapi.COMPLETED, struct.pack("<BHH", 0, result, handle))
