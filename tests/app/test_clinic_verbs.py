"""What the clinic's pages show, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from innervate.app.cli import app
from innervate.core.errors import InnervateError
from typer.testing import CliRunner

from .page_visit import CHROMIUM

pytest.importorskip("sqlalchemy", reason="the store needs the clinic extra")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from .clinic_people import small_clinic

    found = tmp_path_factory.mktemp("clinic")
    small_clinic(found)
    return found


def _say(folder: Path, *args: object) -> str:
    done = CliRunner().invoke(app, ["clinic", *map(str, args), "--store", str(folder)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def test_the_follow_up_counts_the_real_and_marks_the_simulated(folder: Path) -> None:
    real = json.loads(_say(folder, "followup", "--json"))
    assert (real["mark"], real["rows"][0]["people"]) == ("", "2")
    assert real["header"][0].startswith("Has phantom pain: NRS worst of the last 24 hours above 0")
    assert "Left out: 1 simulated." in real["header"]
    with_them = json.loads(_say(folder, "followup", "--simulated", "--json"))
    assert (with_them["mark"], with_them["rows"][0]["people"]) == ("SIMULATED", "3")
    assert _say(folder, "followup", "--simulated").startswith("SIMULATED")
    assert "72 %" not in _say(folder, "followup", "--pain", "residual")
    with pytest.raises(InnervateError, match="allowed"):
        _say(folder, "followup", "--pain", "tooth")


def test_a_report_is_a_file_of_its_own(folder: Path, tmp_path: Path) -> None:
    visit = json.loads(_say(folder, "list", "visit", "s1", "--json"))["rows"][-1]["id"]
    page = tmp_path / "report.html"
    _say(folder, "report", "s1", visit, page)
    text = page.read_text()
    assert page.stat().st_mode & 0o777 == 0o600
    for told in ("SIMULATED", "curl my toes", "no signal expected", "distance 112 m", "Cy Brand", "<svg"):
        assert told in text
    for loads in ("<script", "http://", "https://", "@import", "url("):
        assert loads not in text
    with pytest.raises(InnervateError, match=r"allowed: \.html, \.pdf"):
        _say(folder, "report", "s1", visit, tmp_path / "report.docx")
    with pytest.raises(InnervateError, match="no visit"):
        _say(folder, "report", "p1", visit, page)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on PATH: apt-get install chromium")
def test_a_report_as_pdf(folder: Path, tmp_path: Path) -> None:
    visit = json.loads(_say(folder, "list", "visit", "s1", "--json"))["rows"][-1]["id"]
    _say(folder, "report", "s1", visit, tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")


def test_serving_says_in_one_line_what_cannot_be(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InnervateError, match="passwords would travel in the clear"):
        _say(folder, "serve", "--host", "0.0.0.0")
    with pytest.raises(InnervateError, match="no store here"):
        _say(tmp_path / "nowhere", "serve", "--port", "0")
