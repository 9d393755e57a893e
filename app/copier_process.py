"""The flight log's copier as a child process: lowest in rank, never waited for, started again when dead."""

from __future__ import annotations

import signal
from pathlib import Path

from ..core.child import EXIT_REFUSED, Child
from ..core.clock import now, sleep
from ..core.flightcopy import CopierSettings
from ..core.settings import write_settings

_AGAIN_S = 2.0
"""What it cannot do at once is tried again calmly: memory holds the last minute."""
_STOP_S, _KILL_S = 3.0, 0.5
"""A disk that hangs keeps nobody from ending."""


class CopierProcess:
    """Copies the logs of one limb while it is started; does nothing without settings.

    Args:
        settings: None: the logs stay in memory.
        leashed: it dies with this process.
    """

    def __init__(self, settings: CopierSettings | None, *, leashed: bool) -> None:
        self._settings, self._leashed = settings, leashed
        self._again_s = float("inf")
        self.child: Child | None = None
        self.restarts = 0

    def start(self) -> None:
        """Start it and do not wait."""
        if self._settings is not None:
            folder = Path(self._settings.runtime_dir)
            path = folder / "copier.json"
            write_settings(path, self._settings)
            self.child = Child(
                "innervate.app.flight_copier", str(path), log_path=folder / "log.txt", leashed=self._leashed
            )

    def watch(self) -> str:
        """Once in a while: what a person should read; empty when there is nothing new."""
        if self.child is None:
            return ""
        if self.child.running:
            return self.child.notice()
        if self.child.exit_code == EXIT_REFUSED:
            said = self.child.read_line(0.0) or b""
            self.child = None
            return f"the flight log is not copied to the disk: {said.decode(errors='replace').strip()}"
        if self._again_s == float("inf"):
            self._again_s = now() + _AGAIN_S
            return f"the flight log's copier ended with code {self.child.exit_code}; it is started again"
        if now() >= self._again_s:
            self._again_s = float("inf")
            self.child.stop()
            self.start()
            self.restarts += 1
        return ""

    def stop(self) -> None:
        """After loop and guard, so that their ends are copied."""
        child = self.child
        if child is None:
            return
        for number, wait_s in ((signal.SIGTERM, _STOP_S), (signal.SIGKILL, _KILL_S)):
            child.signal(number)
            until_s = now() + wait_s
            while child.running and now() < until_s:
                sleep(0.01)
        if not child.running:  # else the kernel holds it, in a write that does not end
            child.stop()
