"""The LSL streams of a limb as a child process: optional, never missed by the loop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..core.child import Child
from ..core.errors import InnervateError

_START_WAIT_S = 10.0


class OutletsProcess:
    """Sends what the rings of one folder hold while it is open; does nothing when not wanted.

    Args:
        runtime_dir: folder of the rings.
        wanted: start it at all.
        env: environment to add, such as how far LSL reaches.
    """

    def __init__(self, runtime_dir: Path, *, wanted: bool, env: Mapping[str, str] | None = None) -> None:
        self._runtime_dir = runtime_dir
        self._wanted = wanted
        self._env = env
        self.child: Child | None = None
        self.told = ""
        """One line for the person: what streams, or why nothing does. Empty when not wanted."""

    def __enter__(self) -> OutletsProcess:
        if self._wanted:
            log = self._runtime_dir / "outlets.log"
            self.child = Child(
                "innervate.app.outlets", str(self._runtime_dir), log_path=log, env=self._env, leashed=True
            )
            try:
                limb = self.child.wait_ready(_START_WAIT_S)["limb"]
                self.told = f"LSL: streams {limb}-..."
            except InnervateError as error:
                self.told = f"no LSL streams: {error}"
        return self

    def __exit__(self, *_: object) -> None:
        if self.child is not None:
            self.child.stop()
