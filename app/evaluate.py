"""`innervate evaluate`: figures of a recording or a folder of them, as a table and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ..calibration.evaluate import evaluate


def evaluate_and_show(source: Path, split: str, feature_set: str, json_path: Path | None) -> None:
    """Evaluate, print a line per person, and write all figures to `json_path` when given.

    Raises:
        RecordingError, ProfileError: what cannot be read, or no such split or feature set.
    """
    console = Console(highlight=False)
    with console.status("evaluating") as status:
        found = evaluate(source, split=split, feature_set=feature_set, progress=lambda name: status.update(name))
    table = Table("person", "active recall", "rest recall", "accuracy")
    for person in found["people"]:
        table.add_row(person["id"], *(f"{person[key]:.3f}" for key in ("active_recall", "rest_recall", "accuracy")))
    mean = found["mean"]
    table.add_section()
    table.add_row("mean", f"{mean['active_recall']:.3f}", f"{mean['rest_recall']:.3f}", "")
    console.print(table)
    if json_path is not None:
        json_path.write_text(json.dumps(found, indent=1))
