"""One reader for all browsers: reads the rings while somebody looks, rests while nobody does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from ...core.clock import now
from .frame import frame_json, setup_json
from .news import EVERY_S, GuardNews
from .reader import PageReader
from .state import PageState

FRAME_S = 1 / 13
"""Fast enough for a hand that moves, slow enough to cost little."""


class Feed:
    """Server-sent events. A slow browser gets fewer frames, never old ones."""

    def __init__(self, reader: PageReader, news: GuardNews) -> None:
        self._reader, self._news = reader, news
        self._viewers = 0
        self._state: PageState | None = None
        self._frame = ""
        self._setup = ""
        self._version = -1
        self._count = 0
        self._fresh = asyncio.Event()
        self._wanted = asyncio.Event()
        self._open = True

    async def run(self) -> None:
        """Read and write frames until cancelled."""
        while True:
            await self._wanted.wait()
            self._publish(self._read())
            await asyncio.sleep(FRAME_S)

    async def ask(self) -> None:
        """Ask the guard what its ring does not say, until cancelled."""
        while True:
            await self._wanted.wait()
            await self._news.ask()
            await asyncio.sleep(EVERY_S)

    def look(self) -> PageState:
        """The state now, for one request. Takes nothing of the signal away from browsers that look."""
        if self._viewers and self._state is not None:
            return self._state
        return self._read()

    async def look_closely(self) -> PageState:
        """The same with what only the guard's answer says, also when nobody else looks."""
        if not self._viewers:
            await self._news.ask()
        return self.look()

    def close(self) -> None:
        """End every stream, so that the server can."""
        self._open = False
        self._fresh.set()

    async def stream(self) -> AsyncIterator[str]:
        """Events for one browser, until it goes away."""
        self._viewers += 1
        self._wanted.set()
        version, count = -1, self._count
        try:
            yield "retry: 500\n\n"
            while self._open:
                if self._count == count:
                    await self._fresh.wait()
                    continue
                count = self._count
                if version != self._version:
                    version = self._version
                    yield f"event: setup\ndata: {self._setup}\n\n"
                yield f"data: {self._frame}\n\n"
        finally:
            self._viewers -= 1
            if not self._viewers:
                self._wanted.clear()
                self._state = None

    def _read(self) -> PageState:
        now_s = now()
        return self._reader.read(now_s, self._news.newest(now_s))

    def _publish(self, state: PageState) -> None:
        self._state = state
        if state.setup_version != self._version:
            self._version = state.setup_version
            self._setup = setup_json(state.setup, self._version)
        self._frame = frame_json(state)
        self._count += 1
        fresh, self._fresh = self._fresh, asyncio.Event()
        fresh.set()
