"""Tests of control on the page: one at a time, watched from the rings whether a browser looks or not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.responses import JSONResponse

from ...core.clock import now
from ...core.errors import InnervateError
from ..assess_show import COLUMNS, WORDS
from ..live_limb import LiveLimb
from ..live_test import LIVE_TESTS, LiveTest, Stage

_LOOK_S = 0.02
_SEED = 1
NOTHING: dict[str, Any] = {"stage": "none"}


class Assessor:
    """The test that runs, if one does.

    Args:
        runtime_dir: of the limb.
    """

    def __init__(self, runtime_dir: Path) -> None:
        self._runtime_dir = runtime_dir
        self._limb: LiveLimb | None = None
        self._test: LiveTest | None = None
        self._wanted = asyncio.Event()

    def start(self, test: str, motions: int, trials: int) -> None:
        """Begin one, instead of the one that runs.

        Raises:
            InnervateError: the limb cannot do it, or does not run.
        """
        self.stop()
        limb = LiveLimb(self._runtime_dir)
        limb.look(now())
        try:
            self._test = LiveTest(limb, test, motions, trials, _SEED)
        except InnervateError:
            limb.close()
            raise
        self._limb = limb
        self._wanted.set()

    def stop(self) -> None:
        """Forget it."""
        self._wanted.clear()
        if self._limb is not None:
            self._limb.close()
        self._limb = self._test = None

    async def run(self) -> None:
        """Watch the limb while a test is on, until cancelled."""
        while True:
            await self._wanted.wait()
            self._look()
            await asyncio.sleep(_LOOK_S)

    def _look(self) -> None:
        if self._limb is None or self._test is None:
            return
        for seen in self._limb.look(now()):
            self._test.see(seen)
        if self._test.stage is Stage.DONE:
            self._wanted.clear()

    def view(self) -> dict[str, Any]:
        """What to show; `figures` in words."""
        if self._test is None:
            return NOTHING
        view = self._test.view()
        view["figures"] = [
            {"name": heading, "value": write(view["figures"][name])}
            for name, (heading, write) in COLUMNS.items()
            if view["figures"].get(name) is not None
        ]
        return {**view, "what": WORDS[self._test.test]}

    def told(self) -> dict[str, Any]:
        """All of it as `innervate assess --live --json` writes it, less the options."""
        if self._test is None:
            return {}
        view = self._test.view()
        return {
            "simulated": view["simulated"],
            "test": view["test"],
            "figures": view["figures"],
            "interrupted": view["interrupted"],
            "trials": self._test.told(),
        }


def add_assess_routes(app: FastAPI, assessor: Assessor) -> None:
    """GET `/api/assess`, `/api/assess/results`; POST `/api/assess/TEST/MOTIONS/TRIALS` and `.../stop`."""

    @app.get("/api/assess")
    async def get_view() -> JSONResponse:
        return _fresh(assessor.view())

    @app.get("/api/assess/results")
    async def get_results() -> JSONResponse:
        return _fresh(assessor.told())

    @app.post("/api/assess/stop")
    async def post_stop() -> JSONResponse:
        assessor.stop()
        return _fresh({"ok": True})

    @app.post("/api/assess/{test}/{motions}/{trials}")
    async def post_start(test: str, motions: int, trials: int) -> JSONResponse:
        try:
            assessor.start(test, motions, trials)
        except InnervateError as error:
            return _fresh({"ok": False, "error": str(error)}, 409)
        return _fresh({"ok": True})


def _fresh(content: dict[str, Any], code: int = 200) -> JSONResponse:
    return JSONResponse(content, code, {"Cache-Control": "no-store"})


TESTS = tuple((name, WORDS[name].split(" (")[0].split(", ")[0]) for name in LIVE_TESTS)
"""Name and words of each, for the page's list."""
