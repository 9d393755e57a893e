"""`innervate bench drivers`, `faults`, `soak` and `kill`: what is said about acquisition, as tables."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

Report = dict[str, Any]


def show_drivers(console: Console, found: list[Report]) -> None:
    """A row a source; over its target, or not exact, in red."""
    table = Table(
        "source",
        "ch x Hz",
        "received",
        "lost",
        "exact",
        "p50 ms",
        "p99",
        "wire p50",
        "wakes",
        "CPU",
        "LibEMG",
    )
    for row in found:
        size = f"{row['channels']} x {row['rate_hz']:g}"
        if "error" in row:
            table.add_row(row["source"], size, f"[red]{_plain(row['error'])}")
            continue
        target = row["target_percent"]
        over = target is not None and row["cpu_percent"] > target
        cpu = f"{row['cpu_percent']:.1f}" + ("" if target is None else f" of {target:g} %")
        late = row["latency_ms"]
        table.add_row(
            row["source"],
            size,
            f"{row['received']} of {row['sent']}",
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
        "p50, p99: write by the virtual device to rows in hand, its byte time included; wire: without it"
    )


def show_faults(console: Console, found: list[Report]) -> None:
    """A row a source, and one for what it cannot count."""
    table = Table(
        "source", "faults", "recovered", "longest outage", "lost", "counted", "wrong", "away", "filled"
    )
    for row in found:
        if "error" in row:
            table.add_row(row["source"], f"[red]{_plain(row['error'])}")
        if "lost" in row:
            _fault_row(table, row["source"], row)
        if "uncountable_faults" in row:
            _fault_row(table, f"{row['source']}, not countable", row["uncountable_faults"], strict=False)
    console.print(table)
    console.print(
        "not countable: whole frames are gone and nothing on that wire says so; only the clock tells"
    )


def _fault_row(table: Table, name: str, row: Report, *, strict: bool = True) -> None:
    same = row["lost"] == row["lost_counted"] or not strict
    table.add_row(
        name,
        str(row["faults"]),
        str(row["recovered"]) if row["recovered"] == row["faults"] else f"[red]{row['recovered']}",
        f"{row['longest_outage_s']:.2f} s (fault: {row['longest_fault_s']:g})",
        str(row["lost"]),
        str(row["lost_counted"]) if same else f"[red]{row['lost_counted']}",
        "0" if not row["wrong_values"] else f"[red]{row['wrong_values']}",
        f"{row['outage_s']:.2f} s",
        f"{row['outage_filled_s']:.2f} s",
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


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


def _verdict(exact: bool | None) -> str:
    if exact is None:
        return "-"
    return "yes" if exact else "[red]no"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _libemg(row: Report | None) -> str:
    if row is None:
        return "-"
    if "error" in row:
        return f"[yellow]{_plain(row['error'])}"
    return f"{row['cpu_percent']:.1f} % ({row['times_ours']} x)"
