"""The clinic's store from the command line: everything a page will do, and refusals in one line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from innervate.app.cli import app
from innervate.core.errors import InnervateError
from innervate.drivers.recordings.npz import Recording, write_recording
from typer.testing import CliRunner


class Clinic:
    """The command, asked about one store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._runner = CliRunner()

    def say(self, *args: object, stdin: str = "", code: int = 0) -> str:
        env = {"INNERVATE_STORE": str(self.folder), "COLUMNS": "200"}
        done = self._runner.invoke(app, list(map(str, args)), input=stdin, env=env)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.output

    def ask(self, *args: object, stdin: str = "", code: int = 0) -> Any:
        return json.loads(self.say(*args, "--json", stdin=stdin, code=code))

    def refused(self, *args: object, stdin: str = "") -> str:
        with pytest.raises(InnervateError) as refused:
            self.say(*args, stdin=stdin)
        return str(refused.value)


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    found = Clinic(tmp_path / "store")
    found.say("clinic", "init")
    return found


def test_a_patient_from_first_to_last(clinic: Clinic, tmp_path: Path, hand_recording: Recording) -> None:
    clinic.say("clinic", "new", "p7", "--name", "Ann Other")
    limb = clinic.ask(
        "clinic", "add", "limb", "p7", "level=transtibial", "side=left", "amputated_on=2026-01-05"
    )
    of = f"limb_id={limb['id']}"
    clinic.say(
        "clinic", "add", "nerve_transfer", "p7", of, "donor_nerve=sural", "target_muscle=x", "purpose=sensory"
    )
    clinic.say("clinic", "add", "pain_entry", "p7", of, "on=2026-11-02", "source=clinic", "plp_worst_24h=3")
    clinic.say("clinic", "add", "pain_entry", "p7", of, "on=2026-11-09", "source=home", "plp_worst_24h=5.5")
    clinic.say(
        "clinic",
        "add",
        "calibration",
        "p7",
        of,
        "began_at=2026-11-09T10:00:00+01:00",
        'plan=[{"movement": "toe"}]',
    )
    (alert,) = clinic.ask("clinic", "list", "alert", "p7")["rows"]
    assert alert["says"] == "phantom pain, worst of 24 h: 3 to 5.5"
    (calibration,) = clinic.ask("clinic", "list", "calibration", "p7")["rows"]
    assert calibration["began_at"] == "2026-11-09T09:00:00+00:00"
    changed = clinic.ask("clinic", "change", "limb", limb["id"], 1, "note=red", "amputated_on=")
    assert (changed["version"], changed["amputated_on"]) == (2, None)
    told = clinic.refused("clinic", "change", "limb", limb["id"], 1, "note=fine")
    assert "note: theirs 'red', yours 'fine'" in told
    assert "save again on version 2" in told
    assert "the database refuses it" in clinic.refused("clinic", "remove", "limb", limb["id"], 2)
    clinic.say("clinic", "remove", "alert", alert["id"], 1)
    emg = tmp_path / "sim.npz"
    write_recording(emg, hand_recording)
    kept_as = clinic.ask("clinic", "recording", "p7", emg, "--limb", limb["id"])["path"]
    assert (clinic.folder / "files" / "p7" / kept_as).read_bytes() == emg.read_bytes()
    exported = clinic.ask("clinic", "export", "p7", tmp_path / "out")
    assert json.loads(Path(exported["export"]).read_text())["patient"]["name"] == "Ann Other"
    kept = clinic.ask("backup")["path"]
    assert "--yes p7" in clinic.refused("clinic", "delete", "p7")
    gone = clinic.ask("clinic", "delete", "p7", "--yes", "p7")
    assert gone["backups"] == [kept]
    assert gone["rows"]["pain_entry"] == 2
    assert clinic.ask("clinic", "patients") == []


def test_simulated_stands_wherever_such_a_patient_does(clinic: Clinic, tmp_path: Path) -> None:
    assert "SIMULATED" in clinic.say("clinic", "new", "s1", "--simulated")
    clinic.say("clinic", "new", "p1")
    clinic.say("clinic", "add", "visit", "s1", "on=2026-11-02", "kind=baseline")
    said = [clinic.say("clinic", *verb) for verb in (("patients",), ("list", "visit", "s1"), ("audit",))]
    for lines in said:
        for line in lines.splitlines():
            assert ("SIMULATED" in line) == ("s1" in line or "baseline" in line), line
    clinic.say("clinic", "export", "s1", tmp_path / "out")
    assert "SIMULATED" in (tmp_path / "out/patient.json").read_text()


