"""`innervate compare`: decoders side by side, each against the first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..calibration.evaluation.compare import compare
from ..calibration.evaluation.options import EvaluateOptions
from .evaluate import show_left_out
from .files import check_writable


def compare_and_show(
    source: Path, decoders: Sequence[str], options: EvaluateOptions, json_path: Path | None
) -> None:
    """Compare, print a row per person and what the differences are worth; all figures go to `json_path`.

    Raises:
        RecordingError, ProfileError: what cannot be read, or no such decoder.
    """
    check_writable(json_path, "--json")
    console = Console(highlight=False)
    with console.status("comparing") as status:
        found = compare(source, decoders, options, progress=lambda what, _share: status.update(escape(what)))
    reports = found["decoders"]
    table = Table(f"active recall, {found['split']}", *reports)
    for i, who in enumerate(found["people"]):
        table.add_row(
            escape(who), *(_share(report["people"][i]["active_recall"]) for report in reports.values())
        )
    table.add_section()
    table.add_row("mean", *(_share(report["mean"]["active_recall"]) for report in reports.values()))
    table.add_row(
        "worst", *(_share((report["worst"] or {}).get("active_recall")) for report in reports.values())
    )
    table.add_row("rest recall", *(_share(report["mean"]["rest_recall"]) for report in reports.values()))
    console.print(table)
    against = Table(f"against {found['first']}", "difference", "95 %", "people better", "sign test p")
    for name, report in reports.items():
        for key, one in report.get("against_first", {}).items():
            if one is not None:
                against.add_row(f"{name}, {key.replace('_', ' ')}", *_cells(one))
    console.print(against)
    for note in {one["note"] for report in reports.values() for one in _compared(report) if one["note"]}:
        console.print(note, style="yellow", markup=False, soft_wrap=True)
    show_left_out(console, found)
    if json_path is not None:
        json_path.write_text(json.dumps(found, indent=1, allow_nan=False))


def _compared(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in report.get("against_first", {}).values() if one is not None]


def _cells(one: dict[str, Any]) -> tuple[str, ...]:
    interval = one["interval"]
    return (
        f"{one['difference']:+.3f}",
        "-" if interval is None else f"{interval[0]:+.3f} to {interval[1]:+.3f}",
        f"{100 * one['better_share']:.0f} % of {one['people']}",
        "-" if one["sign_p"] is None else f"{one['sign_p']:.3f}",
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
