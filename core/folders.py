"""Where running limbs keep their sockets and rings, and where people's keys and files live. All 0700."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from .errors import ProfileError

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - what we put there is in a folder of 0700


def private_folder(path: Path) -> Path:
    """Make a folder only its owner can enter; refuse one that belongs to somebody else."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ProfileError(
            f"{path}: cannot be made: {error.strerror}",
            "set XDG_RUNTIME_DIR or XDG_CONFIG_HOME to a folder of yours",
        ) from error
    owner = path.stat()
    if owner.st_uid != os.getuid():
        raise ProfileError(
            f"{path}: belongs to user {owner.st_uid}, not to you", "remove it or set XDG_RUNTIME_DIR"
        )
    path.chmod(0o700)
    return path


def runtime_root() -> Path:
    """Where the folders of all running limbs of this user lie: in memory wherever this system has a place.

    On a disk, writing to a mapped ring may wait for the file system: a guard of the highest priority was held
    up for over 100 ms while another program wrote to the same disk.
    """
    given = os.environ.get("XDG_RUNTIME_DIR")
    if given:
        return private_folder(Path(given) / "innervate")
    base = _SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    return private_folder(base / f"innervate-{os.getuid()}")


def in_memory(folder: Path) -> bool:
    """True when `folder` lies on a tmpfs."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    kinds = {Path(mount[1].encode().decode("unicode_escape")): mount[2] for mount in mounts}
    home = next(parent for parent in (folder.resolve(), *folder.resolve().parents) if parent in kinds)
    return kinds[home] in ("tmpfs", "ramfs")


def runtime_folder(limb: str) -> Path:
    """Folder of a running limb's rings and sockets; `limb` names it (device and port)."""
    return private_folder(runtime_root() / re.sub(r"[^A-Za-z0-9.-]+", "_", limb).strip("_"))


def running_limbs() -> list[Path]:
    """Runtime folders that exist, newest first: running limbs, and what is left of crashed ones."""
    folders = [path for path in runtime_root().iterdir() if path.is_dir()]
    return sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)


def data_folder() -> Path:
    """Folder of what is kept for this person's limbs, such as flight logs; on a disk, and not made here."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "innervate"


def config_folder() -> Path:
    """Folder of this person's keys."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return private_folder((Path(base) if base else Path.home() / ".config") / "innervate")
