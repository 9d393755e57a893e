"""The `innervate` command as a person starts it: a process of its own, its output kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

COMMAND = (sys.executable, "-m", "innervate.app")


def start(*args: str, **env: str) -> subprocess.Popen[str]:
    """Start the command; its standard output and error are pipes."""
    return subprocess.Popen(
        [*COMMAND, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **env},
        process_group=0,
    )


def finish(process: subprocess.Popen[str], timeout_s: float = 60.0) -> tuple[int, str, str]:
    """(exit code, standard output, standard error); killed and failed when it does not end."""
    try:
        out, err = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10.0)
        raise AssertionError(f"did not end within {timeout_s} s\n{out}\n{err}") from None
    return process.returncode, out, err


def command(*args: str, timeout_s: float = 60.0, **env: str) -> tuple[int, str, str]:
    """Run the command to its end."""
    return finish(start(*args, **env), timeout_s)


def children(pid: int) -> dict[int, str]:
    """Process id -> module, of the processes of ours that `pid` started and that live."""
    found = {}
    for task in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((task / "stat").read_text().rpartition(")")[2].split()[1])
            words = (task / "cmdline").read_bytes().split(b"\0")
        except (OSError, IndexError):
            continue
        if parent == pid and b"-m" in words:
            found[int(task.name)] = words[words.index(b"-m") + 1].decode()
    return found


def alive(pid: int) -> bool:
    """It runs: not ended, and not a zombie that somebody has yet to bury."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
