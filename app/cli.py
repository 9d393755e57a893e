"""The `innervate` command. Each verb's work lies in a module of its own, imported when it is asked for."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..core.errors import InnervateError
from .acquisition_cli import register as register_acquisition
from .assess_cli import register as register_assess
from .clinic_cli import register as register_clinic
from .evaluation_cli import register as register_evaluation
from .guided_cli import register as register_calibrate
from .limb_cli import register_limb
from .recordings_cli import register as register_recordings
from .render_cli import register as register_render
from .replay_cli import register as register_replay
from .simulate_cli import register as register_simulate
from .validate_cli import register as register_validate
from .wearer_cli import register as register_wearer

app = typer.Typer(
    help="From the muscles of a person with an amputation to their prosthesis. Research software.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
EXIT_REFUSED = 2

_DECODER = "default: a class moves the limb; regressor: all degrees of freedom at once, by velocities."


@app.command()
def demo(
    recording: Annotated[
        Path | None,
        typer.Option(help="A person's recording: learn all repetitions but the last, play that."),
    ] = None,
    amplifier: Annotated[
        str, typer.Option(help="Virtual amplifier: lsl (1 kHz) or cyton (250 Hz, serial).")
    ] = "lsl",
    limb: Annotated[
        str, typer.Option(help="Virtual limb: a device's name; default: what suits the movements.")
    ] = "",
    headless: Annotated[bool, typer.Option("--headless", help="No page and no live line.")] = False,
    page: Annotated[
        bool, typer.Option("--page", help="With --headless: serve the page all the same.")
    ] = False,
    seconds: Annotated[
        float,
        typer.Option(help="Stop after so many seconds; 0 goes on until Ctrl-C (a recording: to its end)."),
    ] = 0.0,
    report: Annotated[Path | None, typer.Option(help="Write what was measured to this JSON file.")] = None,
    port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")] = 8420,
    seed: Annotated[int, typer.Option(help="Seed of the simulated patient.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON at the end.")] = False,
    low_power: Annotated[
        bool, typer.Option("--low-power", help="Let processors sleep between decisions, as on a battery.")
    ] = False,
    lsl: Annotated[
        bool | None,
        typer.Option("--lsl/--no-lsl", help="LSL streams, this machine only; default: unless headless."),
    ] = None,
    decoder: Annotated[str, typer.Option(help=_DECODER)] = "default",
) -> None:
    """Show the whole product with nothing attached."""
    from .demo import DemoOptions, run_demo

    run_demo(
        DemoOptions(
            recording,
            amplifier,
            headless,
            page or not headless,
            seconds,
            report,
            port,
            seed,
            low_power,
            as_json,
            not headless if lsl is None else lsl,
            limb,
            decoder,
        )
    )


@app.command()
def run(
    profile: Annotated[Path, typer.Option(help="The patient's profile.toml.")],
    bundle: Annotated[Path | None, typer.Option(help="Model bundle; default: the profile's `model`.")] = None,
    page: Annotated[bool, typer.Option(help="Serve the page on loopback.")] = True,
    port: Annotated[int, typer.Option(help="Port of the page; 0 takes a free one.")] = 8420,
    arm: Annotated[
        bool, typer.Option("--arm", help="Arm at once: you are standing beside the limb.")
    ] = False,
    seconds: Annotated[float, typer.Option(help="Stop after so many seconds; 0 goes on until Ctrl-C.")] = 0.0,
    lsl: Annotated[bool, typer.Option(help="Publish EMG, decisions and commands over LSL.")] = True,
) -> None:
    """Run a limb: amplifier, decoder, guard, prosthesis."""
    from .run import run_limb

    run_limb(profile, bundle, page, port, arm, seconds, lsl)


@app.command()
def request(
    verb: Annotated[
        str,
        typer.Argument(
            help="stop, release, arm, freeze, unfreeze, grip, sit, stand, recalibrate, start, status "
            "or shutdown."
        ),
    ],
    value: Annotated[str, typer.Argument(help="grip: its name, or next.")] = "",
    limb: Annotated[
        Path | None, typer.Option(help="Runtime folder; default: the limb that runs (stop: all that run).")
    ] = None,
) -> None:
    """Ask a running limb for something, from another terminal."""
    from .ask import ask_limb

    print(json.dumps(ask_limb(verb, limb, value)))


@app.command()
def devices(
    as_json: JsonFlag = False,
    wait_s: Annotated[float, typer.Option("--wait", help="How long to listen for LSL streams, s.")] = 1.0,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on, and show what is plugged in or unplugged. Ctrl-C ends it.")
    ] = False,
    kinds: Annotated[
        bool, typer.Option("--kinds", help="List every kind of source that a profile can name.")
    ] = False,
) -> None:
    """List serial ports and LSL streams, and what they probably are."""
    from .show_devices import show_devices, show_kinds
    from .watch_devices import watch_devices

    if kinds:
        show_kinds(as_json)
    elif watch:
        watch_devices(as_json)
    else:
        show_devices(as_json, wait_s)


@app.command()
def doctor(as_json: JsonFlag = False) -> None:
    """Say what this computer lacks for running a limb, and how to mend it."""
    from dataclasses import asdict

    from .doctor import examine

    findings = examine()
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings]))
    else:
        colour = {"ok": "green", "warn": "yellow", "fail": "red"}
        table = Table("", "what", "found", "mend")
        for finding in findings:
            verdict = f"[{colour[finding.verdict]}]{finding.verdict}[/]"
            table.add_row(verdict, finding.name, finding.found, finding.mend)
        Console().print(table)
    if any(finding.verdict == "fail" for finding in findings):
        raise typer.Exit(1)


@app.command()
def bench(
    which: Annotated[
        str,
        typer.Argument(
            help="all; decide, train, lost, floor, latency, drivers, limbs, faults, soak, kill, "
            "replay, limb-processes, cohort, contact, use, velocities, sim, signal, calibration"
        ),
    ] = "all",
    as_json: JsonFlag = False,
    peer_python: Annotated[
        Path | None,
        typer.Option(help="Python of an environment with LibEMG; default .venv-peers/bin/python."),
    ] = None,
    source: Annotated[str, typer.Option(help="drivers and faults: one source, or all.")] = "all",
    limb: Annotated[
        str | None, typer.Option(help="limbs and faults: one limb, or all. faults: of limbs, not of sources.")
    ] = None,
    seconds: Annotated[
        float | None, typer.Option(help="drivers: of each source (8); soak: of the run (600).", min=1.0)
    ] = None,
    times: Annotated[int, typer.Option(help="kill, limb-processes: how often.", min=1)] = 50,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="contact, signal: folder of data sets of .npz; use: of recordings, or one of them."
        ),
    ] = None,
) -> None:
    """Measure what a decision and what acquisition cost, beside LibEMG and beside the bare floor."""
    from .bench import BenchOptions, run_benchmarks

    run_benchmarks(which, as_json, BenchOptions(peer_python, source, limb, seconds, times, folder))


register_calibrate(app)
register_evaluation(app)
register_recordings(app)
register_acquisition(app)
register_replay(app)
register_limb(app)
register_simulate(app)
register_render(app)
register_assess(app)
register_validate(app)
register_clinic(app)
register_wearer(app)


def main() -> None:
    """Entry point: a user's mistake is one line and a code, never a traceback."""
    try:
        app()
    except InnervateError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"innervate: {error}", style="red", markup=False
        )
        sys.exit(EXIT_REFUSED)
    except KeyboardInterrupt:
        sys.exit(130)
