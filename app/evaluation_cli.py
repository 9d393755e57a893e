"""Verbs that score recordings: evaluate and compare. Each one's work is imported when it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[Path, typer.Argument(help="A recording or a folder of them; any format.")]
JsonPath = Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")]


def evaluate(
    source: Source,
    split: Annotated[
        str,
        typer.Option(
            help="Held out: repetition, condition, chronological, recalibrated, adapted, subject, don."
        ),
    ] = "repetition",
    decoder: Annotated[
        str, typer.Option(help="default, lda, hudgins, ...; regressor: R2 of velocities.")
    ] = "default",
    beside: Annotated[str, typer.Option(help="Another decoder on the same windows, for the gain.")] = "",
    people: Annotated[str, typer.Option(help="Only these, as sub01,sub02.")] = "",
    json_path: JsonPath = None,
    plots: Annotated[
        Path | None, typer.Option(help="Draw pictures into this folder, which becomes yours alone.")
    ] = None,
    reject: Annotated[float, typer.Option(help="Least posterior of a movement that is acted on.")] = 0.0,
    window_ms: Annotated[str, typer.Option(help="Window; several (100,200) make a sweep.")] = "200",
    increment_ms: Annotated[str, typer.Option(help="Between scored windows; several make a sweep.")] = "50",
    train_conditions: Annotated[str, typer.Option(help="Conditions to train on, as 0,5,10.")] = "",
    first: Annotated[int, typer.Option(help="chronological: conditions to train on; 0: 5 in 6.")] = 0,
    curve: Annotated[bool, typer.Option("--curve", help="chronological: also each k -> the next.")] = False,
    use: Annotated[
        str, typer.Option(help="adapted: equal, or realistic (70 % rest, 5 movements).")
    ] = "equal",
    seeds: Annotated[int, typer.Option(help="adapted, don: orders of trials tried.")] = 20,
    stream: Annotated[
        bool,
        typer.Option("--stream", help="repetition: also time from cue to decision, and movements at rest."),
    ] = False,
    drop_channel: Annotated[str, typer.Option(help="Channel (number from 0, name, or each) to fail.")] = "",
    fault: Annotated[str, typer.Option(help="flat, railed, mains, noisy or intermittent.")] = "flat",
    fault_strength: Annotated[
        float, typer.Option(help="mains, noisy: times the level of the strongest movement.")
    ] = 10.0,
    noise: Annotated[
        float, typer.Option(help="White noise on all channels: uV, or share of that level.")
    ] = 0.0,
    mains: Annotated[float, typer.Option(help="50 Hz on all channels, as a share of that level.")] = 0.0,
    scheduler: Annotated[
        str | None, typer.Option(help="Many people on Dask: local, or tcp://HOST:PORT of a scheduler.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes of the local scheduler; default 2. Starts one.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Keep each person's figures in this folder, and go on from there.")
    ] = None,
) -> None:
    """How well would people's recordings be decoded?"""
    from ..calibration.evaluation.cohort import CohortOptions
    from ..calibration.evaluation.options import EvaluateOptions
    from .evaluate import evaluate_and_show, numbers, whole_numbers

    windows, increments = numbers(window_ms, "--window-ms"), numbers(increment_ms, "--increment-ms")
    options = EvaluateOptions(
        split=split,
        decoder=decoder,
        beside=beside,
        reject=reject,
        window_ms=windows[0],
        increment_ms=increments[0],
        train_conditions=whole_numbers(train_conditions, "--train-conditions"),
        first=first,
        curve=curve,
        use=use,
        seeds=seeds,
        drop_channel=drop_channel,
        fault=fault,
        fault_strength=fault_strength,
        noise=noise,
        mains=mains,
        stream=stream,
    )
    cohort = None
    if scheduler is not None or workers is not None or resume is not None:
        where = CohortOptions()
        cohort = CohortOptions(
            where.scheduler if scheduler is None else scheduler,
            where.workers if workers is None else workers,
            resume,
        )
    chosen = [name for name in people.split(",") if name]
    evaluate_and_show(source, options, windows, increments, chosen, json_path, plots, cohort)


def compare(
    source: Source,
    decoders: Annotated[
        str, typer.Option(help="At least two; the others are compared with the first.")
    ] = "default,lda,hudgins",
    split: Annotated[str, typer.Option(help="Held out, as in evaluate.")] = "repetition",
    json_path: JsonPath = None,
) -> None:
    """Which decoder is better, over people and days?"""
    from ..calibration.evaluation.options import EvaluateOptions
    from .compare import compare_and_show

    compare_and_show(source, decoders.split(","), EvaluateOptions(split=split), json_path)


def register(app: typer.Typer) -> None:
    """Add these verbs to the `innervate` command."""
    app.command()(evaluate)
    app.command()(compare)
