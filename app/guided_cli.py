"""`innervate calibrate`: from a labelled recording, or guided, with a recording or an amplifier."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from .guided import GuidedOptions, Outcome

_DECODER = "default: a class moves the limb; regressor: all degrees of freedom at once, by velocities."
_SOURCES = ("", "playback", "live")


def calibrate(
    profile: Annotated[Path | None, typer.Option(help="The patient's profile.toml.")] = None,
    recording: Annotated[
        Path | None, typer.Option(help="Recording of the movements, with labels; any format.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Bundle to write; default: the profile's `model`.")] = None,
    decoder: Annotated[str, typer.Option(help=_DECODER)] = "default",
    source: Annotated[
        str,
        typer.Option(
            help="Guided: live (the profile's amplifier), or playback (the recording plays as if a wearer "
            "followed the cues; without a profile one is made). Empty: learn from the recording as it is."
        ),
    ] = "",
    movements: Annotated[str, typer.Option(help="Guided: open,power,...; default: the profile's.")] = "",
    reps: Annotated[int, typer.Option(help="Guided: repetitions.", min=1, max=10)] = 3,
    positions: Annotated[
        str, typer.Option(help="Guided: comfortable,arm hanging,arm forward,arm raised.")
    ] = "comfortable",
    efforts: Annotated[str, typer.Option(help="Guided: light,comfortable,firm.")] = "comfortable",
    say: Annotated[
        list[str] | None, typer.Option(help="Guided: movement=the wearer's own words; again for another.")
    ] = None,
    call: Annotated[str, typer.Option(help="Guided: whom to call when it hurts.")] = "",
    folder: Annotated[
        Path | None,
        typer.Option(help="Guided: where calibrations are kept; default: calibrations beside the profile."),
    ] = None,
    wanted: Annotated[
        float, typer.Option(help="Guided: active recall that the recommended movements should reach.")
    ] = 0.9,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Make a signed model bundle for one patient, from a labelled recording or a guided calibration."""
    from ..core.errors import ProfileError

    if source not in _SOURCES:
        raise ProfileError(f"--source {source}: not known; allowed: playback, live")
    if not source:
        _from_recording(profile, recording, out, decoder, as_json=as_json)
        return
    from .calibrate import check_decoder
    from .guided import GuidedOptions

    check_decoder(decoder)
    options = GuidedOptions(
        profile,
        folder,
        out,
        _names(movements),
        reps,
        _names(positions),
        _names(efforts),
        tuple(say or ()),
        call,
        wanted,
        decoder,
    )
    console = Console(highlight=False, stderr=as_json)
    outcome = _played(recording, options, console) if source == "playback" else _live(options, console)
    if outcome is None:
        raise typer.Exit(1)
    if as_json:
        print(json.dumps(outcome.found))
    else:
        _show(console, outcome)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _from_recording(
    profile: Path | None, recording: Path | None, out: Path | None, decoder: str, *, as_json: bool
) -> None:
    from ..core.errors import ProfileError
    from .calibrate import calibrate_from_recording, velocity_lines

    for option, path in (("--profile", profile), ("--recording", recording)):
        if path is None:
            raise ProfileError(f"{option} is missing", "or add --source for a guided calibration")
    if profile is None or recording is None:
        return
    found = calibrate_from_recording(profile, recording, out, decoder)
    if as_json:
        print(json.dumps(found))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"wrote {found['bundle']}", markup=False)
    console.print(f"held-out active recall {found['active_recall']}, rest recall {found['rest_recall']}")
    for line in velocity_lines(found.get("velocities")):
        console.print(line, markup=False)
    if not found["trusted"]:
        console.print(f'add to the profile\'s [limb]: trusted_keys = ["{found["public_key"]}"]', markup=False)


def _played(recording: Path | None, options: GuidedOptions, console: Console) -> Outcome:
    from ..core.errors import ProfileError
    from .guided import calibrate_by_playback

    if recording is None:
        raise ProfileError("--recording is missing", "which one is played?")
    with console.status("playing"):
        return calibrate_by_playback(recording, options)


def _live(options: GuidedOptions, console: Console) -> Outcome | None:
    from ..drivers.settings import SourceSettings
    from .guided_live import calibrate_live
    from .source_choice import choose

    return calibrate_live(choose(options.profile, SourceSettings(""), ()), options, console)


def _show(console: Console, outcome: Outcome) -> None:
    from rich.table import Table

    found, evidence = outcome.found, outcome.evidence
    if found["simulated"]:
        console.print("SIMULATED", style="bold magenta")
    table = Table("asked for, decided as (%)", *evidence.classes)
    for name, row in zip(evidence.classes, evidence.confusion.tolist(), strict=True):
        total = max(1, sum(row))
        table.add_row(name, *(f"{100 * count / total:.0f}" if count else "" for count in row))
    console.print(table)
    console.print(
        f"{found['wearer_minutes']:.1f} minutes, {found['repetitions_redone']} repetitions asked for again; "
        f"active recall {_number(found['active_recall'])}, rest recall {_number(found['rest_recall'])}"
    )
    for number, action in enumerate(outcome.actions, 1):
        console.print(f"{number}. {action.text}", markup=False, soft_wrap=True)
    if not outcome.actions:
        console.print("Nothing to mend.")
    best = outcome.recommended
    if set(best.movements) != {name for name in evidence.classes if name != evidence.classes[evidence.rest]}:
        said = "reach" if best.reached else "come nearest to"
        console.print(
            f"{', '.join(best.movements)} {said} a recall of {found['recommended']['wanted']:g}: "
            f"{best.active_recall:.3f}",
            markup=False,
        )
    console.print(f"wrote {found['bundle']}; profile {found['profile']}", markup=False, soft_wrap=True)
    if not found["trusted"]:
        console.print(f'add to the profile\'s [limb]: trusted_keys = ["{found["public_key"]}"]', markup=False)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def register(app: typer.Typer) -> None:
    """Add the verb to the `innervate` command."""
    app.command()(calibrate)
