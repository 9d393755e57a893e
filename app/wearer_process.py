"""`python -m innervate.app.wearer_process SETTINGS.json`: recalibrations and the home log of one limb.

Low in rank and on nobody's path: it reads rings, asks the guard as any person does, and may die at any time.
A recalibration that was under way then ends by itself in the guard, and the old model stays.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..controller.mapping import Mapper
from ..core.child import say_error, say_notice, say_ready
from ..core.clock import now, sleep
from ..core.errors import BundleError, InnervateError, RequestError
from ..core.realtime import StopFlag
from ..core.ring import GUARD_RING
from ..core.settings import read_settings, write_settings
from ..firmware_bridge.requests import Verb, request
from ..models.bundle import Bundle, read_bundle, write_bundle
from ..models.history import History, link_as
from ..models.keys import load_key, make_key, public_hex
from .home_log import SAVE_S, HomeLogFile, UseReader
from .page.tail import RingTail
from .wearer_settings import (
    CHANGED_FILE,
    HOME_LOG,
    PROGRESS_FILE,
    RECALIBRATION,
    UNDO,
    WANTED_FILE,
    Changed,
    Progress,
    Wanted,
    WearerSettings,
)

if TYPE_CHECKING:
    from .recalibrating import Ending, Recalibrating

_IDLE_S, _BUSY_S, _USE_S = 0.2, 0.05, 1.0
_NICE = 15
_CHANGE_S = 40.0
"""The guard waits 30 s for the new loop."""


class WearerWork:
    """See the module; `turn` it a few times a second."""

    def __init__(self, settings: WearerSettings) -> None:
        self._settings, self._folder = settings, Path(settings.runtime_dir)
        self.log = HomeLogFile(Path(settings.folder) / HOME_LOG)
        self._use = UseReader(self._folder, self.log)
        self._guard = RingTail(self._folder / GUARD_RING, 4096)
        self._asked = -1
        self._session: tuple[Recalibrating, Bundle] | None = None
        self._taken = Progress("")
        """What the wearer hears once the new model is in use, and not before."""
        self._asked_for: tuple[int, float] | None = None
        """The guard's count of changes when we asked for one, and until when it is waited for."""
        self._history = History(Path(settings.bundle))
        self._undone_s = max((one.t_unix_s for one in self._history.changes), default=0.0)
        self._use_s = self._saved_s = now()

    @property
    def busy(self) -> bool:
        """A recalibration is under way."""
        return self._session is not None or self._asked_for is not None

    def turn(self) -> None:
        """Whatever is due.

        Raises:
            OSError: the home log cannot be written.
        """
        self._hear()
        if self._session is not None:
            conductor, bundle = self._session
            ending = conductor.step(now())
            if ending is not None:
                self._session = None
                self._end(ending, bundle)
        if self._asked_for is not None:
            self._taken_up(*self._asked_for)
        if now() - self._use_s >= _USE_S:
            self._use_s = now()
            self._use.poll()
            self._note_undo()
        if now() - self._saved_s >= SAVE_S:
            self._saved_s = now()
            self.log.save()

    def _hear(self) -> None:
        frames = self._guard.poll(now())
        if not len(frames):
            return
        asked, under_way = int(frames[-1]["recalibrations"]), int(frames[-1]["recalibrating"])
        before, self._asked = self._asked, asked
        if self._session is not None or not under_way:
            return
        if before < 0:
            self._refuse("The recalibration was interrupted: nothing was changed. Begin again.")
        elif asked != before:
            self._begin(by_limb=under_way == 2)

    def _begin(self, *, by_limb: bool) -> None:
        # Only now: a limb that nobody recalibrates needs no memory for training.
        from .recalibrating import Recalibrating
        from .wearer_rings import LimbDoor

        settings = self._settings
        try:
            self._key()
            bundle = read_bundle(Path(settings.bundle), settings.trusted_keys, settings.safety_digest)
            classes = bundle.model.classes
            mapper = Mapper(settings.parts, classes, settings.max_rate_deg_s, settings.grips)
            door = LimbDoor(self._folder, mapper, classes)
            self._session = (
                Recalibrating(bundle.model, door, self._hear_conductor, now(), by_limb=by_limb),
                bundle,
            )
        except InnervateError as error:
            self._refuse(f"Cannot recalibrate: {error}")

    def _refuse(self, sentence: str) -> None:
        self._tell(Progress("over", tone="end", outcome="refused", sentence=sentence))
        self._count("refused: cannot")
        self._cancel()

    def _hear_conductor(self, progress: Progress) -> None:
        if progress.outcome == "taken":
            self._taken = progress
        else:
            self._tell(progress)

    def _tell(self, progress: Progress) -> None:
        write_settings(self._folder / PROGRESS_FILE, progress)

    def _end(self, ending: Ending, bundle: Bundle) -> None:
        if ending.outcome == "taken" and ending.model is not None:
            try:
                self._asked_for = self._ask_for(ending, bundle), now() + _CHANGE_S
            except (InnervateError, OSError) as error:
                self._not_taken(f"Nothing was changed: {error}")
                self._cancel()
            return
        self._cancel()
        self._count("kept" if ending.outcome == "kept" else f"{ending.outcome}: {ending.why}")

    def _taken_up(self, swaps: int, until_s: float) -> None:
        """Whether the supervisor has done it yet."""
        path = self._folder / CHANGED_FILE
        changed = read_settings(path, Changed) if path.exists() else None
        if changed is not None and changed.swaps >= swaps:
            self._asked_for = None
            if changed.ok:
                self._tell(self._taken)
                self._count("taken")
            else:
                self._not_taken(changed.sentence)
        elif now() > until_s:
            self._asked_for = None
            self._not_taken("Nobody took the new model up; the limb holds.")

    def _not_taken(self, sentence: str) -> None:
        self._tell(Progress("over", tone="end", outcome="aborted", sentence=sentence))
        self._count("aborted: change")

    def _ask_for(self, ending: Ending, bundle: Bundle) -> int:
        """Sign it, put it where the supervisor finds it, and ask the guard whether it may be taken up.

        Returns:
            The guard's count of changes.
        """
        settings, path = self._settings, Path(self._settings.bundle)
        History(path).note(bundle.created_unix_s)
        candidate = path.with_name(path.name + ".next")
        link_as(path, candidate)  # so that the new one names the one in use as its parent
        key = load_key(Path(settings.key))
        if ending.model is None:
            raise BundleError("there is no model to take up")
        write_bundle(candidate, ending.model, bundle.wearer, key, settings.safety_digest)
        candidate.with_name(candidate.name + ".previous").unlink(missing_ok=True)
        wanted = self._folder / WANTED_FILE
        write_settings(wanted, Wanted(RECALIBRATION, str(candidate)))
        try:
            return int(request(self._folder, Verb.SWAP)["swaps"])
        except RequestError:
            wanted.unlink(missing_ok=True)
            candidate.unlink(missing_ok=True)
            raise

    def _key(self) -> None:
        """This computer's key is there and the limb accepts it.

        Raises:
            BundleError: says what to add to the profile.
        """
        path = Path(self._settings.key)
        public = public_hex(load_key(path) if path.exists() else make_key(path))
        if public not in self._settings.trusted_keys:
            raise BundleError(
                "this limb does not trust its own computer's key",
                f'your prosthetist adds "{public}" to trusted_keys in the profile\'s [limb]',
            )

    def _cancel(self) -> None:
        try:
            request(self._folder, Verb.CANCEL)
        except RequestError as error:
            say_notice(str(error))  # it ends by itself in time

    def _count(self, outcome: str) -> None:
        found = self.log.today().recalibrations
        found[outcome] = found.get(outcome, 0) + 1

    def _note_undo(self) -> None:
        for change in self._history.changes:
            if change.t_unix_s > self._undone_s:
                self._undone_s = change.t_unix_s
                self.log.today().undone += change.why == UNDO


def main(settings_path: Path) -> int:
    """Until told to stop."""
    stop = StopFlag()
    os.nice(_NICE)
    work = WearerWork(read_settings(settings_path, WearerSettings))
    say_ready()
    trouble = ""
    while not stop:
        try:
            work.turn()
        except OSError as error:
            if trouble != str(error):
                trouble = str(error)
                say_notice(f"the home log cannot be written: {error}")
        sleep(_BUSY_S if work.busy else _IDLE_S)
    work.log.save()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except InnervateError as error:
        say_error(error)
