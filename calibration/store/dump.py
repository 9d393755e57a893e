"""Rows as lines of JSON and back, the same for both engines, and for every version of the tables.

Tables are read from the database as it is, not from our classes: before an upgrade it has the old ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, MetaData, Table, insert, select

from .errors import ArchiveError

VERSIONS = "alembic_version"
_BATCH = 500


def tables_of(connection: Connection) -> list[Table]:
    """The tables that are there, parents first, without Alembic's own."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSIONS]


def rows_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """A table's rows in the order of their keys, one line of JSON each."""
    wish = select(table).order_by(*table.primary_key.columns)
    for row in connection.execute(wish.execution_options(yield_per=_BATCH)):
        yield json.dumps([_plain(value) for value in row], separators=(",", ":"), allow_nan=False).encode()


def columns_of(table: Table) -> list[str]:
    """Names, in the order of a line."""
    return [column.name for column in table.columns]


def load(connection: Connection, table: Table, columns: list[str], lines: Iterable[bytes]) -> int:
    """Insert lines; the number of rows.

    Raises:
        ArchiveError: the columns are not this table's, or a line is no row.
    """
    if set(columns) != set(columns_of(table)):
        raise ArchiveError(f"backup: table {table.name} has other columns than its version's tables")
    there = [table.columns[name] for name in columns]
    loaded = 0
    batch: list[dict[str, Any]] = []
    for line in lines:
        batch.append(_row(table, there, line))
        loaded += 1
        if len(batch) >= _BATCH:
            connection.execute(insert(table), batch)
            batch = []
    if batch:
        connection.execute(insert(table), batch)
    return loaded


def parse(line: bytes) -> list[Any]:
    """A line's values.

    Raises:
        ArchiveError: it is no row.
    """
    try:
        values = json.loads(line)
    except ValueError:
        values = None
    if not isinstance(values, list):
        raise ArchiveError("backup: a line is no row")
    return values


def _row(table: Table, columns: list[Column[Any]], line: bytes) -> dict[str, Any]:
    values = parse(line)
    if len(values) != len(columns):
        raise ArchiveError(f"backup: a row of {table.name} has {len(values)} values")
    pairs = zip(columns, values, strict=True)
    return {column.name: _typed(column, value) for column, value in pairs}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _typed(column: Column[Any], value: Any) -> Any:
    if value is None or isinstance(column.type, JSON):
        return value
    kind = column.type.python_type
    try:
        if kind in (date, datetime):
            return kind.fromisoformat(value)
    except (TypeError, ValueError):
        raise ArchiveError(
            f"backup: {column.table.name}.{column.name} = {value!r} is no {kind.__name__}"
        ) from None
    return value