def test_backup_and_restore(clinic: Clinic, tmp_path: Path) -> None:
    clinic.say("clinic", "new", "p7")
    kept = tmp_path / "kept.zip"
    assert "1 patients" in clinic.say("backup", kept)
    assert "--replace" in clinic.refused("restore", kept)
    clinic.say("clinic", "new", "p8")
    aside = clinic.ask("restore", kept, "--replace")["aside"]
    assert [patient["id"] for patient in clinic.ask("clinic", "patients")] == ["p7"]
    assert [patient["id"] for patient in Clinic(Path(aside)).ask("clinic", "patients")] == ["p7", "p8"]
    kept.write_bytes(kept.read_bytes()[:-40])
    assert "damaged" in clinic.refused("restore", kept, "--replace")
    assert "there is no folder" in clinic.refused("backup", tmp_path / "nowhere" / "b.zip")


def test_the_trail_is_shown_and_verified(clinic: Clinic) -> None:
    clinic.say("clinic", "new", "p7")
    found = clinic.ask("clinic", "audit", "--patient", "p7")
    (entry,) = found["entries"]
    assert (entry["verb"], entry["patient"], entry["who"].startswith("os:")) == ("create", "p7", True)
    assert clinic.ask("clinic", "audit", "--verify", "--anchor", found["head"])["whole"] is True
    other = f"{found['head'].partition(':')[0]}:{'0' * 64}"
    said = clinic.ask("clinic", "audit", "--verify", "--anchor", other, code=1)
    assert said["faults"] == [{"seq": entry["seq"], "says": "is not the one that was written down"}]
    assert "NUMBER:HASH" in clinic.refused("clinic", "audit", "--verify", "--anchor", "7")


def test_accounts(clinic: Clinic) -> None:
    clinic.say("clinic", "new", "p7")
    clinic.say("clinic", "account", "add", "Ann", "clinician", stdin="a good long one\n")
    clinic.say("clinic", "account", "add", "wim", "wearer", "--patient", "p7", stdin="a good long one\n")
    clinic.say("clinic", "account", "password", "ann", stdin="another long one\n")
    clinic.say("clinic", "account", "disable", "wim")
    assert clinic.ask("clinic", "account", "list") == [
        {"name": "ann", "role": "clinician", "patient": None, "disabled": False},
        {"name": "wim", "role": "wearer", "patient": "p7", "disabled": True},
    ]
    assert "allowed: clinician" in clinic.refused("clinic", "account", "add", "x", "surgeon")
    assert "allowed: 12 to" in clinic.refused("clinic", "account", "password", "ann", stdin="short\n")


def test_a_mistake_is_one_line_that_names_what_is_allowed(clinic: Clinic, tmp_path: Path) -> None:
    clinic.say("clinic", "new", "p7")
    for args, says in (
        (("add", "leg", "p7", "side=left"), "allowed: limb, nerve_transfer"),
        (("add", "limb", "p7", "colour=red"), "allowed: NAME=VALUE of level, side"),
        (("add", "limb", "p7", "level=foot", "side=left"), "allowed: shoulder"),
        (("add", "limb", "p9", "level=knee", "side=left"), "no patient 'p9'"),
        (("add", "visit", "p7", "on=today", "kind=fitting"), "allowed: YYYY-MM-DD"),
        (("add", "pain_entry", "p7", "on=2026-11-02", "source=home", "plp_worst_24h=11"), "allowed: 0 to 10"),
        (
            ("add", "pain_entry", "p7", "on=2026-11-02", "source=home", "plp_present=maybe"),
            "allowed: yes or no",
        ),
        (("add", "assessment", "p7", "on=2026-11-02", "test=dash", "figures={"), "allowed: JSON"),
        (("new", "p7"), "is there already"),
        (("new", "../p7"), "allowed: letters"),
        (("list", "limb", "p9"), "no patient 'p9'"),
        (("export", "p7", str(clinic.folder)), "is there already"),
    ):
        assert says in clinic.refused("clinic", *args)
    nowhere = Clinic(tmp_path / "mistyped")
    assert "no store here (innervate clinic init)" in nowhere.refused("clinic", "patients")
    assert not nowhere.folder.exists()


def test_innervate_alone_works_without_the_clinics_libraries(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "for name in ('sqlalchemy', 'alembic', 'argon2', 'psycopg'): sys.modules[name] = None\n"
        "from innervate.app.cli import main\n"
        "main()\n"
    )

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", program, *args], capture_output=True, text=True, cwd=tmp_path
        )

    assert "clinic" in run("--help").stdout
    done = run("clinic", "patients")
    assert (done.returncode, done.stdout) == (2, "")
    lacks = "the clinic's store needs sqlalchemy, which is not installed"
    assert done.stderr == f"innervate: {lacks} (pip install 'innervate[clinic]')\n"
