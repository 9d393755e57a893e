"""The loop's end of the line to the guard. The only module of this room that the controller imports.

Rules of the conversation:
- A command of rates zero and `Reason.NONE` says "the person rests"; the guard wants to see one before it
  obeys a moving one (REST_FIRST). Rates zero with any other reason hold the limb but are not rest.
- `EMG_STALE`, `EMG_LOST`, `EMG_RATE`, `CONTACT` and `LOOP_LATE` say that the input cannot be trusted: the
  limb holds.
- Send one command per decision, whatever the state: the guard's deadman counts from the last valid one.
"""

from __future__ import annotations

import select
import socket
from pathlib import Path

from ..core.clock import now, sleep
from ..core.command import Command
from ..core.errors import RequestError
from .local import COMMAND_SOCKET, address
from .messages import MAX_MESSAGE, GuardReport, MalformedMessage, pack_command, unpack_report

__all__ = ["CommandPort", "GuardReport"]


class CommandPort:
    """Sends commands, reads reports, never blocks. Made by `connect`."""

    def __init__(self, connection: socket.socket, first: GuardReport) -> None:
        self._socket = connection
        self._waiting = select.poll()
        self._waiting.register(connection, select.POLLIN)
        self._newest: GuardReport | None = first
        self.dropped = 0
        """Commands that found the socket full (a guard that is held up): newer ones follow."""
        self.alive = True
        """False once the guard closed the line."""
        self.said = self.heard = b""
        """The newest command out and report in, as bytes: for the flight recorder."""

    @classmethod
    def connect(cls, runtime_dir: Path, timeout_s: float) -> CommandPort:
        """The line to the guard that serves `runtime_dir`.

        Raises:
            RequestError: no guard answers there in time, or another loop has it.
        """
        path = runtime_dir / COMMAND_SOCKET
        until_s = now() + timeout_s
        while True:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
            try:
                with address(path) as where:
                    connection.connect(where)
                first = cls._first_report(connection, until_s)
            except (OSError, ValueError) as error:
                connection.close()
                if now() < until_s and isinstance(error, FileNotFoundError | ConnectionRefusedError):
                    sleep(0.01)
                    continue
                raise RequestError(f"{path}: no guard answers: {error}", "start the guard first") from error
            connection.setblocking(False)
            return cls(connection, first)

    @staticmethod
    def _first_report(connection: socket.socket, until_s: float) -> GuardReport:
        """The guard greets with a report; it hangs up on a second loop."""
        if not select.select([connection], [], [], max(0.0, until_s - now()))[0]:
            raise TimeoutError("it accepted the connection and said nothing")
        message = connection.recv(MAX_MESSAGE)
        if not message:
            raise OSError("it hung up; another loop drives this limb")
        return unpack_report(message)

    def send(self, command: Command) -> None:
        """Hand over one command; dropped and counted when the socket is full. `alive` says if it closed.

        Raises:
            ValueError: target and rate differ in length.
        """
        self.said = pack_command(command)
        try:
            self._socket.send(self.said)
        except BlockingIOError:
            self.dropped += 1
        except OSError:
            self.alive = False

    def report(self) -> GuardReport | None:
        """The newest report, or None when none came since the last call."""
        while self.alive:
            try:
                message = self._socket.recv(MAX_MESSAGE)
            except BlockingIOError:
                break
            except OSError:
                message = b""
            if not message:
                self.alive = False
                break
            try:
                self._newest = unpack_report(message)
            except MalformedMessage:
                continue
            self.heard = message
            # Nearly always there was just this one: to hear so costs less than to ask for another and fail.
            if not self._waiting.poll(0):
                break
        newest, self._newest = self._newest, None
        return newest

    def fileno(self) -> int:
        """For `select`: readable when a report waits."""
        return self._socket.fileno()

    def close(self) -> None:
        """Hang up; the guard's deadman takes over."""
        self.alive = False
        self._socket.close()
