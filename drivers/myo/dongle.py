"""A BLED112 dongle on a serial port: scan, connect, read and write attributes. One question at a time."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Callable

from ...core.clock import now
from ...core.errors import SourceError, SourceNotFound
from ..wire import Wire
from . import bgapi
from .bgapi import Packet

_ANSWER_S, _CONNECT_S, _PROCEDURE_S = 0.6, 4.0, 2.0
_CONNECTIONS = 3
"""More than any program of ours leaves open."""
_INTERVAL, _TIMEOUT = 6, 64
"""Connection interval in 1.25 ms (7.5 ms, the shortest there is), and supervision in 10 ms (0.64 s)."""
_CONNECTED = 0x01
_MEND = "check that this is the dongle's port, and unplug it for a moment"


class Dongle:
    """What a BLED112 is asked.

    Args:
        wire: its port; stays the caller's to close.
    """

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.framing = bgapi.BgapiDecoder()
        self._early: list[Packet] = []

    def take_early(self) -> list[Packet]:
        """Packets that nobody waited for, oldest first; they are handed out once."""
        early, self._early = self._early, []
        return early

    def quiet(self) -> None:
        """End whatever a program before us has begun.

        Raises:
            SourceNotFound: what is there is no dongle.
        """
        while self._wire.read(0.0):
            pass
        self._ask(bgapi.END_PROCEDURE)
        for connection in range(_CONNECTIONS):
            self._ask(bgapi.DISCONNECT, bytes((connection,)))
        self._early.clear()

    def scan(
        self, service: bytes, until_s: float, enough: Callable[[dict[bytes, int]], bool]
    ) -> dict[bytes, int]:
        """Who advertises this service: address -> signal in dBm.

        Args:
            service: end of what they advertise.
            until_s: listen no longer.
            enough: asked again and again with what was found; True ends it.
        """
        found: dict[bytes, int] = {}
        self._ask(bgapi.DISCOVER, b"\x01")
        while now() < until_s and not enough(found):
            for packet in self._receive(min(until_s, now() + 0.05)):
                if (packet.kind, packet.name) == (bgapi.EVENT, bgapi.SCANNED):
                    scan = bgapi.scan_of(packet)
                    if scan.data.endswith(service):
                        found[scan.address] = scan.rssi_dbm
        self._ask(bgapi.END_PROCEDURE)
        self._early.clear()
        return found

    def connect(self, address: bytes) -> int:
        """The connection's number.

        Raises:
            SourceNotFound: it does not answer.
        """
        parameters = struct.pack("<BHHHH", 0, _INTERVAL, _INTERVAL, _TIMEOUT, 0)
        answer = self._ask(bgapi.CONNECT, address + parameters)
        text = bgapi.address_text(address)
        result, connection = struct.unpack("<HB", answer)
        if result:
            raise SourceNotFound(
                f"{self._wire.name}: the dongle cannot connect to {text}: 0x{result:04x}", _MEND
            )
        status = self._await(bgapi.EVENT, bgapi.CONNECTION_STATUS, _CONNECT_S)
        if status is None or status[0] != connection or not status[1] & _CONNECTED:
            with contextlib.suppress(SourceError):
                self._ask(bgapi.END_PROCEDURE)
            raise SourceNotFound(
                f"{self._wire.name}: {text} does not answer (waited {_CONNECT_S:g} s)",
                "bring it near the dongle; end programs that have connected to it",
            )
        self._early.clear()  # what is left is of connections that were
        return int(connection)

    def read(self, connection: int, handle: int) -> bytes:
        """Value of an attribute.

        Raises:
            SourceError: it has none.
        """
        self._check(self._ask(bgapi.READ_ATTRIBUTE, struct.pack("<BH", connection, handle)), 1, handle)
        until_s = now() + _PROCEDURE_S
        while now() < until_s:
            for at, packet in enumerate(self._early):
                if (packet.kind, packet.name) != (bgapi.EVENT, bgapi.ATTRIBUTE_VALUE):
                    continue
                value = bgapi.value_of(packet)
                if (value.connection, value.handle) == (connection, handle):
                    del self._early[at]
                    return value.data
            self._early += self._receive(until_s)
        raise SourceError(f"{self._wire.name}: attribute 0x{handle:02x} cannot be read", _MEND)

    def write(self, connection: int, handle: int, data: bytes, timeout_s: float = _PROCEDURE_S) -> None:
        """Set an attribute, and wait until the other side has taken it.

        Raises:
            SourceError: it refuses, or says nothing.
        """
        head = struct.pack("<BHB", connection, handle, len(data))
        self._check(self._ask(bgapi.WRITE_ATTRIBUTE, head + data), 1, handle)
        done = self._await(bgapi.EVENT, bgapi.COMPLETED, timeout_s)
        if done is None:
            raise SourceError(f"{self._wire.name}: no answer to attribute 0x{handle:02x}", _MEND)
        self._check(done, 1, handle)

    def disconnect(self, connection: int) -> None:
        """End a connection."""
        self._ask(bgapi.DISCONNECT, bytes((connection,)))

    def _check(self, payload: bytes, at: int, handle: int) -> None:
        (result,) = struct.unpack_from("<H", payload, at)
        if result:
            raise SourceError(
                f"{self._wire.name}: attribute 0x{handle:02x} is refused: 0x{result:04x}", _MEND
            )

    def _ask(self, name: tuple[int, int], payload: bytes = b"") -> bytes:
        self._wire.write(bgapi.encode(Packet(bgapi.COMMAND, name, payload)))
        answer = self._await(bgapi.COMMAND, name, _ANSWER_S)
        if answer is None:
            raise SourceNotFound(f"{self._wire.name}: no BLED112 dongle answers here", _MEND)
        return answer

    def _await(self, kind: int, name: tuple[int, int], timeout_s: float) -> bytes | None:
        """Payload of the first such packet; None when none comes in time."""
        until_s = now() + timeout_s
        while True:
            for at, packet in enumerate(self._early):
                if (packet.kind, packet.name) == (kind, name):
                    del self._early[at]
                    return packet.payload
            if now() >= until_s:
                return None
            self._early += self._receive(until_s)

    def _receive(self, until_s: float) -> list[Packet]:
        return self.framing.feed(self._wire.read(until_s))
