"""What scripts and the page's own buttons ask. Each request is answered only after the guard has answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import JSONResponse, StreamingResponse

from ...core.errors import RequestError
from ...firmware_bridge.requests import request
from .feed import Feed
from .frame import status

GUARD_TIMEOUT_S = 1.0
STATIC = Path(__file__).parent / "static"


def add_routes(app: FastAPI, feed: Feed, runtime_dir: Path) -> None:
    """`/api/status`, `/api/live`, and POST `/api/stop`, `/api/arm`, `/api/release`."""

    @app.get("/api/status")
    async def get_status() -> JSONResponse:
        return _fresh(status(feed.look()))

    @app.get("/api/live")
    async def get_live() -> StreamingResponse:
        return StreamingResponse(
            feed.stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    @app.post("/api/stop")
    async def post_stop() -> JSONResponse:
        return await _ask(runtime_dir, "stop")

    @app.post("/api/release")
    async def post_release() -> JSONResponse:
        return await _ask(runtime_dir, "release")

    @app.post("/api/arm")
    async def post_arm() -> JSONResponse:
        state = feed.look()
        if not state.may_arm:
            headline = state.banner.headline.lower()
            error = f"Arm works when the limb is stopped or at fault; now it is: {headline}."
            return _fresh({"ok": False, "error": error}, 409)
        return await _ask(runtime_dir, "arm")


async def _ask(runtime_dir: Path, verb: str) -> JSONResponse:
    """In a thread: a guard that does not answer must not hold up the next Stop."""
    ask: Callable[[Path, str, float], dict[str, Any]] = request
    try:
        answer = await asyncio.to_thread(ask, runtime_dir, verb, GUARD_TIMEOUT_S)
    except RequestError as error:
        return _fresh({"ok": False, "error": str(error)}, 503)
    return _fresh({**answer, "ok": True})


def _fresh(content: dict[str, Any], code: int = 200) -> JSONResponse:
    return JSONResponse(content, code, {"Cache-Control": "no-store"})
