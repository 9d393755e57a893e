"""Reads a serial port in a thread of its own, so that no real-time thread waits for the terminal.

Linux hands received serial bytes over in a work queue of ordinary priority, and `poll`, `select` and `read`
on a terminal wait for that queue to finish (`tty_buffer_flush_work`). A guard of the highest priority that
polled its port was held up for 30 to 100 ms while a browser started beside it; one that waits for this
thread's event was not (ADR 0005). Writing does not wait.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import threading
from collections import deque

_MOST = 4096


class TerminalReader:
    """Bytes of one terminal, in order. `fileno` is readable when there are some, or when it has ended.

    The thread inherits the scheduling of the thread that makes this: become real-time first.

    Args:
        fd: of an open terminal that does not block; it stays the caller's to close, after `close`.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._arrived: deque[bytes] = deque()
        self._taken = 0
        self._received = 0
        self._wanted = 1
        self._error: OSError | None = None
        self._rings = self._heard = 0
        """How often the event was about to be set, and how often of those it was found so."""
        self._event = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._stop_read, self._stop_write = os.pipe2(os.O_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="terminal reader", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """For `select`."""
        return self._event

    def want(self, count: int) -> bool:
        """Leave `fileno` unready until `count` bytes are there: one wake instead of one per packet.

        True when they are there already, or the terminal has ended: then do not wait.
        """
        self._wanted = max(1, count)
        return self._received - self._taken >= self._wanted or self._error is not None

    def read(self) -> bytes:
        """All that has arrived; b"" when nothing has.

        Raises:
            OSError: the terminal is gone, and all its bytes have been handed out.
        """
        if self._heard != self._rings:  # else there is nothing to hear, and asking costs as much as a frame
            with contextlib.suppress(BlockingIOError):
                self._heard += os.eventfd_read(self._event)
        data = b""
        while self._arrived:
            data += self._arrived.popleft()
        self._taken += len(data)
        if not data and self._error is not None:
            raise self._error
        return data

    def close(self) -> None:
        """End the thread. May be called twice."""
        if self._stop_write < 0:
            return
        os.write(self._stop_write, b"x")
        self._thread.join()
        for fd in (self._stop_read, self._stop_write, self._event):
            os.close(fd)
        self._stop_write = -1

    def _run(self) -> None:
        poller = select.poll()
        poller.register(self._fd, select.POLLIN)
        poller.register(self._stop_read, select.POLLIN)
        while not any(fd == self._stop_read for fd, _ in poller.poll()):
            try:
                data = os.read(self._fd, _MOST)
            except BlockingIOError:
                continue
            except OSError as error:
                self._error = error
            else:
                self._arrived.append(data)
                self._received += len(data)
                if not data:  # most drivers say EIO themselves
                    self._error = OSError(errno.EIO, "the other end has hung up")
            if self._error is not None or self._received - self._taken >= self._wanted:
                self._rings += 1
                os.eventfd_write(self._event, 1)
            if self._error is not None:
                return
