"""Tells systemd that a process is ready and alive (sd_notify(3)): a datagram now and then, never awaited."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

from .clock import now


class Watchdog:
    """Says "ready" once and "alive" four times per watchdog period; does nothing where nobody asked for it.

    A process that hangs stops saying so, and systemd starts it again.

    Args:
        environment: NOTIFY_SOCKET and WATCHDOG_USEC are in it when systemd listens.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        period_us = environment.get("WATCHDOG_USEC", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self._every_s = int(period_us) / 4e6 if period_us.isdigit() and path else 0.0
        self._next_s = 0.0
        self._socket: socket.socket | None = None
        if path:
            self._socket = socket.socket(
                socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
            )

    def ready(self) -> None:
        """The process does its work from now on."""
        self._say(b"READY=1")

    def alive(self) -> None:
        """Called every turn."""
        if self._every_s:
            now_s = now()
            if now_s >= self._next_s:
                self._next_s = now_s + self._every_s
                self._say(b"WATCHDOG=1")

    def close(self) -> None:
        """Say no more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _say(self, what: bytes) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):  # nobody listens, or the queue is full: the limb comes first
                self._socket.sendto(what, self._address)
