"""Who may see what on the clinic's pages, route by route, and what stands in the way of everybody else."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from innervate.app.clinic.api import OPEN
from innervate.app.clinic.markup import h
from innervate.app.clinic.settings import ClinicSettings
from innervate.core.child import Child
from innervate.core.errors import InnervateError
from innervate.core.settings import write_settings

from .clinic_visit import Script, served

pytest.importorskip("nicegui", reason="the pages need the web extra")
pytest.importorskip("sqlalchemy", reason="the store needs the clinic extra")
SECRETS = ("Pat p2", "transtibial", "primary", "NRS")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("clinic")) as found:
        yield found


@pytest.fixture(scope="module")
def ann(url: str) -> Script:
    return Script(url, "ann")


@pytest.fixture(scope="module")
def wim(url: str) -> Script:
    """A wearer: patient p1."""
    return Script(url, "wim")


def _reads(code: str, visit: str) -> list[str]:
    pages = ["", "/course", f"/visits/{visit}", f"/visits/{visit}/report", f"/visits/{visit}/report.pdf"]
    tables = [*OPEN, "alert", "model_version", "site_check"]
    return [f"/patients/{code}{page}" for page in pages] + [
        f"/api/patients/{code}/rows/{table}" for table in tables
    ]


def test_a_wearer_reads_no_other_patient_on_any_route(ann: Script, wim: Script) -> None:
    visit = ann.rows("p2", "visit")[0]["id"]
    for path in _reads("p2", visit):
        code, text = wim.get(path)
        assert code == 403, (path, code)
        assert not [word for word in SECRETS if word in text], path
    assert wim.get("/followup")[0] == 403
    assert wim.get("/patients/nobody")[0] == 403, "who is there is not told either"


def test_a_wearer_writes_nothing_of_others_and_little_of_their_own(ann: Script, wim: Script) -> None:
    of_2 = {table: ann.rows("p2", table) for table in ("limb", "pain_entry", "visit")}
    for table, rows in of_2.items():
        row = rows[0]
        for path in (f"/api/rows/{table}/{row['id']}", f"/api/rows/{table}/{row['id']}/remove"):
            said = wim.post(path, {"version": row["version"], "values": {"note": "x"}})
            assert said["code"] == 403, path
    for table in OPEN:
        for code in ("p1", "p2"):
            if (table, code) in (("pain_entry", "p1"), ("promis_score", "p1")):
                continue
            assert wim.post(f"/api/patients/{code}/rows/{table}", {"values": {}})["code"] == 403, table
    limb = of_2["limb"][0]["id"]
    assert wim.post("/api/patients", {"values": {"id": "w1"}})["code"] == 403
    assert wim.post("/api/patients/p1", {"version": 1, "values": {"name": "Wim"}})["code"] == 403
    assert wim.post(f"/api/patients/p2/limbs/{limb}/transfers", {})["code"] == 403
    assert {table: ann.rows("p2", table) for table in of_2} == of_2


def test_a_wearer_has_a_page_without_figures_and_tells_their_own_pain(ann: Script, wim: Script) -> None:
    code, text = wim.get("/patients/p1")
    assert code == 200
    assert "How is it today?" in text
    for hidden in ("72 %", "Wilson", "Assessments", "T-score"):
        assert hidden not in text
    visit = ann.rows("p1", "visit")[0]["id"]
    assert [wim.get(path)[0] for path in _reads("p1", visit)[1:5]] == [403, 403, 403, 403]
    limb = ann.rows("p1", "limb")[0]["id"]
    told = {"on": "2026-11-28", "source": "clinic", "plp_worst_24h": "9", "limb_id": limb}
    said = wim.post("/api/patients/p1/rows/pain_entry", {"values": told})
    assert said["code"] == 200
    assert [e["source"] for e in ann.rows("p1", "pain_entry") if e["id"] == said["id"]] == ["home"]
    assert "phantom pain" in ann.rows("p1", "alert")[-1]["says"]


def test_a_developer_sees_simulated_patients_only(url: str) -> None:
    dev = Script(url, "dev")
    text = dev.get("/")[1]
    assert "s1" in text
    assert "Pat p1" not in text
    assert (dev.get("/patients/s1")[0], dev.get("/patients/p1")[0], dev.get("/followup")[0]) == (
        200,
        403,
        403,
    )


def test_without_a_session_there_is_nothing(url: str) -> None:
    nobody = Script(url)
    for path in ("/", "/followup", *_reads("p1", "x")[:5]):
        assert nobody.get(path)[0] == 303, path
    for path in (*_reads("p1", "x")[5:], "/_nicegui_ws/socket.io/?EIO=4&transport=polling"):
        assert nobody.get(path)[0] in (303, 401), path
    assert nobody.post("/api/patients", {"values": {"id": "x"}})["code"] == 401
    assert nobody.get("/login")[0] == 200
    assert "p1" not in nobody.get("/login")[1]


def test_a_wrong_password_is_slowed_down(url: str) -> None:
    nobody = Script(url)
    said = [
        nobody.post("/api/login", {"name": "eve", "password": f"wrong password {k}"})["code"]
        for k in range(5)
    ]
    assert said == [401, 401, 401, 429, 429]
    right = nobody.post("/api/login", {"name": "eve", "password": "correct horse battery"})
    assert right["code"] == 429
    assert right["wait_s"] > 0
    assert "too many wrong passwords" in right["error"]


def test_a_session_ends_with_the_logout(url: str) -> None:
    ben = Script(url, "ben")
    assert ben.get("/patients/p1")[0] == 200
    assert ben.post("/api/logout", {})["code"] == 200
    assert ben.get("/patients/p1")[0] == 303
    assert ben.post("/api/stay", {})["code"] == 401


def test_other_sites_can_ask_for_nothing(url: str, ann: Script) -> None:
    """Cross-site requests, old tokens, and names that somebody pointed at this address."""
    asked = {"values": {"id": "csrf"}}
    assert ann.post("/api/patients", asked, Origin="http://evil.example")["code"] == 403
    assert ann.post("/api/patients", asked, **{"Sec-Fetch-Site": "cross-site"})["code"] == 403
    assert ann.post("/api/patients", asked, **{"X-CSRF-Token": "0" * 64})["code"] == 403
    assert ann.post("/api/patients", asked, **{"Content-Type": "text/plain"})["code"] == 422
    assert ann.get("/patients/csrf")[0] == 404
    rebound = Script(url)
    rebound.headers = {**ann.headers, "Host": "evil.example"}
    assert rebound.get("/patients/p1")[0] == 421


def test_what_a_form_cannot_say_is_refused_in_one_line(ann: Script) -> None:
    limb = ann.rows("p1", "limb")[0]
    for values, named in (
        ({"level": "tail"}, "level"),
        ({"nobody": "1"}, ""),
        ({"changed_by": "me"}, ""),
        ({"amputated_on": "yesterday"}, "amputated_on"),
        ({"note": 3}, ""),
    ):
        said = ann.post(f"/api/rows/limb/{limb['id']}", {"version": limb["version"], "values": values})
        assert (said["code"], said["field"]) == (422, named), said
    moved = {"version": limb["version"], "values": {"patient_id": "p2"}}
    assert ann.post(f"/api/rows/limb/{limb['id']}", moved)["code"] == 422
    other = ann.rows("p2", "limb")[0]["id"]
    stolen = {"on": "2026-11-01", "source": "clinic", "limb_id": other}
    assert ann.post("/api/patients/p1/rows/pain_entry", {"values": stolen})["code"] == 422
    assert ann.rows("p1", "limb")[0] == limb


def test_a_conflict_names_both_values_of_each_key(ann: Script) -> None:
    row = ann.rows("p2", "pain_entry")[0]
    path = f"/api/rows/pain_entry/{row['id']}"
    first = {"version": row["version"], "values": {"missing.pain": "tired", "plp_worst_24h": "3"}}
    assert ann.post(path, first)["code"] == 200
    second = {"version": row["version"], "values": {"missing.pain": "asleep", "plp_worst_24h": ""}}
    said = ann.post(path, second)
    assert (said["code"], said["by"], said["version"]) == (409, "ann", row["version"] + 1)
    assert {(c["field"], c["theirs"], c["yours"]) for c in said["clashes"]} == {
        ("missing.pain", "tired", "asleep"),
        ("plp_worst_24h", "3", ""),
    }
    assert ann.post(path, {**second, "version": said["version"]})["code"] == 200
    (after,) = [entry for entry in ann.rows("p2", "pain_entry") if entry["id"] == row["id"]]
    assert (after["missing"], after["plp_worst_24h"]) == ({"pain": "asleep"}, None)


def test_no_request_of_any_shape_breaks_the_server(ann: Script) -> None:
    """Made-up bodies and paths: always an answer of ours, never a 500."""
    chance = random.Random(7)
    pieces = [
        None,
        True,
        -1,
        1e308,
        "",
        "x" * 300,
        "\ud800",
        "'; --",
        [],
        {},
        {"values": None},
        {"version": {}},
    ]
    paths = [
        "/api/patients",
        "/api/patients/p1",
        "/api/patients/%00/rows/limb",
        "/api/patients/p1/rows/limb",
        "/api/patients/p1/rows/account",
        "/api/rows/limb/zz",
        "/api/rows/limb/zz/remove",
        "/api/alerts/zz/seen",
        "/api/patients/p1/limbs/zz/transfers",
        "/api/login",
    ]
    for _ in range(150):
        path = chance.choice(paths)
        keys = ("values", "version", "name", "password", chance.choice(("id", "x")))
        body = chance.choice(
            [{key: chance.choice(pieces) for key in keys}, chance.choice(pieces), b"{", b"\xff\xfe"]
        )
        said = ann.post(path, body)
        assert said["code"] in (401, 403, 404, 409, 422, 429), (path, body, said)
        assert said.get("error") or said.get("detail"), path


def test_what_people_type_is_text_and_never_markup(ann: Script) -> None:
    smuggled = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    ann.post("/api/patients", {"values": {"id": "x1", "name": smuggled}})
    on = {"values": {"on": "2026-11-01", "kind": "other", "note": smuggled}}
    visit = ann.post("/api/patients/x1/rows/visit", on)["id"]
    text = ann.get(f"/patients/x1/visits/{visit}/report")[1]
    assert "<script" not in text
    assert "<img" not in text
    assert "&lt;script&gt;" in text
    for path in ("/", "/patients/x1", f"/patients/x1/visits/{visit}", "/?q=<script>alert(1)</script>"):
        page = ann.get(path.replace("<", "%3C").replace(">", "%3E"))[1]
        assert "<script>alert" not in page, path
        assert "<img" not in page, path
    assert h("p", '<b "', title='"x"') == '<p title="&quot;x&quot;">&lt;b &quot;</p>'


def test_beyond_this_computer_only_with_a_certificate_and_only_on_a_store(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="passwords would travel in the clear"):
        ClinicSettings(host="0.0.0.0")
    with pytest.raises(ValueError, match="go together"):
        ClinicSettings(cert="a.pem")
    path = tmp_path / "clinic.json"
    write_settings(path, ClinicSettings(store=str(tmp_path / "nowhere")))
    with (
        Child("innervate.app.clinic", str(path)) as child,
        pytest.raises(InnervateError, match="no store here"),
    ):
        child.wait_ready(60)
    assert json.loads(path.read_text())["host"] == "127.0.0.1"
