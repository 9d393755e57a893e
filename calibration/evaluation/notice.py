"""How soon contact flags name a damaged channel, and how often they name a good one.

Levels are those a decoder of the split would have. In split `repetition` each repetition of a condition is
watched with levels of the others of that condition; in other splits the rest of the file is, with levels of
the first repetition of the first condition: later days, and other positions, with a calibration of one day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...drivers.recordings.npz import Recording
from ...models.batch import frames, runs
from ...models.pipeline import PipelineSettings
from ...models.signal.flags import UNTRUSTED
from ..scores import repetition_folds
from .bench import Bench
from .measures import measured_quantile

BEGINS_S = 0.3
MOST_RECORDINGS = 100
"""Enough to know a time to a few milliseconds; they are taken evenly over the file."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class _Watch:
    """Part of a file, and what is known when it is watched.

    Attributes:
        rows: [samples] that count; contiguous recordings are watched whole.
        settings: with levels.
    """

    rows: Mask
    settings: PipelineSettings


def notice(bench: Bench, damages: Mapping[int, Any]) -> dict[str, Any]:
    """Time from a fault to the channel's flag, and flags on intact channels.

    The fault begins `BEGINS_S` after each contiguous recording's start.

    Args:
        bench: with the intact recording.
        damages: column -> its damage.

    Returns:
        `noticed_share`, `median_ms` and `p95_ms` (None when that share goes unnoticed), `false_drops`,
        `watched_h` (channel-wise drops, in hours of recording) and `false_drops_per_h`.
    """
    recording, watches = bench.recording, list(_watches(bench))
    recs, firsts = _begun(recording)
    begun = [(watch, rec) for watch in watches for rec in recs[watch.rows[firsts]]]
    some = np.linspace(0, len(begun) - 1, min(len(begun), MOST_RECORDINGS)).astype(int)
    delays: list[float] = []
    for watch in watches:
        chosen = [begun[i][1] for i in some if begun[i][0] is watch]
        part = recording.rows(np.isin(recording.rec, chosen))
        for column, damage in damages.items():
            late = replace(damage, begins_s=BEGINS_S)
            delays += _delays(late, part, watch.settings, column) if chosen else []
    drops = sum(_drops(recording, watch) for watch in watches)
    hours = sum(float(watch.rows.sum()) for watch in watches) / recording.fs / 3600.0
    known = np.array(delays)
    return {
        "noticed_share": float(np.isfinite(known).mean()) if len(known) else None,
        "median_ms": measured_quantile(known, 0.5),
        "p95_ms": measured_quantile(known, 0.95),
        "false_drops": drops,
        "watched_h": hours,
        "false_drops_per_h": drops / hours,
    }


def _watches(bench: Bench) -> Iterator[_Watch]:
    windows, recording = bench.windows, bench.recording
    if bench.options.split == "repetition":
        for train, held in repetition_folds(windows):
            one = np.flatnonzero(held)[0]
            rows = (recording.cond == windows.cond[one]) & (recording.rep == windows.rep[one])
            yield _Watch(rows, bench.levelled(windows.where(train)))
        return
    first = windows.cond == windows.cond.min()
    learnt = first & (windows.rep == windows.rep[first].min())
    others = ~np.isin(recording.rec, windows.rec[learnt])
    yield _Watch(others if others.any() else ~others, bench.levelled(windows.where(learnt)))


def _begun(recording: Recording) -> tuple[NDArray[np.integer], NDArray[np.intp]]:
    """(contiguous recordings that have repetitions, row of the first sample of the first one in each)."""
    known = np.flatnonzero(recording.rep >= 0)
    starts = np.array([first for first, _ in runs(recording.rec)])
    _, first = np.unique(np.searchsorted(starts, known, side="right"), return_index=True)
    return recording.rec[known[first]], known[first]


def _delays(
    damage: Callable[[Recording], Recording], part: Recording, settings: PipelineSettings, column: int
) -> list[float]:
    """Milliseconds per recording; infinite where it is not noticed before the end."""
    found = []
    begins = BEGINS_S * part.fs
    for _, flags in _flags(damage(part), settings):
        ends = (np.arange(len(flags)) + 1) * settings.increment_samples
        if not len(ends) or ends[-1] <= begins:
            continue
        raised = np.flatnonzero(flags[:, column] & (ends > begins))
        found.append(1000.0 * (ends[raised[0]] - begins) / part.fs if len(raised) else np.inf)
    return found


def _drops(recording: Recording, watch: _Watch) -> int:
    """Times that a channel began to be distrusted in samples that count."""
    inside = np.isin(recording.rec, recording.rec[watch.rows])
    counts, drops = watch.rows[inside], 0
    for ends, flags in _flags(recording.rows(inside), watch.settings):
        bad = flags & counts[ends][:, None]
        drops += int((bad & ~np.vstack([np.zeros((1, bad.shape[1]), np.bool_), bad[:-1]])).sum())
    return drops


def _flags(
    recording: Recording, settings: PipelineSettings
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Per contiguous recording ([increments] row of the newest sample, [increments, ch] not trusted)."""
    starts = np.concatenate(([0], np.flatnonzero(np.diff(recording.rec)) + 1))
    found: dict[int, list[tuple[int, NDArray[np.bool_]]]] = {}
    for row, frame in frames(recording.emg, recording.rec, settings):
        number = int(np.searchsorted(starts, row, side="right"))
        found.setdefault(number, []).append((row, (frame.contact & UNTRUSTED) != 0))
    for pairs in found.values():
        ends, flags = zip(*pairs, strict=True)
        yield np.array(ends), np.stack(flags)
