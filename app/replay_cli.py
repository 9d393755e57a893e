"""The command `innervate replay`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(replay)


def replay(
    log: Annotated[
        Path | None,
        typer.Argument(
            help="A flight log in memory or on a disk, a folder of logs, or a limb's runtime folder; "
            "default: the newest."
        ),
    ] = None,
    from_s: Annotated[
        float, typer.Option("--from", help="Begin so many seconds after the start of the log.", min=0.0)
    ] = 0.0,
    text: Annotated[
        bool, typer.Option("--text", help="Tell what happened, in words, instead of replaying it.")
    ] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the logs that there are.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Replay a flight log through the same loop and guard, and say whether they do the same to the bit.

    Ends with 1 when they do not.
    """
    from .flight_logs import find_logs, list_logs
    from .replay import replay_logs

    if listed:
        logs = list_logs(log)
        if as_json:
            print(json.dumps(logs))
        else:
            _show_list(logs, Console(highlight=False, soft_wrap=True))
        return
    paths = find_logs(log)
    if text:
        from .flight_words import events

        found = events(paths, from_s)
        if as_json:
            print(json.dumps(found))
            return
        for event in found:
            print(f"{event['time']}  {event['t_s']:+11.3f} s  {event['who']:5}  {event['what']}")
        return
    report = replay_logs(paths, from_s)
    if as_json:
        print(json.dumps(report))
    else:
        _show(report, Console(highlight=False, soft_wrap=True))
    if report["verdict"] not in ("identical", "same classes"):
        raise typer.Exit(1)


def _show_list(logs: list[dict[str, Any]], console: Console) -> None:
    for log in logs:
        if "damaged" in log:
            console.print(f"{log['log']}: {log['damaged']}", markup=False)
            continue
        whole = "" if log["from_start"] else "; its beginning is gone"
        console.print(
            f"{log['started']} UTC  {log['kind']:5}  {log['seconds']:9.1f} s  {log['mb']:9.1f} MB  "
            f"{log['where']:6}  {log['log']}{whole}",
            markup=False,
        )
        if log.get("lost"):
            console.print(f"    {log['lost']} records are missing on the disk", markup=False)
        if log.get("trouble"):
            console.print(f"    {log['trouble']}", markup=False)


def _show(report: dict[str, Any], console: Console) -> None:
    table = Table("log", "verdict", "turns", "decisions", "commands", "length", "x real time")
    for log in report["logs"]:
        counts = (str(log[name]) for name in ("turns", "decisions", "commands"))
        length = f"{log['seconds']:.1f} s"
        table.add_row(log["kind"], log["verdict"], *counts, length, str(log["times_real_time"]))
    console.print(table)
    for log in report["logs"]:
        for line in _remarks(log):
            console.print(f"{log['kind']}: {line}", markup=False)


def _remarks(log: dict[str, Any]) -> list[str]:
    said = []
    first = log["first_difference"]
    if first is not None:
        said.append(
            f"first difference {first['t_s']:.3f} s after the start (record {first['turn']}), "
            f"{first['what']}, {first['field']}: logged {first['logged']}, replayed {first['replayed']}; "
            f"{log['differences']} differences in all"
        )
    if log["differences"] and log["wrong_classes"] is not None:
        said.append(f"{log['wrong_classes']} decisions name another class")
    if log["elsewhere"]:
        said.append("not as when it was written: " + "; ".join(log["elsewhere"]))
    if log["not_replayed"]:
        said.append(f"{log['not_replayed']} turns before the first checkpoint could not be replayed")
    if log["missing"]:
        said.append(f"{log['missing']} records are missing or damaged")
    return said
