"""What must be the same for a replay to give the same bits: program, libraries, machine."""

from __future__ import annotations

import os
import sys
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from .clock import now, wall_offset_s

_ROOT = Path(__file__).resolve().parent.parent


def program_facts(*rooms: str) -> dict[str, Any]:
    """For a log's head.

    Args:
        rooms: top-level folders whose source decides what the process does.
    """
    numpy: Any = sys.modules.get("numpy")
    lock = {"python": ".".join(map(str, sys.version_info[:3]))}
    if numpy is not None:
        lock["numpy"] = str(numpy.__version__)
    return {
        "code": _code_digest(rooms),
        "lock": lock,
        "machine": {"processor": _processor(), "architecture": os.uname().machine},
        "t_start_s": now(),
        "unix_offset_s": wall_offset_s(),
    }


def differences(logged: dict[str, Any], here: dict[str, Any]) -> list[str]:
    """Which of code, lock and machine are not as they were, in words."""
    found = []
    if logged.get("code") != here["code"]:
        found.append("the program's source")
    for table in ("lock", "machine"):
        # The guard knows no numpy, and whoever replays it may.
        for name, was in logged.get(table, {}).items():
            value = here[table].get(name)
            if was != value:
                found.append(f"{name} ({was} then, {value} here)")
    return found


@cache
def _code_digest(rooms: tuple[str, ...]) -> str:
    """Check sums and length of the source of these rooms, names included, as it was when first asked for.

    They find a change, not a forger; `hashlib` would cost the guard 3 MB of memory.
    """
    crc, adler, length = 0, 1, 0
    for room in sorted(rooms):
        for path in sorted((_ROOT / room).rglob("*.py")):
            content = f"{path.relative_to(_ROOT)}\0".encode() + path.read_bytes()
            crc, adler = zlib.crc32(content, crc), zlib.adler32(content, adler)
            length += len(content)
    return f"{crc:08x}-{adler:08x}-{length}"


def _processor() -> str:
    """Its name as the kernel gives it; empty where it gives none. BLAS chooses its kernels by it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    names = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model")))
    return next(names, "")
