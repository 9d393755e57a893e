"""Somebody who measures: the limb that runs, an acquisition that runs, or one that is started for this.

Exactly one process opens an amplifier; everybody else reads its rings.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..controller.acquire import AcquireSettings
from ..core.child import Child, error_from
from ..core.clock import now, sleep
from ..core.errors import InnervateError, SourceNotFound
from ..core.folders import running_limbs
from ..core.ring import TELEMETRY_RING, RingReader
from ..core.settings import write_settings
from .source_choice import Choice

_GROWS_S = 0.2
_START_WAIT_S = 20.0


class Acquisition:
    """Rings with EMG in them while it is open.

    Args:
        choice: which amplifier.
        env: environment to add to the process that is started.

    Raises:
        SourceError, ProfileError: on entering: what the amplifier's driver says, or that nothing is running.
    """

    def __init__(self, choice: Choice, env: Mapping[str, str] | None = None) -> None:
        self._choice = choice
        self._env = env
        self._child: Child | None = None
        self.folder = Path()

    @property
    def pid(self) -> int | None:
        """Of the process that was started for this; None when somebody else measures."""
        return None if self._child is None else self._child.pid

    def __enter__(self) -> Acquisition:
        choice = self._choice
        for folder in (choice.limb_folder, choice.folder):
            if folder is not None and is_alive(folder):
                self.folder = folder
                return self
        if choice.settings is None or choice.folder is None:
            self.folder = self._running()
            return self
        self.folder = choice.folder
        simulated = choice.profile is not None and choice.profile.patient.simulated
        mains_hz = choice.profile.source.mains_hz if choice.profile is not None else 50
        path = self.folder / "acquire.json"
        write_settings(
            path, AcquireSettings(str(self.folder), choice.settings, mains_hz=mains_hz, simulated=simulated)
        )
        self._child = Child(
            "innervate.controller.acquire",
            str(path),
            log_path=self.folder / "log.txt",
            env=self._env,
            leashed=True,
        )
        self._child.wait_ready(_START_WAIT_S)
        return self

    @staticmethod
    def _running() -> Path:
        alive = [folder for folder in running_limbs() if is_alive(folder)]
        if not alive:
            raise SourceNotFound(
                "no amplifier is being read", "name one: --profile, or --kind with --port, --host or --stream"
            )
        if len(alive) > 1:
            raise InnervateError(
                f"{len(alive)} amplifiers are being read: {', '.join(folder.name for folder in alive)}",
                "name one with --profile or --kind",
            )
        return alive[0]

    def notice(self) -> str:
        """What there is to say since the last call, in one line.

        Raises:
            InnervateError: it has ended, and why.
        """
        if self._child is None:
            return ""
        if not self._child.running:
            line = self._child.read_line(0.0)
            raise (
                error_from(line)
                if line
                else InnervateError(
                    f"the acquisition ended with code {self._child.exit_code}",
                    f"see {self.folder / 'log.txt'}",
                )
            )
        return self._child.notice()

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            self._child.stop()


def is_alive(folder: Path) -> bool:
    """A process publishes EMG there now: its ring grows while we look. A ring outlives its writer."""
    try:
        reader = RingReader(folder / TELEMETRY_RING)
    except InnervateError:
        return False
    newest, until_s = reader.newest, now() + _GROWS_S
    while reader.newest == newest and now() < until_s:
        sleep(_GROWS_S / 20)
    grown = reader.newest != newest
    reader.close()
    return grown
