"""A backup reads back, a damaged or newer one is refused, and a restore never costs what was there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from innervate.calibration.store.accounts import Accounts, Passwords
from innervate.calibration.store.archive import Archive, write_archive
from innervate.calibration.store.base import OfPatient
from innervate.calibration.store.database import engine_for, snapshot
from innervate.calibration.store.errors import ArchiveError, NotAllowed, SessionEnded, StoreError
from innervate.calibration.store.logins import Logins
from innervate.calibration.store.patients import Limb, Patient
from innervate.calibration.store.place import Place, place_of, sqlite_place
from innervate.calibration.store.restore import restore
from innervate.calibration.store.store import Store, back_up, open_store
from innervate.calibration.store.tables import OF_PATIENT, table_of
from innervate.calibration.store.upgrade import begin_trail, known, walk
from innervate.calibration.store.visits import RecordingFile
from innervate.calibration.store.words import Role
from sqlalchemy import select, text

from .conftest import CLINICIAN, WEARER, Wall, drop_database, empty_database
from .rows import AT, everything
from .test_archive import SAMPLES, rewrite


@pytest.fixture
def full(store: Store, limb: Limb) -> Store:
    """A store with a row of everything and a recording."""
    del limb
    everything(store, CLINICIAN, "s1")
    folder = store.place.files_of("s1") / "recordings" / "day1"
    folder.mkdir(parents=True)
    (folder / "emg.bdf").write_bytes(SAMPLES)
    return store


@pytest.fixture
def backup(full: Store, tmp_path: Path) -> Archive:
    return back_up(full, CLINICIAN, tmp_path / "kept.zip")


@pytest.fixture
def target(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place for another store, on the same engine."""
    yield from somewhere(engine_name, request, tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A place for another store, on either engine whatever the first one is on."""
    yield from somewhere(request.param, request, tmp_path)


def somewhere(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if engine == "sqlite":
        yield sqlite_place(tmp_path / "other")
        return
    server = request.getfixturevalue("postgres")
    url = empty_database(server)
    yield place_of(url, tmp_path / "other")
    drop_database(server, url)


def everything_in(store: Store) -> dict[str, list[Any]]:
    """All rows of all patients' tables, as Python sees them."""
    kinds: list[type[Patient] | type[OfPatient]] = [Patient, *OF_PATIENT]
    with store.engine.connect() as connection:
        return {
            table_of(kind).name: [
                tuple(row) for row in connection.execute(select(table_of(kind)).order_by(table_of(kind).c.id))
            ]
            for kind in kinds
        }


def test_a_backup_comes_back_whole_on_either_engine(
    full: Store, backup: Archive, elsewhere: Place, wall: Wall
) -> None:
    target = elsewhere
    assert (backup.patients, backup.simulated, backup.faults) == (["p7", "p8", "s1"], ["s1"], ())
    assert backup.path.stat().st_mode & 0o777 == 0o600
    wall.pass_s(3600)
    done = restore(backup.path, target, CLINICIAN, wall())
    assert (done.aside, done.upgraded) == (None, False)
    with open_store(target, wall) as other:
        assert everything_in(other) == everything_in(full)
        assert (other.place.files_of("s1") / "recordings/day1/emg.bdf").read_bytes() == SAMPLES
        head, faults = other.verify_trail(CLINICIAN)
        assert (faults, head.seq) == ([], backup.head.seq + 1)
        # The next version counts on from the restored one.
        with other.work(CLINICIAN) as work:
            limb = work.rows(Limb, "s1")[0]
            work.change(Limb, limb.id, limb.version, note="after")
    assert not list(target.folder.glob("restoring-*"))


def test_accounts_come_back_and_everybody_is_logged_out(
    full: Store, target: Place, wall: Wall, tmp_path: Path
) -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    Accounts(full, passwords).create(CLINICIAN, "ann", Role.CLINICIAN, "correct horse battery")
    token = Logins(full, passwords).login("ann", "correct horse battery", "a")
    restore(back_up(full, CLINICIAN, tmp_path / "b.zip").path, target, CLINICIAN, wall())
    with open_store(target, wall) as other:
        with pytest.raises(SessionEnded):
            Logins(other, passwords).resume(token)
        assert Logins(other, passwords).login("ann", "correct horse battery", "a")


def test_a_backup_names_files_that_are_not_there(full: Store, tmp_path: Path) -> None:
    with full.work(CLINICIAN) as work:
        work.add(RecordingFile(patient_id="p7", path="recordings/gone.bdf", task="x", at=AT))
    assert "p7/recordings/gone.bdf" in back_up(full, CLINICIAN, tmp_path / "b.zip").missing


def test_a_backup_follows_no_link_and_takes_no_half_file(full: Store, tmp_path: Path) -> None:
    folder = full.place.files_of("s1")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key").write_text("secret")
    (folder / "key").symlink_to(tmp_path / "secrets" / "key")
    (folder / "keys").symlink_to(tmp_path / "secrets")
    (folder / "half.npz.new").write_text("half")
    kept = back_up(full, CLINICIAN, tmp_path / "b.zip")
    assert [name for name in kept.members if name.startswith("files/")] == [
        "files/s1/recordings/day1/emg.bdf"
    ]


def test_a_restore_never_writes_over_a_store(full: Store, backup: Archive, wall: Wall) -> None:
    place = full.place
    with pytest.raises(StoreError, match="has it open"):
        restore(backup.path, place, CLINICIAN, wall(), replace=True)
    with pytest.raises(NotAllowed):
        restore(backup.path, place, WEARER, wall())


def test_with_replace_what_was_there_is_kept_aside(
    full: Store, backup: Archive, target: Place, wall: Wall
) -> None:
    with open_store(target, wall) as other:
        with other.work(CLINICIAN) as work:
            work.create(Patient(id="earlier"))
        (other.place.files_of("earlier")).mkdir()
        (other.place.files_of("earlier") / "x.bdf").write_bytes(b"earlier")
        before = everything_in(other)
    with pytest.raises(ArchiveError, match=r"there is a store.*--replace"):
        restore(backup.path, target, CLINICIAN, wall())
    done = restore(backup.path, target, CLINICIAN, wall(), replace=True)
    assert done.aside is not None
    with open_store(target, wall) as other:
        assert everything_in(other) == everything_in(full)
        assert not other.place.files_of("earlier").exists()
    assert (done.aside / "files" / "earlier" / "x.bdf").read_bytes() == b"earlier"
    if target.is_sqlite:
        again = sqlite_place(done.aside)
    else:
        again = sqlite_place(done.aside.parent / "again")
        restore(done.aside / "store.zip", again, CLINICIAN, wall())
    with open_store(again, wall) as other:
        assert everything_in(other) == before


def test_a_restore_that_fails_leaves_what_was_there(
    full: Store, backup: Archive, target: Place, wall: Wall, tmp_path: Path
) -> None:
    """A backup whose sums are right and whose rows cannot be: found while it is put in, and undone."""
    with open_store(target, wall) as other, other.work(CLINICIAN) as work:
        work.create(Patient(id="earlier"))
    wrong = tmp_path / "wrong.zip"
    rewrite(
        backup.path, wrong, {"tables/limb.jsonl": lambda content: content.replace(b"transtibial", b"hoof")}
    )
    with pytest.raises(StoreError):
        restore(wrong, target, CLINICIAN, wall(), replace=True)
    with open_store(target, wall) as other, other.work(CLINICIAN) as work:
        assert [patient.id for patient in work.patients()] == ["earlier"]
    assert not list(target.folder.glob("restoring-*"))


def test_a_trail_that_was_not_whole_is_restored_as_it_was_and_said(
    full: Store, tmp_path: Path, target: Place, wall: Wall
) -> None:
    from .test_audit import unguarded

    unguarded(full, "DELETE FROM audit_entry WHERE seq = 2", "UPDATE audit_entry SET who = 'x' WHERE seq = 3")
    kept = back_up(full, CLINICIAN, tmp_path / "kept.zip")
    says = ["entry 2: is missing", "entry 3: was changed"]
    assert list(kept.faults) == says
    restore(kept.path, target, CLINICIAN, wall())
    with open_store(target, wall) as other:
        assert [str(fault) for fault in other.verify_trail(CLINICIAN)[1]] == says
        with pytest.raises(Exception, match="append-only"), other.engine.begin() as connection:
            connection.execute(text("DELETE FROM audit_entry WHERE seq = 3"))


def test_a_backup_is_one_moment_while_others_write(full: Store, tmp_path: Path) -> None:
    """A patient added while the tables are read is in all of them or in none."""
    with snapshot(full.engine) as connection:
        connection.execute(text("SELECT count(*) FROM patient")).scalar()
        with full.work(CLINICIAN) as work:
            work.create(Patient(id="meanwhile"))
        found = write_archive(connection, full.place, tmp_path / "b.zip", AT)
    assert "meanwhile" not in found.patients
    assert found.faults == ()


def test_a_backup_of_an_older_version_comes_up_to_this_one(
    bare: Place, target: Place, wall: Wall, tmp_path: Path
) -> None:
    engine = engine_for(bare)
    with engine.begin() as connection:
        walk(connection, known()[-1])
        begin_trail(connection)
        connection.execute(
            text(
                "INSERT INTO patient (id, simulated, version, changed_at, changed_by) "
                "VALUES ('old', :no, 3, '2025-01-02 03:04:05', 'ann')"
            ),
            {"no": False},
        )
    with engine.connect() as connection:
        write_archive(connection, bare, tmp_path / "old.zip", AT)
    engine.dispose()
    assert restore(tmp_path / "old.zip", target, CLINICIAN, wall()).upgraded is True
    with open_store(target, wall) as store, store.work(CLINICIAN) as work:
        assert store.kept is None
        assert work.patient("old").version == 3


def test_no_backup_is_written_over(full: Store, backup: Archive) -> None:
    with pytest.raises(ArchiveError, match="is there already"):
        back_up(full, CLINICIAN, backup.path)
    with pytest.raises(ArchiveError, match="cannot be written"):
        back_up(full, CLINICIAN, backup.path.parent / "nowhere" / "b.zip")
