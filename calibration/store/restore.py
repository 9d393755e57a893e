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
from .audit import Deed, Head, append, head_of
from .database import engine_for, said_plainly, settle
from .errors import ArchiveError
from .place import Place, held, sqlite_place
from .rights import Person, Verb, demand
from .swap import ASIDE, RESTORING, finish_cut_restore, say_ready, swap, sweep
from .tables import table_of
from .upgrade import begin_trail, known, newest, refuse_strangers, walk

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
    finish_cut_restore(place)
    with held(place, alone=True), said_plainly(place):
        sweep(place)
        stamp = f"{at:%Y%m%dT%H%M%S%f}"
        building = private_folder(place.folder / f"{RESTORING}{stamp}")
        aside = place.folder / f"{ASIDE}{stamp}"
        put = _put_sqlite if place.is_sqlite else _put_postgres
        try:
            put(archive, place, building, aside, who, at, replace=replace)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        swap(place, building)
    return Restored(archive, aside if aside.exists() else None, archive.revision != newest())


def _refuse(place: Place, *, replace: bool) -> None:
    if not replace:
        raise ArchiveError(f"{place}: there is a store", "--replace; what is there is kept aside")


def _put_sqlite(
    archive: Archive, place: Place, building: Path, aside: Path, who: Person, at: datetime, *, replace: bool
) -> None:
    if place.database.exists() or (place.files.is_dir() and any(place.files.iterdir())):
        _refuse(place, replace=replace)
    engine = engine_for(sqlite_place(building))
    try:
        with engine.begin() as connection:
            head = _fill(connection, archive, who, at)
        settle(engine)
    finally:
        engine.dispose()
    _unpack(archive, building / "files")
    say_ready(building, aside, head)


def _put_postgres(
    archive: Archive, place: Place, building: Path, aside: Path, who: Person, at: datetime, *, replace: bool
) -> None:
    engine = engine_for(place)
    try:
        with engine.begin() as connection:
            names = set(inspect(connection).get_table_names())
            if names:
                refuse_strangers(connection, str(place))
                _refuse(place, replace=replace)
                write_archive(connection, place, private_folder(aside) / "store.zip", at)
                _drop_all(connection)
            head = _fill(connection, archive, who, at)
            _unpack(archive, building / "files")
            # Before the commit: whether it came to be is seen by the new trail's head.
            say_ready(building, aside, head)
    finally:
        engine.dispose()


def _drop_all(connection: Connection) -> None:
    there = MetaData()
    there.reflect(connection)
    there.drop_all(connection)
    for function in ("innervate_trail_kept", "innervate_trail_next"):
        connection.execute(text(f"DROP FUNCTION IF EXISTS {function}()"))


def _fill(connection: Connection, archive: Archive, who: Person, at: datetime) -> Head:
    """Make the tables of the backup's version, fill them, go on to this version's; the new trail's head."""
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
    return head_of(connection)


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
    if not archive.files:
        return
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
