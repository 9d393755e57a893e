"""The verb `render`. Its work is imported when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..core.errors import ProfileError


def render(
    limb: Annotated[
        str,
        typer.Option(
            help="transradial, transhumeral, shoulder, transtibial, transfemoral; ability-hand, moteus-ankle."
        ),
    ],
    out: Annotated[Path, typer.Option(help="PNG to write.")],
    posture: Annotated[
        str,
        typer.Option(
            help="Such as power, tripod+elbow flexion, dorsiflexion; of a transtibial leg also heel-strike, "
            "mid-stance, push-off, swing. Default: at rest, or what suits the object."
        ),
    ] = "",
    thing: Annotated[str, typer.Option("--object", help="To grip: block, bottle, clothespin or card.")] = "",
    size: Annotated[str, typer.Option(help="Pixels, width x height.")] = "640x480",
) -> None:
    """Draw a virtual limb as its physics has it, without a screen."""
    from .render import RenderOptions
    from .render import render as draw

    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise ProfileError(f"--size {size}: allowed is such as 640x480")
    draw(RenderOptions(limb, posture, thing, int(width), int(height)), out)
    typer.echo(f"wrote {out}")


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command()(render)
