"""Reading a file of tables that a person wrote."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from .errors import ProfileError


def read_tables(path: Path, what: str) -> dict[str, Any]:
    """The content of a TOML file.

    Args:
        path: of the file.
        what: it is, for somebody who named one that is not there: "profile".

    Raises:
        ProfileError: there is none, or it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError as error:
        raise ProfileError(f"{path}: no such {what}", "is the path right?") from error
    except (OSError, ValueError) as error:
        raise ProfileError(f"{path}: not a readable TOML file: {error}") from error
