"""How wide an interval may be that still says something: written down before the first run, with settings.

`margins.toml` is committed by itself. `innervate validate` says whether the simulator is still the one whose
margins these are; a change of parameters after results were seen shows in docs/validation-history.jsonl.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import InnervateError

PATH = Path(__file__).with_name("margins.toml")


@dataclass(frozen=True, slots=True)
class Margins:
    """What was committed.

    Attributes:
        settings: hash of all parameters when they were.
        widest: key of an effect -> widest interval, in the effect's unit.
    """

    settings: str
    widest: dict[str, float]


def read_margins(keys: Iterable[str], path: Path = PATH) -> Margins:
    """The margins of all effects.

    Raises:
        InnervateError: the file is unreadable, an effect has none, or one is no positive number.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InnervateError(f"{path.name}: {error}") from error
    written = content.get("widest", {})
    widest: dict[str, float] = {}
    for key in keys:
        value = written.get(key) if isinstance(written, dict) else None
        if value is None:
            raise InnervateError(f"{path.name}: no margin for {key!r}", "write it down before it is run")
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0.0:
            raise InnervateError(f"{path.name}: widest.{key} = {value!r}; allowed: a number above 0")
        widest[key] = float(value)
    return Margins(str(content.get("settings", "")), widest)
