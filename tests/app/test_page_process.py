"""The page's process from outside: how it starts and ends, who may ask what, and what it costs."""

from __future__ import annotations

import http.client
import json
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from innervate.app.page.settings import PageSettings
from innervate.core import clock
from innervate.core.child import EXIT_REFUSED, Child, usage
from innervate.core.errors import InnervateError, ProfileError
from innervate.core.settings import write_settings
from innervate.core.state import State

from .page_feeder import Feeder

pytestmark = pytest.mark.real_time

pytest.importorskip("nicegui", reason="the page needs the web extra")

SECRET = secrets.token_urlsafe(24)
START_S = 30.0


def start(folder: Path, **settings: object) -> Child:
    file = folder / f"page{secrets.token_hex(4)}.json"
    file.write_text(json.dumps({"runtime_dir": str(folder), **settings}))
    child = Child("innervate.app.page", str(file), log_path=folder / "page.log")
    try:
        child.wait_ready(START_S)
    except BaseException:
        child.kill()
        raise
    return child


def authority(child: Child) -> str:
    return str(child.facts["url"]).removeprefix("http://").strip("/")


def ask(child: Child, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One request with exactly these headers, and the right Host unless another is given."""
    connection = http.client.HTTPConnection(authority(child), timeout=10)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": authority(child), **headers}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    found = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    connection.close()
    return found


@pytest.fixture(scope="module")
def limb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Feeder]:
    with Feeder(tmp_path_factory.mktemp("limb")) as feeder:
        yield feeder


@pytest.fixture(scope="module")
def page(limb: Feeder) -> Iterator[Child]:
    with start(limb.runtime_dir) as child:
        yield child


@pytest.fixture(scope="module")
def locked(limb: Feeder) -> Iterator[Child]:
    with start(limb.runtime_dir, secret=SECRET) as child:
        yield child


def test_status_as_json(limb: Feeder, page: Child) -> None:
    limb.state = State.ACTIVE
    code, headers, body = ask(page, "/api/status")
    status = json.loads(body)
    assert code == 200
    assert headers["cache-control"] == "no-store"
    assert status["state"] == "ACTIVE"
    assert len(status["position_deg"]) == 6
    assert status["link"]["guard_alive"]


def test_stop_is_answered_after_the_guard_answered(limb: Feeder, page: Child) -> None:
    limb.state = State.ACTIVE
    limb.asked.clear()
    code, _, body = ask(page, "/api/stop", "POST")
    assert code == 200
    assert json.loads(body)["ok"] is True
    assert [verb for verb, _ in limb.asked] == ["stop"]
    assert limb.state is State.STOPPED


def test_a_stop_that_nobody_hears_is_an_error(tmp_path: Path) -> None:
    with start(tmp_path) as child:
        code, _, body = ask(child, "/api/stop", "POST")
    assert code == 503
    assert "the guard does not answer" in json.loads(body)["error"]


def test_arm_is_refused_while_the_limb_moves(limb: Feeder, page: Child) -> None:
    limb.state = State.ACTIVE
    until_state(page, "ACTIVE")
    limb.asked.clear()
    code, _, body = ask(page, "/api/arm", "POST")
    assert code == 409
    assert "stopped or at fault" in json.loads(body)["error"]
    assert not limb.asked


def test_arm_works_after_a_stop(limb: Feeder, page: Child) -> None:
    ask(page, "/api/stop", "POST")
    until_state(page, "STOPPED")
    assert ask(page, "/api/arm", "POST")[0] == 200
    assert limb.state is State.ARMED


def until_state(page: Child, wanted: str) -> None:
    until_s = clock.now() + 10
    while json.loads(ask(page, "/api/status")[2])["state"] != wanted:
        assert clock.now() < until_s
        clock.sleep(0.02)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", "192.0.2.7:{port}"]
)
def test_another_name_for_this_address_is_refused(page: Child, host: str) -> None:
    port = authority(page).rpartition(":")[2]
    assert 400 <= ask(page, "/api/status", Host=host.format(port=port))[0] < 500


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_loopback_names_are_ours(page: Child, name: str) -> None:
    port = authority(page).rpartition(":")[2]
    assert ask(page, "/api/status", Host=f"{name}:{port}")[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_another_sites_page_cannot_ask(limb: Feeder, page: Child, headers: dict[str, str]) -> None:
    limb.asked.clear()
    assert ask(page, "/api/release", "POST", **headers)[0] == 403
    assert not limb.asked


@pytest.mark.parametrize("origin", ["http://evil.example", None])
def test_another_sites_page_cannot_open_our_socket(page: Child, origin: str | None) -> None:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13"}
    headers["Sec_WebSocket_Key"] = "AAAAAAAAAAAAAAAAAAAAAA=="
    if origin:
        headers["Origin"] = origin
    path = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    assert ask(page, path, **headers)[0] == 403


def test_security_headers(page: Child) -> None:
    for path in ("/", "/api/status", "/page/live.js", "/nothing"):
        _, headers, body = ask(page, path)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self' 'nonce-" in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers
        assert b"<script>" not in body


def test_two_answers_have_two_nonces(page: Child) -> None:
    policies = {ask(page, "/")[1]["content-security-policy"] for _ in range(3)}
    assert len(policies) == 3


@pytest.mark.parametrize(
    "path", ["/", "/api/status", "/api/live", "/page/live.js", "/?key=wrong", "/_nicegui_ws/"]
)
def test_without_the_key_there_is_nothing(locked: Child, path: str) -> None:
    assert ask(locked, path)[0] == 401


def test_the_key_opens_as_bearer_and_once_as_address(limb: Feeder, locked: Child) -> None:
    assert ask(locked, "/api/status", Authorization=f"Bearer {SECRET}")[0] == 200
    assert ask(locked, "/api/stop", "POST")[0] == 401
    code, headers, _ = ask(locked, f"/?key={SECRET}")
    assert (code, headers["location"]) == (303, "/")
    cookie = headers["set-cookie"]
    assert SECRET not in cookie
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert ask(locked, "/api/stop", "POST", Cookie=cookie.partition(";")[0])[0] == 200


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"host": "0.0.0.0"}, "no secret"),
        ({"host": "0.0.0.0", "secret": "short"}, "too short"),
        ({"port": 70000}, "65535"),
        ({"colour": "red"}, "unknown key 'colour'"),
    ],
)
def test_wrong_settings_are_one_line(tmp_path: Path, settings: dict[str, object], said: str) -> None:
    with pytest.raises(ProfileError, match=said):
        start(tmp_path, **settings)
    assert "Traceback" not in (tmp_path / "page.log").read_text()


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InnervateError, match=f"port {port}"):
            start(tmp_path, port=port)
    assert "Traceback" not in (tmp_path / "page.log").read_text()


def test_no_settings_at_all(tmp_path: Path) -> None:
    child = Child("innervate.app.page", log_path=tmp_path / "page.log")
    with pytest.raises(InnervateError, match="one argument"):
        child.wait_ready(START_S)
    assert child.kill() == EXIT_REFUSED


def test_it_ends_in_order_with_somebody_looking(limb: Feeder) -> None:
    child = start(limb.runtime_dir)
    viewer = http.client.HTTPConnection(authority(child), timeout=10)
    viewer.request("GET", "/api/live")
    assert viewer.getresponse().readline()
    assert child.stop(timeout_s=8) == 0
    viewer.close()
    assert "Traceback" not in (limb.runtime_dir / "page.log").read_text()


@pytest.mark.slow
def test_it_costs_little_with_one_viewer_and_nearly_nothing_without(limb: Feeder) -> None:
    """Measured 2 % and 0.3 % of a core; asked for 15 % and 2 %."""
    with start(limb.runtime_dir) as child:
        viewer = http.client.HTTPConnection(authority(child), timeout=10)
        viewer.request("GET", "/api/live")
        answer = viewer.getresponse()
        assert answer.readline()
        begun_s, used_s = clock.now(), usage(child.pid)[0]
        frames = 0
        while clock.now() < begun_s + 3:
            frames += answer.readline().startswith(b"data:")
        watched = (usage(child.pid)[0] - used_s) / (clock.now() - begun_s)
        viewer.close()
        clock.sleep(0.5)
        begun_s, used_s = clock.now(), usage(child.pid)[0]
        clock.sleep(2)
        alone = (usage(child.pid)[0] - used_s) / (clock.now() - begun_s)
    assert frames >= 15
    assert watched < 0.15
    assert alone < 0.02


def test_settings_survive_the_way_through_a_file(tmp_path: Path) -> None:
    write_settings(tmp_path / "page.json", PageSettings(str(tmp_path)))
    with Child("innervate.app.page", str(tmp_path / "page.json"), log_path=tmp_path / "log") as child:
        assert str(child.wait_ready(START_S)["url"]).startswith("http://127.0.0.1:")
