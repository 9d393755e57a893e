"""The options of a board that sends lines of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...core.chunk import ARBITRARY


@dataclass(frozen=True, slots=True)
class AsciiOptions:
    """What the columns of a line are. Columns are named by their labels, by `columns`, or ch1, ch2, ...

    Attributes:
        baud: of the port; boards with USB of their own do not care.
        columns: names, in order.
        emg: columns that are EMG; empty takes all that nothing else takes.
        aux: what is measured beside EMG, as "name unit", such as "load N, pitch deg".
        ignore: columns that nobody needs.
        time: the column with the board's own time.
        time_unit: of that column: "us" as from micros(), "ms" as from millis().
        scale_uv: microvolts of one count at the electrodes; 0 when nobody knows.
        zero: reading of no voltage, such as 512 or 2048; it is subtracted.
        full_scale: largest reading of the converter, such as 1023 or 4095: a line beyond 0 to `full_scale` is
            damaged, and a channel at its ends is railed. 0 when nobody knows.
        kind_of_signal: "envelope" when the sensor rectifies and smooths.
    """

    baud: int = 115_200
    columns: tuple[str, ...] = ()
    emg: tuple[str, ...] = ()
    aux: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    time: str = ""
    time_unit: Literal["us", "ms"] = "us"
    scale_uv: float = 0.0
    zero: float = 0.0
    full_scale: float = 0.0
    kind_of_signal: Literal["raw", "envelope"] = "raw"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if not 1200 <= self.baud <= 12_000_000:
            raise ValueError(f"baud = {self.baud}: it must be from 1200 to 12000000")
        if self.scale_uv < 0 or self.full_scale < 0:
            raise ValueError("scale_uv and full_scale must not be negative")
        if self.full_scale and not 0 <= self.zero < self.full_scale:
            raise ValueError(f"zero = {self.zero:g}: it must lie from 0 to full_scale = {self.full_scale:g}")
        taken = [
            *self.emg,
            *(name for name, _ in self.aux_units),
            *self.ignore,
            *[self.time] * bool(self.time),
        ]
        for name in taken:
            if taken.count(name) > 1:
                raise ValueError(f"column {name!r} is given two uses")
            if self.columns and name not in self.columns:
                raise ValueError(f"no column {name!r}; columns = {', '.join(self.columns)}")
        for name in self.columns:
            if self.columns.count(name) > 1:
                raise ValueError(f"columns: {name!r} is there twice")

    @property
    def aux_units(self) -> tuple[tuple[str, str], ...]:
        """Name and unit of each of `aux`."""
        parts = (text.split() for text in self.aux)
        return tuple((each[0], " ".join(each[1:]) or ARBITRARY) for each in parts)

    @property
    def railed(self) -> float | None:
        """Absolute value at the nearer end of the converter's range, or at its only end; in `info.unit`."""
        if not self.full_scale:
            return None
        up = self.full_scale - self.zero
        in_the_middle = abs(up - self.zero) <= 0.02 * self.full_scale
        return (min(up, self.zero) if in_the_middle else max(up, self.zero)) * (self.scale_uv or 1.0)
