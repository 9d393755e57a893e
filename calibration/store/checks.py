"""What a row must be before the database sees it: the same ends and words, said for people."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import JSON, Column

from . import words
from .base import Base
from .errors import StoreError
from .tables import table_of

SET_BY_US = frozenset({"version", "changed_at", "changed_by"})
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KINDS: dict[type, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (int, float),
    bool: (bool,),
    date: (date,),
    datetime: (datetime,),
}


def is_code(code: str) -> bool:
    """Could it be a patient's code?"""
    return _CODE.fullmatch(code) is not None


def check_code(code: str) -> str:
    """A patient's code: names a folder and stands in recordings, so plain letters only.

    Raises:
        StoreError: it is something else.
    """
    if not is_code(code):
        raise StoreError(
            f"patient code {code!r}", "allowed: letters, digits, . _ -, at most 64, a letter first"
        )
    return code


def check_path(path: str) -> str:
    """A path among a patient's files, from their folder.

    Raises:
        StoreError: it leads out of it.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path:
        raise StoreError(f"path {path!r}", "allowed: a path from the patient's folder, without ..")
    return path


def check_row(row: Base) -> None:
    """Look at every column and rule.

    Raises:
        StoreError: names table, column, value and what is allowed.
    """
    table = table_of(type(row))
    for column in table.columns:
        if column.name not in SET_BY_US:
            _check_value(table.name, column, getattr(row, column.name))
    for rule in row.RULES:
        if not rule.holds(row):
            raise StoreError(f"{table.name}: {rule.says}")
    if table.name == "patient":
        check_code(row.id)  # type: ignore[attr-defined]
    if "path" in table.columns:
        check_path(row.path)  # type: ignore[attr-defined]
    if table.name == "assessment":
        _check_figures(row.test, row.figures or {})  # type: ignore[attr-defined]


def _check_value(table: str, column: Column[Any], value: Any) -> None:
    where = f"{table}.{column.name}"
    if value is None:
        if not column.nullable and column.default is None:
            raise StoreError(f"{where} is missing")
        return
    if isinstance(column.type, JSON):
        _check_finite(where, value)
        return
    kind = column.type.python_type
    wrong = isinstance(value, bool) != (kind is bool) or isinstance(value, datetime) != (kind is datetime)
    if kind in _KINDS and (wrong or not isinstance(value, _KINDS[kind])):
        raise StoreError(f"{where} = {value!r}", f"allowed: {kind.__name__}")
    if isinstance(value, datetime) and value.tzinfo is None:
        raise StoreError(f"{where} = {value} has no time zone")
    if isinstance(value, str):
        _check_text(where, column, value)
    if "ends" in column.info:
        least, most = column.info["ends"]
        if not (math.isfinite(value) and least <= value <= most):
            raise StoreError(f"{where} = {value}", f"allowed: {least:g} to {most:g}")


def _check_text(where: str, column: Column[Any], value: str) -> None:
    if "words" in column.info and value not in column.info["words"]:
        raise StoreError(f"{where} = {value!r}", f"allowed: {', '.join(column.info['words'])}")
    if column.info.get("filled") and not value:
        raise StoreError(f"{where} is empty")
    if len(value) > column.info.get("length", 4000):
        raise StoreError(f"{where} has {len(value)} letters", f"allowed: {column.info['length']}")
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in value) or "\x7f" in value:
        raise StoreError(f"{where} holds a control character")
    if any(0xD800 <= ord(letter) <= 0xDFFF for letter in value):
        raise StoreError(f"{where} holds half a character")


def _check_finite(where: str, value: Any) -> None:
    if isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, str):
                raise StoreError(f"{where}: key {key!r}", "allowed: text")
            _check_finite(f"{where}.{key}", each)
    elif isinstance(value, list):
        for each in value:
            _check_finite(where, each)
    elif isinstance(value, float) and not math.isfinite(value):
        raise StoreError(f"{where} = {value}", "allowed: finite numbers")
    elif isinstance(value, str):
        if "\0" in value:
            raise StoreError(f"{where} holds a control character")
    elif value is not None and not isinstance(value, bool | int | float):
        raise StoreError(f"{where} = {value!r}", "allowed: what JSON knows")


def _check_figures(test: str, figures: dict[str, Any]) -> None:
    known = words.FIGURES[test]
    if not figures:
        raise StoreError(f"assessment {test}: no figure", f"allowed: {', '.join(known)}")
    for name, value in figures.items():
        if name not in known:
            raise StoreError(f"assessment {test}: figure {name!r}", f"allowed: {', '.join(known)}")
        least, most = known[name]
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            raise StoreError(f"assessment {test}: {name} = {value!r}", f"allowed: {least:g} to {most:g}")
