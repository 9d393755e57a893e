"""Finished results on disk, one file a person, so that an evaluation which was interrupted goes on."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ...core.errors import RecordingError
from ...core.folders import private_folder
from ...core.settings import write_private
from .options import EvaluateOptions

_ROOMS = ("core", "drivers/recordings", "models", "calibration")
"""Where code lies that a figure may depend on."""


class Kept:
    """Results in a folder, each named by what it was computed from. Files are mode 0600.

    Args:
        folder: made if it is not there, for its owner alone.
        options: of the evaluation.

    Raises:
        ProfileError: the folder cannot be made, or belongs to somebody else.
    """

    def __init__(self, folder: Path, options: EvaluateOptions) -> None:
        self._folder = private_folder(folder)
        self._options = options
        self._digests: dict[Path, str] = {}

    def get(self, path: Path, others: Sequence[Path] = ()) -> dict[str, Any] | None:
        """The figures of this recording; None where there are none, or not of exactly these files, options
        and code.

        Raises:
            RecordingError: the recording cannot be read.
        """
        try:
            found = json.loads(self._place(path, others).read_bytes())
        except (FileNotFoundError, ValueError):  # one that was damaged is computed again, and written over
            return None
        return found if isinstance(found, dict) and "id" in found else None

    def put(self, path: Path, others: Sequence[Path], found: dict[str, Any]) -> None:
        """Keep the figures of this recording, at once and whole."""
        content = json.dumps(found, indent=1, allow_nan=False).encode()
        write_private(self._place(path, others), content)

    def _place(self, path: Path, others: Sequence[Path]) -> Path:
        key = {
            "code": code_digest(),
            "options": self._options.to_dict(),
            "file": self._digest(path),
            "others": sorted(self._digest(other) for other in others),
        }
        name = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
        # Two people may have given the same file under two names: each keeps their own.
        return self._folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', path.stem)[:80]}.{name[:32]}.json"

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            self._digests[path] = content_digest(path)
        return self._digests[path]


def content_digest(path: Path) -> str:
    """SHA-256 of a recording: its file, and for BDF and EDF the sidecars whose names begin alike."""
    parts = [path]
    if path.suffix.lower() in (".bdf", ".edf"):
        start = path.stem.removesuffix("_emg") + "_"
        parts += sorted(p for p in path.parent.iterdir() if p.name.startswith(start) and p != path)
    whole = hashlib.sha256()
    try:
        for part in parts:
            with part.open("rb") as file:
                whole.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        raise RecordingError(f"{part}: cannot be read: {error.strerror}") from error
    return whole.hexdigest()


@cache
def code_digest() -> str:
    """Version of the package and SHA-256 of the code that figures come from: a changed decoder is not served
    the results of the one before."""
    try:
        number = version("innervate")
    except PackageNotFoundError:
        number = "not installed"
    whole = hashlib.sha256(number.encode())
    root = Path(__file__).resolve().parents[2]
    for room in _ROOMS:
        for path in sorted((root / room).rglob("*.py")):
            whole.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()
