"""What one person's EMG is like, in numbers that do not depend on unit or number of channels.

Signals are band-passed 20 to 450 Hz (below 1 kHz: high-passed at 20 Hz), forwards and backwards; windows of
200 ms stand side by side and lie within one trial. Channels' levels are logarithms of their RMS: a spread of
0.1 is 10 %.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import signal as scipy_signal

from ..calibration.scores import rest_index
from ..drivers.recordings.npz import Recording

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BAND_HZ, WINDOW_S = (20.0, 450.0), 0.2


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one person; those of several conditions are means over them.

    Attributes:
        median_hz: median frequency of movements, mean over channels (weighted by their power) and movements.
        ratio: RMS of a movement over that of rest, over all channels; median over movements.
        correlation: mean size of the correlation between two channels during movements.
        fisher: variance of classes' mean levels over the variance within classes, mean over channels; rest
            aside.
        nearest: from a movement to the one most like it, in standard deviations within classes (all channels
            together); mean over movements.
        rep_effort: spread over repetitions of a movement's mean level over channels: how hard it was made.
        rep_pattern: spread over repetitions of what is left in each channel: how it was made.
        held_effort, held_pattern: the same over the windows of one repetition.
    """

    median_hz: float
    ratio: float
    correlation: float
    fisher: float
    nearest: float
    rep_effort: float
    rep_pattern: float
    held_effort: float
    held_pattern: float


NAMES = tuple(field.name for field in fields(Figures))


def figures_of(recording: Recording) -> Figures:
    """All figures of a person's recording.

    Raises:
        RecordingError: no class is rest.
    """
    rest = rest_index(recording.classes, recording.name)
    found = []
    filtered = _filtered(recording)
    for cond in np.unique(recording.cond[recording.label >= 0]):
        rows = (recording.cond == cond) & (recording.label >= 0)
        found.append(_of_condition(filtered, recording, rows, rest))
    return mean_of(found)


def mean_of(found: list[Figures]) -> Figures:
    """Mean of each figure."""
    return Figures(*(float(np.mean([getattr(one, name) for one in found])) for name in NAMES))


def _filtered(recording: Recording) -> Floats:
    rate = recording.fs
    band = BAND_HZ if rate >= 2.2 * BAND_HZ[1] else BAND_HZ[0]
    kind = "bandpass" if isinstance(band, tuple) else "highpass"
    sos = scipy_signal.butter(2, band, kind, fs=rate, output="sos")
    out = np.zeros(recording.emg.shape)
    for rec in np.unique(recording.rec):
        rows = recording.rec == rec
        out[rows] = scipy_signal.sosfiltfilt(sos, recording.emg[rows].astype(np.float64), axis=0)
    return out


def _of_condition(emg: Floats, recording: Recording, rows: NDArray[np.bool_], rest: int) -> Figures:
    n = max(2, round(WINDOW_S * recording.fs))
    pieces: list[Floats] = []
    label: list[int] = []
    rep: list[int] = []
    for first, end in _trials(recording, rows):
        for at in range(first, end - n + 1, n):
            pieces.append(emg[at : at + n])
            label.append(int(recording.label[first]))
            rep.append(int(recording.rep[first]))
    windows, labels, reps = np.array(pieces), np.array(label), np.array(rep)
    moving = labels != rest
    level = np.log(np.sqrt(np.mean(windows**2, axis=1)) + 1e-12)
    moved, resting = windows[moving], windows[~moving]
    ratios = [
        np.sqrt(np.mean(windows[labels == k] ** 2) / np.mean(resting**2)) for k in np.unique(labels[moving])
    ]
    return Figures(
        _median_hz(moved, recording.fs),
        float(np.median(ratios)),
        _correlation(moved),
        *_separability(level[moving], labels[moving]),
        *_spreads(level[moving], labels[moving], reps[moving]),
    )


def _trials(recording: Recording, rows: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, end) of each stretch of one label, repetition, condition and recording."""
    marks = np.stack([recording.label, recording.rep, recording.cond, recording.rec], axis=1)
    edges = np.flatnonzero(np.any(np.diff(marks, axis=0) != 0, axis=1)) + 1
    bounds = np.concatenate(([0], edges, [len(marks)])).tolist()
    return [(a, b) for a, b in pairwise(bounds) if rows[a]]


def _median_hz(windows: Floats, rate_hz: float) -> float:
    power = np.mean(np.abs(np.fft.rfft(windows * np.hanning(windows.shape[1])[:, None], axis=1)) ** 2, axis=0)
    hz = np.fft.rfftfreq(windows.shape[1], 1.0 / rate_hz)
    share = np.cumsum(power, axis=0) / power.sum(axis=0)
    each = [float(np.interp(0.5, share[:, ch], hz)) for ch in range(power.shape[1])]
    return float(np.average(each, weights=power.sum(axis=0)))


def _correlation(windows: Floats) -> float:
    flat = windows.reshape(-1, windows.shape[2])
    between = np.atleast_2d(np.corrcoef(flat.T))
    return float(np.mean(np.abs(between[np.triu_indices(len(between), 1)])))


def _separability(level: Floats, labels: Ints) -> tuple[float, float]:
    classes = np.unique(labels)
    means = np.array([level[labels == k].mean(axis=0) for k in classes])
    left = level - means[np.searchsorted(classes, labels)]
    within = left.T @ left / max(1, len(level) - len(classes))
    fisher = float(np.mean(means.var(axis=0) / np.diag(within)))
    inverse = np.linalg.inv(within + 1e-6 * np.eye(len(within)))
    gaps = means[:, None] - means[None]
    apart = np.sqrt(np.einsum("abi,ij,abj->ab", gaps, inverse, gaps))
    np.fill_diagonal(apart, np.inf)
    return fisher, float(apart.min(axis=1).mean())


def _spreads(level: Floats, labels: Ints, reps: Ints) -> tuple[float, float, float, float]:
    efforts, patterns, between_efforts, between_patterns = [], [], [], []
    for k in np.unique(labels):
        trials = [level[(labels == k) & (reps == r)] for r in np.unique(reps[labels == k])]
        made = np.array([trial.mean(axis=0) for trial in trials])
        if len(made) > 1:
            between_efforts.append(made.mean(axis=1).var(ddof=1))
            between_patterns.append((made - made.mean(axis=1, keepdims=True)).var(axis=0, ddof=1).mean())
        for trial in trials:
            if len(trial) > 1:
                efforts.append(trial.mean(axis=1).var(ddof=1))
                patterns.append((trial - trial.mean(axis=1, keepdims=True)).var(axis=0, ddof=1).mean())
    parts = (between_efforts, between_patterns, efforts, patterns)
    return tuple(float(np.sqrt(np.mean(part))) for part in parts)  # type: ignore[return-value]
