"""Start one of our own processes and know when it is ready, or why it is not.

The convention: a process prints exactly one JSON line on standard output when it is ready
(`{"ready": true, ...}`) or when it cannot start (`{"error": "...", "kind": "SourceBusy"}`), and later lines
only as its own documentation says. Whatever is on standard error is for the log.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, NoReturn

from . import errors
from .clock import now
from .errors import InnervateError

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
EXIT_REFUSED = 2
"""Exit code of a process that said why it cannot run."""


def say_ready(**facts: object) -> None:
    """Called by the child, once."""
    print(json.dumps({"ready": True, **facts}), flush=True)


def say_error(error: InnervateError) -> NoReturn:
    """Called by the child instead of `say_ready`; ends it."""
    print(json.dumps({"error": str(error), "kind": type(error).__name__}), flush=True)
    sys.exit(EXIT_REFUSED)


def say_notice(line: str) -> None:
    """Called by the child while it runs: what a person should read. Nobody listening is no error."""
    with contextlib.suppress(OSError):
        print(json.dumps({"notice": line}), flush=True)


def log(message: str) -> None:
    """One line for the log."""
    print(message, file=sys.stderr, flush=True)


def error_from(line: bytes) -> InnervateError:
    """The error a child said with `say_error`, in the class it named."""
    said = json.loads(line)
    kind = getattr(errors, str(said.get("kind")), InnervateError)
    found: InnervateError = kind(str(said.get("error", said)))
    return found


class Child:
    """A process of ours: started, awaited, stopped.

    It has a process group of its own, so that Ctrl-C reaches only the program the person started, which then
    ends the others in order.

    Args:
        module: what `python -m` runs.
        args: its arguments.
        log_path: where its standard error goes; None drops it.
        env: environment to add.
        leashed: it is killed when this process dies, however it dies. For simulators and pages; never for a
            guard, which must outlive everybody.
    """

    def __init__(
        self,
        module: str,
        *args: str,
        log_path: Path | None = None,
        env: Mapping[str, str] | None = None,
        leashed: bool = False,
    ) -> None:
        self.module = module
        self.t_start_s = now()
        # One thread per process: a BLAS pool would wake other cores for an 8 x 8 product, and cost memory.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **(env or {})}
        with contextlib.ExitStack() as stack:
            err: IO[bytes] | int = subprocess.DEVNULL
            if log_path is not None:
                err = stack.enter_context(
                    os.fdopen(os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
                )
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *args],
                stdout=subprocess.PIPE,
                stderr=err,
                stdin=subprocess.DEVNULL,
                env=environment,
                process_group=0,
                preexec_fn=_die_with_parent if leashed else None,
            )
        self.facts: dict[str, object] = {}

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """False once it has ended."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """As `subprocess` gives it; None while it runs."""
        return self._process.poll()

    def wait_ready(self, timeout_s: float) -> dict[str, object]:
        """What it said when it was ready.

        Raises:
            InnervateError: what it said instead (in the class it names), or that it ended or took too long.
        """
        line = self.read_line(timeout_s)
        if line is None:
            self.kill()
            raise InnervateError(f"{self.module} did not start within {timeout_s:g} s", "see its log")
        if not line:
            raise InnervateError(f"{self.module} ended with code {self._process.wait()}", "see its log")
        said = json.loads(line)
        if "error" in said:
            self._process.wait()
            raise error_from(line)
        self.facts = said
        return self.facts

    def notice(self) -> str:
        """What it said with `say_notice` since the last call; empty when nothing."""
        line = self.read_line(0.0) if self.running else None
        return str(json.loads(line).get("notice", "")) if line else ""

    def read_line(self, timeout_s: float) -> bytes | None:
        """The next line of its standard output; b"" when it closed it, None when none came in time."""
        assert self._process.stdout is not None
        until_s = now() + timeout_s
        line = b""
        fd = self._process.stdout.fileno()
        while not line.endswith(b"\n"):
            if not select.select([fd], [], [], max(0.0, until_s - now()))[0]:
                return None
            byte = os.read(fd, 1)
            if not byte:
                return b""
            line += byte
        return line

    def signal(self, number: int) -> None:
        """Send a signal; nothing happens when it has ended."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(number)

    def stop(self, timeout_s: float = 3.0) -> int:
        """SIGTERM, then SIGKILL; returns the exit code."""
        self.signal(signal.SIGTERM)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
        return self._close()

    def kill(self) -> int:
        """SIGKILL; returns the exit code."""
        self._process.kill()
        return self._close()

    def _close(self) -> int:
        code = self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _die_with_parent() -> None:
    """Runs in the child between fork and exec: the kernel kills it when its parent ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def usage(pid: int) -> tuple[float, float]:
    """(processor seconds, resident MB) of a process, from /proc; (0, 0) when it has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0, 0.0
    ticks = os.sysconf("SC_CLK_TCK")
    resident_kb = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)
    return (int(stat[11]) + int(stat[12])) / ticks, resident_kb / 1024
