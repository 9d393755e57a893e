"""One line of text to numbers. Pure.

Values are separated by commas, semicolons, tabs or spaces; each may have a label before a colon, as the
Arduino plotter has them. Lines may end in CR LF or LF.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SEPARATORS = bytes.maketrans(b",;\t\r", b"    ")
_SPACE_AFTER_COLON = re.compile(rb":[ \t]+")
_EMPTY_FIELD = re.compile(rb"[,;\t] *[,;\t]")
_NOT_FINITE = {b"ovf": b"nan", b"-ovf": b"nan"}
"""What an Arduino prints for a number that it cannot print."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What lines of one sketch have in common.

    Attributes:
        columns: how many values.
        labels: their labels; empty when they have none.
    """

    columns: int
    labels: tuple[bytes, ...] = ()

    def __str__(self) -> str:
        if not self.labels:
            return "1 column" if self.columns == 1 else f"{self.columns} columns"
        return "columns " + ", ".join(label.decode("ascii", "replace") for label in self.labels)


def is_comment(line: bytes) -> bool:
    """Nothing, or something for people."""
    text = line.strip()
    return not text or text.startswith(b"#")


def read_line(line: bytes) -> tuple[Shape, list[float]] | None:
    """Shape and values of a line without its end; None when it is no line of numbers."""
    if _EMPTY_FIELD.search(line):
        return None
    fields = _SPACE_AFTER_COLON.sub(b":", line).translate(SEPARATORS).split()
    labels = []
    values = []
    for field in fields:
        label, colon, text = field.rpartition(b":")
        if colon:
            labels.append(label)
        value = number(text)
        if value is None or (colon and not label):
            return None
        values.append(value)
    if not values or (labels and len(labels) != len(values)):
        return None
    return Shape(len(values), tuple(labels)), values


def number(text: bytes) -> float | None:
    """The value; not finite where the board says that it is; None when it is no number."""
    if b"_" in text:  # Python reads 1_0 as ten
        return None
    try:
        return float(_NOT_FINITE.get(text.lower(), text))
    except ValueError:
        return None


def common_shape(lines: list[bytes]) -> Shape | None:
    """What most lines of numbers among these look like; None when there are none, or no three agree.

    Boot text, half lines and comments are passed over.
    """
    counts: dict[Shape, int] = {}
    for line in lines:
        if is_comment(line):
            continue
        found = read_line(line)
        if found is not None:
            counts[found[0]] = counts.get(found[0], 0) + 1
    best = max(counts, key=lambda shape: counts[shape], default=None)
    return best if best is not None and counts[best] >= max(3, 0.5 * sum(counts.values())) else None
