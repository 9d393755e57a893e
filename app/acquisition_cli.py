"""Verbs about an amplifier alone: scope and record. Each one's work is imported when it is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ..drivers.settings import SourceSettings
from .source_choice import Choice, choose

ProfileOption = Annotated[Path | None, typer.Option("--profile", help="The patient's profile.toml.")]
Kind = Annotated[str, typer.Option(help="Or an amplifier's kind: innervate devices --kinds lists them.")]
Port = Annotated[str, typer.Option(help="Its serial port.")]
Host = Annotated[str, typer.Option(help="Its address, or that of the network interface it dials in on.")]
Stream = Annotated[str, typer.Option(help="LSL: the stream's name or source_id.")]
Gain = Annotated[int, typer.Option(help="Cyton: its gain.")]
Rate = Annotated[float, typer.Option(help="Rate it must have, Hz; 0 takes what it has.")]
Sets = Annotated[list[str], typer.Option("--set", help="An option of this kind, as name=value; repeatable.")]


def _choice(
    profile: Path | None,
    kind: str,
    port: str,
    host: str,
    stream: str,
    gain: int,
    rate: float,
    sets: list[str],
) -> Choice:
    named = SourceSettings(kind, port=port, host=host, stream=stream, gain=gain, rate_hz=rate)
    return choose(profile, named, sets)


def scope(
    profile: ProfileOption = None,
    kind: Kind = "",
    port: Port = "",
    host: Host = "",
    stream: Stream = "",
    gain: Gain = 24,
    rate: Rate = 0.0,
    sets: Sets = [],  # noqa: B006 - typer copies it
    seconds: Annotated[float, typer.Option(help="Stop after so many seconds; 0 goes on until Ctrl-C.")] = 0.0,
    page: Annotated[bool, typer.Option(help="Serve the page on loopback too.")] = False,
    page_port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")] = 8420,
    lsl: Annotated[bool, typer.Option("--lsl", help="Publish the channels as LSL streams too.")] = False,
) -> None:
    """Show an amplifier's channels live, and the contact of each in words. None named: the one that runs."""
    from .scope import watch

    watch(_choice(profile, kind, port, host, stream, gain, rate, sets), seconds, page, page_port, lsl)


def record(
    out: Annotated[Path, typer.Option(help="EMG-BIDS folder of this patient; made when it is not there.")],
    profile: ProfileOption = None,
    kind: Kind = "",
    port: Port = "",
    host: Host = "",
    stream: Stream = "",
    gain: Gain = 24,
    rate: Rate = 0.0,
    sets: Sets = [],  # noqa: B006 - typer copies it
    patient: Annotated[str, typer.Option(help="The patient's id, where there is no profile.")] = "",
    task: Annotated[str, typer.Option(help="What the person does.")] = "recording",
    session: Annotated[str, typer.Option(help="Day or visit.")] = "",
    seconds: Annotated[float, typer.Option(help="Stop after so many seconds; 0 goes on until Ctrl-C.")] = 0.0,
    cue: Annotated[str, typer.Option(help="Movements to ask for, comma between: open,power,pinch.")] = "",
    reps: Annotated[int, typer.Option(help="How often each.")] = 3,
    hold: Annotated[float, typer.Option(help="Seconds of each movement.")] = 3.0,
    rest: Annotated[float, typer.Option(help="Seconds of rest between.")] = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON at the end.")] = False,
) -> None:
    """Record EMG with cues and quality, beside a running limb or alone. What is on the disk stays."""
    from .cues import schedule
    from .record import RecordOptions
    from .record import record as record_now

    choice = _choice(profile, kind, port, host, stream, gain, rate, sets)
    cues = tuple(schedule([c.strip() for c in cue.split(",") if c.strip()], reps, hold, rest)) if cue else ()
    found = record_now(choice, RecordOptions(out, patient, task, session, seconds, cues, quiet=as_json))
    if as_json:
        print(json.dumps(found))
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"wrote {found['path']}", markup=False)
    console.print(f"  {found['seconds']:g} s, {found['samples']} samples, {found['lost']} of them lost")
    if found["clipped"]:
        console.print(f"  beyond the file's range: {found['clipped']}", style="yellow", markup=False)


def register(app: typer.Typer) -> None:
    """Add these verbs to the `innervate` command."""
    app.command()(scope)
    app.command()(record)
