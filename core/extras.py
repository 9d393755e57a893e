"""Libraries that come with an extra, which most who install this do without."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .errors import InnervateError


def optional(module: str, need: str, extra: str) -> Any:
    """The module.

    Args:
        module: its full name.
        need: who needs it, as the beginning of a sentence: "plots need".
        extra: of ours that brings it.

    Raises:
        InnervateError: it, or what it needs itself, is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise InnervateError(
            f"{need} {error.name or module}, which is not installed", f"pip install 'innervate[{extra}]'"
        ) from error
