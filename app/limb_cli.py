"""Verbs about a limb that is worn: how it starts with the computer. Their work is imported when asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def service(
    profile: Annotated[Path, typer.Option(help="The patient's profile.toml.")],
    out: Annotated[Path, typer.Option(help="Folder to write below; / is where systemd looks.")] = Path(
        "innervate-service"
    ),
    name: Annotated[str, typer.Option(help="Of the limb: a to z, digits and '-'.")] = "limb",
    user: Annotated[str, typer.Option(help="The system's user that runs it.")] = "innervate",
    port: Annotated[int, typer.Option(help="Port of the page, on this machine only.")] = 8420,
) -> None:
    """Write hardened systemd units for guard, loop and page of one limb."""
    from .service import write_service

    for line in write_service(profile, out, name, user, port):
        typer.echo(line)


def register_limb(app: typer.Typer) -> None:
    """Add these verbs to the program."""
    app.command()(service)
