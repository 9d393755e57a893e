"""Rows about control: delay, window, ramp, vote, rejection."""

from __future__ import annotations

import math

import numpy as np

from ...calibration.tasks.fitts import Fitts
from ...calibration.tasks.motion import mean_of
from ...calibration.tasks.tac import Tac
from ...controller.settings import ShapingSettings
from ..closed.limbs import space_of
from .effect import Effect, Floats, Settings, correlation, less, percent_more
from .world import accuracy, calibrated_person, outcomes, per_minute, row, seconds

LEVEL = "transradial"
HAND = ("open", "power")
ARM = ("open", "power", "pronation", "supination", "wrist extension", "wrist flexion")
"""Three degrees of freedom: hand, wrist rotation, wrist flexion."""

DELAYS_S = (0.0, 0.05, 0.10, 0.15, 0.20, 0.25, 0.30)
"""Seven levels from nearly 0 to 300 ms, as Farrell and Weir's; equal steps are ours."""
DELAY_TRIALS = 12
SIGNIFICANT = 0.05 / (len(DELAYS_S) - 1)
"""Paired t test of each delay against none, corrected for their number. Ours; theirs was an analysis of
variance."""

WINDOWS_MS = (50.0, 150.0, 250.0, 350.0, 450.0, 550.0)
FEW_CHANNELS = (0, 2, 4, 6)
"""Four channels, as half of Smith's people had."""
WINDOW_TRIALS = 10

NO_SHAPING = ShapingSettings(rejection_threshold=0.0, ramp_s=0.0)
RAMP = ShapingSettings(rejection_threshold=0.0)
VOTE = ShapingSettings(rejection_threshold=0.0, ramp_s=0.0, vote_s=0.25)
LONG_VOTE = ShapingSettings(rejection_threshold=0.0, ramp_s=0.0, vote_s=1.5)
"""Vote lengths are ours."""
SHAPING_TRIALS = 12

THRESHOLDS = (0.0, 0.45, 0.60, 0.75, 0.90)
REJECTION_TRIALS = 12


def delay(seed: int, settings: Settings) -> Floats:
    """Targets a minute of one degree of freedom, the hand, at each delay."""
    worn = calibrated_person(LEVEL, seed, settings, HAND)
    task = Fitts(space_of(worn.parts, worn.model.classes), 1)
    n = settings.trials(DELAY_TRIALS)
    found = []
    for k, delay_s in enumerate(DELAYS_S):
        # The same targets; effort and noise drawn anew, as people come back to each delay.
        added_s = 0.0 if settings.without == "delay" else delay_s
        trials = task.trials(n, seed)
        found.append(per_minute(outcomes(worn, settings, trials, 1 + k, delay_s=added_s)))
    return row(*found)


def longest_ms(people: Floats) -> float:
    """Longest delay before the first that costs something significant, ms."""
    for k in range(1, people.shape[1]):
        if _costs(people[:, 0] - people[:, k]):
            return 1000.0 * DELAYS_S[k - 1]
    return 1000.0 * DELAYS_S[-1]


def _costs(lost: Floats) -> bool:
    """Student's t of paired losses, two-sided, at `SIGNIFICANT`."""
    n = len(lost)
    spread = float(lost.std(ddof=1)) / math.sqrt(n) if n > 1 else 0.0
    if spread <= 0.0:
        return bool(lost.mean() > 0.0)
    return float(lost.mean()) / spread > t_quantile(1.0 - SIGNIFICANT / 2.0, n - 1)


def t_quantile(p: float, free: int) -> float:
    """Of Student's t."""
    from scipy.stats import t

    return float(t.ppf(p, free))


def linearity(people: Floats) -> float:
    """Correlation of mean performance with delay."""
    return correlation(people.mean(axis=0), np.array(DELAYS_S))


def _shown_delay(people: Floats) -> str:
    mean = people.mean(axis=0)
    falls = bool((np.diff(mean) <= 0.0).all())
    slope = 100.0 * 0.1 * float(np.polyfit(DELAYS_S, mean, 1)[0]) / float(mean[0])
    figures = ", ".join(f"{value:.1f}" for value in mean)
    words = "falls at every step" if falls else "does not fall at every step"
    return f"targets/min at 0 to 300 ms: {figures}; {words}; {slope:.1f} % per 100 ms"


def window(seed: int, settings: Settings) -> Floats:
    """For each window: seconds to a one-motion posture, then percent wrong of held-out windows."""
    times, wrong = [], []
    for window_ms in WINDOWS_MS:
        worn = calibrated_person(LEVEL, seed, settings, ARM, window_ms, FEW_CHANNELS)
        task = Tac(space_of(worn.parts, worn.model.classes), 1)
        trials = task.trials(settings.trials(WINDOW_TRIALS), seed)
        times.append(seconds(outcomes(worn, settings, trials)))
        wrong.append(100.0 - accuracy(worn.model))
    return row(*times, *wrong)


def best_window_ms(people: Floats) -> float:
    """Window of the least mean time."""
    return WINDOWS_MS[int(np.argmin(people[:, : len(WINDOWS_MS)].mean(axis=0)))]


def best_offline_ms(people: Floats) -> float:
    """Window of the least mean error, nobody closing the loop."""
    return WINDOWS_MS[int(np.argmin(people[:, len(WINDOWS_MS) :].mean(axis=0)))]


