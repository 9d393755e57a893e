"""`innervate bench`: what decisions and acquisition cost, beside LibEMG and the bare floor. Ratios, not
promises."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from ..benchmarks import (
    calibration,
    cohort,
    contact,
    decide,
    drivers,
    faults,
    floor,
    limb_faults,
    limb_processes,
    limbs,
    lost_channel,
    recording_kill,
    replay,
    simulated_signal,
    simulation,
    soak,
    train_speed,
    use,
    velocities,
)
from ..core.errors import InnervateError
from ..sim.limbs import LIMBS
from .bench_acquisition import show_drivers, show_faults, show_kill, show_soak
from .bench_decoding import show_decide, show_lost, show_train
from .bench_limb_faults import show_limb_faults
from .bench_limbs import show_limbs
from .browser import headless_browser
from .demo import DemoOptions, run_demo

_PEER_PYTHON = Path(".venv-peers/bin/python")
_DEMO_S, _LIMB_S, _DRIVER_S, _SOAK_S = 20.0, 10.0, 8.0, 600.0
_FLIGHT_S = 310.0
_SETS = Path("../shared/data")
_LONG = (
    "soak",
    "kill",
    "replay",
    "cohort",
    "contact",
    "use",
    "velocities",
    "limb-processes",
    "signal",
    "calibration",
)
"""Only when asked for by name."""
_BARE = ("decide", "train", "lost", "drivers", "limbs", "faults", "sim", *_LONG)
"""Their JSON stands alone."""

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What a person may choose.

    Attributes:
        peer_python: a Python that has LibEMG; None takes the usual one where it is there.
        source: drivers and faults: which source, or "all".
        limb: limbs, latency, faults: which limb, or "all"; None: all limbs; the usual runs; of sources.
        seconds: drivers: of each source; soak: of the run; None takes what is usual.
        times: kill, limb-processes: how often.
        folder: contact, signal: of data sets of recordings; use: of recordings of several days, or one.
    """

    peer_python: Path | None = None
    source: str = "all"
    limb: str | None = None
    seconds: float | None = None
    times: int = 50
    folder: Path | None = None


def run_benchmarks(which: str, as_json: bool, options: BenchOptions) -> None:
    """Run one benchmark or all but the long ones; print tables, or JSON.

    Raises:
        InnervateError: no such benchmark or source, a Python for LibEMG that is not there, or no folder for
            contact or use.
    """
    console = Console(highlight=False, stderr=as_json)
    benchmarks = _benchmarks(options, console)
    if which != "all" and which not in benchmarks:
        raise InnervateError(f"benchmark {which!r}: not known; allowed: all, {', '.join(benchmarks)}")
    found: Report = {}
    for name, (measure, _) in benchmarks.items():
        if which == name or (which == "all" and name not in _LONG):
            with console.status(f"measuring: {name}"):
                found[name] = measure()
    if "latency" in found and "floor" in found:
        floor_ms = found["floor"]["paced_us"]["p50"] / 1e3
        for run in found["latency"]["runs"]:
            p50 = run["decision_latency_ms"]["p50"]
            run["times_the_floor"] = round(p50 / floor_ms, 1) if p50 is not None else None
    if as_json:
        print(json.dumps(found[which] if which in _BARE else found, allow_nan=False))
        return
    for name, report in found.items():
        benchmarks[name][1](console, report)


def _benchmarks(
    options: BenchOptions, console: Console
) -> dict[str, tuple[Callable[[], Any], Callable[[Console, Any], None]]]:
    """name -> (how it is measured, how it is shown)."""
    peer, source = options.peer_python, options.source

    def warn(what: str) -> None:
        console.print(what, style="yellow", markup=False)

    driver_s, soak_s = options.seconds or _DRIVER_S, options.seconds or _SOAK_S
    return {
        "floor": (floor.run, _show_floor),
        "decide": (lambda: decide.run(_peer(peer, console), tell=warn), show_decide),
        "train": (lambda: train_speed.run(_peer(peer, console), tell=warn), show_train),
        "lost": (lost_channel.run, show_lost),
        "latency": (lambda: latency(console, options.limb), _show_latency),
        "drivers": (lambda: drivers.run(source, driver_s, _peer(peer, console)), show_drivers),
        "limb-processes": (
            lambda: limb_processes.run_limbs(options.limb or "all", options.times),
            limb_processes.show,
        ),
        "limbs": (lambda: limbs.run(options.limb or "all"), show_limbs),
        "faults": _faults(options),
        "soak": (lambda: soak.run(soak_s), show_soak),
        "kill": (lambda: recording_kill.run(options.times), show_kill),
        "replay": (lambda: replay.run(options.seconds or _FLIGHT_S), replay.show),
        "cohort": (cohort.run, cohort.show),
        "contact": (lambda: _contact(options.folder), contact.show),
        "use": (lambda: _use(options.folder), use.show),
        "velocities": (velocities.run, velocities.show),
        "calibration": (calibration.run, calibration.show),
        "signal": (lambda: simulated_signal.run(options.folder or _SETS), simulated_signal.show),
        "sim": (simulation.run, simulation.show),
    }


