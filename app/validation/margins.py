"""How wide an interval may be that still says something: written down before the first run, with settings.

`margins.toml` is committed by itself. `innervate validate` says whether the simulator is still the one whose
margins these are; a change of parameters after results were seen shows in docs/validation.md.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import InnervateError

PATH = Path(__file__).with_name("margins.toml")
SUBJECTS = ("sim", "calibration/tasks", "app/closed", "app/validation")
"""Folders whose code is what the figures come from."""


@dataclass(frozen=True, slots=True)
class Margins:
    """What was committed.

    Attributes:
        settings: hash of the simulator when they were.
        widest: key of an effect -> widest interval, in the effect's unit.
    """

    settings: str
    widest: dict[str, float]


def read_margins(keys: Iterable[str], path: Path = PATH) -> Margins:
    """The margins of all effects.

    Raises:
        InnervateError: the file is unreadable, or an effect has none.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InnervateError(f"{path.name}: {error}") from error
    widest = {str(key): float(value) for key, value in content.get("widest", {}).items()}
    missing = [key for key in keys if key not in widest]
    if missing:
        raise InnervateError(f"{path.name}: no margin for {missing[0]!r}", "write it down before it is run")
    return Margins(str(content.get("settings", "")), widest)


def settings_hash(root: Path) -> str:
    """Of every line of code that the figures come from, 12 hex digits; margins.toml itself left out."""
    said = hashlib.sha256()
    for folder in SUBJECTS:
        for path in sorted((root / folder).rglob("*.py")):
            said.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return said.hexdigest()[:12]
