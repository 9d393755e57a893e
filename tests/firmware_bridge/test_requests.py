"""What may be asked of a running limb, and what the asker learns; over real sockets."""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from innervate.core.errors import RequestError
from innervate.firmware_bridge.local import REQUEST_SOCKET, listen
from innervate.firmware_bridge.requests import MAX_REQUEST, Asked, Verb, parse, request

SAID = ("stop", "release", "arm", "start", "freeze", "unfreeze", "sit", "stand", "recalibrate", "status")


@pytest.mark.parametrize("verb", [*SAID, "shutdown"])
def test_every_verb_but_grip_stands_alone(verb: str) -> None:
    assert parse(json.dumps({"verb": verb}).encode()) == Asked(Verb(verb), "")
    assert parse(json.dumps({"verb": verb, "value": ""}).encode()) == Asked(Verb(verb), "")
    with pytest.raises(RequestError, match=f"{verb}: takes no value, not 'now'"):
        parse(json.dumps({"verb": verb, "value": "now"}).encode())


def test_a_grip_needs_its_name() -> None:
    assert parse(b'{"verb": "grip", "value": "pinch"}') == Asked(Verb.GRIP, "pinch")
    unprintable = (r'"\ud800"', r'"pin\u0000ch"', r'"pinch\n"')
    for value in ('""', "0", "1", "true", "null", '["pinch"]', "{}", *unprintable):
        with pytest.raises(RequestError, match="grip: wants a text as value"):
            parse(f'{{"verb": "grip", "value": {value}}}'.encode())
    with pytest.raises(RequestError, match="grip: wants a text as value"):
        parse(b'{"verb": "grip"}')


@pytest.mark.parametrize("value", ["0", "1", "false", "null", "[]", "{}"])
def test_a_value_that_is_no_text_is_refused(value: str) -> None:
    with pytest.raises(RequestError, match="stop: takes no value"):
        parse(f'{{"verb": "stop", "value": {value}}}'.encode())


@pytest.mark.parametrize(
    "message", [b"", b"stop", b"\xff\xfe", b'{"verb": ', b"{'verb': 'stop'}", b"[" * MAX_REQUEST]
)
def test_what_is_not_json_is_refused(message: bytes) -> None:
    with pytest.raises(RequestError, match="request is not JSON"):
        parse(message)


@pytest.mark.parametrize(
    "message",
    [b"null", b"3", b'"verb"', b'["verb"]', b"{}", b'{"value": "pinch"}', b'{"verb": "stop", "force": 1}'],
)
def test_what_is_not_such_an_object_is_refused(message: bytes) -> None:
    with pytest.raises(RequestError, match="request must be one object"):
        parse(message)


@pytest.mark.parametrize("verb", ['"jump"', '"STOP"', '""', "null", "7", '["stop"]'])
def test_no_other_verb(verb: str) -> None:
    with pytest.raises(RequestError, match=r"no such request: .*; allowed: stop, release, arm, start"):
        parse(f'{{"verb": {verb}}}'.encode())


def test_a_longest_request_fits_what_is_read_at_once() -> None:
    assert MAX_REQUEST == 4096
    assert len(json.dumps({"verb": "grip", "value": "x" * 64}).encode()) < MAX_REQUEST


# -- the asker's side ----------------------------------------------------------------------------------------


@contextmanager
def guard_that_says(folder: Path, answer: bytes | None) -> Iterator[list[bytes]]:
    """Listens at `folder` and answers one caller; None hangs up, and `heard` is what was asked."""
    heard: list[bytes] = []
    with listen(folder / REQUEST_SOCKET, 0o600) as door:
        door.setblocking(True)
        door.settimeout(5.0)

        def serve() -> None:
            caller, _ = door.accept()
            with caller:
                heard.append(caller.recv(MAX_REQUEST))
                if answer is not None:
                    caller.send(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield heard
        finally:
            thread.join(5.0)


def test_the_answer_comes_back_and_the_question_went_out(tmp_path: Path) -> None:
    with guard_that_says(tmp_path, b'{"ok": true, "state": "ARMED"}') as heard:
        assert request(tmp_path, "arm") == {"ok": True, "state": "ARMED"}
    assert parse(heard[0]) == Asked(Verb.ARM)
    with guard_that_says(tmp_path, b'{"ok": true}') as heard:
        assert request(tmp_path, "grip", value="pinch") == {"ok": True}
    assert parse(heard[0]) == Asked(Verb.GRIP, "pinch")


def test_a_long_answer_comes_back_whole(tmp_path: Path) -> None:
    told = {"ok": True, "told": "x" * 60_000}
    with guard_that_says(tmp_path, json.dumps(told).encode()):
        assert request(tmp_path, "status") == told


@pytest.mark.parametrize(("length", "whole"), [(65536, True), (65537, False)])
def test_an_answer_is_whole_up_to_64_kib(tmp_path: Path, length: int, whole: bool) -> None:
    head, tail = '{"ok": true, "told": "', '"}'
    answer = f"{head}{'x' * (length - len(head) - len(tail))}{tail}".encode()
    with guard_that_says(tmp_path, answer):
        if whole:
            assert request(tmp_path, "status")["ok"]
        else:
            with pytest.raises(RequestError, match="does not answer"):
                request(tmp_path, "status")


def test_nobody_waits_longer_than_a_second_for_a_stop() -> None:
    assert inspect.signature(request).parameters["timeout_s"].default == 1.0


def test_a_refusal_is_its_sentence(tmp_path: Path) -> None:
    with (
        guard_that_says(tmp_path, b'{"ok": false, "error": "cannot sit"}'),
        pytest.raises(RequestError) as no,
    ):
        request(tmp_path, "sit")
    assert str(no.value) == "cannot sit"
    with guard_that_says(tmp_path, b"{}"), pytest.raises(RequestError, match=r"^refused$"):
        request(tmp_path, "sit")


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (None, "hung up without an answer"),
        (b"null", "hung up"),
        (b"[1]", "hung up"),
        (b"ok", "does not answer"),
    ],
)
def test_what_is_no_answer_is_told_as_such(tmp_path: Path, answer: bytes | None, told: str) -> None:
    with guard_that_says(tmp_path, answer), pytest.raises(RequestError, match=told):
        request(tmp_path, "stop")


def test_nobody_there_and_nobody_answering(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"does not answer.*is the limb running"):
        request(tmp_path, "stop")
    with listen(tmp_path / REQUEST_SOCKET, 0o600), pytest.raises(RequestError, match="does not answer"):
        request(tmp_path, "stop", timeout_s=0.05)


def test_an_asker_leaves_nothing_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with pytest.raises(RequestError):
            request(tmp_path, "stop")
    assert len(list(Path("/proc/self/fd").iterdir())) == before
