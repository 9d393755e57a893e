"""Virtual people under settings: who they are, what they were fitted with, how well it tells their EMG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from ...calibration.tasks.task import Outcome, Trial
from ...calibration.train import recording_windows, train
from ...controller.settings import ShapingSettings
from ...core.errors import InnervateError
from ...core.movements import REST
from ...drivers.recordings.npz import Recording
from ...models.design import design_pipeline
from ...models.model import Model
from ...sim.anatomy import NATIVE, PRESETS, Body
from ...sim.disturbances.disturbed import Disturbed
from ...sim.disturbances.table import parse
from ...sim.motor_units import KINDS
from ...sim.patient import Patient
from ...sim.person import individual
from ...sim.plant import InstantPlant
from ...sim.schedule import calibration_schedule
from ...sim.simulate import simulate_recording
from ...sim.user.traits import Traits, drawn
from ..closed.fitted import INCREMENT_MS, Worn
from ..closed.limbs import moves_of, worn_at
from ..closed.loop import ClosedLoop
from ..closed.run import run_trials
from .effect import Floats, Settings
from .knowing import Knowing, Overheard

ABLATIONS = {
    "": "nothing",
    "seeing": "the person's eyes shut",
    "errors": "a decoder that is told what is meant",
    "delay": "no delay added",
    "loop": "nobody closes the loop: held-out error alone",
    "labels": "labels drawn anew for each repetition",
    "damage": "electrodes left as they were",
    "sampling": "both at 1000 Hz",
    "lock": "the lock left off",
    "patience": "a vote over 1.5 s",
    "position": "every position is the first",
    "days": "every day is the first",
    "transfer": "nothing transferred",
    "mending": "the short calibration left out",
}
"""What a row's ablation switches off."""
REPS = 3
"""Repetitions of a calibration."""
EVERY = 5
"""Of the decisions of an offline score, one in so many is scored."""
_USES = 1000
"""Sessions of one person are seeded so far apart."""


@lru_cache(maxsize=64)
def body_of(level: str, seed: int, settings: Settings, native: bool = False) -> Body:
    """That person.

    Args:
        level: of the amputation.
        seed: who it is.
        settings: "body." and "person." parameters of the sweep are theirs.
        native: nothing was transferred: every muscle as it is born.
    """
    preset = PRESETS[level]
    if native:
        units = KINDS[NATIVE].units
        muscles = [replace(m, innervation=NATIVE, units=units, intended="", nerve="") for m in preset.muscles]
        preset = replace(preset, muscles=tuple(muscles))
    for name, factor in settings.changed:
        room, _, key = name.partition(".")
        if room == "body":
            preset = replace(preset, **{key: getattr(preset, key) * factor})
    return individual(preset, seed)


def traits_of(seed: int, settings: Settings) -> Traits:
    """What kind of person that is; "traits." parameters of the sweep are theirs."""
    found = drawn(seed)
    for name, factor in settings.changed:
        room, _, key = name.partition(".")
        if room == "traits":
            found = replace(found, **{key: getattr(found, key) * factor})
    return found


def doing(body: Body, movements: Sequence[str]) -> Body:
    """The same person with only these movements, rest aside."""
    return replace(body, movements={name: body.movements[name] for name in (REST, *movements)})


def with_channels(body: Body, channels: Sequence[int]) -> Body:
    """The same person with only these electrode pairs."""
    montage = body.montage
    return body.with_montage(replace(montage, pairs=tuple(montage.pairs[n] for n in channels)))


def recorded(
    body: Body, seed: int, use: int, *, rate_hz: float = 1000.0, reps: int = REPS, befalls: str = ""
) -> Recording:
    """One session of that person: every movement `reps` times.

    Args:
        body: whose.
        seed: of the person.
        use: which session.
        rate_hz: of the amplifier.
        reps: repetitions.
        befalls: a disturbance, as `sim.disturbances.table.parse` reads it; empty: none.
    """
    happens = (parse(befalls),) if befalls else ()
    patient = Disturbed(body, rate_hz, seed, use=use, disturbances=happens)
    cues = calibration_schedule(tuple(body.movements), reps)
    return simulate_recording(patient, cues, seed * _USES + use)


