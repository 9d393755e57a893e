"""What people and pages ask of a running limb: one JSON object per message on `limb.sock`, and one back.

Request: `{"verb": "stop"}`. Answer: `{"ok": true, ...}` or `{"ok": false, "error": "one line"}`.
"""

from __future__ import annotations

import json
import socket
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..core.errors import RequestError
from .local import REQUEST_SOCKET, address

MAX_REQUEST = 4096


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
    STATUS = "status"
    """Say how it is."""
    SHUTDOWN = "shutdown"
    """Brake, leave the device in its own safe way, and end."""


def parse(message: bytes) -> Verb:
    """The verb a message asks for.

    Raises:
        RequestError: not a request, or an unknown verb or key.
    """
    try:
        content = json.loads(message)
    except ValueError as error:
        raise RequestError("request is not JSON", 'send {"verb": "stop"}') from error
    if not isinstance(content, dict) or set(content) != {"verb"}:
        raise RequestError("request must be one object with the key 'verb' and no other")
    try:
        return Verb(content["verb"])
    except ValueError as error:
        raise RequestError(f"no such request: {content['verb']!r}; allowed: {', '.join(Verb)}") from error


def request(runtime_dir: Path, verb: str, timeout_s: float = 1.0) -> dict[str, Any]:
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
            connection.send(json.dumps({"verb": verb}).encode())
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
