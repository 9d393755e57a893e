"""Bring a database to this version's tables when it is opened; a backup is made first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, insert, inspect, select, text

from .access import AuditHead
from .audit import START
from .errors import StoreError
from .tables import table_of

_STEPS = Path(__file__).parent / "migrations"
_ALEMBIC = threading.Lock()
"""Alembic keeps what it works on in one place per process."""
_ADVISORY = 0x1AE47A7E
"""PostgreSQL's lock while a store is upgraded; any number that is only ours."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The revision that this version works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise StoreError("the store's migrations are not installed", "install innervate again")
    return head


def known() -> list[str]:
    """All revisions this version can begin from, newest first."""
    return [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()]


def revision_of(connection: Connection) -> str | None:
    """What the database is at; None: it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def walk(connection: Connection, to: str = "head") -> None:
    """Take the steps to a revision, in the connection's transaction."""
    with _ALEMBIC:
        command.upgrade(_config(connection), to)


def upgrade(engine: Engine, where: str, keep: Callable[[Connection], Path]) -> Path | None:
    """Make the tables, or bring them to this version, in one transaction.

    Args:
        engine: of the database.
        where: what errors call it.
        keep: writes a backup of what the connection sees, and returns it.

    Returns:
        The backup; None where there was nothing to upgrade.

    Raises:
        StoreError: the database is of a newer version than this.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:of)"), {"of": _ADVISORY})
        found = revision_of(connection)
        if found == newest():
            return None
        if found is not None and found not in known():
            raise StoreError(
                f"{where}: was made by a newer version (tables {found}, known up to {newest()})",
                "update innervate; nothing was changed",
            )
        refuse_strangers(connection, where)
        kept = keep(connection) if found is not None else None
        walk(connection)
        begin_trail(connection)
        return kept


def refuse_strangers(connection: Connection, where: str) -> None:
    """A database is a store's alone: a restore drops its tables, and a backup takes them all.

    Raises:
        StoreError: there are tables, and none of them says that it is a store.
    """
    if revision_of(connection) is None and inspect(connection).get_table_names():
        raise StoreError(f"{where}: the database has tables, and is no clinic's store", "make one of its own")


def begin_trail(connection: Connection) -> None:
    """Write the head of an empty audit trail, once."""
    heads = table_of(AuditHead)
    if connection.execute(select(heads.c.id)).first() is None:
        connection.execute(insert(heads).values(id=1, seq=0, hash=START))
