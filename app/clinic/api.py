"""What pages and scripts ask to be written. The store says who may, and what a value may be."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse

from ...calibration.store.base import OfPatient
from ...calibration.store.errors import Clash, Conflict, LoginRefused, NotAllowed, SessionEnded, StoreError
from ...calibration.store.export import row_json
from ...calibration.store.logins import Logins
from ...calibration.store.outcomes import Alert, PainEntry
from ...calibration.store.patients import Limb, NerveTransfer, Patient
from ...calibration.store.rights import Verb, demand
from ...calibration.store.shown_transfers import starting
from ...calibration.store.store import Store
from ...calibration.store.tables import kind_of, table_of
from ...calibration.store.texts import values_from
from ...calibration.store.words import Role
from ...calibration.store.work import Work
from ...core.errors import InnervateError
from .doorkeeper import cookie_name, csrf_of
from .fields import text_of

OPEN = (
    "limb",
    "nerve_transfer",
    "phantom_word",
    "electrode",
    "prosthesis",
    "visit",
    "assessment",
    "pain_entry",
    "promis_score",
    "follow_up_event",
    "pme_session",
)
"""Tables that people fill in. Recordings, models, site checks and the home log come from the machine."""
_MOST_BYTES = 256 * 1024
_FIELD = re.compile(r"^\w+\.([\w.]+) ")
Answer = dict[str, Any]


def add_routes(app: FastAPI, store: Store, logins: Logins, port: int, *, secure: bool) -> None:
    """Of sessions, and of rows."""
    _add_sessions(app, logins, port, secure=secure)
    _add_rows(app, store)


def _add_sessions(app: FastAPI, logins: Logins, port: int, *, secure: bool) -> None:
    """POST `/api/login`, `/api/logout`, `/api/stay`."""

    @app.post("/api/login")
    async def login(request: Request) -> JSONResponse:
        address = request.client.host if request.client else "?"

        def enter(body: Answer) -> Answer:
            name, password = body.get("name"), body.get("password")
            if not isinstance(name, str) or not isinstance(password, str):
                raise StoreError("name and password", "allowed: two texts")
            return {"token": logins.login(name, password, address)}

        answer, code = await _tried(request, enter)
        token = answer.pop("token", "")
        if token:
            answer["csrf"] = csrf_of(token)
        said = JSONResponse(answer, code)
        if token:
            said.set_cookie(
                cookie_name(port), token, httponly=True, samesite="strict", path="/", secure=secure
            )
        return said

    @app.post("/api/logout")
    async def logout(request: Request) -> JSONResponse:
        await asyncio.to_thread(logins.logout, request.state.token)
        said = JSONResponse({"ok": True})
        said.delete_cookie(cookie_name(port), path="/")
        return said

    @app.post("/api/stay")
    async def stay() -> JSONResponse:
        """Somebody is typing: being asked is what keeps the session."""
        return JSONResponse({"ok": True})


def _add_rows(app: FastAPI, store: Store) -> None:
    """What is written, one address a deed; and rows to be read by scripts."""

    def writing(change: Callable[[Work, Answer], Answer]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> JSONResponse:
            def work(body: Answer) -> Answer:
                with store.work(request.state.person) as open_work:
                    return change(open_work, {**body, **request.path_params})

            said, code = await _tried(request, work)
            return JSONResponse(said, code)

        return answer

    for path, change in (
        ("/api/patients", new_patient),
        ("/api/patients/{code}", change_patient),
        ("/api/patients/{code}/limbs/{limb}/transfers", start_transfers),
        ("/api/patients/{code}/rows/{table}", add_row),
        ("/api/rows/{table}/{row}", change_row),
        ("/api/rows/{table}/{row}/remove", remove_row),
        ("/api/alerts/{row}/seen", alert_seen),
    ):
        app.add_api_route(path, writing(change), methods=["POST"])

    @app.get("/api/patients/{code}/rows/{table}")
    async def rows(request: Request, code: str, table: str) -> JSONResponse:
        def read(_: Answer) -> Answer:
            with store.work(request.state.person) as work:
                patient = work.patient(code)
                found = [row_json(row) for row in work.rows(kind_of(table), code)]
                return {"simulated": patient.simulated, "rows": found}

        said, code_ = await _tried(request, read, body=False)
        return JSONResponse(said, code_)


async def _tried(
    request: Request, do: Callable[[Answer], Answer], *, body: bool = True
) -> tuple[Answer, int]:
    """Done in a thread; whatever it refuses is one line and a code."""
    try:
        given = await _body(request) if body else {}
        return {"ok": True, **await asyncio.to_thread(do, given)}, 200
    except Conflict as error:
        return _conflict(error), 409
    except NotAllowed as error:
        return {"ok": False, "error": str(error)}, 403
    except SessionEnded as error:
        return {"ok": False, "error": str(error)}, 401
    except LoginRefused as error:
        return {"ok": False, "error": str(error), "wait_s": error.wait_s}, 429 if error.wait_s else 401
    except InnervateError as error:
        field = _FIELD.match(str(error))
        return {"ok": False, "error": str(error), "field": field[1] if field else ""}, 422


async def _body(request: Request) -> Answer:
    """A JSON object, not too long.

    Raises:
        StoreError: it is something else.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise StoreError("the request's body", "allowed: application/json")
    read = b""
    async for part in request.stream():
        read += part
        if len(read) > _MOST_BYTES:
            raise StoreError("the request's body is too long", f"allowed: {_MOST_BYTES} bytes")
    try:
        found = json.loads(read or b"{}")
    except (ValueError, RecursionError):
        raise StoreError("the request's body", "allowed: JSON") from None
    if not isinstance(found, dict):
        raise StoreError("the request's body", "allowed: an object")
    return found


