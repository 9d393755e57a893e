"""Engines: how each database is opened, so that both behave alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from ...core.folders import private_folder
from .errors import StoreError
from .place import Place

Wall = Callable[[], datetime]
"""What time it is on the wall; tests have one of their own."""

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",  # a commit is on the disk when it returns
    "foreign_keys = ON",
    "busy_timeout = 15000",
    "secure_delete = ON",  # what is deleted is overwritten
    "recursive_triggers = ON",  # REPLACE deletes too, and the audit trail refuses that
)
_LOCKED = "database is locked"
_READ_ONLY = "innervate_read_only"


def utc_now() -> datetime:
    """The wall's time."""
    return datetime.now(UTC)


def engine_for(place: Place) -> Engine:
    """An engine; for SQLite the file is made, readable by its owner only.

    Raises:
        StoreError: the folder or the file cannot be made.
    """
    if not place.is_sqlite:
        return create_engine(place.url, pool_pre_ping=True)
    private_folder(place.folder)
    try:
        os.close(os.open(place.database, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(f"{place.database}: cannot be opened: {error.strerror}") from error
    place.database.chmod(0o600)
    engine = create_engine(place.url)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say, and hold DDL too
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Writers queue here. Begun as a reader, one of two would fail when it wants to write."""
    read_only = connection.get_execution_options().get(_READ_ONLY)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """One moment of the database, read while others go on writing."""
    with engine.connect() as connection:
        options: dict[str, Any] = {_READ_ONLY: True}
        if engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        reading = connection.execution_options(**options)
        with reading.begin():
            yield reading


def settle(engine: Engine) -> None:
    """Write over what was deleted now, not some day. Nobody may be in a transaction of this thread's."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
        return
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        raw.close()


@contextmanager
def said_plainly(place: Place) -> Iterator[None]:
    """Turn "cannot be reached" and "locked" into one line.

    Raises:
        StoreError: instead of the driver's own.
    """
    try:
        yield
    except OperationalError as error:
        if _LOCKED in str(error.orig):
            raise StoreError(f"{place}: another program has been writing for 15 s", "try again") from error
        first = str(error.orig).strip().partition("\n")[0]
        raise StoreError(f"{place}: cannot be used: {first}", "is the database running?") from error
    except DBAPIError as error:
        first = str(error.orig).strip().partition("\n")[0]
        raise StoreError(f"{place}: the database refuses it: {first}") from error
