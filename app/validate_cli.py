"""`innervate validate`: published effects beside those of virtual people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def validate(
    only: Annotated[list[str] | None, typer.Option(help="A row's key; may be given several times.")] = None,
    people: Annotated[
        int, typer.Option(help="Virtual people of each row; 0: as many as published, 10 to 20.", min=0)
    ] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="Few people and trials: see that it works.")] = False,
    workers: Annotated[int, typer.Option(help="Processes.", min=1, max=64)] = 1,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Also change parameters by 20 % each way: does a verdict flip?")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Write docs/validation.md and add to its history.")
    ] = False,
    note: Annotated[str, typer.Option(help="With --record: why it was run, for the history.")] = "",
    keep: Annotated[
        bool, typer.Option(help="Keep people's figures in build/validation, and go on from there.")
    ] = True,
) -> None:
    """Does the simulator reproduce what was published? Misses are shown as misses."""
    from datetime import UTC, datetime

    from rich.console import Console

    from ..core.clock import CLOCK, wall_offset_s
    from ..core.errors import InnervateError
    from .validation.effects import chosen
    from .validation.kept import FOLDER
    from .validation.margins import read_margins
    from .validation.parameters import code_digest, settings_hash
    from .validation.report import HISTORY, PAGE, Run, page, read_history, row_values, to_line
    from .validation.run import Options, run

    effects = chosen(only or [])
    if record and (only or quick):
        raise InnervateError("--record: only a whole run is recorded", "leave out --only and --quick")
    if record and not PAGE.parent.is_dir():
        raise InnervateError(f"--record: no folder {PAGE.parent} here", "run it in the repository's root")
    margins = read_margins([effect.key for effect in effects])
    settings, code = settings_hash(), code_digest()
    folder = Path(FOLDER) / f"{settings}-{code}" if keep else None
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    rows = run(
        effects,
        margins.widest,
        Options(people, quick, sweep, True, workers, folder),
        lambda what: console.print(what, style="dim", markup=False),
    )
    date = datetime.fromtimestamp(CLOCK.now() + wall_offset_s(), UTC).strftime("%Y-%m-%d %H:%M")
    found = Run(date, settings, code, margins.settings, quick, tuple(map(row_values, rows)), note)
    history = read_history(HISTORY)
    if record:
        history.append(found)
        with HISTORY.open("a", encoding="utf-8") as file:
            file.write(to_line(found) + "\n")
        PAGE.write_text(page(found, history), encoding="utf-8")
    print(json.dumps(list(found.rows)) if as_json else page(found, history))


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(validate)
