"""`innervate bench decide`, `train` and `lost`: what is said about decoding, as tables."""

from __future__ import annotations

import os
from typing import Any

from rich.console import Console
from rich.table import Table

from ..benchmarks.decide import ratios
from ..models.design import WINDOW_MS

Report = dict[str, Any]
_PACE = {"back_to_back_us": "back to back", "paced_us": "woken every 10 ms"}


def show_decide(console: Console, rows: list[Report]) -> None:
    """A row a feature set and decoder, a column a channel count; then window lengths and ratios."""
    usual = [row for row in rows if row["window_ms"] == WINDOW_MS]
    counts = sorted({row["channels"] for row in usual})
    for key, pace in _PACE.items():
        _by(console, f"p50 / p99 us, {pace}", usual, "channels", counts, key)
    narrow = [r for r in rows if r["channels"] == counts[0] and r["feature_set"] in _swept(rows)]
    lengths = sorted({row["window_ms"] for row in narrow})
    if len(lengths) > 1:
        title = f"p50 / p99 us, {counts[0]} channels, by window in ms"
        _by(console, title, narrow, "window_ms", lengths, "back_to_back_us")
    found = ratios(rows)
    compared = sorted({ch for by_channels in found.values() for ch in by_channels})
    if compared:
        table = Table("LibEMG over ours, same samples, same run", *(f"{ch} ch" for ch in compared))
        for what, by_channels in found.items():
            table.add_row(what, *(f"{by_channels[ch]:.1f}" for ch in compared))
        console.print(table)
    console.print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")


def _swept(rows: list[Report]) -> set[str]:
    return {row["feature_set"] for row in rows if row["window_ms"] != WINDOW_MS}


def _by(console: Console, title: str, rows: list[Report], column: str, values: list[float], key: str) -> None:
    table = Table(title, "decoder", *(f"{value:g}" for value in values))
    cells: dict[tuple[str, str], dict[float, str]] = {}
    for row in rows:
        took = row[key]
        cell = f"{took['p50']:.0f} / {took['p99']:.0f}"
        cells.setdefault((row["feature_set"], row["decoder"]), {})[row[column]] = cell
    for (feature_set, decoder), by_value in cells.items():
        if len(by_value) > 1 or len(values) == 1:
            table.add_row(feature_set, decoder, *(by_value.get(value, "-") for value in values))
    console.print(table)


def show_train(console: Console, found: Report) -> None:
    """A row a decoder and time between windows."""
    title = (
        f"training on {found['minutes']:g} minutes, {found['channels']} channels, {found['classes']} classes"
    )
    table = Table(title, "windows", "features s", "fit s", "lost channels s", "total s")
    for row in found["ours"]:
        stages = (row[key] for key in ("features_s", "fit_s", "lost_s", "total_s"))
        name = f"default, every {row['every_ms']:g} ms"
        table.add_row(name, str(row["windows"]), *(f"{taken:.2f}" for taken in stages))
    for row in found["libemg"]:
        name = f"LibEMG Hudgins and LDA, every {row['every_ms']:g} ms"
        features = f"{row['features_s']:.2f} and filter {row['filter_s']:.2f}"
        table.add_row(
            name, str(row["windows"]), features, f"{row['fit_s']:.2f}", "-", f"{row['total_s']:.2f}"
        )
    console.print(table)


def show_lost(console: Console, rows: list[Report]) -> None:
    """A row a montage."""
    table = Table("features and decision without a channel", "first p50", "worst", "later p50", "worst")
    for row in rows:
        times = (row[when][which] for when in ("first_ms", "later_ms") for which in ("p50", "worst"))
        table.add_row(f"{row['channels']} channels", *(f"{taken:.2f} ms" for taken in times))
    console.print(table)
