"""Another model or other settings for a limb that runs: put in place, the loop started again, and back if it
does not start. The guard has allowed it, holds the limb meanwhile, and nobody but a person arms it after.

Why a new loop and no swap inside the old one: all that is checked at a start (signature, safety digest,
channels, rate) is checked, the flight log begins with the hashes of what runs, and to the guard it is a new
loop as any other.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from ..controller.settings import LoopSettings
from ..core.clock import now, wall_offset_s
from ..core.errors import BundleError, InnervateError, ProfileError
from ..core.settings import build, read_settings, write_settings
from ..models.history import History
from .choices import Choices, read_choices, write_choices
from .wearer_settings import (
    CHANGED_FILE,
    CHOICES,
    CHOICES_FILE,
    RECALIBRATION,
    WANTED_FILE,
    Changed,
    Wanted,
    WearerSettings,
)

_DONE = {CHOICES: "Set. Press Arm to go on."}


class TakeUp:
    """See the module.

    Args:
        loop: settings as the profile has them.
        settings_path: where the loop reads them.
        wearer: None: choices and history are not kept, and nothing is taken up.
    """

    def __init__(self, loop: LoopSettings, settings_path: Path, wearer: WearerSettings | None) -> None:
        self._loop, self._settings_path, self._wearer = loop, settings_path, wearer
        self._choices_path = Path(wearer.folder) / CHOICES_FILE if wearer is not None else None
        self._write(read_choices(self._choices_path))

    def _write(self, choices: Choices) -> None:
        write_settings(self._settings_path, choices.applied(self._loop))

    def change(self, swaps: int, restart: Callable[[], None]) -> str:
        """Do what is wanted.

        Args:
            swaps: the guard's counter.
            restart: ends the loop, starts it and waits until it is ready; raises what it says.

        Returns:
            A line for the person.
        """
        folder = Path(self._loop.runtime_dir)
        try:
            wanted = read_settings(folder / WANTED_FILE, Wanted)
            (folder / WANTED_FILE).unlink()
            undo = self._put(wanted)
        except (InnervateError, OSError) as error:
            with contextlib.suppress(InnervateError):
                restart()  # the guard waits for a new loop, whatever comes of it
            return self._told(Changed(swaps, "", ok=False, sentence=f"Nothing was changed: {error}"))
        try:
            restart()
        except InnervateError as error:
            sentence = f"Nothing was changed: the limb could not start with it: {error}"
            try:
                undo()
                restart()
            except InnervateError as again:
                sentence += f" The loop cannot be started again: {again}"
            return self._told(Changed(swaps, wanted.why, ok=False, sentence=sentence))
        sentence = _DONE.get(wanted.why, "Another model is in use. Press Arm to go on.")
        return self._told(Changed(swaps, wanted.why, ok=True, sentence=sentence))

    def _put(self, wanted: Wanted) -> Callable[[], None]:
        """Put it in place; returns what puts things back.

        Raises:
            InnervateError: it cannot be, and nothing has changed.
        """
        if self._choices_path is None:
            raise ProfileError("this limb keeps no choices of its wearer")
        if wanted.why == CHOICES:
            before, path = read_choices(self._choices_path), self._choices_path
            asked = {"sensitivity": wanted.sensitivity, "speed": wanted.speed}
            self._keep(build(Choices, asked, "choices"), path)
            return lambda: self._keep(before, path)
        from ..models.bundle import read_bundle  # only who changes a model needs numpy

        candidate, history = Path(wanted.bundle), History(Path(self._loop.bundle))
        read_bundle(candidate, self._loop.trusted_keys, self._loop.safety_digest)
        t_unix_s = now() + wall_offset_s()
        history.note(t_unix_s)
        old = history.changes[-1].sha256
        history.install(candidate, wanted.why, t_unix_s)
        if wanted.why == RECALIBRATION:
            candidate.unlink(missing_ok=True)  # the history has it
        return lambda: _back(history, old)

    def _keep(self, choices: Choices, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_choices(path, choices)
        self._write(choices)

    def _told(self, changed: Changed) -> str:
        with contextlib.suppress(OSError):
            write_settings(Path(self._loop.runtime_dir) / CHANGED_FILE, changed)
        return changed.sentence


def _back(history: History, sha256: str) -> None:
    """The model that was in use before."""
    path = history.model(sha256)
    if not path.exists():
        raise BundleError(f"{path}: the model before is gone")
    history.install(path, "did not start", now() + wall_offset_s())
