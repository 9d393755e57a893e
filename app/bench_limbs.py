"""`innervate bench limbs`: what each limb's wire carries, as a table."""

from __future__ import annotations

from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table


def show_limbs(console: Console, found: list[dict[str, Any]]) -> None:
    """A row a device and kind of wire; lost frames in red."""
    heads = ("limb", "wire", "frames/s", "lost", "reply p50 ms", "p99", "bytes alone ms", "CPU %")
    table = Table(*heads, box=SIMPLE)
    for row in found:
        if "error" in row:
            console.print(f"{row['limb']}, {row['wire']}: {row['error']}", style="red", markup=False)
            continue
        reply, alone = row["reply_ms"], row["wire_ms"]
        table.add_row(
            row["limb"],
            row["wire"],
            f"{row['frames_per_s']:.0f}",
            f"[red]{row['lost']}" if row["lost"] else "0",
            f"{reply['p50']:.2f}",
            f"{reply['p99']:.2f}",
            "-" if alone is None else f"{alone:.2f}",
            f"{row['cpu_percent']:.1f}",
        )
    console.print(table)
    console.print(
        "reply: from the write of a frame to its whole answer decoded; CPU: of one core, driver only"
    )
