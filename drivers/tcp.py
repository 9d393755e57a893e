"""TCP connections to amplifiers: those we dial, and those that dial us."""

from __future__ import annotations

import contextlib
import errno
import select
import socket

from ..core.clock import now
from ..core.errors import SourceBusy, SourceError, SourceLost, SourceNotFound

LOOPBACK = "127.0.0.1"
_AT_ONCE = 1 << 18
_SEND_S = 2.0
_KEEPALIVE = ((socket.TCP_KEEPIDLE, 2), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 3))
"""A probe whose battery died sends no goodbye: the kernel notices after five seconds."""


class TcpLink:
    """An open connection: a `Wire`."""

    def __init__(self, connection: socket.socket, name: str) -> None:
        self.name = name
        self._socket = connection
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE:
            self._socket.setsockopt(socket.IPPROTO_TCP, option, value)
        self._poller = select.poll()
        self._poller.register(self._socket, select.POLLIN)
        self._wanted = 1

    def fileno(self) -> int:
        """For `select`, by those who wait for several links at once."""
        return self._socket.fileno()

    def read(self, until_s: float, at_least: int = 1) -> bytes:
        """As `Wire.read`. The kernel wakes us once, when `at_least` bytes are there."""
        try:
            wait_s = until_s - now()
            if wait_s > 0:
                self._want(at_least)
                self._poller.poll(wait_s * 1e3)
            data = self._socket.recv(_AT_ONCE)
        except BlockingIOError:
            return b""
        except (OSError, ValueError) as error:
            raise self._lost() from error
        if not data:
            raise self._lost()
        return data

    def _want(self, count: int) -> None:
        if count != self._wanted:
            self._wanted = count
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, max(1, count))

    def write(self, data: bytes) -> None:
        """As `Wire.write`."""
        until_s = now() + _SEND_S
        try:
            while data:
                try:
                    data = data[self._socket.send(data) :]
                except BlockingIOError:
                    if now() > until_s:
                        raise self._lost() from None
                    select.select([], [self._socket], [], max(0.0, until_s - now()))
        except (OSError, ValueError) as error:
            raise self._lost() from error

    def _lost(self) -> SourceLost:
        return SourceLost(f"the amplifier at {self.name} has hung up", "is it switched on, and in reach?")

    def close(self) -> None:
        """As `Wire.close`."""
        with contextlib.suppress(OSError):
            self._socket.close()


def dial(host: str, port: int, timeout_s: float) -> TcpLink:
    """Connect to a device.

    Raises:
        SourceNotFound: nobody answers there.
        SourceError: the address is none.
    """
    name = f"{host}:{port}"
    try:
        return TcpLink(socket.create_connection((host, port), timeout_s), name)
    except socket.gaierror as error:
        raise SourceError(
            f"source.host = {host!r}: no such address", "give the device's IP address"
        ) from error
    except (TimeoutError, ConnectionError, OSError) as error:
        why = "nobody answers" if isinstance(error, TimeoutError) else str(error.strerror or error).lower()
        raise SourceNotFound(
            f"{name}: {why} (waited {timeout_s:g} s)",
            "switch the device on, start its program, and join its network",
        ) from error


class TcpDoor:
    """Where a probe dials in. Listens from construction on, so that a probe that is early is not refused.

    These protocols know no secret. So a door that is open beyond this machine takes the one peer that the
    settings name, and turns everybody else away.

    Args:
        host: interface to listen on; "" for loopback.
        port: 0 for a free one.
        peer: address that may dial in; "" for anybody on loopback.

    Raises:
        SourceBusy: another program listens there.
        SourceError: no such interface, or one beyond loopback without a `peer`.
    """

    def __init__(self, host: str, port: int, peer: str = "") -> None:
        host = host or LOOPBACK
        if not peer and not host.startswith("127."):
            raise _open_to_all(host)
        self._peer = peer
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._listener.bind((host, port))
            self._listener.listen(4)
        except OSError as error:
            self._listener.close()
            if error.errno == errno.EADDRINUSE:
                raise SourceBusy(
                    f"{host}:{port} is in use by another program", "close that program first"
                ) from error
            raise SourceError(
                f"source.host = {host!r}: cannot listen there: {error.strerror}",
                "give the address of this computer on the device's network",
            ) from error
        self._listener.setblocking(False)
        self.host, self.port = self._listener.getsockname()[:2]
        if not peer and not self.host.startswith("127."):  # a name that only looked like loopback
            self._listener.close()
            raise _open_to_all(host)

    def accept(self, until_s: float) -> TcpLink:
        """The newest probe that dials in.

        Raises:
            SourceNotFound: none did by `until_s`.
        """
        while True:
            left_s = until_s - now()
            select.select([self._listener], [], [], max(0.0, left_s))
            try:
                connection, address = self._listener.accept()
            except BlockingIOError:
                if left_s <= 0:
                    raise SourceNotFound(
                        f"no amplifier dialled in on {self.host}:{self.port}",
                        "switch it on, join its network, and set this computer's address in it",
                    ) from None
                continue
            if self._peer and address[0] != self._peer:
                connection.close()
                continue
            return TcpLink(connection, f"{address[0]}:{self.port}")

    def close(self) -> None:
        """Stop listening. May be called twice."""
        self._listener.close()


def _open_to_all(host: str) -> SourceError:
    return SourceError(
        f"source.host = {host!r} is open to everybody on that network",
        "set source.options.peer to the probe's own address",
    )