def _shown_window(people: Floats) -> str:
    mean = people.mean(axis=0)
    pairs = zip(WINDOWS_MS, mean[: len(WINDOWS_MS)], mean[len(WINDOWS_MS) :], strict=True)
    return "; ".join(f"{ms:.0f} ms: {s:.2f} s, {wrong:.1f} % wrong" for ms, s, wrong in pairs)


def shaping(seed: int, settings: Settings) -> Floats:
    """Postures of two motions: targets a minute, path efficiency in %, of none, ramp, vote."""
    worn = calibrated_person(LEVEL, seed, settings, ARM)
    task = Tac(space_of(worn.parts, worn.model.classes), 2)
    n = settings.trials(SHAPING_TRIALS)
    vote = LONG_VOTE if settings.without == "patience" else VOTE
    found = [
        outcomes(worn, settings, task.trials(n, seed), shaping=each) for each in (NO_SHAPING, RAMP, vote)
    ]
    return row(*map(per_minute, found), *(100.0 * mean_of(each, "path_efficiency") for each in found))


def rejection(seed: int, settings: Settings) -> Floats:
    """Throughput, bit/s, at each threshold; a target that was not reached has none."""
    worn = calibrated_person(LEVEL, seed, settings, ARM)
    task = Fitts(space_of(worn.parts, worn.model.classes), 2)
    found = []
    for threshold in THRESHOLDS:
        how = ShapingSettings(rejection_threshold=threshold)
        trials = task.trials(settings.trials(REJECTION_TRIALS), seed)
        bits = [o.figures.get("throughput_bit_s", 0.0) for o in outcomes(worn, settings, trials, shaping=how)]
        found.append(float(np.mean(bits)))
    return row(*found)


def best_threshold(people: Floats) -> float:
    """Threshold of the highest mean throughput; the lowest of equals."""
    return THRESHOLDS[int(np.argmax(people.mean(axis=0)))]


def least_gain(people: Floats) -> float:
    """Gain over no rejection, %, at the threshold that gains least."""
    mean = people.mean(axis=0)
    return 100.0 * (float(mean[1:].min()) / float(mean[0]) - 1.0)


def _shown_rejection(people: Floats) -> str:
    return "bit/s at " + ", ".join(
        f"{threshold:g}: {mean:.2f}" for threshold, mean in zip(THRESHOLDS, people.mean(axis=0), strict=True)
    )


_FARRELL = "Farrell and Weir 2007, FACTS 1 (PMC8173529); box and blocks there, a hand's Fitts targets here"
_RAMP = "Simon 2011, FACTS 1 (PMC4269322); blocks stacked in 3 min there, postures a minute here"
_VOTE = "Simon and Hargrove 2011, FACTS 3; five non-amputees there"
_REJECTION = "FACTS 3 (unbscholar 384d2deb): 24 able-bodied, SVM there, our decoder and 20 people here"
_SEEN = ("traits.visual_delay_s", "traits.reaction_s", "traits.approach_s")

EFFECTS = (
    Effect(
        "delay_longest",
        "longest pure delay that costs nothing significant",
        _FARRELL,
        "ms",
        (100.0, 125.0),
        20,
        delay,
        longest_ms,
        300.0,
        "delay",
        shows=_shown_delay,
        sweep=_SEEN,
    ),
    Effect(
        "delay_linear",
        "performance falls linearly with delay (correlation; beyond -0.9 is ours)",
        _FARRELL,
        "r",
        (-math.inf, -0.9),
        20,
        delay,
        linearity,
        0.0,
        "delay",
        sweep=_SEEN,
    ),
    Effect(
        "window",
        "best window between 50 and 550 ms",
        "Smith 2011, FACTS 1 (PMC4241762); four channels, TAC here",
        "ms",
        (150.0, 250.0),
        13,
        window,
        best_window_ms,
        550.0,
        "loop",
        instead=best_offline_ms,
        shows=_shown_window,
        sweep=("traits.visual_delay_s", "traits.unlike"),
    ),
    Effect(
        "ramp",
        "velocity ramp beats none: targets a minute",
        _RAMP,
        "% more",
        (76.0, 89.0),
        5,
        shaping,
        percent_more(1, 0),
        0.0,
        "errors",
        sweep=("traits.unlike", "traits.wobble"),
        n_read=False,
    ),
    Effect(
        "ramp_path",
        "velocity ramp makes paths more direct",
        _VOTE,
        "points",
        (0.0, math.inf),
        5,
        shaping,
        less(3, 4),
        0.0,
        "errors",
        sweep=("traits.unlike",),
    ),
    Effect(
        "vote",
        "majority vote gains nothing over none: targets a minute",
        _VOTE,
        "% more",
        0.0,
        5,
        shaping,
        percent_more(2, 0),
        0.0,
        "patience",
        sameness=True,
        sweep=("traits.unlike", "traits.visual_delay_s"),
    ),
    Effect(
        "rejection_best",
        "threshold of confidence that gives the best throughput",
        _REJECTION,
        "posterior",
        (0.60, 0.75),
        20,
        rejection,
        best_threshold,
        0.0,
        "errors",
        shows=_shown_rejection,
        sweep=("traits.unlike",),
    ),
    Effect(
        "rejection_gain",
        "rejection raises throughput at every threshold",
        _REJECTION,
        "% more",
        (0.0, math.inf),
        20,
        rejection,
        least_gain,
        0.0,
        "errors",
        sweep=("traits.unlike",),
    ),
)
