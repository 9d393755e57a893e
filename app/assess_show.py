"""Tables of an assessment. Whatever simulated people did says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

COLUMNS: dict[str, tuple[str, Callable[[float], str]]] = {
    "completed": ("completed %", lambda v: f"{100 * v:.1f}"),
    "time_s": ("time s", lambda v: f"{v:.2f}"),
    "trial_s": ("misses in it s", lambda v: f"{v:.2f}"),
    "selection_s": ("selection s", lambda v: f"{v:.2f}"),
    "path_efficiency": ("path %", lambda v: f"{100 * v:.1f}"),
    "overshoots": ("overshoots", lambda v: f"{v:.2f}"),
    "difficulty_bit": ("ID bit", lambda v: f"{v:.2f}"),
    "throughput_bit_s": ("TP bit/s", lambda v: f"{v:.2f}"),
    "moved": ("moved", lambda v: f"{v:.1f}"),
    "dropped": ("dropped", lambda v: f"{v:.1f}"),
    "error_deg": ("RMS error deg", lambda v: f"{v:.2f}"),
    "still_error_deg": ("standing still deg", lambda v: f"{v:.2f}"),
    "correlation": ("correlation", lambda v: f"{v:.2f}"),
    "lag_s": ("lag s", lambda v: f"{v:.2f}"),
    "stance_deg": ("in stance deg", lambda v: f"{v:.3f}"),
    "landing_deg": ("its first 60 ms", lambda v: f"{v:.3f}"),
    "swing_deg": ("in swing deg", lambda v: f"{v:.1f}"),
    "strides": ("strides", lambda v: f"{v:.1f}"),
}
"""Figure -> heading, and how it is written."""
_MOST_ROWS = 20
WORDS = {
    "motion": "motion test: make one movement within 5 s (Kuiken 2009)",
    "tac": "target achievement control (Simon 2011)",
    "fitts": "Fitts' law test (ISO 9241-411)",
    "blocks": "box and blocks, 60 s a trial",
    "clothespin": "three clothespins a trial",
    "tracking": "seated ankle tracking, 30 s a trial",
    "stance": "walking: set-point of the leg, 20 s a trial",
}


def show(console: Console, found: Mapping[str, Any]) -> None:
    """A row a person, and all together."""
    options, people = found["options"], found["people"]
    console.print(heading(found), markup=False)
    names = [name for name in COLUMNS if name in found["together"]]
    table = Table("person", *(COLUMNS[name][0] for name in names))
    for person in people[:_MOST_ROWS]:
        table.add_row(str(person["person"]), *(_cell(name, person["figures"].get(name)) for name in names))
    if len(people) > _MOST_ROWS:
        table.add_row("...", *("" for _ in names))
    if len(people) > 1:
        table.add_section()
        mean, sd = ([found["together"][name][what] for name in names] for what in ("mean", "sd"))
        table.add_row("mean", *(_cell(name, value) for name, value in zip(names, mean, strict=True)))
        table.add_row("sd", *(_cell(name, value) for name, value in zip(names, sd, strict=True)))
    console.print(table)
    if options["test"] == "stance":
        still = all(person["figures"]["stance_deg"] == 0.0 for person in people)
        console.print(
            "no set-point moved in stance" if still else "A SET-POINT MOVED IN STANCE", markup=False
        )


def heading(found: Mapping[str, Any]) -> str:
    """What was done, in one line."""
    options, people = found["options"], len(found["people"])
    parts = [f"SIMULATED: {people} virtual {'person' if people == 1 else 'people'}, {options['patient']}"]
    parts.append(WORDS[options["test"]])
    if options["test"] in ("tac", "fitts"):
        parts.append(f"{options['motions']} DOF")
    parts.append(f"{options['trials']} trials each")
    parts.append(f"decoder {options['decoder']}, {options['limb']} limb")
    if options["delay_ms"]:
        parts.append(f"{options['delay_ms']:g} ms added")
    if options["disturb"]:
        parts.append("disturbed by " + ", ".join(options["disturb"]))
    return "; ".join(parts)


def show_ranking(console: Console, found: Mapping[str, Any]) -> None:
    """Decoders on real and on simulated EMG, and both orders."""
    console.print(found["what"], markup=False)
    for kind in ("real", "model"):
        rows = found[kind]
        names = [n for n in COLUMNS if any(n in row["together"] for row in rows)]
        table = Table(f"{kind} EMG: decoder", *(COLUMNS[name][0] for name in names))
        for row in rows:
            means = [row["together"].get(name, {}).get("mean") for name in names]
            cells = [_cell(name, value) for name, value in zip(names, means, strict=True)]
            table.add_row(row["decoder"], *cells)
        console.print(table)
    for kind in ("real", "model"):
        console.print(f"order on {kind} EMG: {' > '.join(found['order'][kind])}", markup=False)
    console.print(found["verdict"], markup=False)


def _cell(name: str, value: float | None) -> str:
    return "-" if value is None else COLUMNS[name][1](value)


@contextmanager
def with_progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error."""
    columns = TextColumn("people"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("people", total=None)

        def tell(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        yield tell
