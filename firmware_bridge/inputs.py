"""Buttons and switches: the same requests as from the page, without a network and without a page."""

from __future__ import annotations

from typing import Protocol

from .requests import Asked


class ControlInput(Protocol):
    """Something a person presses. Reading it never blocks and never raises."""

    def files(self) -> list[int]:
        """Descriptors to wait for."""
        ...

    def read(self, now_s: float) -> list[Asked]:
        """What has been asked for since the last call, oldest first."""
        ...
