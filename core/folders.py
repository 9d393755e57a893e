"""Where running limbs keep their sockets and rings, and where people's keys and files live. All 0700."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from .errors import ProfileError


def private_folder(path: Path) -> Path:
    """Make a folder only its owner can enter; refuse one that belongs to somebody else."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = path.stat()
    if owner.st_uid != os.getuid():
        raise ProfileError(
            f"{path}: belongs to user {owner.st_uid}, not to you", "remove it or set XDG_RUNTIME_DIR"
        )
    path.chmod(0o700)
    return path


def runtime_folder(limb: str) -> Path:
    """Folder of a running limb's rings and sockets; `limb` names it (device and port)."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    root = Path(base) / "innervate" if base else Path(tempfile.gettempdir()) / f"innervate-{os.getuid()}"
    private_folder(root)
    return private_folder(root / re.sub(r"[^A-Za-z0-9.-]+", "_", limb).strip("_"))


def running_limbs() -> list[Path]:
    """Runtime folders that exist, newest first: running limbs, and what is left of crashed ones."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    root = Path(base) / "innervate" if base else Path(tempfile.gettempdir()) / f"innervate-{os.getuid()}"
    folders = [p for p in root.iterdir() if p.is_dir()] if root.is_dir() else []
    return sorted(folders, key=lambda p: p.stat().st_mtime, reverse=True)


def config_folder() -> Path:
    """Folder of this person's keys."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return private_folder((Path(base) if base else Path.home() / ".config") / "innervate")
