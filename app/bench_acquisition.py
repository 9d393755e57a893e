"""`innervate bench drivers`, `faults`, `soak` and `kill`: what is said about acquisition, as tables."""

from __future__ import annotations

from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

Report = dict[str, Any]


def show_drivers(console: Console, found: list[Report]) -> None:
    """A row a source; over its target, or not exact, in red."""
    table = _table("source", "ch x Hz", "lost", "ok", "p50", "p99", "wire", "wakes", "CPU %", "LibEMG")
    for row in found:
        name, size = row["source"], f"{row['channels']}x{row['rate_hz']:g}"
        if "error" in row:
            table.add_row(name, size, "-", "[red]no")
            continue
        target = row["target_percent"]
        over = target is not None and row["cpu_percent"] > target
        cpu = f"{row['cpu_percent']:.1f}" + ("" if target is None else f"<{target:g}")
        late = row["latency_ms"]
        table.add_row(
            name,
            size,
            str(row["sent"] - row["received"]),
            _verdict(row["exact"]),
            _ms(late["p50"]),
            _ms(late["p99"]),
            _ms(row["handed_ms"]["p50"]),
            f"{row['wakes_per_increment']:.2f}",
            f"[red]{cpu}" if over else cpu,
            _libemg(row.get("libemg")),
        )
    console.print(table)
    console.print(
        "ms from the write of a block to its rows in hand; wire: p50 without the time on the wire\n"
        "CPU: percent of one core < target, and how many times as much LibEMG's streamer takes"
    )
    for row in found:
        for who, report in ((row["source"], row), (f"LibEMG, {row['source']}", row.get("libemg", {}))):
            if "error" in report:
                console.print(f"{who}: {report['error']}", style="yellow", markup=False)


def show_faults(console: Console, found: list[Report]) -> None:
    """A row a source, and one for what it cannot count."""
    table = _table("source", "back", "outage", "fault", "lost", "counted", "wrong", "away", "filled")
    for row in found:
        name = row["source"]
        if "error" in row:
            console.print(f"{name}: {row['error']}", style="red", markup=False)
        if "lost" in row:
            _fault_row(table, name, row)
        if "uncountable_faults" in row:
            _fault_row(table, f"{name} *", row["uncountable_faults"], strict=False)
    console.print(table)
    console.print(
        "* whole frames are gone and nothing on that wire says so: only the clock tells, and roughly\n"
        "seconds; back: faults after which right rows came again; away, filled: between two sessions"
    )


def _fault_row(table: Table, name: str, row: Report, *, strict: bool = True) -> None:
    same = row["lost"] == row["lost_counted"] or not strict
    back = f"{row['recovered']} of {row['faults']}"
    table.add_row(
        name,
        back if row["recovered"] == row["faults"] else f"[red]{back}",
        f"{row['longest_outage_s']:.2f}",
        f"{row['longest_fault_s']:g}",
        str(row["lost"]),
        str(row["lost_counted"]) if same else f"[red]{row['lost_counted']}",
        "0" if not row["wrong_values"] else f"[red]{row['wrong_values']}",
        f"{row['outage_s']:.2f}",
        f"{row['outage_filled_s']:.2f}",
    )


def show_soak(console: Console, found: Report) -> None:
    """A row a process."""
    console.print(
        f"{found['source']}, {found['channels']} x {found['rate_hz']:g} Hz, {found['seconds']:.0f} s: "
        f"{found['received']} of {found['sent']} rows, {found['lost']} lost"
    )
    table = Table("process", "CPU", "first minute", "last minute", "grown")
    for name, row in found["processes"].items():
        grown = f"{row['grown_percent']:.2f} %"
        table.add_row(
            name,
            f"{row['cpu_percent']:.1f} %",
            f"{row['first_mb']:.1f} MB",
            f"{row['last_mb']:.1f} MB",
            grown if row["flat"] else f"[red]{grown}",
        )
    console.print(table)


def show_kill(console: Console, found: Report) -> None:
    """One line a number."""
    table = Table("recordings killed with SIGKILL", str(found["times"]))
    for key in ("unreadable", "wrong_values", "count_behind", "mended", "longest_loss_s"):
        table.add_row(key.replace("_", " "), str(found[key]))
    console.print(table)


def _table(first: str, *others: str) -> Table:
    """Narrow enough for eighty columns with every name whole."""
    table = Table(box=SIMPLE, padding=(0, 1), collapse_padding=True, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, no_wrap=True)
    return table


def _verdict(exact: bool | None) -> str:
    if exact is None:
        return "-"
    return "yes" if exact else "[red]no"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.{2 if value < 10 else 1}f}"


def _libemg(row: Report | None) -> str:
    if row is None:
        return "-"
    if "error" in row:
        return "[yellow]stopped"
    return f"{row['times_ours']}x"
