"""Runs the same tests again and again, each time in a fork of one process that has imported what stays.

    python docs/warm_tests.py serve SOCKET [argument of pytest ...]      prints "ready"; ends with its input
    python -I -S docs/warm_tests.py ask SOCKET ...                       runs them; exits as pytest does

For `mutants.py`: most of a short test file's time is starting Python, pytest and numpy. Our own modules and
the tests are imported afresh in each fork; only what others wrote stays. A run that takes `TIMES` the CPU
time of the first one (and `LEAST_S`) is ended: it hangs. CPU time, so that a busy machine makes nothing look
noticed.
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import resource
import select
import signal
import socket
import sys
from pathlib import Path

TIMES, LEAST_S = 3.0, 2.0
_OURS = ("innervate", "tests", "conftest")


def serve(path: str, args: list[str]) -> int:
    """Fork and run for each connection; one at a time."""
    import pytest

    if code := int(pytest.main(["--collect-only", "-q", *args])):
        return code
    for name in [name for name in sys.modules if name.split(".")[0] in _OURS]:
        del sys.modules[name]
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        print("ready", flush=True)
        gc.freeze()
        most_s = 0
        while True:
            ready, _, _ = select.select([listening, sys.stdin], [], [])
            if listening not in ready:
                return 0
            connection, _ = listening.accept()
            with connection:
                if pid := os.fork():
                    took_s = _await(pid, connection)
                    most_s = most_s or math.ceil(max(LEAST_S, TIMES * took_s))
                else:
                    _run(f"{path}.out", args, most_s)


def _run(out: str, args: list[str], most_s: int) -> None:
    """The fork's part; does not return."""
    import pytest

    # Two changes of one length in one second look the same to whoever compares times and lengths.
    sys.dont_write_bytecode = True
    gc.disable()
    code = 3
    try:
        os.setsid()
        if most_s:
            resource.setrlimit(resource.RLIMIT_CPU, (most_s, most_s))
        fd = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(fd, 1)
        os.dup2(fd, 2)
        code = int(pytest.main(args))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _await(pid: int, connection: socket.socket) -> float:
    """Tell the asker how the fork ended; end it when the asker is gone. Returns its CPU seconds."""
    ended = os.pidfd_open(pid)
    try:
        ready, _, _ = select.select([ended, connection.fileno()], [], [])
        if ended not in ready:
            os.kill(pid, signal.SIGKILL)
        _, status, used = os.wait4(pid, 0)
    finally:
        os.close(ended)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # what the tests left behind
    with contextlib.suppress(OSError):
        connection.sendall(bytes((min(abs(os.waitstatus_to_exitcode(status)), 255),)))
    return used.ru_utime + used.ru_stime


def ask(paths: list[str]) -> int:
    """What pytest's exit code was; of the first whose tests did not pass."""
    for path in paths:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            code = connection.recv(1)
        print(Path(f"{path}.out").read_text(errors="replace"))
        if code != b"\0":
            return code[0] if code else 3
    return 0


if __name__ == "__main__":
    sys.exit(serve(sys.argv[2], sys.argv[3:]) if sys.argv[1] == "serve" else ask(sys.argv[2:]))
