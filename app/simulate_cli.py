"""`innervate simulate`: a recording of a simulated patient, and the truth beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

_MOST_S = 3600.0


def simulate(
    out: Annotated[Path, typer.Option(help="Recording to write (.npz).")],
    patient: Annotated[
        str,
        typer.Option(
            help="transradial, transhumeral, shoulder, transfemoral, transtibial; or a .toml of your own."
        ),
    ] = "transradial",
    truth: Annotated[
        Path | None, typer.Option(help="Also write spike times, drives and potentials to this .npz.")
    ] = None,
    seconds: Annotated[
        float, typer.Option(help="Length; 0: the whole calibration, or 60 s of other schedules.", min=0.0)
    ] = 0.0,
    seed: Annotated[int, typer.Option(help="Which person.", min=0)] = 1,
    use: Annotated[
        int, typer.Option(help="Which session of theirs: how they carry the schedule out.", min=0)
    ] = 1,
    channels: Annotated[
        int, typer.Option(help="Rings of 8, 16, 32 or 64 pairs; 0: the patient's own electrodes.")
    ] = 0,
    spacing_mm: Annotated[
        float, typer.Option(help="Between the poles of a pair, with --channels.", min=4.0, max=60.0)
    ] = 20.0,
    rate_hz: Annotated[float, typer.Option("--rate", help="Samples a second, 200 to 4000.")] = 1000.0,
    months: Annotated[
        float | None, typer.Option(help="Since the nerve transfers; default: the patient's (12).", min=0.0)
    ] = None,
    schedule: Annotated[
        str, typer.Option(help="calibration, free, or the name of one movement to hold.")
    ] = "calibration",
    reps: Annotated[int, typer.Option(help="calibration: repetitions.", min=1, max=50)] = 3,
    level: Annotated[
        float, typer.Option(help="Effort: calibration's middle one, or of a held movement.", min=0.0, max=1.0)
    ] = 0.6,
    disturb: Annotated[
        list[str] | None,
        typer.Option(help="What befalls them, such as shift=10mm@60s/ramp:30s; again for another one."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a line.")] = False,
) -> None:
    """Simulate a patient: EMG with labels, and on request who fired when."""
    from ..core.errors import ProfileError
    from ..drivers.recordings.npz import write_recording
    from ..sim.custom import patient_named
    from ..sim.disturbances.disturbed import Disturbed
    from ..sim.disturbances.table import parse
    from ..sim.montage import rings
    from ..sim.patient import Patient
    from ..sim.schedule import Cue, calibration_schedule, free_schedule, steady_schedule
    from ..sim.simulate import simulate_recording
    from ..sim.truth import TruthLog, write_truth
    from .files import check_writable

    body = patient_named(patient)
    if channels:
        body = body.with_montage(rings(channels, spacing_mm))
    if months is not None:
        body = body.at_months(months)
    if seconds > _MOST_S:
        raise ProfileError(f"--seconds {seconds:g}; allowed: 0 to {_MOST_S:g}")
    if schedule not in ("calibration", "free", *body.movements):
        allowed = ", ".join(("calibration", "free", *body.movements))
        raise ProfileError(f"--schedule {schedule!r}; allowed: {allowed}")
    if truth is not None and truth.resolve() == out.resolve():
        raise ProfileError(f"--truth {truth}: is --out; allowed: another file")
    check_writable(out, "--out")
    check_writable(truth, "--truth")
    moves = tuple(body.movements)
    cues: list[Cue] = []
    if schedule == "calibration":
        cues = calibration_schedule(moves, reps, level=level)
    elif schedule != "free":
        cues = steady_schedule(schedule, level)
    befalls = tuple(parse(text) for text in disturb or ())
    made: Patient = Patient(body, rate_hz, seed, use=use)
    asked = cues or free_schedule(moves, use)
    if befalls:
        made = disturbed = Disturbed(body, rate_hz, seed, disturbances=befalls, use=use)
        asked = disturbed.cues(asked)
    log = TruthLog(made) if truth is not None else None
    recording = simulate_recording(
        made,
        asked,
        use,
        out.name,
        seconds=seconds if seconds or schedule == "calibration" else 60.0,
        log=log,
    )
    if disturb:
        recording.meta["disturbances"] = disturb
    write_recording(out, recording)
    found: dict[str, object] = {
        "out": str(out),
        "seconds": len(recording.emg) / rate_hz,
        "channels": len(recording.channels),
        "rate_hz": rate_hz,
        "person": seed,
        "months": made.body.months,
        "units": len(made.units.muscle),
    }
    if log is not None and truth is not None:
        known = log.truth()
        write_truth(truth, known)
        found |= {"truth": str(truth), "spikes": len(known.spike_tick)}
    if as_json:
        print(json.dumps(found))
        return
    spikes = f", {found['spikes']} spikes in {truth}" if truth is not None else ""
    print(f"{out}: {found['seconds']:.1f} s of {found['channels']} channels at {rate_hz:g} Hz{spikes}")


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command()(simulate)
