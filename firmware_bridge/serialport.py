"""A serial port that never blocks and never mixes two frames."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import termios

import serial

from ..core.errors import LimbBusy, LimbError, LimbLost, LimbNotFound
from ..core.terminal_reader import TerminalReader


class SerialPort:
    """Opens a port for us alone.

    The kernel's queue is kept short: while more than `MAX_QUEUED` bytes wait there, a new frame waits here,
    and a newer one takes its place. A frame that went out in part is always finished first.

    Raises:
        LimbNotFound: no such port.
        LimbBusy: another controller has it.
        LimbError: it cannot be used: permission, or not a serial port.
    """

    MAX_QUEUED = 96

    def __init__(self, port: str, baud: int) -> None:
        self.port = port
        try:
            self._serial = serial.Serial(port, baud, timeout=0, write_timeout=0, exclusive=True)
        except (serial.SerialException, OSError, ValueError, termios.error) as error:
            raise _refused(port, baud, error) from error
        self._fd = int(self._serial.fileno())
        if not os.path.realpath(port).startswith("/dev/pts/"):
            # Keeps terminal programs out too. On a pseudo-terminal it would outlive us.
            with contextlib.suppress(OSError):
                fcntl.ioctl(self._fd, termios.TIOCEXCL)
        os.set_blocking(self._fd, False)
        self._reader = TerminalReader(self._fd)
        self._tail = b""
        self._next = b""
        self.frames = 0
        """Frames the kernel has begun to take."""
        self.bytes_out = self.bytes_in = 0

    @classmethod
    def at(cls, port: str | SerialPort, baud: int) -> SerialPort:
        """One that is open already (scripts on a virtual clock bring a cable in memory), or by its name."""
        return port if isinstance(port, SerialPort) else cls(port, baud)

    def fileno(self) -> int:
        """For `select`: readable when something arrived. Never the terminal's own: see `TerminalReader`."""
        return self._reader.fileno()

    @property
    def wants_to_write(self) -> bool:
        """True while something waits here."""
        return bool(self._tail or self._next)

    def send(self, frame: bytes) -> bool:
        """Hand a frame to the kernel; False when it must wait (call `flush` again at the next heartbeat).

        Raises:
            LimbLost: the port is gone.
        """
        self._next = frame
        return self.flush()

    def flush(self) -> bool:
        """Write what waits; True when nothing is left.

        Raises:
            LimbLost: the port is gone.
        """
        try:
            if self._tail:
                written = os.write(self._fd, self._tail)
                self._tail = self._tail[written:]
                self.bytes_out += written
            if not self._tail and self._next and self._queued() <= self.MAX_QUEUED:
                written = os.write(self._fd, self._next)  # raises, and the frame stays, when there is no room
                self._tail, self._next = self._next[written:], b""
                self.bytes_out += written
                self.frames += 1
        except BlockingIOError:
            pass
        except OSError as error:
            raise LimbLost(f"{self.port}: unplugged: {error.strerror}") from error
        return not self.wants_to_write

    def read(self) -> bytes:
        """All that has arrived; b"" when nothing has.

        Raises:
            LimbLost: the port is gone.
        """
        try:
            arrived = self._reader.read()
        except OSError as error:
            raise LimbLost(f"{self.port}: unplugged: {error.strerror}") from error
        self.bytes_in += len(arrived)
        return arrived

    def close(self) -> None:
        """Let the port go."""
        self._reader.close()
        with contextlib.suppress(OSError, serial.SerialException):
            self._serial.close()

    def _queued(self) -> int:
        try:
            answer = fcntl.ioctl(self._fd, termios.TIOCOUTQ, b"\0\0\0\0")
        except OSError as error:
            if error.errno in (errno.ENOTTY, errno.EINVAL):
                return 0  # an adapter whose driver does not say
            raise
        return int(struct.unpack("i", answer)[0])


def _refused(port: str, baud: int, error: Exception) -> LimbError:
    """The one line for a person."""
    number = getattr(error, "errno", None)
    text = str(error)
    if number in (errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.EIO) or "No such file" in text:
        return LimbNotFound(
            f"{port}: no such port", "plug the limb in, or correct limb.port; see 'innervate devices'"
        )
    if number in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in text:
        return LimbBusy(f"{port}: another controller drives this limb", "stop it first")
    if number in (errno.EACCES, errno.EPERM):
        return LimbError(f"{port}: no permission", "add this user to the group 'dialout' and log in again")
    return LimbError(
        f"{port}: cannot be opened at {baud} baud: {' '.join(text.split())}", "is it a serial port?"
    )
