"""Every page by its address. NiceGUI serves them; what is on them was made and escaped by `markup`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path

from fastapi import FastAPI, Request
from nicegui import ui
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from ...calibration.store.errors import NotAllowed, StoreError
from ...calibration.store.logins import Logins
from ...calibration.store.rights import Person, Verb
from ...calibration.store.store import Store
from ...calibration.store.words import Role
from ...calibration.store.work import Work
from ...core.errors import InnervateError
from .api import add_routes
from .cohort_page import cohort_page
from .course_page import course_page
from .login_page import login_page
from .markup import document, h
from .me_page import me_page
from .patient_page import patient_page
from .patients_page import patients_page
from .pdf import print_pdf
from .report import report
from .shell import Page, dress
from .visit_page import visit_page

STATIC = Path(__file__).parent / "static"
ICON = Path(__file__).parents[1] / "page" / "static" / "icon.svg"
Make = Callable[[Work], Page | str]
_HEAD = """
<link rel="stylesheet" href="/clinic/clinic.css">
<script type="module" src="/clinic/forms.js"></script>
"""


class Shown:
    """Makes pages for whoever asks.

    Args:
        store: open.
        idle_s: until a session ends.
    """

    def __init__(self, store: Store, idle_s: float) -> None:
        self._store, self._idle_s = store, idle_s

    async def show(self, request: Request, make: Make) -> Response | None:
        """The page, in a thread: those of others go on being answered. None: NiceGUI has it."""
        page = await self.made(request, make)
        if not isinstance(page, Page):
            return page
        ui.page_title(f"{page.title} \u00b7 innervate")
        ui.add_head_html(_HEAD)
        ui.query(".nicegui-content").classes(replace="whole")
        ui.html(dress(page, request.state.person, request.state.csrf, self._idle_s), sanitize=False)
        return None

    async def made(self, request: Request, make: Make) -> Page | HTMLResponse:
        """What `make` makes of the store; or a refusal, said plainly."""
        try:
            page = await asyncio.to_thread(self._read, request.state.person, make)
        except NotAllowed as error:
            return _refusal(str(error), 403)
        except StoreError as error:
            return _refusal(str(error), 404)
        return HTMLResponse(page) if isinstance(page, str) else page

    def _read(self, person: Person, make: Make) -> Page | str:
        with self._store.work(person) as work:
            return make(work)


def make_app(store: Store, logins: Logins, port: int, idle_s: float, *, secure: bool) -> FastAPI:
    """All routes: ours first, NiceGUI for the rest."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_routes(app, store, logins, port, secure=secure)
    app.mount("/clinic", StaticFiles(directory=STATIC))

    @app.get("/login")
    async def login() -> HTMLResponse:
        return HTMLResponse(login_page())

    shown = Shown(store, idle_s)
    _add_reports(app, shown)
    _add_pages(shown)
    ui.run_with(
        app,
        title="innervate",
        favicon=ICON,
        dark=False,
        language="en-GB",
        binding_refresh_interval=None,
        message_history_length=0,
        gzip_middleware_factory=None,  # the gate marks the scripts in the page's text
        tailwind=False,
        show_welcome_message=False,
    )
    return app


def _add_pages(shown: Shown) -> None:
    @ui.page("/", language="en-GB")
    async def first(request: Request, q: str = "") -> Response | None:
        person = request.state.person
        if person.role is Role.WEARER:
            return RedirectResponse(f"/patients/{person.patient_id}", 303)
        return await shown.show(request, lambda work: patients_page(work, q[:200]))

    @ui.page("/patients/{code}", language="en-GB")
    async def patient(request: Request, code: str) -> Response | None:
        page = me_page if request.state.person.role is Role.WEARER else patient_page
        return await shown.show(request, lambda work: page(work, code, _today(work)))

    @ui.page("/patients/{code}/course", language="en-GB")
    async def course(request: Request, code: str) -> Response | None:
        def make(work: Work) -> Page:
            work.patient(code, Verb.SEE_FIGURES)
            return course_page(work, code, _today(work))

        return await shown.show(request, make)

    @ui.page("/patients/{code}/visits/{visit_id}", language="en-GB")
    async def visit(request: Request, code: str, visit_id: str, test: str = "") -> Response | None:
        def make(work: Work) -> Page:
            work.patient(code, Verb.SEE_FIGURES)
            return visit_page(work, code, visit_id, test)

        return await shown.show(request, make)

    @ui.page("/followup", language="en-GB")
    async def followup(request: Request) -> Response | None:
        wish = dict(request.query_params)
        return await shown.show(request, lambda work: cohort_page(work, wish, _today(work)))


def _add_reports(app: FastAPI, shown: Shown) -> None:
    @app.get("/patients/{code}/visits/{visit_id}/report")
    async def visit_report(request: Request, code: str, visit_id: str) -> Response:
        return await shown.made(request, lambda work: report(work, code, visit_id))  # type: ignore[return-value]

    @app.get("/patients/{code}/visits/{visit_id}/report.pdf")
    async def visit_pdf(request: Request, code: str, visit_id: str) -> Response:
        made = await shown.made(request, lambda work: report(work, code, visit_id))
        if isinstance(made, Page) or made.status_code != 200:
            return made  # type: ignore[return-value]
        try:
            pdf = await asyncio.to_thread(print_pdf, bytes(made.body).decode())
        except InnervateError as error:
            return _refusal(str(error), 501)
        name = f'inline; filename="{code}-{visit_id[:8]}.pdf"'
        return Response(pdf, media_type="application/pdf", headers={"Content-Disposition": name})


def _today(work: Work) -> date:
    """Of the clinic's own wall."""
    return work.now().astimezone().date()


def _refusal(text: str, code: int) -> HTMLResponse:
    style = "body{font:18px/1.5 system-ui;max-width:40em;margin:4em auto;padding:0 1em}"
    words = {403: "Not for this account", 404: "Not there"}.get(code, "That cannot be done")
    shown = document(words, h("h1", words), h("p", text), h("p", h("a", "Back", href="/")), style=style)
    return HTMLResponse(shown, code)
