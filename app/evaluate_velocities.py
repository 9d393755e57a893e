"""`innervate evaluate --decoder regressor`: figures of velocities, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..calibration.evaluation.options import EvaluateOptions
from ..calibration.evaluation.velocities import evaluate_velocities
from .files import check_writable

COLUMNS = {
    "correlation": "correlation",
    "right direction": "right",
    "strayed": "strayed",
    "moved at rest": "rest_moved",
    "without the decoder": "rest_moved_bare",
}


def evaluate_velocities_and_show(
    source: Path, options: EvaluateOptions, people: Sequence[str] = (), json_path: Path | None = None
) -> None:
    """Evaluate, and print a line per person.

    Args:
        source: a recording or a folder of them.
        options: of the evaluation.
        people: only these; empty for all.
        json_path: all figures go to this file.

    Raises:
        InnervateError: what cannot be read or scored, an option that is for classes, or a place that cannot
            be written to.
    """
    check_writable(json_path, "--json")
    console = Console(highlight=False)
    with console.status("evaluating") as status:
        found = evaluate_velocities(source, options, people, lambda name, _share: status.update(escape(name)))
    show_velocities(console, found)
    if json_path is not None:
        json_path.write_text(json.dumps(found, indent=1, allow_nan=False))


def show_velocities(console: Console, found: dict[str, Any]) -> None:
    """Print a line per person: R2, that of each degree of freedom, and the rest."""
    people = found["people"]
    dofs = list(dict.fromkeys(name for person in people for name in person["dofs"]))
    table = Table("person", "R2", *dofs, *COLUMNS)
    for person in people:
        each = (_share(person["dofs"].get(name, {}).get("r2")) for name in dofs)
        table.add_row(escape(person["id"]), _share(person["r2"]), *each, *_cells(person))
    table.add_section()
    table.add_row("mean", _share(found["mean"]["r2"]), *("" for _ in dofs), *_cells(found["mean"]))
    console.print(table)
    left_out = sorted({name for person in found["people"] for name in person["left_out"]})
    if left_out:
        console.print(f"left out, as no velocity can mean them: {', '.join(left_out)}", markup=False)
    for failed in found["failed"]:
        console.print(f"left out: {failed['error']}", style="yellow", markup=False, soft_wrap=True)


def _cells(figures: dict[str, Any]) -> list[str]:
    return [_share(figures[key]) for key in COLUMNS.values()]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
