"""The floor for anything on a serial wire here: bytes through a bare pseudo-terminal and back."""

from __future__ import annotations

import os
import select
import threading
import tty
from typing import Any

from ..core.clock import now, sleep, stopwatch
from .timing import quantiles_us

FRAME_BYTES = 24
"""About one command or reply of a hand."""


def run(calls: int = 2000, paced_calls: int = 200, period_s: float = 0.01) -> dict[str, Any]:
    """Round trip of one frame to a thread that echoes it.

    Args:
        calls: round trips back to back.
        paced_calls: round trips one per period, as the loop makes them.
        period_s: the period.

    Returns:
        JSON values: `back_to_back_us` and `paced_us`, each `.{p50, p99, max}`.
    """
    ours, theirs = os.openpty()
    try:
        for fd in (ours, theirs):
            tty.setraw(fd)
        echo = threading.Thread(target=_echo, args=(theirs,), daemon=True)
        echo.start()
        frame = bytes(range(FRAME_BYTES))
        back_to_back = [_round_trip(ours, frame) for _ in range(calls)]
        paced, due_s = [], now()
        for _ in range(paced_calls):
            due_s += period_s
            sleep(max(0.0, due_s - now()))
            paced.append(_round_trip(ours, frame))
        os.write(ours, _END)
        echo.join(timeout=5.0)
    finally:
        os.close(ours)
        os.close(theirs)
    return {
        "benchmark": "floor",
        "what": f"{FRAME_BYTES} bytes through a pseudo-terminal and back",
        "back_to_back_us": _quantiles(back_to_back),
        "paced_us": _quantiles(paced),
    }


_END = b"\xff"


def _echo(fd: int) -> None:
    while True:
        content = os.read(fd, 4096)
        if content.endswith(_END):
            return
        os.write(fd, content)


def _round_trip(fd: int, frame: bytes) -> float:
    start = stopwatch()
    os.write(fd, frame)
    missing = len(frame)
    while missing:
        if not select.select([fd], [], [], 5.0)[0]:
            raise TimeoutError("the pseudo-terminal did not echo within 5 s")
        missing -= len(os.read(fd, missing))
    return stopwatch() - start


def _quantiles(seconds: list[float]) -> dict[str, float]:
    return {**quantiles_us(seconds), "max": 1e6 * max(seconds)}
