"""`innervate assess`: how well a virtual person, or somebody who wears a running limb, controls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console


def assess(
    test: Annotated[
        str, typer.Option(help="motion, tac, fitts, blocks, clothespin, tracking (ankle) or stance.")
    ] = "tac",
    patient: Annotated[
        str, typer.Option(help="transradial, transhumeral, shoulder, transfemoral or transtibial.")
    ] = "transradial",
    trials: Annotated[int, typer.Option(help="Of each person.")] = 20,
    motions: Annotated[int, typer.Option(help="tac, fitts: degrees of freedom of a target, 1 to 3.")] = 1,
    people: Annotated[int, typer.Option(help="How many virtual people; a seed each.")] = 1,
    seed: Annotated[int, typer.Option(help="The first person's, and of the trials.")] = 1,
    decoder: Annotated[
        str,
        typer.Option(help="default, regressor, lda, hudgins, log_moments; --emg real: several, by commas."),
    ] = "default",
    delay_ms: Annotated[float, typer.Option(help="Added between decision and limb.")] = 0.0,
    limb: Annotated[str, typer.Option(help="instant (no mass) or physics (MuJoCo).")] = "instant",
    disturb: Annotated[
        list[str] | None, typer.Option(help="What befalls them in use, as shift=10mm; again for more.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Share the people out to so many processes on Dask.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Of Dask: local, or tcp://HOST:PORT of one that runs.")
    ] = None,
    emg: Annotated[
        str, typer.Option(help="model: the simulated patient's; real: of --recording, drawn by intent.")
    ] = "model",
    recording: Annotated[
        Path | None, typer.Option(help="--emg real: a labelled recording of one real person; any format.")
    ] = None,
    live: Annotated[
        Path | None,
        typer.Option(help="Runtime folder of a limb that runs: its wearer does the test instead."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write the JSON, trial by trial, to this file.")] = None,
) -> None:
    """Assess control: motion test, TAC, Fitts, box and blocks, clothespins, ankle tracking, stance."""
    from ..calibration.evaluation.cohort import CohortOptions
    from ..core.errors import ProfileError
    from .assess_show import show, show_ranking, with_progress
    from .closed.assessing import AssessOptions
    from .closed.people import assess as assess_people
    from .files import check_writable
    from .live_assess import assess_live, show_live

    if emg not in ("model", "real"):
        raise ProfileError(f"--emg {emg}: not known; allowed: model, real")
    if (emg == "real") != (recording is not None):
        raise ProfileError(f"--emg {emg}: --recording {'is needed' if recording is None else 'has no use'}")
    if out is not None:
        check_writable(out, "--out")
    console = Console(highlight=False, stderr=as_json)
    if live is not None:
        _tell(assess_live(live, test, motions, trials, seed, console), out, as_json, console, show_live)
        return
    decoders = decoder.split(",")
    options = AssessOptions(
        test, patient, trials, motions, seed, decoders[0], delay_ms, limb, tuple(disturb or ())
    )
    if recording is not None:
        from .closed.ranking import rank

        found = rank(options, decoders, people, recording, lambda what: console.print(what, markup=False))
    else:
        cohort = None
        if workers is not None or scheduler is not None:
            cohort = CohortOptions(scheduler or CohortOptions().scheduler, workers or CohortOptions().workers)
        with with_progress() as tell:
            found = assess_people(options, people, cohort, tell)
    _tell(found, out, as_json, console, show if recording is None else show_ranking)


def _tell(
    found: dict[str, Any],
    out: Path | None,
    as_json: bool,
    console: Console,
    show: Callable[[Console, dict[str, Any]], None],
) -> None:
    """To a file, as JSON, or as a table."""
    text = json.dumps(found, allow_nan=False)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
    if as_json:
        print(text)
    else:
        show(console, found)


def register(app: typer.Typer) -> None:
    """Add the verb to the `innervate` command."""
    app.command()(assess)
