"""The wearer's process as a child: lowest in rank, never waited for, started again when it died."""

from __future__ import annotations

import json
from pathlib import Path

from ..core.child import Child
from ..core.clock import now
from ..core.settings import write_settings
from .wearer_settings import SETTINGS_FILE, WearerSettings

_AGAIN_S = 2.0


class WearerChild:
    """Does nothing without settings.

    Args:
        settings: None: nobody listens for recalibrations, and there is no home log.
    """

    def __init__(self, settings: WearerSettings | None) -> None:
        self._settings = settings
        self._again_s = float("inf")
        self.child: Child | None = None
        self.ready = False
        """It listens."""

    def start(self) -> None:
        """Start it and do not wait."""
        self.ready = False
        if self._settings is not None:
            folder = Path(self._settings.runtime_dir)
            path = folder / SETTINGS_FILE
            write_settings(path, self._settings)
            log = folder / "log.txt"
            # It dies with us: without a supervisor nothing that it asks for would be taken up.
            self.child = Child("innervate.app.wearer_process", str(path), log_path=log, leashed=True)

    def watch(self) -> str:
        """Once in a while: what a person should read; empty when there is nothing new."""
        if self.child is None:
            return ""
        if self.child.running:
            said = json.loads(self.child.read_line(0.0) or b"{}")
            self.ready = self.ready or "ready" in said
            return str(said.get("notice", ""))
        self.ready = False
        if self._again_s == float("inf"):
            self._again_s = now() + _AGAIN_S
            return f"recalibration and home log ended with code {self.child.exit_code}; they start again"
        if now() >= self._again_s:
            self._again_s = float("inf")
            self.child.stop()
            self.start()
        return ""

    def stop(self) -> None:
        """It writes its log first."""
        if self.child is not None:
            self.child.stop()
