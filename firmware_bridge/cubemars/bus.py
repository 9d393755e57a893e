"""A CAN bus through python-can, used without ever blocking: frames of eight bytes, 11-bit identifiers."""

from __future__ import annotations

import errno
import ipaddress
from collections import deque
from typing import Any

from ...core.errors import InnervateError, LimbError, LimbLost, LimbNotFound, ProfileError
from ...core.extras import optional

BITRATE = 1_000_000
_MOST_AT_ONCE = 256
"""Frames taken in one turn at most: a flooded bus does not keep the guard from its heartbeat."""
_ECHOES = 32


class CanBus:
    """See the module.

    Args:
        port: "INTERFACE:CHANNEL" as python-can names them: "socketcan:can0", "slcan:/dev/ttyACM0",
            "udp_multicast:239.74.163.2" or "udp_multicast:239.74.163.2:43114" (a bus between processes of
            one machine, for tests).
        ids: identifiers that we send to and listen for.

    Raises:
        ProfileError: the port is not such a name, or python-can does not know it.
        LimbNotFound: there is no such bus.
        LimbError: python-can is not installed, or the bus cannot be waited for.
    """

    def __init__(self, port: str, ids: tuple[int, ...]) -> None:
        self.port = port
        interface, arguments = _named(port)
        try:
            self._can = optional("can", "a CAN bus needs", "can")
            optional("msgpack", "a CAN bus needs", "can")
        except InnervateError as error:
            raise LimbError(error.what, error.mend) from error
        if interface not in self._can.VALID_INTERFACES:
            allowed = ", ".join(sorted(self._can.VALID_INTERFACES))
            raise ProfileError(f"limb.port = {port!r}: no interface {interface!r}; allowed: {allowed}")
        if interface == "socketcan":
            # The kernel drops what is not for us; elsewhere python-can would, a frame at a time.
            arguments["can_filters"] = [
                {"can_id": number, "can_mask": 0x7FF, "extended": False} for number in (0, *ids)
            ]
        self._bus = self._opened(interface, arguments)
        self._sent: deque[tuple[int, bytes]] = deque(maxlen=_ECHOES)
        self.bad = 0
        """Error frames, and what is no CAN frame."""

    def _opened(self, interface: str, arguments: dict[str, Any]) -> Any:
        try:
            bus = self._can.Bus(interface=interface, ignore_config=True, **arguments)
        except (self._can.CanError, OSError, ValueError, TypeError, ImportError) as error:
            raise LimbNotFound(
                f"{self.port}: cannot be opened: {' '.join(str(error).split())}",
                "is the adapter plugged in and the bus up? ip link set can0 up type can bitrate 1000000",
            ) from error
        try:
            bus.fileno()
        except NotImplementedError as error:
            bus.shutdown()
            raise LimbError(f"{self.port}: this interface cannot be waited for", "use socketcan") from error
        return bus

    def fileno(self) -> int:
        """For `select`."""
        return int(self._bus.fileno())

    def send(self, number: int, data: bytes) -> bool:
        """Hand a frame to the kernel; False when there is no room now.

        Raises:
            LimbLost: the bus is gone.
        """
        message = self._can.Message(arbitration_id=number, data=data, is_extended_id=False, check=True)
        try:
            self._bus.send(message, timeout=0.0)
        except (self._can.CanError, OSError) as error:
            if _no_room(error, self._can.CanTimeoutError):
                return False
            raise LimbLost(f"{self.port}: the CAN bus is gone: {' '.join(str(error).split())}") from error
        self._sent.append((number, data))
        return True

    def receive(self) -> list[tuple[int, bytes]]:
        """(identifier, data) of all that has arrived, without what we sent ourselves.

        Raises:
            LimbLost: the bus is gone.
        """
        found: list[tuple[int, bytes]] = []
        for _ in range(_MOST_AT_ONCE):
            try:
                message = self._bus.recv(timeout=0.0)
            except (self._can.CanError, OSError) as error:
                if isinstance(error, OSError) or isinstance(error.__cause__, OSError):
                    if _no_room(error, self._can.CanTimeoutError):
                        break
                    raise LimbLost(f"{self.port}: the CAN bus is gone: {error}") from error
                self.bad += 1
                continue
            if message is None:
                break
            if message.is_error_frame:
                self.bad += 1
            elif not (message.is_extended_id or message.is_remote_frame or message.is_fd):
                self._take(int(message.arbitration_id), bytes(message.data), found)
        return found

    def _take(self, number: int, data: bytes, found: list[tuple[int, bytes]]) -> None:
        # A bus over multicast gives every frame back to its sender, and a drive answers under its own id, so
        # only the bytes tell. A reply is never like a command of ours: it begins with an id, a command only
        # at -12 rad.
        if (number, data) in self._sent:
            self._sent.remove((number, data))
        else:
            found.append((number, data))

    def close(self) -> None:
        """Let the bus go."""
        self._bus.shutdown()


def _named(port: str) -> tuple[str, dict[str, Any]]:
    """Interface and arguments of python-can."""
    interface, colon, channel = port.partition(":")
    if not (interface and colon and channel):
        raise ProfileError(f"limb.port = {port!r}: allowed: INTERFACE:CHANNEL, as 'socketcan:can0'")
    if interface != "udp_multicast":
        return interface, {"channel": channel, "bitrate": BITRATE}
    group, _, number = channel.partition(":")
    try:
        address = ipaddress.IPv4Address(group)
        place = {"channel": str(address), **({"port": int(number)} if number else {})}
    except ValueError:
        address = None
    if address is None or not address.is_multicast:
        raise ProfileError(
            f"limb.port = {port!r}: allowed: udp_multicast:GROUP or udp_multicast:GROUP:PORT, as "
            "'udp_multicast:239.74.163.2:43113'"
        )
    return interface, {**place, "hop_limit": 0, "fd": False}


def _no_room(error: BaseException, timeout: type[BaseException]) -> bool:
    """True when it is only that nothing fits or nothing is there now: a later turn tries again."""
    if isinstance(error, timeout) or isinstance(error.__cause__, BlockingIOError):
        return True
    number = getattr(error, "error_code", None) or getattr(error.__cause__, "errno", None)
    return number in (errno.EAGAIN, errno.ENOBUFS) or "buffer full" in str(error)
