"""Tables as BIDS writes them: tabs, a header line, n/a for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ...core.errors import RecordingError

NOTHING = "n/a"


def line(cells: Iterable[object]) -> str:
    """One row; tabs and line ends inside a cell become spaces."""
    return "\t".join(" ".join(str(cell).split()) or NOTHING for cell in cells) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A whole file."""
    return (line(columns) + "".join(map(line, rows))).encode()


def read(path: Path) -> list[dict[str, str]] | None:
    """Rows as column -> cell, n/a as ""; None where there is no such file.

    A last line without its end is left out.

    Raises:
        RecordingError: not text, or no header.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise RecordingError(f"{path}: not a readable table: {error}") from error
    whole = text[: text.rfind("\n") + 1].splitlines()
    if not whole:
        raise RecordingError(f"{path}: has no header line", "innervate recordings check --mend")
    columns = whole[0].split("\t")
    return [
        {c: "" if cell == NOTHING else cell for c, cell in zip(columns, row.split("\t"), strict=False)}
        for row in whole[1:]
        if row.strip()
    ]
