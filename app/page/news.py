"""What the guard answers to `status` while somebody looks: the few things that its ring does not say."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from ...core.clock import now
from ...core.errors import RequestError
from ...firmware_bridge.requests import Verb, request

EVERY_S = 0.5
"""A question costs the guard 0.1 ms between two heartbeats: seldom, and only while a page is looked at."""
_PATIENCE_S = 0.3
_OLD_S = 2.0


class GuardNews:
    """The guard's last answer, while it is news."""

    def __init__(self, runtime_dir: Path) -> None:
        self._runtime_dir = runtime_dir
        self._said: dict[str, Any] | None = None
        self._t_said_s = 0.0

    async def ask(self) -> None:
        """Ask once, in a thread; a guard that is not there is no trouble here: the ring shows that."""
        try:
            said = await asyncio.to_thread(request, self._runtime_dir, Verb.STATUS, _PATIENCE_S)
        except RequestError:
            return
        self._said, self._t_said_s = said, now()

    def newest(self, now_s: float) -> dict[str, Any] | None:
        """The last answer; None when it is old."""
        return self._said if now_s - self._t_said_s <= _OLD_S else None
