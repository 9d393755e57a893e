"""How sure a movement must be: thresholds chosen by how often a wrong movement may be acted on.

A fixed threshold means something else for every person and every number of repetitions, because the posterior
of right decisions depends on the temperature (2.8 to 14 were learnt). So the threshold is learnt where the
decoder had not been trained: the lowest one that keeps the rate of wrong movements, with its doubt, under a
target, as in risk-controlling prediction sets (Bates et al. 2021, arXiv 2101.02703: the loss falls as
the threshold rises, so coming down from the strictest one needs no correction for having tried many).

The doubt is that of trials: windows of one contraction are wrong together. It is a Clopper-Pearson bound for
as many independent windows as the trials are worth (Korn and Graubard 1998, Survey Methodology 24:193). It
speaks of more trials of that session: across days and arm positions it promises nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecordingError

TARGET = 0.05
"""Share of windows in which a movement that was not asked may be acted on, its doubt included. Ours: no study
gives one. It is about the least that a calibration can promise: 22 trials without any error leave a bound of
.026. On wearable30d (sub01, 22 classes, within a day) it ends at .026 measured, from .056 without
rejection."""
CONFIDENCE = 0.9
MOST_REJECTED = 0.1
"""Share of all right movements that may be refused for it. Ours: at high thresholds right decisions are
filtered out at rates that may impair use (24 people, seven thresholds: "Rejection of Systemic and Operator
Errors in a Real-Time Myoelectric Control Task", 2018)."""
MOST_REJECTED_OF_ONE = 0.25
"""The same for each movement alone; ours. One threshold for all can make a movement impossible that is always
decided with doubt: in one of the people of biopatrec_leg it refused 99.7 % of one."""
WORTH = 4.0
"""Independent windows that a trial is worth at most: median over the days of wearable30d, one person, 1.5 s
trials (3.9 to 4.8 for thresholds of 0 to .6); needed because few trials without an error show no
clustering."""
_LEVELS = 100
"""Thresholds are tried in steps of one hundredth."""


@dataclass(frozen=True)
class Thresholds:
    """Thresholds and what they do on the held-out windows.

    Attributes:
        values: one per class, 0 for rest: least posterior of the class that starts it.
        wrong_rate: share of windows acted on wrongly.
        bound: upper confidence bound of that share.
        met: whether the bound is at most the target. If not, these are the most that may be asked for.
        rejected: share of the windows decided rightly as a movement that are refused.
    """

    values: tuple[float, ...]
    wrong_rate: float
    bound: float
    met: bool
    rejected: float


@dataclass(frozen=True)
class Rejection:
    """What was learnt.

    Attributes:
        by_class: one threshold, lowered for each movement that would lose too much by it.
        one: the same threshold for all movements. With calibrated posteriors no other choice refuses less for
            the same errors (Chow 1970, doi 10.1109/TIT.1970.1054406); but see `MOST_REJECTED_OF_ONE`.
        without: no rejection.
        trials: that the bounds rest on.
        target: as asked.
        confidence: as asked.
    """

    by_class: Thresholds
    one: Thresholds
    without: Thresholds
    trials: int
    target: float
    confidence: float


def learn_rejection(
    posterior: NDArray[np.float64],
    right: NDArray[np.int64],
    trial: NDArray[np.int64],
    rest: int,
    *,
    target: float = TARGET,
    confidence: float = CONFIDENCE,
) -> Rejection:
    """Learn thresholds from windows that the decoder was not trained on.

    Args:
        posterior: [n, K], calibrated.
        right: [n] index of the right class.
        trial: [n] a number for each contraction; windows of one have the same.
        rest: index of rest.
        target: greatest share of windows acted on wrongly; the mix of classes is that of the windows.
        confidence: that the share among further trials stays under the bound.

    Raises:
        RecordingError: no window, or fewer than two trials; a target or confidence outside 0 to 1.
    """
    for name, value in (("target", target), ("confidence", confidence)):
        if not 0.0 < value < 1.0:
            raise RecordingError(f"rejection: {name} = {value:g}; allowed is more than 0 and less than 1")
    held = _Held(posterior, right, trial, rest, confidence)
    if held.trials < 2:
        raise RecordingError(
            f"rejection: {held.trials} held-out trials; 2 are needed", "record more repetitions"
        )
    n_classes = posterior.shape[1]
    same = np.repeat(np.arange(held.cap() + 1)[:, np.newaxis], n_classes, axis=1)
    return Rejection(
        held.choose(np.minimum(same, held.caps()), target),
        held.choose(same, target),
        held.describe(np.zeros(n_classes, np.int64), target),
        held.trials,
        target,
        confidence,
    )


def upper_bound(rate: float, n: float, confidence: float) -> float:
    """One-sided upper bound of a share (Clopper and Pearson 1934, doi 10.1093/biomet/26.4.404).

    Args:
        rate: observed share.
        n: independent observations; need not be whole.
        confidence: that the true share is not above.
    """
    from scipy.special import betaincinv

    return 1.0 if rate >= 1.0 else float(betaincinv(rate * n + 1.0, (1.0 - rate) * n, confidence))


class _Held:
    """Held-out windows, sorted into what rejection can change."""

    def __init__(
        self,
        posterior: NDArray[np.float64],
        right: NDArray[np.int64],
        trial: NDArray[np.int64],
        rest: int,
        confidence: float,
    ) -> None:
        top = posterior.argmax(axis=1)
        # The highest hundredth that does not exceed the posterior: a threshold of that size accepts it. None
        # is 1, which would refuse everything.
        level = np.floor(posterior.max(axis=1, initial=0.0) * _LEVELS + 1e-9).astype(np.int64)
        level = np.minimum(level, _LEVELS - 1)
        _, number = np.unique(trial, return_inverse=True)
        self._windows = np.bincount(number)
        self.trials = len(self._windows)
        self._rest, self._confidence, self._n_classes = rest, confidence, posterior.shape[1]
        wrong, good = (top != rest) & (top != right), (top != rest) & (top == right)
        self._wrong_top, self._wrong_level, self._wrong_trial = top[wrong], level[wrong], number[wrong]
        self._good_top, self._good_level = top[good], level[good]

    def cap(self) -> int:
        """The highest level that refuses at most `MOST_REJECTED` of all right movements."""
        return _highest(self._good_level, MOST_REJECTED)

    def caps(self) -> NDArray[np.int64]:
        """[K] the same for each movement; none for one never decided rightly: it has none to lose."""
        each = [self._good_level[self._good_top == k] for k in range(self._n_classes)]
        return np.array(
            [_highest(levels, MOST_REJECTED_OF_ONE) if len(levels) else _LEVELS for levels in each]
        )

    def choose(self, rows: NDArray[np.int64], target: float) -> Thresholds:
        """Of rows from lenient to strict, the first that meets the target with all stricter ones; if none
        does, the one with the least bound."""
        found = [self.describe(row, target) for row in rows]
        best = len(found) - 1
        if not found[best].met:
            return min(found, key=lambda one: one.bound)
        while best and found[best - 1].met:
            best -= 1
        return found[best]

    def describe(self, levels: NDArray[np.int64], target: float) -> Thresholds:
        """What a threshold per class does."""
        levels = levels.copy()
        levels[self._rest] = 0
        acted = self._wrong_trial[self._wrong_level >= levels[self._wrong_top]]
        wrong = np.bincount(acted, minlength=self.trials)
        rate = float(wrong.sum() / self._windows.sum())
        bound = upper_bound(rate, self._independent(wrong, rate), self._confidence)
        refused = int((self._good_level < levels[self._good_top]).sum())
        values = tuple(float(v) for v in levels / _LEVELS)
        return Thresholds(values, rate, bound, bound <= target, refused / max(1, len(self._good_level)))

    def _independent(self, wrong: NDArray[np.int64], rate: float) -> float:
        """How many independent windows would know the rate as well as these trials."""
        most = min(WORTH * self.trials, float(self._windows.sum()))
        if not 0.0 < rate < 1.0:
            return most
        # Variance of a ratio over clusters; every trial's errors against those it should have had.
        spread = ((wrong - rate * self._windows) ** 2).sum() * self.trials / (self.trials - 1)
        worth = rate * (1.0 - rate) * float(self._windows.sum()) ** 2 / max(float(spread), 1e-12)
        return float(np.clip(worth, min(self.trials, most), most))


def _highest(levels: NDArray[np.int64], share: float) -> int:
    """The highest level that at most this share of `levels` is below."""
    return int(np.sort(levels)[int(share * len(levels))]) if len(levels) else 0
