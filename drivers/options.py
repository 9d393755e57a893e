"""A source's own options, from text in a profile or on the command line to a checked dataclass."""

from __future__ import annotations

from typing import TypeVar

from ..core.options import parse_options
from .settings import SourceSettings

T = TypeVar("T")


def read_options(kind: type[T], settings: SourceSettings) -> T:
    """The dataclass `kind` from `settings.options`; see `core.options.parse_options`.

    Raises:
        ProfileError: names the option, the value and what is allowed.
    """
    return parse_options(kind, settings.options, "source.options", settings.kind)
