"""The guard's two sockets. Nothing here blocks, and nobody who is slow or rude can hold the guard up."""

from __future__ import annotations

import contextlib
import json
import select
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from ..core.errors import RequestError
from .local import COMMAND_SOCKET, REQUEST_SOCKET, Peers, listen
from .messages import MAX_MESSAGE
from .requests import MAX_REQUEST, Asked, parse

_MAX_CALLERS = 16
_MAX_PER_TURN = 64
"""Messages taken in one turn: a flood waits in the kernel while the heartbeat goes out."""


class LoopDoor(Protocol):
    """Where commands come in and reports go out."""

    visits: int
    """How many loops have connected so far."""

    @property
    def connected(self) -> bool:
        """A loop is on the line."""
        ...

    def receive(self, greeting: Callable[[], bytes]) -> list[bytes]:
        """Messages since the last call, oldest first. A loop that connects is sent `greeting`."""
        ...

    def report(self, message: bytes) -> None:
        """To the loop; dropped when there is none or it does not read."""
        ...


class RequestDoor(Protocol):
    """Where people's requests come in."""

    def serve(self, obey: Callable[[Asked], dict[str, Any]]) -> int:
        """Answer what has arrived; returns how many requests that was."""
        ...


class LoopSocket:
    """`guard.sock`: one loop at a time, of this user or root."""

    def __init__(self, runtime_dir: Path) -> None:
        self._listener = listen(runtime_dir / COMMAND_SOCKET, 0o600)
        self._peers = Peers(group=False)
        self._loop: socket.socket | None = None
        self._waiting = select.poll()
        self._knocked = self._spoke = True
        self.visits = 0

    @property
    def connected(self) -> bool:
        """A loop is on the line."""
        return self._loop is not None

    def files(self) -> list[int]:
        """Descriptors to wait for."""
        return [self._listener.fileno(), *([self._loop.fileno()] if self._loop else [])]

    def noticed(self, ready: list[int]) -> None:
        """What `select` found readable; saves asking those that have nothing."""
        self._knocked = self._listener.fileno() in ready
        self._spoke = self._loop is not None and self._loop.fileno() in ready

    def receive(self, greeting: Callable[[], bytes]) -> list[bytes]:
        """Messages since the last call, oldest first."""
        messages: list[bytes] = []
        more = self._spoke
        while more and self._loop is not None and len(messages) < _MAX_PER_TURN:
            try:
                message = self._loop.recv(MAX_MESSAGE)
            except BlockingIOError:
                break
            except OSError:
                message = b""
            if not message:
                self._hang_up(self._loop)
                break
            messages.append(message)
            # Nearly always there was just this one: to hear so costs less than to ask for another and fail.
            more = bool(self._waiting.poll(0))
        if self._knocked:
            self._accept(greeting)
        return messages

    def report(self, message: bytes) -> None:
        """To the loop; dropped when there is none or it does not read."""
        if self._loop is not None:
            with contextlib.suppress(OSError):
                self._loop.send(message)

    def close(self) -> None:
        """Hang up."""
        self._listener.close()
        if self._loop is not None:
            self._loop.close()

    def _hang_up(self, loop: socket.socket) -> None:
        self._waiting.unregister(loop)
        loop.close()
        self._loop = None

    def _accept(self, greeting: Callable[[], bytes]) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        if self._loop is not None or not self._peers.allows(connection):
            connection.close()
            return
        connection.setblocking(False)
        self._waiting.register(connection, select.POLLIN)
        self._loop = connection
        self.visits += 1
        self.report(greeting())


class RequestSocket:
    """`limb.sock`: pages, buttons and the command line; this user, root and the group `innervate`."""

    def __init__(self, runtime_dir: Path) -> None:
        self._listener = listen(runtime_dir / REQUEST_SOCKET, 0o660)
        self._peers = Peers(group=True)
        self._callers: list[socket.socket] = []
        self._somebody = True

    def files(self) -> list[int]:
        """Descriptors to wait for."""
        return [self._listener.fileno(), *(caller.fileno() for caller in self._callers)]

    def noticed(self, ready: list[int]) -> None:
        """What `select` found readable; saves asking those that have nothing."""
        self._somebody = any(fd in ready for fd in self.files())

    def serve(self, obey: Callable[[Asked], dict[str, Any]]) -> int:
        """Answer what has arrived, one request per caller and turn."""
        if not self._somebody:
            return 0
        self._accept()
        served = 0
        for caller in tuple(self._callers):
            try:
                message = caller.recv(MAX_REQUEST)
            except BlockingIOError:
                continue
            except OSError:
                message = b""
            if message:
                served += 1
                if self._answer(caller, message, obey):
                    continue
            caller.close()
            self._callers.remove(caller)
        return served

    def close(self) -> None:
        """Hang up on all."""
        for one in (self._listener, *self._callers):
            one.close()

    @staticmethod
    def _answer(caller: socket.socket, message: bytes, obey: Callable[[Asked], dict[str, Any]]) -> bool:
        answer: dict[str, Any]
        try:
            answer = {"ok": True, **obey(parse(message))}
        except RequestError as error:
            answer = {"ok": False, "error": str(error)}
        try:
            caller.send(json.dumps(answer).encode())
        except OSError:
            return False
        return True

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:
            return
        if not self._peers.allows(connection):
            connection.close()
            return
        connection.setblocking(False)
        if len(self._callers) >= _MAX_CALLERS:
            # The oldest goes: callers that forgot to hang up must never keep a Stop out.
            self._callers.pop(0).close()
        self._callers.append(connection)
