"""A pseudo-terminal that behaves like a serial cable: raw, at a pace, and it can be pulled."""

from __future__ import annotations

import contextlib
import os
import select
import tty
from collections import deque
from pathlib import Path

from ..core.clock import now, sleep

BITS_PER_BYTE = 10  # 8N1: start, eight, stop
_READ_BY_S = 0.5


class PseudoTerminal:
    """One end of a virtual serial cable; a driver opens the other at `port`. A `Cable`.

    We keep the driver's side open too, so that a driver that goes and comes again finds the device there.

    Args:
        link: where to put a symbolic link to the port, replacing one that is there. Plugged in again, the
            port has another number: only the link stays.
    """

    connected = True

    def __init__(self, link: Path | None = None) -> None:
        self._link = link
        self._plugged = False
        self.plug()
        self.facts: dict[str, object] = {"port": self.port}

    def plug(self) -> None:
        """See `Cable`."""
        if self._plugged:
            return
        self.fd, self._other = os.openpty()
        tty.setraw(self.fd)
        tty.setraw(self._other)
        os.set_blocking(self.fd, False)
        self.device = os.ttyname(self._other)
        self._plugged = True
        if self._link is not None:
            building = self._link.with_name(self._link.name + ".new")
            building.unlink(missing_ok=True)
            building.symlink_to(self.device)
            building.replace(self._link)

    @property
    def port(self) -> str:
        """What a driver opens."""
        return str(self._link) if self._link is not None else self.device

    def read(self) -> bytes:
        """All that has arrived; b"" when nothing has."""
        try:
            return os.read(self.fd, 65536) if self._plugged else b""
        except (BlockingIOError, OSError):
            return b""

    def write(self, data: bytes) -> int:
        """As much as fits; a driver that does not read loses the rest, as on a real UART."""
        try:
            return os.write(self.fd, data) if self._plugged else 0
        except (BlockingIOError, OSError):
            return 0

    def wait(self, timeout_s: float) -> None:
        """See `Cable`."""
        if self._plugged:
            select.select([self.fd], [], [], max(0.0, timeout_s))
        else:
            sleep(max(0.0, timeout_s))

    def unplug(self) -> None:
        """Pull the cable: the driver's next read or write fails.

        What arrived before is given time to be read: closing a pseudo-terminal throws it away, and on a busy
        machine a driver may be late.
        """
        until_s = now() + _READ_BY_S
        while self._plugged and self._unread() and now() < until_s:
            sleep(0.001)
        self.close()

    def _unread(self) -> bool:
        return bool(select.select([self._other], [], [], 0.0)[0])

    def close(self) -> None:
        """See `Cable`. At once."""
        if not self._plugged:
            return
        self._plugged = False
        if self._link is not None:
            with contextlib.suppress(OSError):
                if self._link.is_symlink() and str(self._link.readlink()) == self.device:
                    self._link.unlink()
        for fd in (self.fd, self._other):
            with contextlib.suppress(OSError):
                os.close(fd)


class Line:
    """One direction of a serial line: each byte takes its time, and bytes queue behind each other. Pure.

    Args:
        baud: 0 for a line that takes no time.
    """

    def __init__(self, baud: int) -> None:
        self.byte_s = BITS_PER_BYTE / baud if baud else 0.0
        self._free_s = 0.0
        self._queue: deque[tuple[float, bytes]] = deque()

    def put(self, data: bytes, t_s: float, delay_s: float = 0.0) -> float:
        """Send `data` not before `t_s + delay_s`; returns when its last byte has arrived."""
        self._free_s = max(self._free_s, t_s + delay_s) + len(data) * self.byte_s
        self._queue.append((self._free_s, data))
        return self._free_s

    @property
    def next_s(self) -> float | None:
        """When the next message will have arrived whole; None when none is under way."""
        return self._queue[0][0] if self._queue else None

    def take(self, t_s: float) -> bytes:
        """All messages that have arrived whole by `t_s`."""
        arrived = b""
        while self._queue and self._queue[0][0] <= t_s:
            arrived += self._queue.popleft()[1]
        return arrived
