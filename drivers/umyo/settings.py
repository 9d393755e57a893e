"""A uMyo base station's own options."""

from __future__ import annotations

from dataclasses import dataclass

_MOST = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class UmyoOptions:
    """Which sensors.

    Attributes:
        units: their ids in hexadecimal, in the order of the channels; empty takes those that are heard.
    """

    units: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be an id."""
        ids = self.ids
        if len(set(ids)) != len(ids):
            raise ValueError(f"units = {', '.join(self.units)}: a sensor is named twice")

    @property
    def ids(self) -> tuple[int, ...]:
        """`units` as numbers."""
        return tuple(unit_id(text) for text in self.units)


def unit_id(text: str) -> int:
    """The id that a person wrote.

    Raises:
        ValueError: it is none.
    """
    try:
        number = int(text, 16)
    except ValueError:
        number = -1
    if not 0 <= number <= _MOST:
        raise ValueError(f"units = {text!r}: it must be a sensor's id, eight hexadecimal digits")
    return number
