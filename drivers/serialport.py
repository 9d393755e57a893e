"""A serial port for an amplifier: ours alone, and every way of not getting it in one line."""

from __future__ import annotations

import errno
import fcntl
import os
import select
import termios
from collections.abc import Callable
from pathlib import Path

from ..core.clock import now
from ..core.errors import SourceBusy, SourceError, SourceLost, SourceNotFound
from ..core.terminal_reader import TerminalReader

_WRITE_S = 0.1
"""Commands are a few bytes: a port whose queue stays full this long is asked again."""


class SerialPort:
    """An open port, 8N1, raw: a `Wire`.

    Raises:
        SourceNotFound, SourceBusy, SourceError: no such port, in use, no permission, not a serial port.
    """

    def __init__(self, path: str, baud: int) -> None:
        import serial

        self.path = self.name = path
        try:
            # flock: a second program of ours, and most others, are refused.
            self._serial = serial.Serial(path, baud, timeout=0, exclusive=True)
        except serial.SerialException as error:
            raise _named(path, error.errno, str(error)) from error
        except (OSError, ValueError) as error:
            raise SourceError(f"serial port {path!r}: {error}") from error
        self.fd: int = self._serial.fileno()
        if not os.ttyname(self.fd).startswith("/dev/pts/"):
            # Refuses programs that do not ask for the lock. A pseudo-terminal would keep it after our death.
            fcntl.ioctl(self.fd, termios.TIOCEXCL)
        os.set_blocking(self.fd, False)
        self._reader = TerminalReader(self.fd)

    def read(self, until_s: float, at_least: int = 1) -> bytes:
        """As `Wire.read`."""
        try:
            wait_s = until_s - now()
            if not self._reader.want(at_least) and wait_s > 0:
                select.select([self._reader.fileno()], [], [], wait_s)
            return self._reader.read()
        except OSError as error:
            raise self._lost() from error

    def write(self, data: bytes) -> None:
        """As `Wire.write`."""
        try:
            while data:
                try:
                    data = data[os.write(self.fd, data) :]
                except BlockingIOError:
                    select.select([], [self.fd], [], _WRITE_S)
        except OSError as error:
            raise self._lost() from error

    def _lost(self) -> SourceLost:
        return SourceLost(
            f"the amplifier on {self.path} is unplugged", "plug it in, then start the limb again"
        )

    def close(self) -> None:
        """As `Wire.close`."""
        self._reader.close()
        self._serial.close()


def open_port(path: str, baud: int, prepare: Callable[[SerialPort], None]) -> SerialPort:
    """The port, after `prepare` has made sure of what is at its other end; closed again when that fails.

    Raises:
        SourceError: as `SerialPort` and `prepare`.
    """
    port = SerialPort(path, baud)
    try:
        prepare(port)
    except BaseException:
        port.close()
        raise
    return port


def _named(path: str, number: int | None, text: str) -> SourceError:
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO):
        return SourceNotFound(
            f"no serial port {path!r}", "plug the amplifier in; `innervate devices` lists ports"
        )
    if number in (errno.EWOULDBLOCK, errno.EBUSY):
        return SourceBusy(f"serial port {path!r} is in use by another program", "close that program first")
    if number in (errno.EACCES, errno.EPERM):
        return SourceError(
            f"no permission for serial port {path!r}", "add yourself to the group dialout, log in again"
        )
    return SourceError(f"serial port {path!r} cannot be used: {text}")


def latency_timer_ms(path: str) -> int | None:
    """How long a USB serial adapter holds bytes back; None where the port has no such setting."""
    name = Path(path).resolve().name
    try:
        return int(Path(f"/sys/bus/usb-serial/devices/{name}/latency_timer").read_text())
    except (OSError, ValueError):
        return None
