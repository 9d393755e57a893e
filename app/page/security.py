"""What stands in front of every answer: who may ask, from where, and what the browser may load.

Threats, in the order they are checked: another site's page that points its own name at our address (DNS
rebinding), another site's page that sends us a form (CSRF) or opens our socket, somebody on the network
without the key, and content that was smuggled into the page.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
import socket
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .settings import is_loopback

_SCRIPT_TAG = re.compile(rb"<script(?=[\s>])")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), usb=(), serial=()",
}


def content_policy(nonce: str, authority: str) -> str:
    """Only this server, only scripts we put there.

    `unsafe-eval`: NiceGUI compiles its Vue templates in the browser. `unsafe-inline` for styles: Vue sets
    style attributes. Neither lets a foreign script in: inline scripts need this answer's own nonce.
    """
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; "
        f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data:; font-src 'self'; connect-src 'self' ws://{authority}"
    )


class Gate:
    """ASGI middleware.

    Args:
        app: what is behind it.
        host: the address the server listens on.
        port: its port.
        secret: the key; empty for none (loopback only, `PageSettings` sees to that).
    """

    def __init__(self, app: ASGIApp, host: str, port: int, secret: str) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._secret = secret.encode()
        # The cookie proves knowledge of the key without being the key.
        self._session = hmac.new(self._secret, b"innervate page", hashlib.sha256).hexdigest()
        self._cookie = f"innervate_{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with headers added to the answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refuse(scope, headers)
        if scope["type"] == "websocket":
            if refusal is not None:
                await send({"type": "websocket.close", "code": 1008})  # before accept: the client sees 403
                return
            await self._app(scope, receive, send)
            return
        dress = _Dresser(send, headers.get("host", ""))
        if refusal is not None:
            await refusal(scope, receive, dress)
            return
        # NiceGUI builds addresses from this header, and no proxy of ours sets it.
        scope["headers"] = [(k, v) for k, v in scope["headers"] if k != b"x-forwarded-prefix"]
        await self._app(scope, receive, dress)

    def _refuse(self, scope: Scope, headers: Headers) -> Response | None:
        authority = headers.get("host", "")
        if not self._is_ours(authority):
            return PlainTextResponse("This address is not this page's own.", 421)
        changes = scope["type"] == "websocket" or scope.get("method") not in ("GET", "HEAD", "OPTIONS")
        if changes and not _same_origin(headers, authority, must_say=scope["type"] == "websocket"):
            return JSONResponse({"ok": False, "error": "The request came from another site."}, 403)
        if self._secret and not self._knows_key(headers):
            return self._ask_key(scope)
        return None

    def _is_ours(self, authority: str) -> bool:
        """True for the names by which this server may be called.

        Raw addresses are safe from rebinding: there is no name to rebind.
        """
        name, _, port = authority.rpartition(":")
        if authority.endswith("]") or not name:
            name, port = authority, "80"
        if port != str(self._port):
            return False
        name = name.strip("[]").casefold()
        if is_loopback(name):
            return True
        if is_loopback(self._host):
            return False
        own = socket.gethostname().casefold()
        if name in (self._host.casefold(), own, f"{own}.local"):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _knows_key(self, headers: Headers) -> bool:
        kind, _, shown = headers.get("authorization", "").partition(" ")
        if kind.casefold() == "bearer" and hmac.compare_digest(shown.strip().encode(), self._secret):
            return True
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return False
        return cookie is not None and hmac.compare_digest(cookie.value.encode(), self._session.encode())

    def _ask_key(self, scope: Scope) -> Response:
        """A right `?key=` becomes a cookie once, and leaves the address bar."""
        keys = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("key", [])
        if scope.get("method") == "GET" and keys and hmac.compare_digest(keys[0].encode(), self._secret):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(self._cookie, self._session, httponly=True, samesite="strict", path="/")
            return answer
        return JSONResponse(
            {"ok": False, "error": "A key is needed. Open the address that was printed at the start."},
            401,
            {"WWW-Authenticate": "Bearer"},
        )


def _same_origin(headers: Headers, authority: str, *, must_say: bool) -> bool:
    """Browsers always say where a POST or a socket comes from; scripts say nothing, and are not tricked."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    if origin is None:
        return not must_say
    return origin in (f"http://{authority}", f"https://{authority}")


class _Dresser:
    """Adds the headers; gives every script tag of a page that we made this answer's nonce."""

    def __init__(self, send: Send, authority: str) -> None:
        self._send = send
        self._authority = authority
        self._start: Message | None = None
        self._nonce = secrets.token_urlsafe(16)
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(_HEADERS)
            headers["Content-Security-Policy"] = content_policy(self._nonce, self._authority)
            if headers.get("content-type", "").startswith("text/html"):
                self._start = message
                return
        elif self._start is not None and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            body = _SCRIPT_TAG.sub(b'<script nonce="' + self._nonce.encode() + b'"', self._body)
            MutableHeaders(scope=self._start)["content-length"] = str(len(body))
            await self._send(self._start)
            message = {"type": "http.response.body", "body": body}
        await self._send(message)
