"""The load sensor of a leg: not built yet, see docs/limbs/gait-board.md."""

from __future__ import annotations

from .leg import NoSensor
from .settings import GaitSettings


class GaitBoard(NoSensor):
    """To be."""

    def __init__(self, settings: GaitSettings) -> None:
        self._settings = settings
