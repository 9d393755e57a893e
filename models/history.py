"""The models of one limb over time: the one in use, the one before it, and those before that.

Beside `model.imb` lies `model.imb.history/`: every model that was in use, as `SHA256.imb`, and one line for
each change in `history.jsonl`. All of it is links to whole files, put in place by one rename, so that
`model.imb` is there, and whole, at every moment.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..core.errors import BundleError
from ..core.settings import write_private
from .bundle import previous_path
from .container import MANIFEST, read_members

KEPT = 20
"""So many changes are kept, and the models that they brought; models from outside are kept longer."""
FOUND = "calibration"
"""Why a model is there that nobody installed here: it came with a calibration."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        sha256: of the model in use from then on.
        why: `FOUND`, "recalibration", "undo", ...
        t_unix_s: when.
    """

    sha256: str
    why: str
    t_unix_s: float


class History:
    """See the module.

    Args:
        path: of the model in use.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._folder = path, path.with_name(path.name + ".history")
        self._lines = self._folder / "history.jsonl"

    @property
    def changes(self) -> tuple[Change, ...]:
        """Oldest first; lines that cannot be read are left out."""
        found = []
        with contextlib.suppress(OSError):
            for line in self._lines.read_text().splitlines():
                with contextlib.suppress(ValueError, TypeError):
                    found.append(Change(**json.loads(line)))
        return tuple(found)

    def note(self, t_unix_s: float) -> None:
        """See to it that the model in use is kept, whoever put it there.

        Raises:
            BundleError: it cannot be.
        """
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            sha256 = hashlib.sha256(self.path.read_bytes()).hexdigest()
            link_as(self.path, self._folder / f"{sha256}.imb")
            changes = self.changes
            if not changes or changes[-1].sha256 != sha256:
                self._write((*changes, Change(sha256, FOUND, t_unix_s)))
        except OSError as error:
            raise BundleError(f"{self.path}: cannot be kept: {error.strerror}") from error

    def install(self, candidate: Path, why: str, t_unix_s: float) -> str:
        """Put another model in the place of the one in use, which is kept.

        Args:
            candidate: whole, on the same disk; it stays where it is.
            why: for the history.
            t_unix_s: now.

        Returns:
            SHA-256 of the model in use from now on, hex.

        Raises:
            BundleError: it cannot be; the model in use stays.
        """
        self.note(t_unix_s)
        try:
            sha256 = hashlib.sha256(candidate.read_bytes()).hexdigest()
            link_as(candidate, self._folder / f"{sha256}.imb")
            link_as(self.path, previous_path(self.path))
            link_as(self._folder / f"{sha256}.imb", self.path)
            self._write((*self.changes, Change(sha256, why, t_unix_s)))
        except OSError as error:
            raise BundleError(f"{self.path}: cannot be changed: {error.strerror}") from error
        return sha256

    def before(self) -> Path:
        """The model that the one in use was made from: where an undo goes.

        Raises:
            BundleError: there is none, or it is not kept any more.
        """
        parent = str(manifest_of(self.path).get("parent", ""))
        path = self._folder / f"{parent}.imb"
        if not parent or not path.exists():
            raise BundleError("there is no earlier model to go back to", "calibrate again if this one is bad")
        return path

    def model(self, sha256: str) -> Path:
        """Where the model of that hash is kept."""
        return self._folder / f"{sha256}.imb"

    def _write(self, changes: tuple[Change, ...]) -> None:
        kept = changes[-KEPT:]
        lines = "".join(json.dumps(asdict(change)) + "\n" for change in kept)
        write_private(self._lines, lines.encode())
        named = {change.sha256 for change in kept} | {c.sha256 for c in changes if c.why == FOUND}
        with contextlib.suppress(BundleError):
            named.add(str(manifest_of(self.path).get("parent", "")))
        for path in self._folder.glob("*.imb"):
            if path.stem not in named:
                path.unlink(missing_ok=True)


def manifest_of(path: Path) -> dict[str, Any]:
    """What a bundle says of itself, unchecked but for its check sum: whoever uses it checks the signature.

    Raises:
        BundleError: not a bundle, or damaged.
    """
    members, _ = read_members(path)
    try:
        found = json.loads(members[MANIFEST])
    except ValueError as error:
        raise BundleError(f"{path}: {MANIFEST} is not JSON") from error
    if not isinstance(found, dict):
        raise BundleError(f"{path}: {MANIFEST} is not a table")
    return found


def link_as(path: Path, other: Path) -> None:
    """A second name for the same file, in place at once.

    Raises:
        OSError: the disk refuses.
    """
    building = other.with_name(other.name + ".new")
    building.unlink(missing_ok=True)
    os.link(path, building)
    building.replace(other)
