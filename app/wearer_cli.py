"""The wearer's commands: `innervate recalibrate`, `undo`, `adjust`, `don`, `homelog`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

LimbFolder = Annotated[
    Path | None, typer.Option("--limb", help="Runtime folder; default: the limb that runs.")
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of a sentence.")]


def recalibrate(
    limb: LimbFolder = None,
    by_limb: Annotated[
        bool, typer.Option("--by-limb", help="The arm shows each movement itself; it moves. Never a leg.")
    ] = False,
    sound: Annotated[bool, typer.Option(help="Sound the terminal's bell at each prompt.")] = True,
    as_json: JsonFlag = False,
) -> None:
    """Recalibrate in a minute: make each movement as it is asked for, twice. Ctrl-C stops."""
    from . import wearer
    from .ask import one_limb
    from .wearer_settings import Progress

    def tell(progress: Progress) -> None:
        if not as_json:
            bell = "\a" if sound and progress.tone else ""
            print(bell + wearer.told(progress), flush=True)

    found = wearer.recalibrate(one_limb(limb), tell, by_limb=by_limb)
    if as_json:
        print(json.dumps({"outcome": found.outcome, "sentence": found.sentence}))
    if found.outcome in ("refused", "aborted"):
        raise typer.Exit(1)


def undo(limb: LimbFolder = None, as_json: JsonFlag = False) -> None:
    """Go back to the model before the last recalibration. The limb then holds until somebody arms it."""
    from . import wearer
    from .ask import one_limb

    found = wearer.undo(one_limb(limb))
    print(wearer.as_json(found) if as_json else found.sentence)
    if not found.ok:
        raise typer.Exit(1)


def adjust(
    sensitivity: Annotated[
        int | None, typer.Option(help="-2 (moves only when surest) to 2 (moves soonest); 0 as fitted.")
    ] = None,
    speed: Annotated[int | None, typer.Option(help="1 (slowest) to 5, as fitted.")] = None,
    limb: LimbFolder = None,
    as_json: JsonFlag = False,
) -> None:
    """Set how sensitive and how fast a running limb is; without options say how it is set."""
    from . import wearer
    from .ask import one_limb

    folder = one_limb(limb)
    if sensitivity is None and speed is None:
        now = wearer.chosen(folder)
        plain = f"sensitivity {now.sensitivity} (-2 to 2), speed {now.speed} (1 to 5)"
        print(wearer.as_json(now) if as_json else plain)
        return
    found = wearer.choose(folder, sensitivity, speed)
    print(wearer.as_json(found) if as_json else found.sentence)
    if not found.ok:
        raise typer.Exit(1)


def don(limb: LimbFolder = None, as_json: JsonFlag = False) -> None:
    """After putting the limb on: make each movement once in ten seconds, and hear how it sits."""
    from . import don as check
    from .ask import one_limb

    if not as_json:
        print("Make each movement once, for about a second. Ten seconds ...", flush=True)
    found = check.don(one_limb(limb), lambda _left_s: None)
    print(check.as_json(found) if as_json else found.sentence)


def homelog(
    profile: Annotated[
        Path | None, typer.Option(help="Whose log; default: that of the limb that runs.")
    ] = None,
    limb: LimbFolder = None,
    out: Annotated[Path | None, typer.Option(help="Write the JSON for the clinic to this file.")] = None,
) -> None:
    """Print the home log as JSON for the clinic: wear, movements, stops, recalibrations, reversals."""
    from ..core.settings import write_private
    from . import wearer
    from .files import check_writable

    check_writable(out, "--out")
    content = json.dumps(wearer.home_log(*_whose(profile, limb)), indent=1)
    if out is None:
        print(content)
    else:
        write_private(out, content.encode() + b"\n")
        print(f"wrote {out}")


def _whose(profile: Path | None, limb: Path | None) -> tuple[Path, str]:
    """(folder of the log, patient)."""
    from ..core.folders import data_folder
    from ..core.profile import load_profile
    from .ask import one_limb
    from .don import wearer_of
    from .run import limb_name

    if profile is not None:
        found = load_profile(profile)
        return data_folder() / "wearer" / limb_name(found), found.patient.id
    settings = wearer_of(one_limb(limb))
    return Path(settings.folder), settings.patient


def register(app: typer.Typer) -> None:
    """Add them."""
    for command in (recalibrate, undo, adjust, don, homelog):
        app.command()(command)
