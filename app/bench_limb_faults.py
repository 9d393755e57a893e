"""`innervate bench faults --limb`: a table of limbs, and one of each limb's faults."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table


def show_limb_faults(console: Console, found: list[dict[str, Any]]) -> None:
    """Rows as of `benchmarks.limb_faults`."""
    table = Table("limb", "scripts", "violations", "worst safe ms", "seconds")
    for row in found:
        broken = str(row["violations"])
        table.add_row(
            row["limb"],
            str(row["scripts"]),
            broken if broken == "0" else f"[red]{broken}",
            f"{row['worst_safe_ms']:.0f}",
            f"{row['seconds']:.0f}",
        )
    console.print(table)
    for row in found:
        faults = Table(row["limb"], "safe ms", "moved in 100 ms", "torque step N m")
        for fault in row["faults"]:
            numbers = (fault["safe_ms"], fault["moved_deg"], fault["max_torque_step_nm"])
            faults.add_row(fault["name"], *("-" if number is None else f"{number:g}" for number in numbers))
        console.print(faults)
        for what in row["broken"]:
            console.print(f"{row['limb']}: {what}", style="red", markup=False)
