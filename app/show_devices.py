"""`innervate devices` on the screen, once: what was found, or every kind of source."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..drivers.table import SOURCES
from .devices import Device, find_devices
from .kinds import KINDS

_ALWAYS = 4
NOTHING = "Nothing is plugged in and nothing streams."


def show_devices(as_json: bool, wait_s: float) -> None:
    """Print what is plugged in and what streams; what could not be looked for is said on standard error.

    Args:
        as_json: a list of objects instead of a table.
        wait_s: how long to listen for LSL streams.
    """
    found = find_devices(wait_s)
    for sentence in found.trouble:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"innervate: {sentence}", markup=False)
    if as_json:
        print(json.dumps([asdict(device) for device in found.devices]))
    else:
        Console().print(device_table(found.devices) if found.devices else NOTHING)


def device_table(devices: Iterable[Device]) -> Table:
    """Devices, one a row; a column that says nothing of any of them is left out."""
    heads = ("kind", "address", "likely", "details", "source.kind", "for the profile", "state")
    rows = [
        (
            d.kind,
            d.address,
            d.likely,
            d.details,
            d.source_kind,
            "" if d.stable == d.address else d.stable,
            d.state,
        )
        for d in devices
    ]
    shown = [i for i in range(len(heads)) if i < _ALWAYS or any(row[i] for row in rows)]
    table = Table(*(heads[i] for i in shown))
    for row in rows:
        table.add_row(*(Text(row[i]) for i in shown))
    return table


def show_kinds(as_json: bool) -> None:
    """Print every kind of source that a profile can name, with its link and a note."""
    if as_json:
        print(json.dumps([{"kind": k, "link": KINDS[k][0], "note": KINDS[k][1]} for k in SOURCES]))
        return
    table = Table("source.kind", "link", "note")
    for kind in SOURCES:
        table.add_row(kind, *map(Text, KINDS[kind]))
    Console().print(table)
