"""Which column of a line is what. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import ProfileError
from ..montage import numbered
from .lines import Shape
from .settings import AsciiOptions


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one sketch.

    Attributes:
        shape: of its lines.
        channels: names of the EMG columns.
        emg: their places.
        aux: name, unit and place of what is measured beside EMG.
        time: place of the board's time; None without.
    """

    shape: Shape
    channels: tuple[str, ...]
    emg: tuple[int, ...]
    aux: tuple[tuple[str, str, int], ...] = ()
    time: int | None = None


def lay_out(shape: Shape, options: AsciiOptions) -> Layout:
    """What the options make of lines of this shape.

    Raises:
        ProfileError: they name columns that are not there, or leave none for EMG.
    """
    names = options.columns or tuple(label.decode("ascii", "replace") for label in shape.labels)
    names = names or numbered(shape.columns)
    if len(names) != shape.columns:
        raise ProfileError(
            f"source.options.columns names {len(names)} columns; the board sends {shape}",
            "name every column of a line, in order",
        )

    def place(name: str, option: str) -> int:
        if name not in names:
            raise ProfileError(
                f"source.options.{option}: no column {name!r}; the board sends {', '.join(names)}",
                "name columns as the board's labels or source.options.columns do",
            )
        return names.index(name)

    time = place(options.time, "time") if options.time else None
    aux = tuple((name, unit, place(name, "aux")) for name, unit in options.aux_units)
    taken = {*(place(name, "ignore") for name in options.ignore), *(at for _, _, at in aux), time}
    emg = tuple(place(name, "emg") for name in options.emg)
    emg = emg or tuple(at for at in range(len(names)) if at not in taken)
    if not emg:
        raise ProfileError(
            f"no column is EMG; the board sends {', '.join(names)}", "leave one for source.options.emg"
        )
    return Layout(shape, tuple(names[at] for at in emg), emg, aux, time)
