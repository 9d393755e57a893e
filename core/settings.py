"""Settings handed from one of our processes to another: a frozen dataclass as one JSON file, read strictly.

People's settings are the profile (`profile.py`); this is for the small processes that must not import its
validator.
"""

from __future__ import annotations

import json
import math
import os
import types
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import ProfileError

T = TypeVar("T")


def write_settings(path: Path, settings: object) -> None:
    """Write a dataclass as JSON that only its owner can read."""
    if not is_dataclass(settings) or isinstance(settings, type):
        raise TypeError(f"not a dataclass: {settings!r}")
    write_private(path, json.dumps(asdict(settings), indent=1, allow_nan=False).encode())


def write_private(path: Path, content: bytes) -> None:
    """Write a file atomically, mode 0600: a crash leaves the old one or the new one, never half."""
    building = path.with_name(path.name + ".new")
    building.unlink(missing_ok=True)
    fd = os.open(building, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    building.replace(path)


def read_settings(path: Path, kind: type[T]) -> T:
    """Inverse of `write_settings`.

    Raises:
        ProfileError: unreadable, unknown or missing key, wrong type, or not finite.
    """
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ProfileError(f"{path}: cannot be read as settings: {error}") from error
    return build(kind, content, str(path))


def build(kind: type[T], value: object, where: str) -> T:
    """Make a dataclass from parsed JSON, as strictly as `read_settings`; `where` begins every message.

    Raises:
        ProfileError: as `read_settings`.
    """
    made: T = _build(kind, value, where)
    return made


def _build(kind: Any, value: Any, where: str) -> Any:
    if is_dataclass(kind):
        return _build_dataclass(kind, value, where)
    origin = get_origin(kind)
    if origin in (types.UnionType, Union):
        if value is None:
            return None
        (inner,) = [a for a in get_args(kind) if a is not types.NoneType]
        return _build(inner, value, where)
    if origin is tuple:
        if not isinstance(value, list):
            raise ProfileError(f"{where}: {value!r} is not a list")
        args = get_args(kind)
        inners = [args[0]] * len(value) if args[1:] == (...,) else list(args)
        if len(inners) != len(value):
            raise ProfileError(f"{where}: {len(value)} values, {len(inners)} wanted")
        return tuple(
            _build(a, v, f"{where}[{i}]") for i, (a, v) in enumerate(zip(inners, value, strict=True))
        )
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise ProfileError(f"{where}: {value} is not a finite number")
        return float(value)
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise ProfileError(f"{where}: {value!r} is not of type {kind.__name__}")


def _build_dataclass(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise ProfileError(f"{where}: {value!r} is not a table")
    hints = get_type_hints(kind)
    known = {f.name for f in fields(kind)}
    unknown = sorted(value.keys() - known)
    if unknown:
        raise ProfileError(f"{where}: unknown key {unknown[0]!r}; allowed: {', '.join(sorted(known))}")
    built = {name: _build(hints[name], v, f"{where}: {name}") for name, v in value.items()}
    try:
        return kind(**built)
    except TypeError as error:
        raise ProfileError(f"{where}: {error}") from error
    except ValueError as error:
        raise ProfileError(f"{where}: {error}") from error
