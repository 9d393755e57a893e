"""What is deleted is gone; what is exported is all there is."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from innervate.calibration.store.accounts import Accounts, Passwords
from innervate.calibration.store.deletion import delete_patient
from innervate.calibration.store.errors import NotAllowed, SessionEnded, StoreError
from innervate.calibration.store.export import export_patient
from innervate.calibration.store.logins import Logins
from innervate.calibration.store.outcomes import PainEntry
from innervate.calibration.store.patients import Limb, Patient
from innervate.calibration.store.store import Store, back_up
from innervate.calibration.store.tables import METADATA, OF_PATIENT, table_of
from innervate.calibration.store.words import Role
from sqlalchemy import select, text

from .conftest import CLINICIAN, DEVELOPER, WEARER
from .rows import everything

SECRET = "Zebedee"  # in every patient's name: see conftest


@pytest.fixture
def folder(store: Store, limb: Limb) -> Path:
    """Of the files of p8, who has a row of everything and a recording."""
    del limb
    rows = everything(store, CLINICIAN, "p8")
    with store.work(CLINICIAN) as work:
        work.change(PainEntry, rows[PainEntry].id, 1, note=f"{SECRET} said so")
    found = store.place.files_of("p8")
    (found / "recordings/day1/sub-p8/emg").mkdir(parents=True)
    (found / "recordings/day1/sub-p8/emg/sub-p8_emg.bdf").write_bytes(b"samples")
    return found


def test_deletion_leaves_nothing_but_the_fact(store: Store, folder: Path) -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    Accounts(store, passwords).create(CLINICIAN, "walt", Role.WEARER, "correct horse battery", "p8")
    token = Logins(store, passwords).login("walt", "correct horse battery", "a")
    store.place.backups.mkdir()
    kept = back_up(store, CLINICIAN, store.place.backups / "monday.zip")
    with store.work(CLINICIAN) as work:  # p7 stays: only p8 may be forgotten
        work.change(Patient, "p7", 1, name="Other")
        work.change(Patient, "s1", 1, name="Other")
    done = delete_patient(store, CLINICIAN, "p8")
    assert set(done.rows) == {table_of(kind).name for kind in OF_PATIENT}
    assert (done.files, done.accounts, done.backups) == (1, ["walt"], [kept.path])
    assert not folder.exists()
    with pytest.raises(SessionEnded):
        Logins(store, passwords).resume(token)
    with pytest.raises(StoreError, match="no patient 'p8'"), store.work(CLINICIAN) as work:
        work.patient("p8")
    with store.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            held = repr(connection.execute(select(table)).all())
            assert SECRET not in held
            if table.name != "audit_entry":
                assert "'p8'" not in held
        wish = text("SELECT who, verb, fields FROM audit_entry WHERE patient = 'p8' AND verb = 'delete'")
        facts = connection.execute(wish).all()
    assert len(facts) == 2  # asked for, and done
    assert "1 pain_entry" in facts[-1].fields
    if store.place.is_sqlite:
        held_bytes = b"".join(path.read_bytes() for path in store.place.folder.glob("clinic.db*"))
        assert SECRET.encode() not in held_bytes
        assert b"Other" in held_bytes
    with store.work(CLINICIAN) as work:
        assert [patient.id for patient in work.patients()] == ["p7", "s1"]


def test_a_deletion_that_was_cut_is_done_by_doing_it_again(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import innervate.calibration.store.deletion as module

    def killed(path: Path) -> int:
        (path / "recordings/day1/sub-p8/emg/sub-p8_emg.bdf").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "_remove_files", killed)
        with pytest.raises(KeyboardInterrupt):
            delete_patient(store, CLINICIAN, "p8")
    with store.work(CLINICIAN) as work:
        assert work.patient("p8").name == f"{SECRET} p8"
    delete_patient(store, CLINICIAN, "p8")
    assert not folder.exists()


def test_only_who_may_deletes_and_exports(store: Store, folder: Path, tmp_path: Path) -> None:
    for who in (WEARER, DEVELOPER):
        with pytest.raises(NotAllowed):
            delete_patient(store, who, "p8")
        with pytest.raises(NotAllowed):
            export_patient(store, who, "p8", tmp_path / "out")
    assert folder.exists()
    assert not (tmp_path / "out").exists()
    assert "mark" in json.loads(export_patient(store, DEVELOPER, "s1", tmp_path / "s1").read_text())


def test_an_export_has_every_row_and_every_file(store: Store, folder: Path, tmp_path: Path) -> None:
    (folder / "link").symlink_to("/etc/passwd")
    path = export_patient(store, CLINICIAN, "p8", tmp_path / "out")
    said = json.loads(path.read_text())
    assert said["patient"]["name"] == f"{SECRET} p8"
    assert said["simulated"] is False
    assert "mark" not in said
    for kind in OF_PATIENT:
        (row,) = said[table_of(kind).name]
        assert row["patient_id"] == "p8"
    assert said["pain_entry"][0]["plp_worst_24h"] == 4.0
    assert said["limb"][0]["amputated_on"] == "2026-01-05"
    recording = "recordings/day1/sub-p8/emg/sub-p8_emg.bdf"
    assert said["files"] == {recording: sha256(b"samples").hexdigest()}
    assert (tmp_path / "out" / "files" / recording).read_bytes() == b"samples"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(StoreError, match="is there already"):
        export_patient(store, CLINICIAN, "p8", tmp_path / "out")
