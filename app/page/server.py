"""The page's process: settings, socket, NiceGUI behind the gate, one JSON line when it listens."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from nicegui import ui
from starlette.staticfiles import StaticFiles

from ...core.child import say_ready
from .api import STATIC, add_routes
from .assess import Assessor, add_assess_routes
from .feed import Feed
from .layout import build_page
from .listening import listen
from .news import GuardNews
from .reader import PageReader
from .security import Gate
from .settings import PageSettings


def make_app(feed: Feed, runtime_dir: Path) -> FastAPI:
    """Our routes first, NiceGUI for the rest. Makes no documentation pages: they load from elsewhere."""
    assessor = Assessor(runtime_dir)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(work) for work in (feed.run(), feed.ask(), assessor.run())]
        yield
        for task in tasks:
            task.cancel()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    add_assess_routes(app, assessor)
    add_routes(app, feed, runtime_dir)
    app.mount("/page", StaticFiles(directory=STATIC))
    ui.page("/", title="innervate", dark=True, language="en-GB")(build_page)
    ui.run_with(
        app,
        title="innervate",
        favicon=STATIC / "icon.svg",
        dark=True,
        language="en-GB",
        binding_refresh_interval=None,
        message_history_length=50,
        gzip_middleware_factory=None,  # the gate marks the scripts in the page's text
        tailwind=False,
        show_welcome_message=False,
    )
    return app


class _Server(uvicorn.Server):
    """Ends our endless streams before uvicorn waits for them."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._feed.close()
        await super().shutdown(sockets)


def serve(settings: PageSettings) -> None:
    """Serve until SIGTERM.

    Raises:
        InnervateError: the address cannot be had.
    """
    # Normal priority: the page uses 2 % of a core, and a Stop must not wait behind a browser that draws.
    listener = listen(settings.host, settings.port)
    port = listener.getsockname()[1]
    runtime_dir = Path(settings.runtime_dir)
    feed = Feed(PageReader(runtime_dir), GuardNews(runtime_dir))
    gate = Gate(make_app(feed, runtime_dir), settings.host, port, settings.secret)
    config = uvicorn.Config(
        gate,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        ws="websockets-sansio",
        timeout_graceful_shutdown=2,
    )
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    say_ready(url=f"http://{name}:{port}/")
    # uvicorn ends in order and then raises the signal once more: that is a good end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    _Server(config, feed).run(sockets=[listener])
