"""BrainFlow itself: loaded when it is needed, silent, and its errors in one line."""

from __future__ import annotations

import importlib.resources
import sys
from pathlib import Path
from typing import Any

from ...core.errors import InnervateError, ProfileError, SourceBusy, SourceError, SourceNotFound

_BUSY = (1, 8, 16)
"""PORT_ALREADY_OPEN, STREAM_ALREADY_RUN and ANOTHER_BOARD_IS_CREATED in BrainFlow's exit codes."""
_UNABLE_TO_OPEN_PORT = 2
_WRONG = (13, 14)
"""INVALID_ARGUMENTS and UNSUPPORTED_BOARD."""


def load_brainflow() -> Any:
    """BrainFlow's module `board_shim`, with its log switched off.

    Raises:
        SourceError: it is not installed, or its library does not fit this computer.
    """
    try:
        import brainflow.board_shim as shim
    except ImportError as error:
        raise SourceError(
            f"BrainFlow cannot be used: {error}", "pip install 'innervate[brainflow]'"
        ) from error
    # BrainFlow 5.23 asks for the files of a module. Before Python 3.12 these must be a package's, and what it
    # falls back to, pkg_resources, is no longer part of setuptools since version 82.
    if sys.version_info < (3, 12) and getattr(shim, "files", None) is importlib.resources.files:
        shim.files = lambda _: importlib.resources.files("brainflow")
    try:
        shim.BoardShim.disable_board_logger()
    except (ImportError, OSError, shim.BrainFlowError) as error:
        raise SourceError(
            f"BrainFlow's library cannot be loaded: {error}",
            "its wheel is for x86_64 and macOS; elsewhere build BrainFlow, and try its newest version",
        ) from error
    return shim


def refusal(error: Any, name: str, port: str) -> InnervateError:
    """What a `BrainFlowError` at opening means for a person.

    Args:
        error: with its `exit_code`.
        name: of the board.
        port: serial port, empty if it has none.
    """
    said = f"BrainFlow cannot open {name}: {error}"
    if error.exit_code in _WRONG:
        return ProfileError(
            said,
            "BrainFlow's page on supported boards says which options this board needs, and on which system",
        )
    if error.exit_code in _BUSY or (error.exit_code == _UNABLE_TO_OPEN_PORT and port and Path(port).exists()):
        return SourceBusy(said, f"close the program that uses {port or 'the board'}")
    return SourceNotFound(said, "is it switched on and near, and are port, host or mac_address its own?")
