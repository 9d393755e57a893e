"""A backup reads back, a damaged or newer one is refused, and a restore never costs what was there."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from innervate.calibration.store.archive import Archive, read_archive
from innervate.calibration.store.base import OfPatient
from innervate.calibration.store.errors import ArchiveError, NotAllowed, StoreError
from innervate.calibration.store.patients import Limb, Patient
from innervate.calibration.store.place import Place, place_of, sqlite_place
from innervate.calibration.store.restore import restore
from innervate.calibration.store.store import Store, back_up, open_store
from innervate.calibration.store.tables import OF_PATIENT, table_of
from innervate.calibration.store.visits import RecordingFile
from sqlalchemy import select, text

from .conftest import CLINICIAN, WEARER, Wall, drop_database, empty_database
from .rows import AT, everything

SAMPLES = bytes(range(256)) * 40


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


def test_a_backup_names_files_that_are_not_there(full: Store, tmp_path: Path) -> None:
    with full.work(CLINICIAN) as work:
        work.add(RecordingFile(patient_id="p7", path="recordings/gone.bdf", task="x", at=AT))
    assert "p7/recordings/gone.bdf" in back_up(full, CLINICIAN, tmp_path / "b.zip").missing


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


def rewrite(
    source: Path, target: Path, changes: dict[str, Any], manifest: dict[str, Any] | None = None
) -> None:
    """A backup as somebody who knows the format would forge it: all sums right."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        said = json.loads(old.read("manifest.json"))
        for name in old.namelist():
            if name == "manifest.json":
                continue
            content = changes.get(name, lambda same: same)(old.read(name))
            said["members"][name] = {"bytes": len(content), "sha256": sha256(content).hexdigest()}
            new.writestr(name, content)
        for name, content in changes.items():
            if name not in old.namelist():
                new.writestr(name, content(b""))
                said["members"][name] = {"bytes": 0, "sha256": sha256(b"").hexdigest()}
        whole = json.dumps({**said, **(manifest or {})}).encode()
        new.writestr("manifest.json", whole)
        new.comment = sha256(whole).hexdigest().encode()


@pytest.fixture(scope="module")
def one_backup(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one")
    place = sqlite_place(folder / "store")
    place.folder.mkdir(mode=0o700)
    shutil.copyfile(sqlite_template, place.database)
    with open_store(place, Wall()) as store:
        with store.work(CLINICIAN) as work:
            work.create(Patient(id="p7", name="Zebedee"))
        everything(store, CLINICIAN, "p7")
        store.place.files_of("p7").mkdir()
        (store.place.files_of("p7") / "x.bdf").write_bytes(SAMPLES)
        return back_up(store, CLINICIAN, folder / "kept.zip").path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.data())
def test_any_byte_that_changed_is_found(one_backup: Path, tmp_path: Path, data: st.DataObject) -> None:
    """Flipped, cut off or torn out: refused, or (in a zip's unused fields) read as exactly what it was."""
    whole = one_backup.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    how = data.draw(st.sampled_from(["flip", "cut", "tear"]))
    flipped = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes({"flip": flipped, "cut": whole[:at], "tear": whole[:at] + whole[at + 9 :]}[how])
    good = read_archive(one_backup)
    try:
        found = read_archive(damaged)
    except ArchiveError:
        return
    assert how == "flip"
    assert (found.members, found.tables, found.head) == (good.members, good.tables, good.head)


def test_a_damaged_or_newer_backup_is_refused_before_anything_is_touched(
    one_backup: Path, tmp_path: Path, wall: Wall
) -> None:
    target = sqlite_place(tmp_path / "other")
    changed: list[tuple[dict[str, Any], dict[str, Any], str]] = [
        ({}, {"format": 2}, "cannot read.*update innervate"),
        ({}, {"revision": "r9999"}, "r9999.*update innervate"),
        ({"files/../../evil": lambda old: old}, {}, "none of ours"),
        ({"files//evil": lambda old: old}, {}, "none of ours"),
        ({"elsewhere/evil": lambda old: old}, {}, "none of ours"),
        ({"tables/limb.jsonl": lambda old: old + b'["one more"]\n'}, {}, "limb has"),
        ({"tables/limb.jsonl": lambda old: b"garbage\n"}, {}, "no row"),
    ]
    for changes, manifest, says in changed:
        forged = tmp_path / "forged.zip"
        rewrite(one_backup, forged, changes, manifest)
        with pytest.raises(ArchiveError, match=says):
            restore(forged, target, CLINICIAN, wall())
    for path in (tmp_path / "no.zip", Path(__file__)):
        with pytest.raises(ArchiveError):
            restore(path, target, CLINICIAN, wall())
    assert not target.folder.exists()


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
    from innervate.calibration.store.archive import write_archive
    from innervate.calibration.store.database import snapshot

    with snapshot(full.engine) as connection:
        connection.execute(text("SELECT count(*) FROM patient")).scalar()
        with full.work(CLINICIAN) as work:
            work.create(Patient(id="meanwhile"))
        found = write_archive(connection, full.place, tmp_path / "b.zip", AT)
    assert "meanwhile" not in found.patients
    assert found.faults == ()


def test_no_backup_is_written_over(full: Store, backup: Archive) -> None:
    with pytest.raises(ArchiveError, match="is there already"):
        back_up(full, CLINICIAN, backup.path)
    with pytest.raises(ArchiveError, match="cannot be written"):
        back_up(full, CLINICIAN, backup.path.parent / "nowhere" / "b.zip")
