"""Who uses a serial port, may we, and by what name it is found again: without opening it, as that would reset
an Arduino and drop a modem line of whoever is connected."""

from __future__ import annotations

import os
from pathlib import Path

BY_ID = Path("/dev/serial/by-id")
"""Where udev puts a link for each USB serial port, named by its maker and serial number."""


def users() -> dict[str, str]:
    """Device file -> a process that has it open, as "name (pid)". Only processes that we may look into."""
    found: dict[str, str] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            open_files = list((process / "fd").iterdir())
            name = (process / "comm").read_text().strip()
        except OSError:
            continue  # somebody else's, or it has just ended
        for file in open_files:
            try:
                target = str(file.readlink())
            except OSError:
                continue
            if target.startswith("/dev/"):
                found.setdefault(target, f"{name} ({process.name})")
    return found


def locks() -> set[tuple[int, int, int]]:
    """(major, minor, inode) of every file that anybody holds a lock on, other people's processes included."""
    found: set[tuple[int, int, int]] = set()
    try:
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return found
    for line in lines:
        try:
            # 1: FLOCK ADVISORY WRITE 1234 00:05:678 0 EOF; one that waits has an arrow after the number.
            major, minor, inode = next(w for w in line.split() if w.count(":") == 2).split(":")
            found.add((int(major, 16), int(minor, 16), int(inode)))
        except (StopIteration, ValueError):
            continue
    return found


def user_of(port: str, known: dict[str, str], locked: set[tuple[int, int, int]]) -> str:
    """Who has `port` open: "name (pid)", "another program", or empty when nobody is known to."""
    real = os.path.realpath(port)
    if real in known:
        return known[real]
    try:
        status = Path(real).stat()
    except OSError:
        return ""
    place = (os.major(status.st_dev), os.minor(status.st_dev), status.st_ino)
    return "another program" if place in locked else ""


def permitted(port: str) -> bool:
    """May this user open it?"""
    return os.access(port, os.R_OK | os.W_OK)


def stable_names(folder: Path = BY_ID) -> dict[str, str]:
    """Device file -> the name under `folder` that it keeps in whatever order things are plugged in."""
    try:
        links = sorted(folder.iterdir())
    except OSError:
        return {}
    return {os.path.realpath(link): str(link) for link in links}
