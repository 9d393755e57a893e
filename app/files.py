"""Files that a person asked for, looked at before the work is done and not after."""

from __future__ import annotations

import os
from pathlib import Path

from ..core.errors import ProfileError


def check_writable(path: Path | None, option: str) -> None:
    """Refuse a file that could not be written later; None is fine.

    Raises:
        ProfileError: names the option, the path and what is wrong with it.
    """
    if path is None:
        return
    folder = path.absolute().parent
    if path.is_dir():
        raise ProfileError(f"{option} {path}: is a folder", "give a file's name")
    if not folder.is_dir():
        raise ProfileError(f"{option} {path}: there is no folder {folder}", "make it first")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise ProfileError(f"{option} {path}: you may not write there", "choose another place")


def check_folder(path: Path | None, option: str) -> None:
    """Refuse a folder that could not be made or written to later; None is fine.

    Raises:
        ProfileError: names the option, the path and what is wrong with it.
    """
    if path is None:
        return
    whole = path.absolute()
    there = next(each for each in (whole, *whole.parents) if each.exists())
    if not there.is_dir():
        raise ProfileError(f"{option} {path}: {there} is a file", "give a folder's name")
    if not os.access(there, os.W_OK | os.X_OK) or (there == whole and there.stat().st_uid != os.getuid()):
        raise ProfileError(f"{option} {path}: {there} is not yours to write to", "choose another place")
