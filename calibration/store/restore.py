"""Put a backup in a store's place. What was there is kept aside, whatever it is; a half restore never shows.

SQLite: the new store is made beside, looked at, and named last. PostgreSQL: a backup of what was there is
made, then tables are dropped, made and filled in one transaction.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, MetaData, inspect, select, text

from ...core.folders import private_folder
from . import dump
from .access import LoginDelay, LoginSession
from .archive import Archive, lines_in, read_archive, write_archive
from .audit import Deed, append
from .database import engine_for, said_plainly, settle
from .errors import ArchiveError
from .place import Place, held, sqlite_place
from .rights import Person, Verb, demand
from .tables import table_of
from .upgrade import begin_trail, known, newest, revision_of, walk

_TRAIL = ("audit_entry", "audit_head")


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Attributes:
        archive: what was put in place.
        aside: where what was there is now; None: there was nothing.
        upgraded: the backup was of an older version, and its tables are now this one's.
    """

    archive: Archive
    aside: Path | None
    upgraded: bool


def restore(path: Path, place: Place, who: Person, at: datetime, *, replace: bool = False) -> Restored:
    """Put the backup `path` in the place of the store.

    Args:
        path: of the backup.
        place: of the store.
        who: restores; noted in the restored trail.
        at: the wall's time.
        replace: there may be a store, and it is kept aside.

    Raises:
        ArchiveError: the backup is damaged or newer than this version, or there is a store.
        NotAllowed: not a clinician.
        StoreError: somebody has the store open.
    """
    demand(who, Verb.BACKUP)
    archive = read_archive(path)
    if archive.revision not in known():
        raise ArchiveError(
            f"{path}: its tables are {archive.revision}, this version knows up to {newest()}",
            "update innervate",
        )
    with held(place, alone=True), said_plainly(place):
        put = _put_sqlite if place.is_sqlite else _put_postgres
        aside = put(archive, place, who, at, replace=replace)
    return Restored(archive, aside, archive.revision != newest())


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S%f}"


def _refuse(place: Place, *, replace: bool) -> None:
    if not replace:
        raise ArchiveError(f"{place}: there is a store", "--replace; what is there is kept aside")


def _put_sqlite(archive: Archive, place: Place, who: Person, at: datetime, *, replace: bool) -> Path | None:
    there = [path for path in _parts(place) if path.exists()]
    if place.database.exists() or (place.files.is_dir() and any(place.files.iterdir())):
        _refuse(place, replace=replace)
    building = private_folder(place.folder / f"restoring-{_stamp(at)}")
    new = sqlite_place(building)
    engine = engine_for(new)
    try:
        with engine.begin() as connection:
            _fill(connection, archive, who, at)
        _unpack(archive, new.files)
        settle(engine)
    except BaseException:
        engine.dispose()
        shutil.rmtree(building, ignore_errors=True)
        raise
    engine.dispose()
    aside = None
    if there:
        aside = private_folder(place.folder / f"aside-{_stamp(at)}")
        for part in there:
            part.rename(aside / part.name)
    for part in _parts(new):
        if part.exists():
            part.rename(place.folder / part.name)
    shutil.rmtree(building)
    _sync(place.folder)
    return aside


def _parts(place: Place) -> list[Path]:
    """The database comes first: a reader finds an old one or none, never a new one without its files."""
    names = [place.database.name + ending for ending in ("", "-wal", "-shm")]
    return [*(place.folder / name for name in names), place.files]


def _put_postgres(archive: Archive, place: Place, who: Person, at: datetime, *, replace: bool) -> Path | None:
    engine = engine_for(place)
    aside, moved = None, None
    building = private_folder(place.folder / f"restoring-{_stamp(at)}")
    try:
        with engine.begin() as connection:
            names = set(inspect(connection).get_table_names())
            if names:
                _refuse(place, replace=replace)
                aside = private_folder(place.folder / f"aside-{_stamp(at)}")
                if revision_of(connection) is not None:
                    write_archive(connection, place, aside / "store.zip", at)
                _drop_all(connection)
            _fill(connection, archive, who, at)
            _unpack(archive, building)
            if place.files.exists():
                aside = aside or private_folder(place.folder / f"aside-{_stamp(at)}")
                moved = place.files.rename(aside / "files")
            building.rename(place.files)
        _sync(place.folder)
    except BaseException:
        if moved is not None:
            shutil.rmtree(place.files, ignore_errors=True)
            moved.rename(place.files)
        shutil.rmtree(building, ignore_errors=True)
        raise
    finally:
        engine.dispose()
    return aside


def _drop_all(connection: Connection) -> None:
    there = MetaData()
    there.reflect(connection)
    there.drop_all(connection)
    for function in ("innervate_trail_kept", "innervate_trail_next"):
        connection.execute(text(f"DROP FUNCTION IF EXISTS {function}()"))


def _fill(connection: Connection, archive: Archive, who: Person, at: datetime) -> None:
    """Make the tables of the backup's version, fill them, and go on to this version's."""
    walk(connection, archive.revision)
    tables = {table.name: table for table in dump.tables_of(connection)}
    if set(tables) != set(archive.tables):
        raise ArchiveError(f"{archive.path}: its tables are not those of {archive.revision}")
    with zipfile.ZipFile(archive.path) as content:
        for name, table in tables.items():
            guards = _unguard(connection, name) if name in _TRAIL else []
            dump.load(connection, table, archive.tables[name]["columns"], lines_in(content, name))
            for guard in guards:
                connection.exec_driver_sql(guard)
            there = len(connection.execute(select(*table.primary_key.columns)).all())
            if there != archive.tables[name]["rows"]:
                raise ArchiveError(f"{archive.path}: {there} rows of {name} came to be")
    walk(connection)
    begin_trail(connection)
    # Whoever was logged in when the backup was made is not now.
    for kind in (LoginSession, LoginDelay):
        connection.execute(table_of(kind).delete())
    append(connection, at, who, [Deed("restore", what="store", row=archive.path.name[:120])])


def _unguard(connection: Connection, table: str) -> list[str]:
    """Take a trail's guards away, inside this transaction, and say how they come back: a trail that was not
    whole is restored as it was, with its faults, instead of keeping the patients out."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return [f"ALTER TABLE {table} ENABLE TRIGGER USER"]
    wish = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    guards = connection.execute(wish, {"table": table}).all()
    for guard in guards:
        connection.exec_driver_sql(f"DROP TRIGGER {guard.name}")
    return [guard.sql for guard in guards]


def _unpack(archive: Archive, folder: Path) -> None:
    private_folder(folder)
    with zipfile.ZipFile(archive.path) as content:
        for name in archive.members:
            if not name.startswith("files/"):
                continue
            target = folder / name.removeprefix("files/")
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with content.open(name) as source, os.fdopen(fd, "wb") as file:
                shutil.copyfileobj(source, file)
                file.flush()
                os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
