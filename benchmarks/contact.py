"""How soon a bad channel is noticed on real EMG, and how often a good one is dropped.

Each repetition of a montage (`cond`) is watched intact in turn, with levels of rest and of the strongest
movement from the others; the last is also damaged. Every stretch starts the monitor anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from ..calibration.evaluation.activations import poisson_interval
from ..calibration.levels import with_levels
from ..calibration.scores import rest_index
from ..core.clock import stopwatch
from ..drivers.recordings.npz import Recording, read_recording
from ..models.batch import frames, runs, windows
from ..models.design import design_pipeline
from ..models.pipeline import PipelineSettings
from ..models.signal.contact import ContactMonitor
from ..models.signal.flags import UNTRUSTED
from .contact_faults import FAULTS, Place

INCREMENTS_MS = (10.0, 50.0)
LIMIT_MS = 250.0
MIDDLE_S, STRETCH_S = 0.3, 1.5
"""When a fault begins, besides a stretch's first sample, and how long a stretch is damaged and watched."""
EACH_MONTAGE = 6
EIGHT_BITS = ", 8 bits"
_STEPS = 128.0
_COST_CHANNELS = (8, 64)


def run(folder: Path, progress: Callable[[str], None] | None = None) -> dict[str, Any]:
    """Measure on every recording below `folder`.

    Args:
        folder: of data sets, each a folder of `.npz`; below 1 kHz also rounded to a Myo's 8 bits.
        progress: told what is being measured.

    Returns:
        JSON values: `noticed[].{data, increment_ms, fault, begins, trials, in_time, missed, median_ms,
        p95_ms, worst_ms}` (times of those noticed), `intact[].{data, increment_ms, drops, hours, per_hour,
        per_hour_interval}` by montage, and `cost[].{channels, update_us}`.
    """
    tell = progress or (lambda _what: None)
    noticed, intact = [], []
    for name, files in _data_sets(folder):
        for increment_ms in INCREMENTS_MS:
            tell(f"{name}, {increment_ms:g} ms")
            delays: dict[tuple[str, str], list[float]] = {}
            drops, hours = 0, 0.0
            for recording in files():
                for montage in _montages(recording, increment_ms, name.endswith(EIGHT_BITS)):
                    found, watched = montage.false_drops()
                    drops, hours = drops + found, hours + watched
                    for key, delay in montage.delays():
                        delays.setdefault(key, []).append(delay)
            noticed += [
                {
                    "data": name,
                    "increment_ms": increment_ms,
                    "fault": fault,
                    "begins": begins,
                    **_times(values),
                }
                for (fault, begins), values in delays.items()
            ]
            low, high = poisson_interval(drops)
            intact.append(
                {
                    "data": name,
                    "increment_ms": increment_ms,
                    "drops": drops,
                    "hours": hours,
                    "per_hour": drops / hours,
                    "per_hour_interval": [low / hours, high / hours],
                }
            )
    return {
        "benchmark": "contact",
        "noticed": noticed,
        "intact": intact,
        "cost": [*map(_cost, _COST_CHANNELS)],
    }


def show(console: Console, report: dict[str, Any]) -> None:
    """Print what `run` found."""
    table = Table(
        "data", "increment", "fault", "begins", "trials", "in 250 ms", "missed", "median, p95, worst ms"
    )
    for row in report["noticed"]:
        times = ", ".join(
            "-" if row[k] is None else f"{row[k]:.0f}" for k in ("median_ms", "p95_ms", "worst_ms")
        )
        table.add_row(
            *(row["data"], f"{row['increment_ms']:g} ms", row["fault"], row["begins"], str(row["trials"])),
            *(f"{row['in_time']:.1%}", f"{row['missed']:.1%}", times),
        )
    console.print(table)
    for row in report["intact"]:
        low, high = row["per_hour_interval"]
        console.print(
            f"{row['data']}, {row['increment_ms']:g} ms: {row['drops']} false drops in {row['hours']:.2f} h, "
            f"{row['per_hour']:.2f} per hour ({low:.2f} to {high:.2f})"
        )
    for row in report["cost"]:
        console.print(f"{row['channels']} channels: {row['update_us']:.1f} microseconds an update")


def _data_sets(folder: Path) -> Iterator[tuple[str, Callable[[], Iterator[Recording]]]]:
    for place in sorted({path.parent for path in folder.glob("*/*.npz")}):
        files = sorted(place.glob("*.npz"))
        yield place.name, lambda files=files: map(read_recording, files)  # type: ignore[misc]
        if read_recording(files[0]).fs < 1000.0:
            yield place.name + EIGHT_BITS, lambda files=files: map(_rounded, map(read_recording, files))  # type: ignore[misc]


def _rounded(recording: Recording) -> Recording:
    codes = np.clip(np.round(recording.emg * _STEPS), -_STEPS, _STEPS - 1.0)
    return replace(recording, emg=(codes / _STEPS).astype(np.float32))


