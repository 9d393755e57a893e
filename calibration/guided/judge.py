"""Was one repetition as it was asked for? Onset and end come from the channels it is loudest on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...models.signal.flags import UNTRUSTED

Floats = NDArray[np.float64]

FAULTS = ("noisy", "weak", "early", "late", "short")
"""What may be wrong with a repetition, what explains most first."""
SMOOTH_S = 0.1
"""Level: mean power over so long, centred."""
ONSET_SHARE = 0.3
"""Share of the way from rest to the plateau that counts as begun. Ours, as are all limits below; those that
separate were chosen on simulated development people and on ../shared/data (docs/guided-calibration.md)."""
LEAST_BEGUN = 1.25
"""Times the level of rest, at least."""
LOUDEST_SHARE = 0.25
"""Of the channels, those that this contraction is loudest on: the others would hide a light one."""
ENDED_SHARE = 0.12
"""Share below which it counts as over: people begin strongly and settle (`sim.schedule`)."""
SUSTAINED_S = 0.15
LATE_S = 0.9
"""People follow a cue after 0.25 s and take up to 0.45 s to rise (`sim.schedule`)."""
EARLY_S = 0.25
SHORT_SHARE = 0.6
"""Of the hold must be held, counted from the cue's end backwards: what begins late is late, not short."""
PLATEAU = 0.9
"""Quantile of the level within the hold that stands for the contraction."""
WEAK_TIMES = 1.3
"""Times the level of rest, on the loudest channels: below, nothing can be told from rest."""
WEAKER_SHARE = 0.2
"""Of the usual level above rest of this movement's other repetitions."""
NOISY_SHARE = 0.2
"""Of the increments of the hold may a channel be untrusted, or samples lost."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was heard of one repetition.

    Attributes:
        faults: of `FAULTS`, worst first; empty: as it was asked for. "stopped": the wearer ended it.
        onset_s: from the cue to the begin; negative before it; None when nothing was told from rest.
        end_s: from the cue to the end of the contraction; None likewise.
        level: of the contraction over rest, on the channels it is loudest on; 1 is rest.
        levels: [ch] of each channel over rest.
        bad_channels: those that could not be trusted for too long.
        flags: [ch] all that was wrong with a channel in the hold, bits of `Contact`.
    """

    faults: tuple[str, ...]
    onset_s: float | None
    end_s: float | None
    level: float
    levels: tuple[float, ...]
    bad_channels: tuple[int, ...] = ()
    flags: tuple[int, ...] = ()


def judge(
    power: Floats,
    flags: NDArray[np.uint8],
    lost: Floats,
    quiet: Floats,
    cue: int,
    increment_s: float,
    usual: float | None,
    from_: int = 0,
) -> Judgement:
    """Judge a contraction.

    Args:
        power: [n, ch] of each increment, from the countdown (or before) to the end of the hold.
        flags: [n, ch] contact.
        lost: [n] share of samples that did not come.
        quiet: [ch] power at rest.
        cue: increment at which the hold begins.
        increment_s: seconds per increment.
        usual: level of other repetitions of this movement; None: unknown.
        from_: increment from which a contraction counts as this one's: the countdown's first.
    """
    over = smoothed(power, max(1, round(SMOOTH_S / increment_s))) / np.maximum(quiet, 1e-30)
    levels = np.sqrt(np.quantile(over[cue:], PLATEAU, axis=0))
    loudest = np.argsort(levels)[-max(1, round(LOUDEST_SHARE * len(levels))) :]
    activity: Floats = np.sqrt(over[:, loudest].mean(axis=1))
    level = float(np.quantile(activity[cue:], PLATEAU))
    begun = max(LEAST_BEGUN, 1.0 + ONSET_SHARE * (level - 1.0))
    sustained = max(1, round(SUSTAINED_S / increment_s))
    onset, _ = _span(activity, begun, from_, cue, sustained)
    going_on = max(LEAST_BEGUN, 1.0 + ENDED_SHARE * (level - 1.0))
    _, end = _span(activity, going_on, from_, cue, sustained)
    onset_s = None if onset is None else (onset - cue) * increment_s
    end_s = None if end is None else (end - cue) * increment_s
    untrusted = ((flags[cue:] & UNTRUSTED) != 0).mean(axis=0)
    bad = tuple(np.flatnonzero(untrusted > NOISY_SHARE).tolist())
    found = []
    if bad or float(lost[cue:].mean()) > NOISY_SHARE:
        found.append("noisy")
    hold_s = (len(power) - cue) * increment_s
    if level < WEAK_TIMES or onset_s is None or end_s is None:
        found.append("weak")
    else:
        if usual is not None and level - 1.0 < WEAKER_SHARE * (usual - 1.0):
            found.append("weak")
        if onset_s < -EARLY_S:
            found.append("early")
        elif onset_s > LATE_S:
            found.append("late")
        if end_s < SHORT_SHARE * hold_s:
            found.append("short")
    return Judgement(
        tuple(found),
        onset_s,
        end_s,
        level,
        tuple(levels.tolist()),
        bad,
        tuple(np.bitwise_or.reduce(flags[cue:], axis=0).tolist()),
    )


def judge_rest(
    power: Floats, flags: NDArray[np.uint8], lost: Floats, quiet: Floats | None, cue: int
) -> Judgement:
    """Judge a rest: only noise can be wrong with it, as moving about is what most of them are for.

    Args:
        power, flags, lost, cue: as `judge`.
        quiet: [ch] power at rest; None: this is the first of it.
    """
    base = np.median(power[cue:], axis=0) if quiet is None else quiet
    over = power[cue:] / np.maximum(base, 1e-30)
    untrusted = ((flags[cue:] & UNTRUSTED) != 0).mean(axis=0)
    bad = tuple(np.flatnonzero(untrusted > NOISY_SHARE).tolist())
    noisy = bool(bad) or float(lost[cue:].mean()) > NOISY_SHARE
    return Judgement(
        ("noisy",) if noisy else (),
        None,
        None,
        float(np.sqrt(over.mean())),
        tuple(np.sqrt(over.mean(axis=0)).tolist()),
        bad,
        tuple(np.bitwise_or.reduce(flags[cue:], axis=0).tolist()),
    )


def smoothed(power: Floats, many: int) -> Floats:
    """[n, ch] mean over `many` increments, centred; at the edges over those there are."""
    total = np.concatenate([np.zeros((1, power.shape[1])), np.cumsum(power, axis=0)])
    at = np.arange(len(power))
    low, high = np.maximum(at - many // 2, 0), np.minimum(at - many // 2 + many, len(power))
    made: Floats = (total[high] - total[low]) / (high - low)[:, None]
    return made


def _span(
    activity: Floats, begun: float, from_: int, cue: int, sustained: int
) -> tuple[int | None, int | None]:
    """(first increment of the first stretch that lasts, increment after the last one), from `from_` on. What
    is over before the cue is not this contraction: somebody let go late of the one before."""
    above = np.concatenate([[False], activity[from_:] >= begun, [False]])
    edges = np.flatnonzero(np.diff(above.astype(np.int8)))
    starts, ends = edges[::2], edges[1::2]
    lasting = ((ends - starts) >= sustained) & (ends + from_ > cue + sustained)
    if not lasting.any():
        return None, None
    starts, ends = starts[lasting], ends[lasting]
    # What was going on when the countdown began is that of before, if another one follows.
    first = 1 if starts[0] == 0 and len(starts) > 1 else 0
    return int(starts[first]) + from_, int(ends[-1]) + from_
