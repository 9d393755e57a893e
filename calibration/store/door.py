"""Is the store's library there? Asked before any module that needs it is imported."""

from __future__ import annotations

from ...core.extras import optional


def need_store() -> None:
    """Return when the clinic's libraries are installed.

    Raises:
        InnervateError: one is not; names the extra that brings it.
    """
    for module in ("sqlalchemy", "alembic", "argon2"):
        optional(module, "the clinic's store needs", "clinic")


def need_postgres() -> None:
    """Return when PostgreSQL's driver is installed.

    Raises:
        InnervateError: it is not; names the extra that brings it.
    """
    optional("psycopg", "a store in PostgreSQL needs", "postgres")
