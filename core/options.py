"""A device's own options, from text in a profile or on the command line to a checked dataclass."""

from __future__ import annotations

import math
import types
from dataclasses import MISSING, fields
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .errors import ProfileError

T = TypeVar("T")
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def parse_options(kind: type[T], given: tuple[tuple[str, str], ...], table: str, whose: str) -> T:
    """The dataclass `kind` from texts.

    Fields may be str, int, float, bool, a `Literal` of those, `X | None`, or tuple[str, ...] (comma between).
    What a field's type does not say is checked in `__post_init__`, which raises ValueError.

    Args:
        given: (name, text).
        table: of the profile, as "source.options".
        whose: the kind of device, for messages.

    Raises:
        ProfileError: names the option, the value and what is allowed.
    """
    hints = get_type_hints(kind)
    known = {f.name: f for f in fields(kind)}  # type: ignore[arg-type] # T is a dataclass
    found: dict[str, Any] = {}
    for name, text in given:
        where = f"{table}.{name} = {text!r}"
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise ProfileError(f"{where}: a {whose} has no such option; allowed: {allowed}")
        if name in found:
            raise ProfileError(f"{where}: given twice")
        found[name] = _value(hints[name], text, where)
    for name, each in known.items():
        if name not in found and each.default is MISSING and each.default_factory is MISSING:
            raise ProfileError(f"{table}.{name} is missing", f"a {whose} needs it")
    try:
        return kind(**found)
    except ValueError as error:
        raise ProfileError(f"{table}: {error}") from error


def _value(hint: Any, text: str, where: str) -> Any:
    origin = get_origin(hint)
    if origin in (types.UnionType, Union):
        (hint,) = [each for each in get_args(hint) if each is not types.NoneType]
        return _value(hint, text, where)
    if origin is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if origin is Literal:
        for allowed in get_args(hint):
            if text == str(allowed):
                return allowed
        raise ProfileError(f"{where}: allowed: {', '.join(map(str, get_args(hint)))}")
    if hint is bool:
        if text.lower() not in _TRUTH:
            raise ProfileError(f"{where}: it must be true or false")
        return _TRUTH[text.lower()]
    try:
        return _finite(text) if hint is float else hint(text)
    except ValueError as error:
        name = {int: "a whole number", float: "a number"}.get(hint, hint.__name__)
        raise ProfileError(f"{where}: it must be {name}") from error


def _finite(text: str) -> float:
    """A number that comparisons in `__post_init__` can judge."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