def _faults(options: BenchOptions) -> tuple[Callable[[], Any], Callable[[Console, Any], None]]:
    """Of sources, or of limbs."""
    limb = options.limb
    if limb is None:
        return lambda: faults.run(options.source), show_faults
    return lambda: limb_faults.run(limb), show_limb_faults


def _contact(folder: Path | None) -> Report:
    if folder is None or not folder.is_dir():
        given = "not given" if folder is None else f"{folder}: no such folder"
        raise InnervateError(
            f"bench contact --folder: {given}", "name a folder of data sets of .npz recordings"
        )
    return contact.run(folder)


def _use(path: Path | None) -> Report:
    if path is None:
        raise InnervateError("bench use --folder: not given", "name a folder of recordings, or one of them")
    return use.run(path)


def _peer(asked: Path | None, console: Console) -> Path | None:
    python = asked or _PEER_PYTHON
    if python.exists():
        return python.absolute()
    if asked is not None:
        raise InnervateError(f"--peer-python {asked}: no such Python", "make peers")
    console.print("LibEMG is not installed beside us (make peers): its column is left out", style="yellow")
    return None


def latency(console: Console, limb: str | None = None) -> Report:
    """The chain in real time: over LSL, over a Cyton, and over LSL while a browser shows the page; or, with
    `limb`, over LSL to that limb or to all."""
    if limb is not None:
        return {"benchmark": "latency", "seconds_each": _LIMB_S, "runs": _limb_runs(limb)}
    runs = []
    for name, options, watched in (
        ("LSL, 8 channels, 1 kHz", DemoOptions(headless=True, seconds=_DEMO_S), False),
        ("the same on low power", DemoOptions(headless=True, seconds=_DEMO_S, low_power=True), False),
        ("Cyton, 8 channels, 250 Hz", DemoOptions(headless=True, seconds=_DEMO_S, amplifier="cyton"), False),
        ("LSL, page open in Chromium", DemoOptions(headless=True, seconds=_DEMO_S, page=True), True),
    ):
        if watched and shutil.which("chromium") is None:
            console.print("Chromium is not installed: the run with an open page is left out", style="yellow")
            continue
        runs.append({"run": name, **_one_run(options, watched=watched)})
    return {"benchmark": "latency", "seconds_each": _DEMO_S, "runs": runs}


def _limb_runs(limb: str) -> list[Report]:
    found = []
    for name in LIMBS if limb == "all" else (limb,):
        try:
            run = _one_run(DemoOptions(headless=True, seconds=_LIMB_S, limb=name), watched=False)
        except InnervateError as error:
            raise InnervateError(f"{name}: {error}") from error
        found.append({"run": name, **run})
    return found


def _one_run(options: DemoOptions, *, watched: bool) -> Report:
    with tempfile.TemporaryDirectory(prefix="innervate-bench-") as folder:
        if not watched:
            return dict(run_demo(options))
        with headless_browser(Path(folder)) as visit:
            return dict(run_demo(options, on_page=visit))


def _show_floor(console: Console, found: Report) -> None:
    table = Table("floor: " + found["what"], "p50", "p99", "max")
    for key in ("back_to_back_us", "paced_us"):
        table.add_row(
            key.removesuffix("_us").replace("_", " "), *(f"{found[key][q]:.0f} us" for q in found[key])
        )
    console.print(table)


def _show_latency(console: Console, found: Report) -> None:
    table = Table("EMG sample to limb", "p50 ms", "p99", "p99.9", "max")
    for name in ("waits for its wire", "p99", "without that", "p99", "x floor", "loop", "guard", "start"):
        table.add_column(name)
    for run in found["runs"]:
        late = run["decision_latency_ms"]
        loads = (f"{run[who]['cpu_percent']:.1f} %, {run[who]['rss_mb']:.0f} MB" for who in ("loop", "guard"))
        cells = [_ms(late[q]) for q in ("p50", "p99", "p99_9", "max")]
        for part in ("wire_wait_ms", "latency_apart_from_wire_wait_ms"):
            cells += [_ms(run[part][q]) for q in ("p50", "p99")]
        ratio = str(run.get("times_the_floor", "-"))
        table.add_row(run["run"], *cells, ratio, *loads, f"{run['startup_s']:.2f} s")
    console.print(table)


def _ms(value: float | None) -> str:
    return "inf" if value is None else f"{value:.2f}"
