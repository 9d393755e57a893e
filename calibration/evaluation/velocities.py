"""How well velocities of degrees of freedom follow what people were asked to do: one repetition held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import RecordingError
from ...core.movements import canonical
from ...drivers.recordings.formats import read
from ...drivers.recordings.npz import Recording
from ...models.batch import Windows
from ...models.design import design_pipeline
from ...models.velocities import REGRESSOR
from ..default_decoder import FittedDefault
from ..scores import repetition_folds, rest_index
from ..train import recording_windows
from ..velocities import DofTable, figures, held_out_velocities
from .bench import person_id
from .options import EvaluateOptions
from .run import chosen_files, score_each

Progress = Callable[[str, float], None]
"""Called with what is being worked on and the share done, 0 to 1."""

MEANS = ("r2", "correlation", "right", "strayed", "rest_moved", "rest_moved_bare")
_APPLY = ("split", "decoder", "window_ms", "increment_ms")
_USUAL = EvaluateOptions(decoder=REGRESSOR)


def check_velocity_options(options: EvaluateOptions) -> None:
    """Do nothing where velocities can be scored so.

    Raises:
        RecordingError: names the options that are for classes.
    """
    if options.split != "repetition":
        raise RecordingError(
            f"--decoder {REGRESSOR} with --split {options.split}: that split is for classes",
            "velocities are scored with --split repetition",
        )
    given, usual = options.to_dict(), _USUAL.to_dict()
    foreign = [name for name in given if name not in _APPLY and given[name] != usual[name]]
    if foreign:
        named = ", ".join("--" + name.replace("_", "-") for name in foreign)
        raise RecordingError(f"--decoder {REGRESSOR} with {named}: that is for classes", "leave it out")


def velocities_of_person(path: Path, options: EvaluateOptions) -> dict[str, Any]:
    """One person's figures, inside each condition with one repetition held out in turn: JSON values.

    Returns:
        `id`, `left_out` (movements that are no velocity), `windows`, those of `velocities.figures` against
        what the cue asked for (-1, 0 or 1), where what the decoder takes for rest stands still, and
        `rest_moved_bare`: `rest_moved` of the regressor alone.

    Raises:
        RecordingError: it cannot be read, moves no degree of freedom, or has one repetition only.
    """
    recording = read(path)
    recording = replace(recording, classes=tuple(map(canonical, recording.classes)))
    table = DofTable.of(recording.classes, recording.name, np.unique(recording.label).tolist())
    rest = rest_index(recording.classes, recording.name)
    windows = _windows(recording, table, options)
    found = held_out_velocities(windows, table, rest, repetition_folds(windows))
    rows = np.isfinite(found).all(axis=1)
    if not rows.any():
        raise RecordingError(
            f"{recording.name}: no condition has two repetitions of the same movements",
            "one is held out, so that at least two are needed",
        )
    resting = _decided_rest(windows, rest)
    wanted, at_rest = table.targets[windows.label], windows.label == rest
    gated = np.where(resting[:, None], 0.0, found)
    told = figures(gated[rows], wanted[rows], at_rest[rows], table)
    bare = figures(found[rows], wanted[rows], at_rest[rows], table)
    return {
        "id": person_id(recording),
        "left_out": list(table.left_out),
        "windows": int(rows.sum()),
        **told,
        "rest_moved_bare": bare["rest_moved"],
    }


def _windows(recording: Recording, table: DofTable, options: EvaluateOptions) -> Windows:
    """Those of usable movements."""
    settings = design_pipeline(
        recording.fs, recording.channels, options.increment_ms, options.window_ms, unit=recording.unit
    )
    usable = np.append(table.usable, False)[recording.label]
    marked = replace(recording, label=np.where(usable, recording.label, np.int16(-1)))
    return recording_windows(marked, settings, contact=False)


def _decided_rest(windows: Windows, rest: int) -> NDArray[np.bool_]:
    """[n] what a decoder that had not seen a window's repetition takes for rest."""
    found = np.zeros(len(windows), np.bool_)
    for train, held in repetition_folds(windows):
        fitted = FittedDefault(windows.where(train))
        said = fitted.labels[fitted.log_posterior(windows.where(held)).argmax(axis=1)]
        found[held] = said == rest
    return found


def evaluate_velocities(
    path: Path, options: EvaluateOptions, people: Sequence[str] = (), progress: Progress | None = None
) -> dict[str, Any]:
    """Score a recording, or every one of a folder; one that cannot be scored does not stop the others.

    Args:
        path: file or folder.
        options: window and increment; anything for classes is refused.
        people: only these; empty for all.
        progress: told (file, share done).

    Returns:
        `path`, `decoder`, `split`, `options`, `mean` (of `MEANS`, over people), `people`, `failed`.

    Raises:
        RecordingError: nothing to read, or nobody could be scored.
    """
    check_velocity_options(options)
    files = chosen_files(path, people)
    done, failed = score_each(path, files, lambda file: velocities_of_person(file, options), progress)
    return {
        "path": str(path),
        "decoder": REGRESSOR,
        "split": options.split,
        "options": options.to_dict(),
        "mean": {name: mean_of([person[name] for person in done]) for name in MEANS},
        "people": done,
        "failed": failed,
    }


def mean_of(values: Sequence[float | None]) -> float | None:
    """Of those that are known."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
