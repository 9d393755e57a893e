"""`innervate evaluate`: figures of a recording or a folder of them, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..calibration.evaluation.cohort import CohortOptions
from ..calibration.evaluation.options import EvaluateOptions
from ..calibration.evaluation.plots import need_matplotlib, write_plots
from ..calibration.evaluation.run import sweep, sweep_options
from ..core.errors import RecordingError
from ..models.velocities import REGRESSOR
from .cohort import run_cohort
from .evaluate_velocities import evaluate_velocities_and_show
from .files import check_folder, check_writable

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
    json_path: Path | None = None,
    plots: Path | None = None,
    cohort: CohortOptions | None = None,
) -> None:
    """Evaluate, and print a line per person (of a sweep: per window and increment).

    Args:
        source: a recording or a folder of them.
        options: of the evaluation.
        windows_ms: several, here or in `increments_ms`, make a sweep.
        increments_ms: between scored windows.
        people: only these; empty for all.
        json_path: all figures go to this file.
        plots: pictures go to this folder.
        cohort: where many processes do it; None does it here.

    Raises:
        InnervateError: what cannot be read or has not what the split needs, a place that cannot be written
            to, or a package of an extra that is not installed.
    """
    if options.decoder == REGRESSOR:
        _refuse_for_classes(windows_ms, increments_ms, plots, cohort)
        evaluate_velocities_and_show(source, options, people, json_path)
        return
    check_writable(json_path, "--json")
    check_folder(plots, "--plots")
    if plots is not None:
        need_matplotlib()
    console = Console(highlight=False)
    if cohort is not None:
        check_folder(cohort.resume, "--resume")
        tries = sweep_options(options, windows_ms, increments_ms)
        rows = [run_cohort(source, each, cohort, people) for each in tries]
    else:
        with console.status("evaluating") as status:
            rows = sweep(
                source,
                options,
                windows_ms,
                increments_ms,
                people,
                lambda name, _share: status.update(escape(name)),
            )
    found = rows[0]
    if len(rows) > 1:
        show_sweep(console, rows)
        found = {**found, "sweep": [{**row, "people": []} for row in rows]}
    else:
        show(console, found)
    if json_path is not None:
        json_path.write_text(json.dumps(found, indent=1, allow_nan=False))
    if plots is not None:
        for path in write_plots({**found, "sweep": rows}, plots):
            console.print(f"drew {path}", markup=False, soft_wrap=True)


def _refuse_for_classes(
    windows_ms: Sequence[float],
    increments_ms: Sequence[float],
    plots: Path | None,
    cohort: CohortOptions | None,
) -> None:
    """Refuse what is asked of classes only.

    Raises:
        RecordingError: names it.
    """
    asked = {
        "several --window-ms": len(windows_ms) > 1,
        "several --increment-ms": len(increments_ms) > 1,
        "--plots": plots is not None,
        "--scheduler, --workers or --resume": cohort is not None,
    }
    named = [name for name, is_asked in asked.items() if is_asked]
    if named:
        raise RecordingError(f"--decoder {REGRESSOR} with {', '.join(named)}: not for velocities")


def show(console: Console, found: dict[str, Any]) -> None:
    """Print the table of an evaluation and what its split adds."""
    beside = found["options"]["beside"]
    table = Table("person", *_COLUMNS, *([f"gain over {beside}"] if beside else []))
    for person in found["people"]:
        _line(table, escape(person["id"]), person, bool(beside))
    table.add_section()
    _line(table, "mean", found["mean"], bool(beside))
    console.print(table)
    if found["worst"]:
        console.print(
            f"worst: {found['worst']['id']}, active recall {_share(found['worst']['active_recall'])}",
            markup=False,
        )
    for name, group in found.get("groups", {}).items():
        gain = f", {_gain(group)} over {beside}" if beside else ""
        console.print(f"{name.replace('_', ' ')}: active recall {_share(group['active_recall'])}{gain}")
    for line in _extra(found):
        console.print(line, soft_wrap=True)
    show_left_out(console, found)


def show_left_out(console: Console, found: dict[str, Any]) -> None:
    """Print a line for each recording that could not be scored."""
    for failed in found["failed"]:
        console.print(f"left out: {failed['error']}", style="yellow", markup=False, soft_wrap=True)


def show_sweep(console: Console, rows: Sequence[dict[str, Any]]) -> None:
    """Print a line per window and increment: means over people."""
    table = Table("window ms", "every ms", *_COLUMNS)
    for row in rows:
        values = (_share(row["mean"][key]) for key in _COLUMNS.values())
        table.add_row(f"{row['window_ms']:g}", f"{row['scored_every_ms']:g}", *values)
    console.print(table)
    show_left_out(console, rows[0])


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


def whole_numbers(text: str, option: str) -> tuple[int, ...]:
    """Whole numbers with commas between them; none in an empty text.

    Raises:
        RecordingError: one is not a whole number.
    """
    try:
        return tuple(int(part) for part in text.split(",")) if text else ()
    except ValueError:
        raise RecordingError(f"{option} {text}: not whole numbers with commas between them") from None


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
    if mean.get("rest_identifies_recording") is not None:
        lines.append(
            f"rest alone tells which recording it is of: {_share(mean['rest_identifies_recording'])} "
            f"(chance {_share(mean['rest_identifies_chance'])})"
        )
    if "stream" in mean:
        lines += _stream_lines(mean["stream"])
    if "don" in found:
        kinds = ", ".join(f"{use} use {_share(value)}" for use, value in found["don"]["auroc"].items())
        lines.append(
            f"don check: AUROC in {kinds}; {found['don']['bad_pairs']} of {found['don']['pairs']} bad"
        )
    return lines


def _stream_lines(stream: dict[str, Any]) -> list[str]:
    moved, lines = stream["false_activations"], []
    if stream["transitions"]:
        for key, words in (("to_movement", "to a movement"), ("to_rest", "to rest")):
            one = stream["transitions"][key]
            lines.append(
                f"cue {words}: right and stable after {_seconds(one['median_s'])} (median), "
                f"{_seconds(one['p90_s'])} (90 %); {_share(one['never_share'])} of {one['cues']} never"
            )
    else:
        lines.append("no recording has cues: transitions are not known")
    if moved["per_hour"] is not None:
        low, high = moved["per_hour_interval"]
        lines.append(
            f"moved at rest: {moved['count']} times in {moved['exposure_s'] / 60.0:.1f} min, "
            f"{moved['per_hour']:.0f} per hour (95 %: {low:.0f} to {high:.0f})"
        )
    return lines


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


def _line(table: Table, name: str, figures: dict[str, Any], beside: bool) -> None:
    table.add_row(
        name, *(_share(figures[key]) for key in _COLUMNS.values()), *([_gain(figures)] if beside else [])
    )


def _gain(figures: dict[str, Any]) -> str:
    value = figures["gain_over_beside"].get("active_recall")
    return "-" if value is None else f"{value:+.3f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
