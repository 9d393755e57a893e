"""Waiting for what another process does: looked at often, with a limit that only a failure reaches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from innervate.core.clock import now, sleep


def until(what: Callable[[], Any], timeout_s: float = 10.0, every_s: float = 0.01) -> Any:
    """The first true value of `what`; fails when there is none in time."""
    end_s = now() + timeout_s
    while now() < end_s:
        value = what()
        if value:
            return value
        sleep(every_s)
    raise AssertionError(f"did not happen within {timeout_s} s")
