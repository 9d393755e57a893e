"""A virtual device's end of a cable: a serial line, or a TCP connection in either role. It can be pulled."""

from __future__ import annotations

import contextlib
import select
import socket
from typing import Protocol

from ..core.clock import now

_MOST_PENDING = 1 << 23
_DIAL_EVERY_S = 0.1


class Cable(Protocol):
    """What virtual devices send and hear through. One thread uses it; nothing here waits but `wait`."""

    facts: dict[str, object]
    """How a driver finds the device: `port` (serial), or `host` and `tcp_port`."""

    @property
    def connected(self) -> bool:
        """Somebody is at the other end; on a serial line nobody knows, and it says True."""
        ...

    def read(self) -> bytes:
        """All that has arrived; b"" when nothing has."""
        ...

    def write(self, data: bytes) -> int:
        """Send; returns how many bytes were taken."""
        ...

    def wait(self, timeout_s: float) -> None:
        """Until something arrives or somebody connects."""
        ...

    def unplug(self) -> None:
        """Pull it: the driver's next read or write fails."""
        ...

    def plug(self) -> None:
        """Put it back."""
        ...

    def close(self) -> None:
        """Pull it for good."""
        ...


class _Connection:
    """What both roles of a TCP cable share."""

    def __init__(self) -> None:
        self._peer: socket.socket | None = None
        self._pending = bytearray()
        self._plugged = True
        self.dropped = 0
        """Bytes thrown away because the other end did not read."""

    @property
    def connected(self) -> bool:
        """See `Cable`."""
        self._meet()
        return self._peer is not None

    def _meet(self) -> None:
        raise NotImplementedError

    def _welcome(self, peer: socket.socket) -> None:
        if self._peer is not None:
            self._peer.close()
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peer = peer
        self._pending.clear()

    def hang_up(self) -> None:
        """End the connection; another one may come."""
        if self._peer is not None:
            self._peer.close()
            self._peer = None

    def read(self) -> bytes:
        """See `Cable`."""
        self._meet()
        if self._peer is None:
            return b""
        try:
            data = self._peer.recv(65536)
        except BlockingIOError:
            return b""
        except OSError:
            data = b""
        if not data:
            self.hang_up()
        return data

    def write(self, data: bytes) -> int:
        """See `Cable`. What the other end does not take now waits; eight megabytes at most."""
        self._meet()
        if self._peer is None:
            return 0
        if len(self._pending) > _MOST_PENDING:
            self.dropped += len(data)
            return 0
        self._pending += data
        try:
            while self._pending:
                sent = self._peer.send(self._pending)
                del self._pending[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self.hang_up()
            return 0
        return len(data)

    def wait(self, timeout_s: float) -> None:
        """See `Cable`."""
        self._meet()
        watched = [s for s in (self._peer, self._listener) if s is not None]
        select.select(watched, [], [], max(0.0, timeout_s if watched else min(timeout_s, _DIAL_EVERY_S)))
        self._meet()

    _listener: socket.socket | None = None

    def unplug(self) -> None:
        """See `Cable`."""
        self._plugged = False
        self.hang_up()

    def plug(self) -> None:
        """See `Cable`."""
        self._plugged = True


class ListeningCable(_Connection):
    """A device that is a TCP server (Trigno, Quattrocento): the newest caller is heard.

    Args:
        port: 0 for a free one; a device with several sockets makes several of these.
    """

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        super().__init__()
        self._listener = socket.create_server((host, port))
        self._listener.setblocking(False)
        found = self._listener.getsockname()
        self.facts: dict[str, object] = {"host": found[0], "tcp_port": found[1]}

    def _meet(self) -> None:
        with contextlib.suppress(OSError):
            peer, _ = self._listener.accept()  # type: ignore[union-attr] # set in the constructor
            if self._plugged:
                self._welcome(peer)
            else:
                peer.close()

    def close(self) -> None:
        """See `Cable`."""
        self.hang_up()
        if self._listener is not None:
            self._listener.close()


class DialingCable(_Connection):
    """A device that dials in (Muovi, Sessantaquattro): it tries ten times a second until somebody answers."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self._address = (host, port)
        self._try_s = 0.0
        self.facts: dict[str, object] = {"host": host, "tcp_port": port}

    def _meet(self) -> None:
        if self._peer is not None or not self._plugged or now() < self._try_s:
            return
        self._try_s = now() + _DIAL_EVERY_S
        with contextlib.suppress(OSError):
            self._welcome(socket.create_connection(self._address, 0.5))

    def close(self) -> None:
        """See `Cable`."""
        self._plugged = False
        self.hang_up()
