"""Figures of decided windows, one rule for every split."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.batch import Windows
from ..scores import confusion_matrix, summary

FIGURES = (
    "active_recall",
    "rest_recall",
    "accuracy",
    "wrong_movement_rate",
    "false_activations_per_min",
    "calibration_error",
)
BINS = 15
"""Of the expected calibration error (Guo et al. 2017, arXiv 1706.04599)."""


@dataclass(frozen=True)
class Decided:
    """Windows and what a decoder said of them.

    Attributes:
        right: [n] the asked class, an index into the recording's.
        said: [n] what is acted on: the most probable class, or rest where a movement is less
            probable than it must be.
        sure: [n] posterior of the most probable class.
        hit: [n] the most probable class is the right one.
        trial: [n] number of the trial; windows of a trial follow each other.
    """

    right: NDArray[np.int64]
    said: NDArray[np.int64]
    sure: NDArray[np.float64]
    hit: NDArray[np.bool_]
    trial: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.right)

    def take(self, rows: NDArray[Any]) -> Decided:
        """These rows, by number or by mask."""
        return Decided(self.right[rows], self.said[rows], self.sure[rows], self.hit[rows], self.trial[rows])


def decide(
    log_posterior: NDArray[np.float64],
    labels: NDArray[np.int64],
    windows: Windows,
    rest: int,
    reject: float = 0.0,
) -> Decided:
    """Act on posteriors.

    Args:
        log_posterior: [n, K], columns in the order of `labels`.
        labels: [K] classes the decoder knows.
        windows: [n] that were decided.
        rest: which class is rest.
        reject: least posterior of a movement that is acted on.
    """
    top = log_posterior.argmax(axis=1)
    sure = np.exp(log_posterior[np.arange(len(top)), top])
    best = labels[top]
    said = np.where(sure >= reject, best, rest)
    return Decided(windows.label, said, sure, best == windows.label, windows.trials())


def join(parts: Iterable[Decided]) -> Decided:
    """Several one after the other; trials stay apart."""
    parts = list(parts)
    offset, trial = 0, []
    for part in parts:
        trial.append(part.trial + offset)
        offset += int(part.trial.max(initial=-1)) + 1
    return Decided(
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.said for part in parts]),
        np.concatenate([part.sure for part in parts]),
        np.concatenate([part.hit for part in parts]),
        np.concatenate(trial),
    )


def figures(decided: Decided, n_classes: int, rest: int, increment_s: float) -> dict[str, float | None]:
    """`FIGURES` of decided windows.

    `wrong_movement_rate` is the share of windows in which a movement is acted on that was not asked.
    `false_activations_per_min` counts how often such a movement begins during rest (windows in a row are one
    activation), per minute of rest scored.
    """
    confusion = confusion_of(decided, n_classes)
    acted = decided.said != rest
    wrong = acted & (decided.said != decided.right)
    at_rest = decided.right == rest
    begins = wrong & at_rest
    begins[1:] &= ~(wrong[:-1] & at_rest[:-1] & (np.diff(decided.trial) == 0))
    rest_min = at_rest.sum() * increment_s / 60.0
    return {
        **summary(confusion, rest),
        "wrong_movement_rate": float(wrong.mean()) if len(decided) else None,
        "false_activations_per_min": float(begins.sum() / rest_min) if rest_min else None,
        "calibration_error": calibration_error(decided.sure, decided.hit),
    }


def confusion_of(decided: Decided, n_classes: int) -> NDArray[np.int64]:
    """[K, K] windows: row the asked class, column what is acted on."""
    return confusion_matrix(decided.right, decided.said, n_classes)


def calibration_error(sure: NDArray[np.float64], hit: NDArray[np.bool_]) -> float | None:
    """Expected calibration error: mean distance of how sure a decoder was from how often it was right, over
    `BINS` bins of equal width, weighted by their windows (Guo et al. 2017, arXiv 1706.04599)."""
    if not len(sure):
        return None
    which = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    gaps = np.bincount(which, hit.astype(np.float64) - sure, minlength=BINS)
    return float(np.abs(gaps).sum() / len(sure))


def measured_quantile(values: NDArray[np.float64], share: float) -> float | None:
    """The least value that this share of them does not exceed: one that was measured, as a mean with infinity
    would be none. None where it is infinite, or there is no value."""
    if not len(values):
        return None
    value = float(np.quantile(values, share, method="inverted_cdf"))
    return value if np.isfinite(value) else None


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """Probability that a positive one scores higher than another, ties half (Hanley and McNeil 1982,
    doi 10.1148/radiology.143.1.7063747); None where there is only one kind."""
    values, is_positive = np.asarray(scores), np.asarray(positive, np.bool_)
    high, low = values[is_positive], values[~is_positive]
    if not len(high) or not len(low):
        return None
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, side="left") + np.searchsorted(ordered, high, side="right")
    return float(below.mean() / (2 * len(low)))


def average(rows: Sequence[Mapping[str, Any]], keys: Iterable[str] = FIGURES) -> dict[str, float | None]:
    """Mean of each key over the rows that have a number there."""
    found: dict[str, float | None] = {}
    for key in keys:
        values = [row[key] for row in rows if row.get(key) is not None]
        found[key] = float(np.mean(values)) if values else None
    return found


def less(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, float | None]:
    """Each of `FIGURES` of `a` less that of `b`."""
    return {key: None if None in (a.get(key), b.get(key)) else a[key] - b[key] for key in FIGURES}
