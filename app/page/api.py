"""What scripts and the page's own buttons ask. Each request is answered only after the guard has answered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import JSONResponse, StreamingResponse

from ...core.errors import RequestError
from ...firmware_bridge.requests import Verb, request
from .feed import Feed
from .frame import status

GUARD_TIMEOUT_S = 1.0
_PLAIN = frozenset({Verb.STOP, Verb.RELEASE, Verb.FREEZE, Verb.UNFREEZE, Verb.SIT, Verb.STAND})
"""What is passed on to the guard as it is: the guard alone says whether it may be."""
STATIC = Path(__file__).parent / "static"


def add_routes(app: FastAPI, feed: Feed, runtime_dir: Path) -> None:
    """`/api/status`, `/api/live`, and POST `/api/arm`, `/api/grip/NAME`, `/api/VERB` for all in `_PLAIN`."""

    @app.get("/api/status")
    async def get_status() -> JSONResponse:
        return _fresh(status(await feed.look_closely()))

    @app.get("/api/live")
    async def get_live() -> StreamingResponse:
        return StreamingResponse(
            feed.stream(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    @app.post("/api/arm")
    async def post_arm() -> JSONResponse:
        state = feed.look()
        if not state.may_arm:
            headline = state.banner.headline.lower()
            error = f"Arm works when the limb is stopped or at fault; now it is: {headline}."
            return _fresh({"ok": False, "error": error}, 409)
        return await _ask(runtime_dir, Verb.ARM)

    @app.post("/api/grip/{name}")
    async def post_grip(name: str) -> JSONResponse:
        return await _ask(runtime_dir, Verb.GRIP, name)

    @app.post("/api/{verb}")
    async def post_plain(verb: str) -> JSONResponse:
        if verb not in _PLAIN:
            return _fresh({"ok": False, "error": f"the page asks for no {verb!r}"}, 404)
        return await _ask(runtime_dir, verb)


async def _ask(runtime_dir: Path, verb: str, value: str = "") -> JSONResponse:
    """In a thread: a guard that does not answer must not hold up the next Stop."""
    try:
        answer = await asyncio.to_thread(request, runtime_dir, verb, GUARD_TIMEOUT_S, value)
    except RequestError as error:
        return _fresh({"ok": False, "error": str(error)}, 503)
    return _fresh({**answer, "ok": True})


def _fresh(content: dict[str, Any], code: int = 200) -> JSONResponse:
    return JSONResponse(content, code, {"Cache-Control": "no-store"})
