"""What a person typed in, checked where it is taken over."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from ..core.errors import InnervateError

_NAME = re.compile(r"[^\x00-\x1f/\\]{1,64}")
"""As `core.profile.Name` has it: these texts go into profiles."""


class EntryError(InnervateError):
    """An entry about a patient cannot be: names key, value and what is allowed."""


def name(key: str, value: str) -> None:
    """A text that may stand in a profile.

    Raises:
        EntryError: empty, longer than 64 characters, or with a control character or slash.
    """
    if not _NAME.fullmatch(value) or not value.strip():
        raise EntryError(f"{key} = {value!r}: allowed are 1 to 64 characters without / and \\")


def whole(key: str, value: int | None, least: int, most: int | None = None) -> None:
    """A whole number within bounds; None, not answered, always passes.

    Raises:
        EntryError: outside, or not whole.
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int):
        raise EntryError(f"{key} = {value!r}: allowed are whole numbers")
    if value < least or (most is not None and value > most):
        raise EntryError(f"{key} = {value}: allowed are {bounds(least, most)}")


def within(key: str, value: float | None, least: float, most: float | None = None) -> None:
    """A finite number within bounds; None, not answered, always passes.

    Raises:
        EntryError: outside, or not a number.
    """
    if value is None:
        return
    # A value that is not a number compares false with everything, an endless one passes "no upper bound".
    if isinstance(value, bool) or not (least <= value < float("inf") and (most is None or value <= most)):
        raise EntryError(f"{key} = {value!r}: allowed are {bounds(least, most)}")


def bounds(least: float, most: float | None) -> str:
    """The range in words: '0 to 10', '0 or more'."""
    return f"{least:g} or more" if most is None else f"{least:g} to {most:g}"


def one_of(key: str, value: str, allowed: Iterable[str]) -> None:
    """One of some words.

    Raises:
        EntryError: another one.
    """
    words = tuple(allowed)
    if value not in words:
        raise EntryError(f"{key} = {value!r}: allowed are {', '.join(words)}")


def not_before(key: str, value: date | None, other: str, earlier: date | None) -> None:
    """A date that cannot lie before another one; either may be unknown.

    Raises:
        EntryError: it does.
    """
    if value is not None and earlier is not None and value < earlier:
        raise EntryError(f"{key} = {value}: allowed from {other} on, {earlier}")


def once(key: str, values: Iterable[str]) -> None:
    """Texts that each stand once.

    Raises:
        EntryError: names the one that is there twice.
    """
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise EntryError(f"{key} = {value!r} is there twice; each may be there once")
        seen.add(value)
