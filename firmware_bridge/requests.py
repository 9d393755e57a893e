"""What people and pages ask of a running limb: one JSON object per message on `limb.sock`, and one back.

Request: `{"verb": "stop"}`, or `{"verb": "grip", "value": "pinch"}`.
Answer: `{"ok": true, ...}` or `{"ok": false, "error": "one line"}`.
"""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..core.errors import RequestError
from .local import REQUEST_SOCKET, address

MAX_REQUEST = 4096
BY_LIMB = "limb"
"""Value of `recalibrate`: the limb shows each movement itself."""


class Verb(StrEnum):
    """All that can be asked."""

    STOP = "stop"
    """Hold now. Works in every state, with or without a loop."""
    RELEASE = "release"
    """Open the hand (ankle: return to neutral) slowly, with or without a loop."""
    ARM = "arm"
    """A person allows movement."""
    START = "start"
    """Ask the supervisor, through the published counter `starts`, to start the loop again."""
    FREEZE = "freeze"
    """Keep what the limb does (carrying something), whatever the muscles do."""
    UNFREEZE = "unfreeze"
    """Follow the muscles again, from rest on."""
    GRIP = "grip"
    """Value: name of a grip, or "next". Which posture closing means from now on; nothing moves."""
    SIT = "sit"
    """Leg: the person sits; free movement until there is weight on it."""
    STAND = "stand"
    """Leg: the person is about to stand."""
    RECALIBRATE = "recalibrate"
    """Ask, through the published counter `recalibrations`, for a recalibration; until its end nobody arms.
    Value "limb": the limb shows each movement itself. Leg: seated and unloaded, and never by itself."""
    PROMPT = "prompt"
    """Value: degrees of each joint, with commas between. Whoever recalibrates shows a movement so."""
    CANCEL = "cancel"
    """The recalibration under way is over; what was in use stays."""
    SWAP = "swap"
    """Ask the supervisor, through the published counter `swaps`, to take up another model or other settings,
    and hold until a person arms the new loop. Leg: seated and unloaded."""
    STATUS = "status"
    """Say how it is."""
    SHUTDOWN = "shutdown"
    """Brake, leave the device in its own safe way, and end."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    verb: Verb
    value: str = ""


_WITH_VALUE = frozenset({Verb.GRIP, Verb.PROMPT})
_BY_LIMB = (Verb.RECALIBRATE, BY_LIMB)


def parse(message: bytes) -> Asked:
    """What a message asks for.

    Raises:
        RequestError: not a request, or an unknown verb or key.
    """
    try:
        content = json.loads(message)
    except (ValueError, RecursionError) as error:  # the second: a thousand brackets
        raise RequestError("request is not JSON", 'send {"verb": "stop"}') from error
    if not isinstance(content, dict) or "verb" not in content or not content.keys() <= {"verb", "value"}:
        raise RequestError(
            "request must be one object with the keys 'verb' and perhaps 'value', and no other"
        )
    try:
        verb = Verb(content["verb"])
    except ValueError as error:
        raise RequestError(f"no such request: {content['verb']!r}; allowed: {', '.join(Verb)}") from error
    value = content.get("value", "")
    # Half a surrogate pair is text to json, and has no bytes: the flight log could not take it.
    text = isinstance(value, str) and value.isprintable()
    if not text or (bool(value) != (verb in _WITH_VALUE) and (verb, value) != _BY_LIMB):
        takes = "wants a text as value" if verb in _WITH_VALUE else "takes no value"
        raise RequestError(f"{verb}: {takes}, not {value!r}")
    return Asked(verb, value)


def request(runtime_dir: Path, verb: str, timeout_s: float = 1.0, value: str = "") -> dict[str, Any]:
    """Ask the guard that serves `runtime_dir` and return its answer.

    Raises:
        RequestError: it refused (its sentence), or it did not answer in time.
    """
    path = runtime_dir / REQUEST_SOCKET
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC) as connection:
        connection.settimeout(timeout_s)
        try:
            with address(path) as where:
                connection.connect(where)
            asked = {"verb": verb, "value": value} if value else {"verb": verb}
            connection.send(json.dumps(asked).encode())
            answer = json.loads(connection.recv(65536) or b"null")
        except (OSError, ValueError) as error:
            raise RequestError(
                f"{path}: the guard does not answer: {error}", "is the limb running?"
            ) from error
    if not isinstance(answer, dict):
        raise RequestError(f"{path}: the guard hung up without an answer", "may this user command the limb?")
    if not answer.get("ok"):
        raise RequestError(str(answer.get("error", "refused")))
    return answer
