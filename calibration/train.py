"""From labelled recordings to a model: features, decoder, how sure it may be, levels of rest and effort."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecordingError
from ..models.batch import Windows, joined, windows
from ..models.model import Model
from ..models.pipeline import PipelineSettings
from ..models.proportional import ProportionalSpeed
from ..models.templates import log_softmax
from .default_decoder import FittedDefault, inner_folds
from .levels import with_levels
from .rejection import learn_rejection
from .scores import confusion_matrix, rest_index, summary
from .velocities import DofTable, figures, fit_velocities, held_out_velocities

if TYPE_CHECKING:
    from ..drivers.recordings.npz import Recording

Progress = Callable[[str, float], None]
"""Called with what is being done and the share done, 0 to 1."""

REJECTION_THRESHOLD = 0.6
"""Where nothing could be held out to learn thresholds from; 0.60 to 0.75 gave the best throughput (FACTS.md
section 3)."""
LEAST_WINDOWS = 5


def train(
    recordings: Sequence[Recording],
    settings: PipelineSettings,
    *,
    reps: Sequence[int] | None = None,
    progress: Progress | None = None,
    velocities: bool = False,
) -> Model:
    """Train the default decoder, and beside it a regressor of velocities if asked for.

    Recordings are conditioned whole, then windows are chosen: a left-out repetition is never a training
    window, and the filter (which looks back only) sees time as it passed.

    Args:
        recordings: of one person and montage, with the same classes.
        settings: see `models.design.design_pipeline`; rest and active levels are filled in here.
        reps: repetitions to train on; None for all.
        progress: told how far it is.
        velocities: the model drives all degrees of freedom at once. Movements that are no end of one, nor
            ends of several joined by "+", are left out, and named in the metrics.

    Raises:
        RecordingError: names the recording that does not fit, or the class that has too few windows.
    """
    tell = progress or (lambda _what, _share: None)
    if not recordings:
        raise RecordingError("nothing to train on", "give at least one recording")
    classes = recordings[0].classes
    parts = []
    for i, recording in enumerate(recordings):
        tell(f"features of {recording.name}", 0.8 * i / len(recordings))
        _check_fits(recording, settings, classes)
        parts.append(recording_windows(recording, settings, contact=False))
    all_windows = joined(parts)
    if reps is not None:
        all_windows = all_windows.where(np.isin(all_windows.rep, list(reps)))
    table = None
    if velocities:
        table = DofTable.of(classes, recordings[0].name, np.unique(all_windows.label).tolist())
        all_windows = all_windows.where(table.usable[all_windows.label])
    counts = np.bincount(all_windows.label, minlength=len(classes))
    kept = tuple(i for i in range(len(classes)) if counts[i])
    for i in kept:
        if counts[i] < LEAST_WINDOWS:
            raise RecordingError(
                f"{recordings[0].name}: {classes[i]!r} has {counts[i]} windows; {LEAST_WINDOWS} are needed",
                "record that movement longer",
            )
    if len(kept) < 2:
        raise RecordingError(f"{recordings[0].name}: fewer than two movements in the chosen repetitions")
    names = tuple(classes[i] for i in kept)
    rest = rest_index(names, recordings[0].name)
    tell("decoder", 0.8)
    fitted = FittedDefault(all_windows)
    which = np.searchsorted(np.array(kept), all_windows.label)
    tell("how sure it may be", 0.9)
    thresholds, metrics = _held_out(fitted, all_windows, which, names, rest)
    metrics["usual"] = fitted.usual.tolist()  # what the don check on the limb compares with
    decoder, regressor = fitted.complete(), None
    if table is not None:
        label = int(kept[rest])
        regressor = fit_velocities(all_windows, table, label, len(decoder.lost))
        metrics["velocities"] = _velocity_metrics(fitted, all_windows, table, label)
    model = Model(
        with_levels(settings, all_windows.rms, which == rest),
        names,
        rest,
        decoder,
        fitted.statistics,
        _speed(all_windows, which, rest, len(names)),
        thresholds,
        metrics,
        regressor,
    )
    tell("done", 1.0)
    return model


def recording_windows(
    recording: Recording, settings: PipelineSettings, every: int = 1, contact: bool = True
) -> Windows:
    """`models.batch.windows` of a recording."""
    marks = (recording.label, recording.rep, recording.cond, recording.rec)
    return windows(recording.emg, *marks, settings, every, contact)


def _check_fits(recording: Recording, settings: PipelineSettings, classes: tuple[str, ...]) -> None:
    if recording.emg.shape[1] != len(settings.channels):
        raise RecordingError(
            f"{recording.name}: {recording.emg.shape[1]} channels; {len(settings.channels)} are wanted"
        )
    if abs(recording.fs - settings.rate_hz) > 1e-3 * settings.rate_hz:
        raise RecordingError(f"{recording.name}: {recording.fs:g} Hz; {settings.rate_hz:g} Hz is wanted")
    if recording.classes != classes:
        raise RecordingError(f"{recording.name}: its movements are not those of the first recording")


def _held_out(
    fitted: FittedDefault, all_windows: Windows, which: NDArray[np.int64], names: tuple[str, ...], rest: int
) -> tuple[tuple[float, ...], dict[str, Any]]:
    """Thresholds and training metrics from windows that their decider had not seen."""
    metrics: dict[str, Any] = {"windows": len(all_windows), "windows_per_class": np.bincount(which).tolist()}
    rows = fitted.held.rows
    if not len(rows):
        unknown = tuple(0.0 if k == rest else REJECTION_THRESHOLD for k in range(len(names)))
        return unknown, {**metrics, "held_out": None, "rejection": None}
    posterior = np.exp(log_softmax(fitted.held.scores / fitted.temperature))
    rejection = learn_rejection(posterior, which[rows], all_windows.trials()[rows], rest)
    confusion = confusion_matrix(which[rows], posterior.argmax(axis=1), len(names))
    return rejection.by_class.values, {
        **metrics,
        "held_out": {**summary(confusion, rest), "confusion": confusion.tolist(), "classes": list(names)},
        "rejection": asdict(rejection),
    }


def _velocity_metrics(fitted: FittedDefault, windows: Windows, table: DofTable, rest: int) -> dict[str, Any]:
    """Of windows that neither regressor nor decoder had seen; what it takes for rest stands still."""
    told: dict[str, Any] = {"dofs": list(table.dofs), "left_out": list(table.left_out), "held_out": None}
    rows = fitted.held.rows
    if not len(rows):
        return told
    found = held_out_velocities(windows, table, rest, inner_folds(windows))[rows]
    found[fitted.labels[fitted.held.scores.argmax(axis=1)] == rest] = 0.0
    known = np.isfinite(found).all(axis=1)
    label = windows.label[rows][known]
    return {**told, "held_out": figures(found[known], table.targets[label], label == rest, table)}


def _speed(all_windows: Windows, which: NDArray[np.int64], rest: int, n_classes: int) -> ProportionalSpeed:
    levels = np.stack([all_windows.rms[which == k].mean(axis=0) for k in range(n_classes)])
    return ProportionalSpeed(np.median(all_windows.rms[which == rest], axis=0), levels)
