"""`innervate evaluate`: figures of a recording or a folder of them, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ..calibration.evaluation.options import EvaluateOptions
from ..calibration.evaluation.run import evaluate, sweep
from ..core.errors import RecordingError
from .files import check_writable

_COLUMNS = {
    "active recall": "active_recall",
    "rest recall": "rest_recall",
    "accuracy": "accuracy",
    "wrong movement": "wrong_movement_rate",
    "calibration error": "calibration_error",
}


def evaluate_and_show(
    source: Path,
    options: EvaluateOptions,
    windows_ms: Sequence[float],
    increments_ms: Sequence[float],
    people: Sequence[str],
    json_path: Path | None,
) -> None:
    """Evaluate, print a line per person (of a sweep: per window and increment), and write all figures to
    `json_path` when given.

    Raises:
        RecordingError: what cannot be read or has not what the split needs.
    """
    check_writable(json_path, "--json")
    console = Console(highlight=False)
    with console.status("evaluating") as status:

        def tell(name: str, _share: float) -> None:
            status.update(name)

        if len(windows_ms) * len(increments_ms) > 1:
            rows = sweep(source, options, windows_ms, increments_ms, people, tell)
            found: dict[str, Any] = {**rows[0], "sweep": [{**row, "people": []} for row in rows]}
        else:
            found = evaluate(source, options, people, tell)
            rows = []
    if rows:
        show_sweep(console, rows)
    else:
        show(console, found)
    if json_path is not None:
        json_path.write_text(json.dumps(found, indent=1, allow_nan=False))


def show(console: Console, found: dict[str, Any]) -> None:
    """Print the table of an evaluation and what its split adds."""
    beside = found["options"]["beside"]
    table = Table("person", *_COLUMNS, *([f"gain over {beside}"] if beside else []))
    for person in found["people"]:
        _line(table, person["id"], person, bool(beside))
    table.add_section()
    _line(table, "mean", found["mean"], bool(beside))
    console.print(table)
    if found["worst"]:
        console.print(
            f"worst: {found['worst']['id']}, active recall {_share(found['worst']['active_recall'])}"
        )
    for name, group in found.get("groups", {}).items():
        gain = f", {_gain(group)} over {beside}" if beside else ""
        console.print(f"{name.replace('_', ' ')}: active recall {_share(group['active_recall'])}{gain}")
    for line in _extra(found):
        console.print(line)
    for failed in found["failed"]:
        console.print(f"left out: {failed['error']}", style="yellow", markup=False)


def show_sweep(console: Console, rows: Sequence[dict[str, Any]]) -> None:
    """Print a line per window and increment: means over people."""
    table = Table("window ms", "every ms", *_COLUMNS)
    for row in rows:
        values = (_share(row["mean"][key]) for key in _COLUMNS.values())
        table.add_row(f"{row['window_ms']:g}", f"{row['scored_every_ms']:g}", *values)
    console.print(table)


def numbers(text: str, option: str) -> tuple[float, ...]:
    """Numbers with commas between them.

    Raises:
        RecordingError: one is not a number, or there is none.
    """
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise RecordingError(f"{option} {text}: not numbers with commas between them") from None
    return found


def _extra(found: dict[str, Any]) -> list[str]:
    mean, lines = found["mean"], []
    for key, words in (("unadapted", "unadapted"), ("before", "before recalibration"), ("intact", "intact")):
        if key in mean:
            lines.append(f"{words}: active recall {_share(mean[key]['active_recall'])}")
    if "person_days" in found:
        share = _share(found["person_days"]["losing_share"])
        lines.append(f"pairs of person and day that lose more than .02: share {share}")
    if "recalibration_s" in mean:
        lines.append(f"recalibration: {mean['recalibration_s']['median']:.3f} s")
    if "notice" in mean:
        told = mean["notice"]
        ms = "not by all" if told.get("p95_ms") is None else f"{told['p95_ms']:.0f} ms"
        lines.append(
            f"noticed: {_share(told['noticed_share'])} of faults, 95 % within {ms}; "
            f"{told['false_drops_per_h']:.1f} false drops per hour"
        )
    if "don" in found:
        kinds = ", ".join(f"{use} use {_share(value)}" for use, value in found["don"]["auroc"].items())
        lines.append(
            f"don check: AUROC in {kinds}; {found['don']['bad_pairs']} of {found['don']['pairs']} bad"
        )
    return lines


def _line(table: Table, name: str, figures: dict[str, Any], beside: bool) -> None:
    table.add_row(
        name, *(_share(figures[key]) for key in _COLUMNS.values()), *([_gain(figures)] if beside else [])
    )


def _gain(figures: dict[str, Any]) -> str:
    value = figures["gain_over_beside"].get("active_recall")
    return "-" if value is None else f"{value:+.3f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
