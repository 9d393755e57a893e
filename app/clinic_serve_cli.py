"""`innervate clinic serve`, `report`, `followup`: the pages, and what they show, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Where = Annotated[
    str, typer.Option("--store", help="Folder, or postgresql://...; default: $INNERVATE_STORE, or your data.")
]


def serve(
    store: Where = "",
    host: Annotated[
        str, typer.Option(help="Address to listen on; beyond this computer only with a certificate.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="TCP port; 0: a free one.", min=0, max=65535)] = 8070,
    cert: Annotated[str, typer.Option(help="File of the TLS certificate.")] = "",
    key: Annotated[str, typer.Option(help="File of its key.")] = "",
    idle_min: Annotated[
        float, typer.Option(help="Minutes without a request until a session ends.", min=0)
    ] = 15.0,
) -> None:
    """Serve the clinic's pages until Ctrl-C; every page wants a login (`clinic account add`)."""
    from .clinic_serving import serve_pages

    serve_pages(store, host, port, cert, key, idle_min * 60)


def report(
    code: Annotated[str, typer.Argument(help="The patient's code.")],
    visit: Annotated[str, typer.Argument(help="The visit's id: `clinic list visit CODE`.")],
    file: Annotated[Path, typer.Argument(help="File to write: .html, or .pdf (with Chromium).")],
    store: Where = "",
) -> None:
    """The report of one visit, as the page shows it."""
    from .clinic_serving import write_report

    write_report(store, code, visit, file)


def followup(
    store: Where = "",
    pain: Annotated[str, typer.Option(help="phantom or residual.")] = "phantom",
    definition: Annotated[str, typer.Option(help="Of having pain: worst-above-0, said, ...")] = "",
    item: Annotated[str, typer.Option(help="Responders by NRS: worst or average.")] = "worst",
    simulated: Annotated[bool, typer.Option("--simulated", help="Count simulated patients.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The follow-up of all patients: who was seen in each window, and how they are."""
    from .clinic_serving import follow_up_lines

    follow_up_lines(store, pain, definition, item, simulated=simulated, as_json=as_json)


def register(clinic: typer.Typer) -> None:
    """Add the verbs."""
    for name, verb in (("serve", serve), ("report", report), ("followup", followup)):
        clinic.command(name)(verb)