def fitted(recordings: Sequence[Recording], window_ms: float = 200.0) -> Model:
    """A decoder trained on all of them."""
    first = recordings[0]
    settings = design_pipeline(first.fs, first.channels, INCREMENT_MS, window_ms, unit=first.unit)
    return train(list(recordings), settings)


def wearing(body: Body, level: str, seed: int, model: Model, rate_hz: float = 1000.0) -> Worn:
    """That person with their decoder and the limb of their level."""
    parts, limb = worn_at(level)
    return Worn(body, seed, rate_hz, model, parts, limb)


@lru_cache(maxsize=4)
def calibrated_person(
    level: str,
    seed: int,
    changed: Settings,
    movements: tuple[str, ...] = (),
    window_ms: float = 200.0,
    channels: tuple[int, ...] = (),
    native: bool = False,
) -> Worn:
    """A person after their first calibration; kept, as several conditions ask for the same."""
    body = body_of(level, seed, Settings(changed.changed), native)
    if movements:
        body = doing(body, movements)
    if channels:
        body = with_channels(body, channels)
    return wearing(body, level, seed, fitted([recorded(body, seed, 0)], window_ms))


def outcomes(
    worn: Worn,
    settings: Settings,
    trials: Sequence[Trial],
    use: int = 1,
    *,
    shaping: ShapingSettings | None = None,
    delay_s: float = 0.0,
) -> list[Outcome]:
    """That person at their limb, trial after trial.

    Args:
        worn: who.
        settings: of the world.
        trials: to run.
        use: session; conditions that share it share noise, firing and effort.
        shaping: None: the profile's defaults.
        delay_s: between decision and limb.
    """
    joints = worn.limb.joint_names
    moves = moves_of(worn.parts, tuple(worn.body.movements))
    seed = worn.seed * _USES + use
    sees = settings.without != "seeing"
    user = Overheard(worn.body, joints, moves, traits_of(worn.seed, settings), seed, sees=sees)
    runtime = None
    if settings.without == "errors":
        runtime = Knowing(worn.model, user)
    decider = worn.decider(shaping, runtime)
    muscles = Patient(worn.body, worn.rate_hz, worn.seed, use=use)
    loop = ClosedLoop(muscles, user, decider, worn.limb, InstantPlant(joints), delay_s=delay_s)
    return run_trials(loop, user, trials, worn.model.classes)


def accuracy(model: Model) -> float:
    """Percent right of windows that the decider had not seen, one repetition left out at a time.

    Raises:
        InnervateError: nothing could be held out.
    """
    held_out = model.metrics["held_out"]
    if held_out is None:
        raise InnervateError("validation: no repetition could be held out")
    return 100.0 * float(held_out["accuracy"])


def error(model: Model, recording: Recording, lost: int = -1) -> float:
    """Percent wrong of a recording's labelled windows, every class counting as much.

    Args:
        model: trained on other recordings of this montage.
        recording: to score.
        lost: channel that the decoder is told it has lost; -1: none.
    """
    windows = recording_windows(recording, model.settings, EVERY, contact=False)
    features = windows.without((lost,)) if lost >= 0 else windows.features
    said = np.array([model.decoder.decide(row, lost)[0] for row in features])
    names = recording.classes
    right = np.array([model.classes.index(names[label]) for label in windows.label])
    wrong = [float(np.mean(said[right == k] != k)) for k in np.unique(right)]
    return 100.0 * float(np.mean(wrong))


def completed(found: Sequence[Outcome]) -> float:
    """Percent of trials."""
    return 100.0 * float(np.mean([outcome.completed for outcome in found]))


def seconds(found: Sequence[Outcome]) -> float:
    """Mean time of a trial; the limit for one that was not completed."""
    return float(np.mean([outcome.time_s for outcome in found]))


def per_minute(found: Sequence[Outcome]) -> float:
    """Targets reached a minute of trying."""
    spent_s = sum(outcome.time_s for outcome in found)
    return 60.0 * sum(outcome.completed for outcome in found) / max(spent_s, 1e-9)


def row(*figures: float) -> Floats:
    """[conditions] of one person."""
    return np.array(figures, np.float64)
