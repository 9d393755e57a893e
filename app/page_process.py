"""The page as a child process: optional, lowest in rank, never missed by the loop."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from ..core.child import Child
from ..core.settings import write_settings
from .page.settings import PageSettings

_START_WAIT_S = 30.0
"""The web libraries take seconds to import on a small computer."""


class PageProcess:
    """Serves the page of one runtime folder while it is open; does nothing when not wanted."""

    def __init__(self, runtime_dir: Path, port: int, *, wanted: bool) -> None:
        self._runtime_dir = runtime_dir
        self._port = port
        self._wanted = wanted
        self.child: Child | None = None
        self.url = ""

    def __enter__(self) -> PageProcess:
        if self._wanted:
            path = self._runtime_dir / "page.json"
            write_settings(path, PageSettings(runtime_dir=str(self._runtime_dir), port=self._port))
            self.child = Child(
                "innervate.app.page", str(path), log_path=self._runtime_dir / "page.log", leashed=True
            )
            self.url = str(self.child.wait_ready(_START_WAIT_S)["url"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self.child is not None:
            self.child.stop()
