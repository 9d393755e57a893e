"""Migrations make what the tables say, on both engines, and a store of any age is brought up whole."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from innervate.calibration.store import words
from innervate.calibration.store.archive import read_archive
from innervate.calibration.store.base import Base
from innervate.calibration.store.database import engine_for
from innervate.calibration.store.errors import StoreError
from innervate.calibration.store.place import Place, place_of, sqlite_place
from innervate.calibration.store.restore import restore
from innervate.calibration.store.store import open_store
from innervate.calibration.store.tables import METADATA
from innervate.calibration.store.upgrade import known, newest, walk
from sqlalchemy import CheckConstraint, inspect, text

from .conftest import CLINICIAN, Wall


def test_the_steps_make_exactly_the_tables_and_checks_of_the_code(place: Place) -> None:
    """A word added to a list, or a column, without a step is found here."""
    engine = engine_for(place)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        inspector = inspect(connection)
        for table in METADATA.sorted_tables:
            wanted = {c.name for c in table.constraints if isinstance(c, CheckConstraint)}
            there = {c["name"]: c["sqltext"] for c in inspector.get_check_constraints(table.name)}
            assert set(there) == wanted, table.name
            for column in table.columns:
                for word in column.info.get("words", ()):
                    assert f"'{word}'" in there[f"ck_{table.name}_{column.name}_words"]
    engine.dispose()


def test_levels_and_sides_are_the_profiles_own() -> None:
    from innervate.core.profile import Level, Limb

    assert Level.__args__ == words.LEVELS
    assert Limb.model_fields["side"].annotation.__args__ == words.SIDES


@pytest.mark.parametrize("revision", known()[1:])
def test_a_store_of_any_age_is_backed_up_and_brought_up(bare: Place, wall: Wall, revision: str) -> None:
    engine = engine_for(bare)
    with engine.begin() as connection:
        walk(connection, revision)
        connection.execute(
            text(
                "INSERT INTO patient (id, name, simulated, version, changed_at, changed_by, born_on) "
                "VALUES ('old', 'Ünal', :no, 3, '2025-01-02 03:04:05.000006', 'ann', '1970-02-03')"
            ),
            {"no": False},
        )
    engine.dispose()
    recording = bare.files_of("old") / "x.bdf"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(b"hours of samples")
    with open_store(bare, wall) as store:
        assert store.kept is not None
        kept = read_archive(store.kept)
        assert (kept.revision, kept.patients) == (revision, ["old"])
        with store.work(CLINICIAN) as work:
            found = work.patient("old")
            assert (found.name, found.version, found.born_on) == ("Ünal", 3, date(1970, 2, 3))
            assert found.changed_at.isoformat() == "2025-01-02T03:04:05.000006+00:00"
    # Back to before the upgrade: the files, which no upgrade touches, stay where they are.
    done = restore(kept.path, bare, CLINICIAN, wall(), replace=True)
    assert (done.archive.files, recording.read_bytes()) == (False, b"hours of samples")
    with open_store(bare, wall) as store, store.work(CLINICIAN) as work:
        assert store.kept is None
        assert work.patient("old").version == 3


def test_a_store_of_a_newer_version_is_left_alone(place: Place, wall: Wall) -> None:
    engine = engine_for(place)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))
    with (
        pytest.raises(StoreError, match=f"newer version.*r9999, known up to {newest()}"),
        open_store(place, wall),
    ):
        pass
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "r9999"
    engine.dispose()


def test_two_programs_that_open_an_empty_store_at_once_make_one(bare: Place) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from innervate.calibration.store.place import place_of\n"
        "from innervate.calibration.store.store import open_store\n"
        "with open_store(place_of(sys.argv[1], Path(sys.argv[2]))): print('open')\n"
    )
    where = str(bare.folder) if bare.is_sqlite else bare.url.render_as_string(hide_password=False)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, where, str(bare.folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    assert [process.communicate() for process in started] == [("open\n", "")] * 2


def test_a_stores_files_are_their_owners_only(bare: Place, wall: Wall) -> None:
    bare.folder.mkdir(mode=0o755)
    with open_store(bare, wall) as store, store.work(CLINICIAN) as work:
        work.patients()
        kept = [path for path in bare.folder.rglob("*") if path.is_file()]
        assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
        assert bare.folder.stat().st_mode & 0o777 == 0o700
        if bare.is_sqlite:
            assert {path.name for path in kept} > {"clinic.db", "clinic.db-wal"}


def test_sqlite_waits_for_the_disk_and_minds_its_keys(tmp_path: Path) -> None:
    engine = engine_for(sqlite_place(tmp_path))
    with engine.connect() as connection:
        said = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "secure_delete")
        }
    engine.dispose()
    assert said == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "secure_delete": 1}


def test_a_url_says_what_it_lacks_and_never_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="a store in mysql"):
        place_of("mysql://ann:secret@host/db")
    place = place_of(f"postgresql://ann:secret@/db?host={tmp_path}", tmp_path / "store")
    assert "secret" not in str(place)
    with pytest.raises(StoreError, match="cannot be used") as refused, open_store(place):
        pass
    assert "secret" not in str(refused.value)


def test_every_table_has_its_class() -> None:
    assert {mapper.local_table.name for mapper in Base.registry.mappers} == set(METADATA.tables)
