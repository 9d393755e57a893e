"""`innervate evaluate`: figures of a recording or a folder of them, as a table and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..calibration.evaluate import evaluate
from .files import check_writable

_KEYS = ("active_recall", "rest_recall", "accuracy")


def evaluate_and_show(source: Path, split: str, feature_set: str, json_path: Path | None) -> None:
    """Evaluate, print a line per person, and write all figures to `json_path` when given.

    Raises:
        RecordingError, ProfileError: what cannot be read, or no such split or feature set.
    """
    check_writable(json_path, "--json")
    console = Console(highlight=False)
    with console.status("evaluating") as status:
        found = evaluate(source, split, feature_set, progress=lambda name, _share: status.update(name))
    table = Table("person", "active recall", "rest recall", "accuracy")
    for person in found["people"]:
        table.add_row(person["id"], *(_share(person[key]) for key in _KEYS))
    mean = found["mean"]
    table.add_section()
    table.add_row("mean", *(_share(mean[key]) for key in _KEYS))
    console.print(table)
    for failed in found["failed"]:
        console.print(f"left out: {failed['error']}", style="yellow", markup=False)
    if json_path is not None:
        json_path.write_text(json.dumps(found, indent=1))


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
