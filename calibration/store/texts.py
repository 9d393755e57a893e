"""Values that people type, as columns want them: `level=transtibial`, `on=2026-11-02`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column

from .base import Versioned
from .checks import SET_BY_US
from .errors import StoreError
from .tables import table_of

_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


def values_from(kind: type[Versioned], texts: Iterable[str]) -> dict[str, Any]:
    """`name=text` of each, as the table's column `name` wants it; `name=` is unknown.

    Raises:
        StoreError: no such column, or a text that is no value of it; names what is allowed.
    """
    table = table_of(kind)
    open_to_people = [name for name in table.columns.keys() if name not in SET_BY_US]  # noqa: SIM118
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in open_to_people:
            raise StoreError(f"{table.name}: {text!r}", f"allowed: NAME=VALUE of {', '.join(open_to_people)}")
        found[name] = _value(table.columns[name], value)
    return found


def _value(column: Column[Any], text: str) -> Any:
    where = f"{column.table.name}.{column.name} = {text!r}"
    if text == "" and column.nullable:
        return None
    if isinstance(column.type, JSON):
        try:
            return json.loads(text)
        except ValueError:
            raise StoreError(where, "allowed: JSON") from None
    kind = column.type.python_type
    if kind is bool:
        if text.casefold() not in _YES + _NO:
            raise StoreError(where, "allowed: yes or no")
        return text.casefold() in _YES
    try:
        if kind is datetime:
            return datetime.fromisoformat(text).astimezone()
        if kind is date:
            return date.fromisoformat(text)
        return kind(text)
    except ValueError:
        form = {date: "YYYY-MM-DD", datetime: "YYYY-MM-DDTHH:MM:SS"}.get(kind, f"a number ({kind.__name__})")
        raise StoreError(where, f"allowed: {form}") from None
