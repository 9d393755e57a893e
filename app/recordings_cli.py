"""Verbs about recordings: check, import, export, play. Each one's work is imported when it is asked for."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Source = Annotated[Path, typer.Argument(help="Recording: EMG-BIDS folder, .bdf, .edf, .xdf or .npz.")]
Target = Annotated[Path, typer.Argument(help="What to write: .npz, .bdf, .edf, .csv, or an EMG-BIDS folder.")]
To = Annotated[str, typer.Option(help="npz, bdf, edf, csv or bids, when the target's ending does not say.")]
Patient = Annotated[str, typer.Option(help="The patient's id, for an EMG-BIDS folder.")]
Task = Annotated[str, typer.Option(help="What the person did, for an EMG-BIDS folder.")]
Session = Annotated[str, typer.Option(help="Day or visit, for an EMG-BIDS folder.")]
Stream = Annotated[str, typer.Option(help="EMG stream of an XDF file that has several.")]
Several = Annotated[bool, typer.Option("--several-patients", help="The folder may hold several patients.")]

recordings = typer.Typer(help="Look after recordings.", no_args_is_help=True)


@recordings.command("check")
def check(
    path: Annotated[Path, typer.Argument(help="A recording, or a folder of them.")],
    mend: Annotated[bool, typer.Option("--mend", help="Mend what can be mended; what was is kept.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Does it open, is it whole, what is missing? Exit code 0: ok, 1: needs mending, 2: unreadable."""
    from .recordings import check_and_show

    code = check_and_show(path, mending=mend, as_json=as_json)
    if code:
        raise typer.Exit(code)


def import_recording(
    source: Source,
    target: Target,
    to: To = "",
    patient: Patient = "",
    task: Task = "recording",
    session: Session = "",
    stream: Stream = "",
    several: Several = False,
    as_json: JsonFlag = False,
) -> None:
    """Take a recording of anybody's into an EMG-BIDS folder, or into any format we write."""
    from .convert import convert

    _show(convert(source, target, to, patient, task, session, stream, several=several), as_json)


def export_recording(
    source: Source,
    target: Target,
    to: To = "",
    patient: Patient = "",
    task: Task = "recording",
    session: Session = "",
    as_json: JsonFlag = False,
) -> None:
    """Write a recording in another format, read it back, and say how exact it is."""
    from .convert import convert

    _show(convert(source, target, to, patient, task, session), as_json)


def play_recording(
    recording: Source,
    to: Annotated[str, typer.Option(help="lsl, or a virtual device: cyton, muovi, ascii, ...")] = "lsl",
    stream: Annotated[str, typer.Option(help="Name of the LSL stream; default: one of its own.")] = "",
    link: Annotated[Path | None, typer.Option(help="Serial: put a link to the port here.")] = None,
    host: Annotated[str, typer.Option(help="TCP: where the device listens, or what it dials.")] = "127.0.0.1",
    tcp_port: Annotated[int, typer.Option(help="TCP: its port; 0 takes a free one.")] = 0,
    speed: Annotated[float, typer.Option(help="2 is twice as fast; the stream then says so.")] = 1.0,
    rep: Annotated[int, typer.Option(help="Repetition to play; -1 plays all.")] = -1,
    cond: Annotated[int, typer.Option(help="Condition to play; -1 plays all.")] = -1,
    at_once: Annotated[bool, typer.Option("--now", help="LSL: do not wait for a reader.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Stream a recording as if it were measured now. Ctrl-C ends it."""
    from ..sim.amplifier import AmplifierSettings
    from .play import play, say

    name = stream or f"innervate-play-{secrets.token_hex(3)}"
    settings = AmplifierSettings(
        device=to,
        stream=name,
        source_id=name,
        link=str(link) if link else "",
        host=host,
        tcp_port=tcp_port,
        wait_for_reader=not at_once,
    )
    sent = play(recording, settings, speed, rep, cond, lambda facts: say(facts, as_json=as_json))
    print(json.dumps({"done": True, "samples": sent}) if as_json else f"sent {sent} samples")


def register(app: typer.Typer) -> None:
    """Add these verbs to the `innervate` command."""
    app.add_typer(recordings, name="recordings")
    app.command("import")(import_recording)
    app.command("export")(export_recording)
    app.command("play")(play_recording)


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(found))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"wrote {found['target']}", markup=False)
    count, rate_hz, seconds = len(found["channels"]), found["rate_hz"], found["seconds"]
    console.print(
        f"  {count} channels, {rate_hz:g} Hz, {seconds:g} s, {', '.join(found['movements'])}", markup=False
    )
    if found["left_out"]:
        console.print(f"  left out, not EMG: {', '.join(found['left_out'])}", markup=False)
    if found["exact"]:
        console.print("  every sample is the same to the last bit")
    elif found["largest_error"] is not None:
        unit = found["unit"]
        console.print(f"  the format rounds: at most {found['largest_error']:.3g} {unit} off", markup=False)
    if found["marks_exact"] is False:
        console.print("  labels, repetitions or conditions are not all kept", style="yellow")
