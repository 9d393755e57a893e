"""Who is logged in: no page, answer or socket without a session. Sits behind `page.security.Gate`."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...calibration.store.errors import SessionEnded, StoreError
from ...calibration.store.logins import Logins

_OPEN = ("/login", "/api/login")
_ASSETS = ("/clinic/", "/_nicegui/")
"""Files that say nothing of anybody; NiceGUI's socket is not among them."""
CSRF_HEADER = "x-csrf-token"


def cookie_name(port: int) -> str:
    """Two clinics on one computer do not log each other out."""
    return f"innervate_clinic_{port}"


def csrf_of(token: str) -> str:
    """What a page must send along with whatever it asks to be written."""
    return hmac.new(token.encode(), b"innervate clinic csrf", hashlib.sha256).hexdigest()


def token_in(headers: Headers, port: int) -> str:
    """The session's token; empty: none."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(cookie_name(port))
    except CookieError:
        return ""
    return found.value if found else ""


class Doorkeeper:
    """ASGI middleware: puts `person` and `csrf` into the request's state, or refuses.

    Args:
        app: what is behind it.
        logins: of the store.
        port: the server's.
    """

    def __init__(self, app: ASGIApp, logins: Logins, port: int) -> None:
        self._app, self._logins, self._port = app, logins, port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        kind, path = scope["type"], scope.get("path", "")
        if kind == "lifespan" or (scope.get("method") in ("GET", "HEAD") and path.startswith(_ASSETS)):
            await self._app(scope, receive, send)
            return
        if path in _OPEN:
            await self._app(scope, receive, _fresh(send))
            return
        headers = Headers(scope=scope)
        token = token_in(headers, self._port)
        try:
            # In a thread: argon2 is not asked here, but the database is.
            person = await asyncio.to_thread(self._logins.resume, token)
        except SessionEnded as error:
            await self._refuse(scope, receive, send, error, 401)
            return
        except StoreError as error:
            await self._refuse(scope, receive, send, error, 503)
            return
        csrf = csrf_of(token)
        changes = kind == "http" and scope.get("method") not in ("GET", "HEAD", "OPTIONS")
        if changes and not hmac.compare_digest(headers.get(CSRF_HEADER, "").encode(), csrf.encode()):
            refused = JSONResponse({"ok": False, "error": "The page is an old one: load it again."}, 403)
            await refused(scope, receive, _fresh(send))
            return
        scope.setdefault("state", {}).update(person=person, csrf=csrf, token=token)
        await self._app(scope, receive, _fresh(send) if kind == "http" else send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, error: StoreError, code: int) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before accept: the client sees 403
            return
        path = scope["path"]
        if code == 401 and scope.get("method") == "GET" and not path.startswith("/api/"):
            where = path + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
            target = "/login" if path == "/" else f"/login?next={quote(where, safe='')}"
            answer: Response = RedirectResponse(target, 303)
        else:
            answer = JSONResponse({"ok": False, "error": str(error)}, code)
        await answer(scope, receive, _fresh(send))


def _fresh(send: Send) -> Send:
    """Nothing about a patient stays in a browser's cache."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Cache-Control"] = "no-store"
        await send(message)

    return dressed
