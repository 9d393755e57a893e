"""The clinic's process: settings, store, socket, one JSON line when it listens."""

from __future__ import annotations

import gc
import signal
import sys

import uvicorn

from ...calibration.store.database import Wall, utc_now
from ...calibration.store.logins import LoginRules, Logins
from ...calibration.store.place import place_of
from ...calibration.store.store import open_store
from ...core.child import say_ready
from ..page.listening import listen
from ..page.security import Gate
from .doorkeeper import Doorkeeper
from .routes import make_app
from .settings import ClinicSettings


def serve(settings: ClinicSettings, now: Wall = utc_now) -> None:
    """Serve until SIGTERM.

    Raises:
        InnervateError: the store or the address cannot be had.
    """
    place = place_of(settings.store)
    rules = LoginRules(idle_s=settings.idle_s) if settings.idle_s else LoginRules()
    with open_store(place, now) as store:
        listener = listen(settings.host, settings.port)
        port = listener.getsockname()[1]
        logins = Logins(store, rules=rules)
        secure = bool(settings.cert)
        app = make_app(store, logins, port, rules.idle_s, secure=secure)
        gate = Gate(Doorkeeper(app, logins, port), settings.host, port, "")
        config = uvicorn.Config(
            gate,
            log_level="warning",
            access_log=False,  # addresses of pages name patients
            proxy_headers=False,
            server_header=False,
            ws="websockets-sansio",
            timeout_graceful_shutdown=2,
            ssl_certfile=settings.cert or None,
            ssl_keyfile=settings.key or None,
        )
        name = f"[{settings.host}]" if ":" in settings.host else settings.host
        say_ready(url=f"http{'s' if secure else ''}://{name}:{port}/")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(0))
        gc.collect()
        gc.freeze()  # the web libraries stay: the collector need not look at them while a page is made
        uvicorn.Server(config).run(sockets=[listener])