@dataclass(frozen=True)
class _Montage:
    """One `cond` of a recording, with the settings for each held-out repetition."""

    recording: Recording
    settings: dict[int, PipelineSettings]
    eight_bits: bool

    def false_drops(self) -> tuple[int, float]:
        """(times that any channel was dropped while none was, hours watched)."""
        drops, samples = 0, 0
        for rep, settings in self.settings.items():
            part = self.recording.rows(
                np.isin(self.recording.rec, self.recording.rec[self.recording.rep == rep])
            )
            before = False
            for row, flagged in _flags(part, settings):
                if part.rep[row] != rep:
                    flagged[:] = False
                else:
                    samples += settings.increment_samples
                now = bool(flagged.any())
                drops += now and not before
                before = now
        return drops, samples / self.recording.fs / 3600.0

    def delays(self) -> Iterator[tuple[tuple[str, str], float]]:
        """((fault, when it begins), milliseconds until the channel is dropped; infinite when it is not)."""
        rep, settings = list(self.settings.items())[-1]
        rng = np.random.default_rng(int(self.recording.cond[0]))
        stretches = [
            (a, b)
            for a, b in runs(self.recording.rec * 1000 + self.recording.rep)
            if self.recording.rep[a] == rep and b - a >= 0.9 * STRETCH_S * self.recording.fs
        ]
        chosen = np.linspace(0, len(stretches) - 1, min(len(stretches), EACH_MONTAGE)).astype(int)
        for first, end in (stretches[i] for i in chosen):
            last = max(first, end - round(2 * STRETCH_S * self.recording.fs))
            start = int(rng.integers(first, last + 1))
            rows = np.zeros(len(self.recording.rec), np.bool_)
            rows[start : min(end, start + round((MIDDLE_S + STRETCH_S) * self.recording.fs))] = True
            part = self.recording.rows(rows)
            channel = int(rng.integers(part.emg.shape[1]))
            late = MIDDLE_S + float(rng.uniform(0.0, 0.1))
            for fault, apply in FAULTS.items():
                for begins, begins_s in (("first sample", 0.0), ("later", late)):
                    levels = settings.rest_rms[channel], settings.active_rms[channel]
                    place = Place(channel, begins_s, *levels, rng)
                    damaged = apply(part, place)
                    if self.eight_bits:
                        damaged = _rounded(damaged)
                    yield (fault, begins), _delay(damaged, settings, channel, round(begins_s * part.fs))


def _montages(recording: Recording, increment_ms: float, eight_bits: bool) -> Iterator[_Montage]:
    rest = rest_index(recording.classes, recording.name)
    for cond in np.unique(recording.cond).tolist():
        part = recording.select(cond=cond)
        settings = design_pipeline(
            part.fs, part.channels, increment_ms, feature_set="hudgins", unit=part.unit
        )
        found = windows(part.emg, part.label, part.rep, part.cond, part.rec, settings)
        held = [rep for rep in np.unique(found.rep).tolist() if (found.label[found.rep != rep] == rest).any()]
        learnt = {}
        for rep in held:
            kept = found.where(found.rep != rep)
            learnt[rep] = with_levels(settings, kept.rms, kept.label == rest)
        yield _Montage(part, learnt, eight_bits)


def _flags(recording: Recording, settings: PipelineSettings) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    for row, frame in frames(recording.emg, recording.rec, settings):
        yield row, (frame.contact & UNTRUSTED) != 0


def _delay(damaged: Recording, settings: PipelineSettings, channel: int, begins: int) -> float:
    for row, flagged in _flags(damaged, settings):
        if row >= begins and flagged[channel]:
            return 1000.0 * (row + 1 - begins) / damaged.fs
    return np.inf


def _times(delays: list[float]) -> dict[str, Any]:
    known = np.array([delay for delay in delays if np.isfinite(delay)])
    median, p95, worst = np.quantile(known, (0.5, 0.95, 1.0)).tolist() if len(known) else (None,) * 3
    return {
        "trials": len(delays),
        "in_time": float(np.mean(np.array(delays) <= LIMIT_MS)),
        "missed": 1.0 - len(known) / len(delays),
        "median_ms": median,
        "p95_ms": p95,
        "worst_ms": worst,
    }


def _cost(channels: int, calls: int = 4000) -> dict[str, Any]:
    """Median cost of an update at 1 kHz and 10 ms, nothing wrong."""
    parts = np.random.default_rng(0).normal(size=(calls, 10, channels))
    monitor = ContactMonitor(channels, 10, 1000.0, 50.0, "a.u.", (1.0,) * channels, (10.0,) * channels)
    rms, took = np.ones(channels), []
    for part in parts:
        start = stopwatch()
        monitor.update(part, part, None, rms)
        took.append(stopwatch() - start)
    return {"channels": channels, "update_us": float(np.median(took)) * 1e6}
