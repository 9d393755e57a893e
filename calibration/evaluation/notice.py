"""How soon contact flags name a damaged channel, and how often they name a good one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...drivers.recordings.npz import Recording
from ...models.batch import frames
from ...models.signal.flags import UNTRUSTED
from .bench import Bench

BEGINS_S = 0.3
MOST_RECORDINGS = 100
"""Enough to know a time to a few milliseconds; the first of them are taken, evenly over the file."""


def notice(bench: Bench, damages: Mapping[int, Any]) -> dict[str, Any]:
    """Time from a fault to the channel's flag, and flags on intact channels.

    Levels come from the first repetition of the first condition; the rest of the file is watched. The fault
    begins `BEGINS_S` after each contiguous recording's start.

    Args:
        bench: with the intact recording.
        damages: column -> its damage.

    Returns:
        `noticed_share`, `median_ms` and `p95_ms` (None when that share goes unnoticed), `false_drops`,
        `watched_h` (channel-wise drops, in hours of recording) and `false_drops_per_h`.
    """
    windows = bench.windows
    first = windows.cond == windows.cond.min()
    learnt = first & (windows.rep == windows.rep[first].min())
    settings = bench.levelled(windows.where(learnt))
    seen = np.unique(windows.rec[learnt])
    others = np.setdiff1d(np.unique(bench.recording.rec), seen)
    if not len(others):
        others = seen
    intact = bench.recording.rows(np.isin(bench.recording.rec, others))
    some = others[np.linspace(0, len(others) - 1, min(len(others), MOST_RECORDINGS)).astype(int)]
    part = bench.recording.rows(np.isin(bench.recording.rec, some))
    delays: list[float] = []
    for column, damage in damages.items():
        late = replace(damage, begins_s=BEGINS_S)
        delays += _delays(late, part, settings, column)
    drops = sum(_drops(flags) for flags in _flags(intact, settings))
    hours = len(intact.emg) / intact.fs / 3600.0
    known = np.array(delays)
    return {
        "noticed_share": float(np.isfinite(known).mean()) if len(known) else None,
        "median_ms": _quantile(known, 0.5),
        "p95_ms": _quantile(known, 0.95),
        "false_drops": drops,
        "watched_h": hours,
        "false_drops_per_h": drops / hours,
    }


def _delays(
    damage: Callable[[Recording], Recording], part: Recording, settings: Any, column: int
) -> list[float]:
    """Milliseconds per recording; infinite where it is not noticed before the end."""
    found = []
    begins = BEGINS_S * part.fs
    for flags in _flags(damage(part), settings):
        ends = (np.arange(len(flags)) + 1) * settings.increment_samples
        if not len(ends) or ends[-1] <= begins:
            continue
        raised = np.flatnonzero(flags[:, column] & (ends > begins))
        found.append(1000.0 * (ends[raised[0]] - begins) / part.fs if len(raised) else np.inf)
    return found


def _drops(flags: NDArray[np.bool_]) -> int:
    return int((flags & ~np.vstack([np.zeros((1, flags.shape[1]), np.bool_), flags[:-1]])).sum())


def _flags(recording: Recording, settings: Any) -> list[NDArray[np.bool_]]:
    """Per contiguous recording [increments, ch] which channels are not trusted."""
    per_recording: dict[int, list[NDArray[np.bool_]]] = {}
    starts = np.concatenate(([0], np.flatnonzero(np.diff(recording.rec)) + 1))
    for row, frame in frames(recording.emg, recording.rec, settings):
        number = int(np.searchsorted(starts, row, side="right"))
        per_recording.setdefault(number, []).append((frame.contact & UNTRUSTED) != 0)
    return [np.stack(flags) for flags in per_recording.values()]


def _quantile(delays: NDArray[np.float64], q: float) -> float | None:
    if not len(delays):
        return None
    value = float(np.quantile(delays, q, method="higher"))
    return value if np.isfinite(value) else None
