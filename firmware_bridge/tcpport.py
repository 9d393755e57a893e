"""A TCP line to a limb that never blocks and never queues up what is old. Sibling of `serialport`."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import socket
import struct
import termios

from ..core.clock import now
from ..core.errors import LimbError, LimbLost, LimbNotFound, ProfileError

FIRST_CONNECT_S = 1.0
"""The first connection of a process is waited for so long. Later ones, when the guard is at work, are not."""
_CONNECT_S = 3.0
_UNHEARD_MS = 1000
"""What is not acknowledged by then ends the connection: the kernel's own patience is a quarter of an hour."""
_AT_ONCE = 1 << 16

_Address = tuple[str, int]
_resolved: dict[_Address, _Address] = {}
_dialling: dict[_Address, tuple[float, socket.socket]] = {}
_seen: set[_Address] = set()


class TcpPort:
    """An open connection.

    While more than `MAX_QUEUED` bytes are with the kernel and not acknowledged, a new frame waits here, and a
    newer one takes its place. A frame that went out in part is always finished first.

    Args:
        connection: connected.
        name: for messages.
        first: it is the first of this process to that address.
    """

    MAX_QUEUED = 256

    def __init__(self, connection: socket.socket, name: str, *, first: bool = False) -> None:
        self.name, self.first = name, first
        self._socket = connection
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNHEARD_MS)
        self._tail = self._next = b""
        self.frames = 0
        """Frames the kernel has begun to take."""

    def fileno(self) -> int:
        """For `select`."""
        return self._socket.fileno()

    @property
    def wants_to_write(self) -> bool:
        """True while something waits here."""
        return bool(self._tail or self._next)

    def send(self, frame: bytes) -> bool:
        """Hand a frame to the kernel; False when it must wait (call `flush` again at the next heartbeat).

        Raises:
            LimbLost: the connection is gone.
        """
        self._next = frame
        return self.flush()

    def flush(self) -> bool:
        """Write what waits; True when nothing is left.

        Raises:
            LimbLost: the connection is gone.
        """
        try:
            if self._tail:
                self._tail = self._tail[self._socket.send(self._tail) :]
            if not self._tail and self._next and self._queued() <= self.MAX_QUEUED:
                written = self._socket.send(self._next)  # raises, and the frame stays, when there is no room
                self._tail, self._next = self._next[written:], b""
                self.frames += 1
        except BlockingIOError:
            pass
        except OSError as error:
            raise self._lost(error) from error
        return not self.wants_to_write

    def read(self) -> bytes:
        """All that has arrived; b"" when nothing has.

        Raises:
            LimbLost: the connection is gone.
        """
        try:
            data = self._socket.recv(_AT_ONCE)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost(error) from error
        if not data:
            raise LimbLost(f"{self.name}: the other end has hung up")
        return data

    def close(self) -> None:
        """Let it go. May be called twice."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _queued(self) -> int:
        answer = fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, b"\0\0\0\0")  # SIOCOUTQ of a socket
        return int(struct.unpack("i", answer)[0])

    def _lost(self, error: OSError) -> LimbLost:
        return LimbLost(f"{self.name}: connection lost: {error.strerror}")


def address_of(text: str, default_port: int) -> _Address:
    """("HOST", port) of "HOST" or "HOST:PORT"; an IPv6 address stands in brackets.

    Raises:
        ProfileError: it is neither.
    """
    host, bracket, rest = text.rpartition("]")
    if bracket:
        host, colon, port = host.removeprefix("["), rest[:1], rest[1:]
    else:
        host, colon, port = text.partition(":")
    if not host or (rest if bracket and not colon else "") or colon not in ("", ":") or "/" in host:
        raise ProfileError(f"limb.port = {text!r}: allowed: HOST or HOST:PORT")
    if not colon:
        return host, default_port
    if not (port.isdecimal() and 1 <= int(port) <= 65535):
        raise ProfileError(f"limb.port = {text!r}: the port after the colon must be 1 to 65535")
    return host, int(port)


def dial(text: str, default_port: int) -> TcpPort:
    """Connect to "HOST" or "HOST:PORT".

    The first time it waits for up to `FIRST_CONNECT_S`. Later it never waits: it begins to connect, says that
    nobody answers yet, and a later call takes over the connection that has come about.

    Raises:
        LimbNotFound: nobody answers there, or not yet.
        LimbError: no such address.
        ProfileError: not an address.
    """
    key = address_of(text, default_port)
    name = f"{key[0]}:{key[1]}"
    first = key not in _seen
    since_s, connection = _dialling.pop(key, (now(), None))
    try:
        if connection is None:
            connection = _begin(_resolve(key))
        poller = select.poll()
        poller.register(connection, select.POLLOUT)
        if not poller.poll(FIRST_CONNECT_S * 1e3 if first else 0):
            if first or now() - since_s > _CONNECT_S:
                raise TimeoutError(errno.ETIMEDOUT, "nobody answers")
            _dialling[key] = since_s, connection
            raise LimbNotFound(f"{name}: not connected yet")
        _refuse(connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    except OSError as error:
        if connection is not None:
            connection.close()
        why = str(error.strerror or error).lower()
        raise LimbNotFound(f"{name}: {why}", "is it on, and on this network?") from error
    _seen.add(key)
    return TcpPort(connection, name, first=first)


def _resolve(key: _Address) -> _Address:
    """The numeric address. Asked for once: a name server may be slow."""
    if key not in _resolved:
        try:
            found = socket.getaddrinfo(*key, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            raise LimbError(
                f"limb.port: {key[0]!r} is no known address", "give the device's IP address"
            ) from error
        _resolved[key] = found[0][4][:2]  # type: ignore[assignment] # host and port in both families
    return _resolved[key]


def _begin(address: _Address) -> socket.socket:
    """A connection under way."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.setblocking(False)
    number = connection.connect_ex(address)
    if number != errno.EINPROGRESS:
        try:
            _refuse(number)
        except OSError:
            connection.close()
            raise
    return connection


def _refuse(number: int) -> None:
    """Raise the kernel's error of this number; 0 is none."""
    if number:
        raise OSError(number, os.strerror(number))