def _conflict(error: Conflict) -> Answer:
    """Both values of every field, as the form has them; nothing of the second change was written."""
    return {
        "ok": False,
        "error": str(error),
        "by": error.by,
        "at": error.at.isoformat(),
        "version": error.version,
        "clashes": [
            {"field": field, "theirs": text_of(theirs), "yours": text_of(yours)}
            for clash in error.clashes
            for field, theirs, yours in _fields(clash)
        ],
    }


def _fields(clash: Clash) -> list[tuple[str, Any, Any]]:
    """As the form names them: of a column of JSON, each key by itself."""
    if not isinstance(clash.yours, dict):
        return [(clash.field, clash.theirs, clash.yours)]
    theirs = clash.theirs if isinstance(clash.theirs, dict) else {}
    keys = sorted({*theirs, *clash.yours})
    return [(f"{clash.field}.{key}", theirs.get(key), clash.yours.get(key)) for key in keys]


def _values(kind: Any, body: Answer) -> dict[str, Any]:
    """Texts of a form as the columns want them; "figures.score" goes into the column of JSON."""
    given = body.get("values", {})
    if not isinstance(given, dict) or not all(isinstance(text, str) for text in given.values()):
        raise StoreError("values", "allowed: an object of texts")
    table = table_of(kind)
    flat = {name: text.strip() for name, text in given.items() if "." not in name}
    found = values_from(kind, [f"{name}={text}" for name, text in flat.items()])
    for name, text in given.items():
        column, dot, key = name.partition(".")
        if not dot:
            continue
        if column not in ("figures", "missing") or column not in table.columns:
            raise StoreError(f"{table.name}: {name!r}", "allowed: a column")
        inner = found.setdefault(column, {})
        if text.strip() and isinstance(inner, dict):
            inner[key] = text.strip() if column == "missing" else _number(f"{table.name}.{name}", text)
    return found


def _number(where: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise StoreError(f"{where} = {text!r}", "allowed: a number") from None


def _version(body: Answer) -> int:
    version = body.get("version")
    if isinstance(version, bool) or not isinstance(version, int):
        raise StoreError(f"version = {version!r}", "allowed: the version that you have read")
    return version


def _open_kind(body: Answer) -> type[OfPatient]:
    if body["table"] not in OPEN:
        raise StoreError(f"table {body['table']!r}", f"allowed: {', '.join(OPEN)}")
    return kind_of(body["table"])


def new_patient(work: Work, body: Answer) -> Answer:
    """A patient; that it is a simulated one is said now and never changes."""
    values = _values(Patient, body)
    values.setdefault("id", "")
    return {"id": work.create(Patient(**values)).id}


def change_patient(work: Work, body: Answer) -> Answer:
    """Name, birth, note."""
    row = work.change(Patient, body["code"], _version(body), **_values(Patient, body))
    return {"id": row.id, "version": row.version}


def start_transfers(work: Work, body: Answer) -> Answer:
    """The level's usual transfers, to be edited."""
    limb = work.row(Limb, body["limb"])
    if limb.patient_id != body["code"]:
        raise StoreError(f"no limb {body['limb']!r}")
    there = work.rows(NerveTransfer, limb.patient_id, limb_id=limb.id)
    return {"added": len([work.add(row) for row in starting(limb, there)])}


def add_row(work: Work, body: Answer) -> Answer:
    """A new row of a patient."""
    kind = _open_kind(body)
    values = _values(kind, body)
    if {"id", "patient_id"} & set(values):
        raise StoreError(f"{body['table']}: id and patient are the store's to give")
    if kind is PainEntry and work.who.role is Role.WEARER:
        values["source"] = "home"
    row = work.add(kind(**values, patient_id=body["code"]))
    return {"id": row.id, "version": row.version}


def change_row(work: Work, body: Answer) -> Answer:
    """Save over the version that was read."""
    kind = _open_kind(body)
    values = _values(kind, body)
    for column in ("figures", "missing"):
        if column in values:  # a form sends the keys that changed
            there = getattr(work.row(kind, body["row"], see=kind.WRITTEN_BY), column) or {}
            emptied = {
                name.partition(".")[2]
                for name, text in body["values"].items()
                if name.startswith(f"{column}.") and not text.strip()
            }
            values[column] = {k: v for k, v in {**there, **values[column]}.items() if k not in emptied}
    row = work.change(kind, body["row"], _version(body), **values)
    return {"id": row.id, "version": row.version}


def remove_row(work: Work, body: Answer) -> Answer:
    """Remove one row that nothing hangs on."""
    work.remove(_open_kind(body), body["row"], _version(body))
    return {}


def alert_seen(work: Work, body: Answer) -> Answer:
    """Somebody has looked at it."""
    row = work.row(Alert, body["row"])
    demand(work.who, Verb.EDIT, row.patient_id, simulated=work.patient(row.patient_id).simulated)
    seen = {"seen_by": work.who.name[:100], "seen_at": work.now()}
    return {"version": work.change(Alert, row.id, _version(body), **seen).version}
