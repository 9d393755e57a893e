"""The statistics of the default decoder from labelled windows; see `models.templates`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from ..models.batch import Windows
from ..models.covariance import class_means, mean_and_scale, shrunk, whitener
from ..models.templates import Floats, TemplateStatistics
from ..models.turned import turned_columns
from .committee import committee

TURNS: tuple[tuple[int, float], ...] = (
    *((0, 0.0), (1, 0.25), (-1, 0.25), (1, 0.5), (-1, 0.5)),
    *((1, 1.0), (-1, 1.0)),
)
"""(whole electrodes, share of the way there) of each template; 0 first."""
PENALTY = 25.0
"""What a template turned by a whole electrode pays, half of it by half a one. Chosen on sub01 of wearable30d
(docs/decoding.md)."""
DIRECTIONS = 8
"""A class's own covariance is kept in so many directions; 16 scored the same."""
LEAST_TURNED = 4
"""Channels around a limb; with fewer, a turn is another montage."""
STEP = 0.25
"""Of a window: windows that overlap by more than three quarters say little new of second moments, or of how
sure to be. Held out on five days of sub01 of wearable30d, templates of windows every 10 and 50 ms decide both
.957 of windows rightly; without a channel .945 and .944."""
UNKNOWN_DAY = 4.0
"""With fewer than three conditions: how much more a class's mean moves between days than between trials."""


def turns_of(n_channels: int) -> tuple[tuple[int, float], ...]:
    """The turns of templates for so many channels."""
    return TURNS if n_channels >= LEAST_TURNED else TURNS[:1]


def penalties_of(n_channels: int) -> Floats:
    """[R] see `PENALTY`."""
    return np.array([PENALTY * share for _, share in turns_of(n_channels)])


def statistics_of(windows: Windows, labels: NDArray[np.int64], names: tuple[str, ...]) -> TemplateStatistics:
    """Statistics with every channel.

    Args:
        windows: of training.
        labels: [K] ascending values of `windows.label`.
        names: of the features.
    """
    which = np.searchsorted(labels, windows.label)
    n_channels = windows.rms.shape[1]
    trials = _Trials.of(windows, windows.features, which)
    plain = trials.averaged(trials.which, len(labels))
    turned = []
    for by, share in turns_of(n_channels)[1:]:
        there = plain[:, turned_columns(names, by, n_channels)]
        turned.append(plain + share * (there - plain))
    members = committee(names, range(n_channels))
    return _statistics(windows.features, which, trials, [plain, *turned], members)


def spaced(windows: Windows) -> NDArray[np.bool_]:
    """[n] which windows to keep where all would say the same: the first of a trial that ends in each `STEP`
    of a window; all, where windows do not know how long they are.

    Args:
        windows: in the order of time.
    """
    if windows.signal_features is None:
        return np.ones(len(windows), np.bool_)
    step = max(1, round(STEP * windows.signal_features.window))
    kept: NDArray[np.bool_] = np.diff(windows.index // step, prepend=-1) != 0
    kept |= np.diff(windows.trials(), prepend=-1) != 0
    return kept


class Losses:
    """Statistics without single channels, from `spaced` windows. A turned template without one channel is
    made of what its neighbours' losses leave, so each loss is told once, when it is first asked about.

    Args:
        windows: of training, with moments.
        labels: [K] ascending values of `windows.label`.
        names: of the features.
    """

    def __init__(self, windows: Windows, labels: NDArray[np.int64], names: tuple[str, ...]) -> None:
        self._all, self._labels, self._names, self._n_classes = windows, labels, names, len(labels)
        self._plain: dict[int, tuple[TemplateStatistics, NDArray[np.bool_], Floats]] = {}

    @cached_property
    def _windows(self) -> Windows:
        return self._all.where(spaced(self._all))

    @cached_property
    def _which(self) -> NDArray[np.intp]:
        return np.searchsorted(self._labels, self._windows.label)

    def _told(self, lost: int) -> tuple[TemplateStatistics, NDArray[np.bool_], Floats]:
        """(statistics of what remains, with templates of turn 0 only; what remains; class means [K, F])."""
        if lost not in self._plain:
            features = self._windows.without((lost,))
            kept: NDArray[np.bool_] = np.isfinite(features[0])
            remaining = np.compress(kept, features, axis=1)
            trials = _Trials.of(self._windows, remaining, self._which)
            means = np.full((self._n_classes, len(kept)), np.nan)
            means[:, kept] = trials.averaged(trials.which, self._n_classes)
            channels = [c for c in range(self._windows.rms.shape[1]) if c != lost]
            members = committee(list(compress(self._names, kept)), channels)
            made = _statistics(remaining, self._which, trials, [means[:, kept]], members)
            self._plain[lost] = made, kept, means
        return self._plain[lost]

    def statistics(self, lost: int) -> TemplateStatistics:
        """Without this channel, in the layout of all features: those that vanish count nothing."""
        small, kept, plain = self._told(lost)
        n_channels = self._windows.rms.shape[1]
        templates = [small.templates[0]]
        for by, share in turns_of(n_channels)[1:]:
            # The place that is lost here saw another channel before the turn.
            there = self._told((lost + by) % n_channels)[2][:, turned_columns(self._names, by, n_channels)]
            turned = plain + share * (there - plain)
            templates.append((turned[:, kept] - small.mean) / small.scale)
        return _spread_out(replace(small, templates=np.stack(templates)), kept)


@dataclass(frozen=True)
class _Trials:
    """Trials, of which only the mean of the windows is left: all that means of classes and days need.

    Attributes:
        means: [T, F].
        count: [T] windows.
        which: [T] class.
        cond: [T] condition.
    """

    means: Floats
    count: NDArray[np.int64]
    which: NDArray[np.intp]
    cond: NDArray[np.int64]

    @classmethod
    def of(cls, windows: Windows, features: Floats, which: NDArray[np.intp]) -> _Trials:
        """Those of windows with these features [n, F], of these classes [n]."""
        _, first, count = np.unique(windows.trials(), return_index=True, return_counts=True)
        means = np.add.reduceat(features, first, axis=0) / count[:, None]
        return cls(means, count, which[first], windows.cond[first])

    def averaged(self, group: NDArray[np.intp], n_groups: int) -> Floats:
        """[G, F] mean of the windows of each group of trials [T]; NaN for an absent one."""
        weight = self.count[:, None].astype(np.float64)
        made: Floats = class_means(self.means * weight, group, n_groups) / class_means(
            weight, group, n_groups
        )
        return made


def _statistics(
    features: Floats,
    which: NDArray[np.intp],
    trials: _Trials,
    templates: list[Floats],
    members: NDArray[np.bool_],
) -> TemplateStatistics:
    mean, scale = mean_and_scale(features)
    n_classes = len(templates[0])
    apart = [features[which == k] for k in range(n_classes)]
    for own, template in zip(apart, templates[0], strict=True):
        own -= template
        own /= scale
    scatter = np.stack([own.T @ own for own in apart])
    raw = scatter.sum(axis=0) / len(features)
    share = _shrinkage(raw, np.concatenate([np.einsum("nf,nf->n", own, own) for own in apart]))
    covariance = shrunk(raw, share)
    directions, variances = _own_directions(
        scatter / np.bincount(which, minlength=n_classes)[:, None, None], covariance
    )
    stacked = (np.stack(templates) - mean) / scale
    there = replace(trials, means=(trials.means - mean) / scale)
    trial, day = _between(there, n_classes)
    within = shrunk(raw - _moved(there, stacked[0]), share)
    return TemplateStatistics(
        mean, scale, stacked, covariance, directions, variances, within, trial, day, members
    )


def _shrinkage(covariance: Floats, squared: Floats) -> float:
    """How far to shrink (Ledoit and Wolf 2004, doi 10.1016/S0047-259X(03)00096-4).

    The mean squared error of the covariance's entries, over their distance from the scaled identity. Summed
    over all entries the fourth moments that the error needs are the mean of |x|^4, one number a window.

    Args:
        covariance: [F, F] about the known mean 0.
        squared: [n] |x|^2 of the windows that it is of.
    """
    trace, entries = np.trace(covariance), (covariance**2).sum()
    far = entries - trace**2 / len(covariance)
    error = (np.mean(squared**2) - entries) / len(squared)
    return float(np.clip(error / far, 0.0, 1.0)) if far > 0.0 else 1.0


def _moved(trials: _Trials, centres: Floats) -> Floats:
    """[F, F] covariance, over windows, of a class's mean in a condition about its `centres` [K, F] over all:
    the covariance about the class is this, and that about the class in its condition."""
    cell, n_cells = _cells(trials, len(centres))
    there = np.unique(cell)
    apart = trials.averaged(cell, n_cells)[there] - centres[there % len(centres)]
    count = np.bincount(cell, weights=trials.count)[there]
    made: Floats = (apart * count[:, None]).T @ apart / count.sum()
    return made


def _cells(trials: _Trials, n_classes: int) -> tuple[NDArray[np.intp], int]:
    """([T] number of its condition and class, how many there are)."""
    conds, place = np.unique(trials.cond, return_inverse=True)
    return place * n_classes + trials.which, len(conds) * n_classes


def _own_directions(own: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """(directions [K, m, F], variances [K, m]) in which a class varies most, measured by all classes': `own`
    [K, F, F] are each class's covariances, `covariance` all's."""
    root = whitener(covariance)
    values, vectors = np.linalg.eigh(root @ own @ root.T)
    many = min(DIRECTIONS, len(root))
    variances = np.maximum(values[:, ::-1][:, :many], 0.0)
    directions: Floats = vectors[:, :, ::-1][:, :, :many].transpose(0, 2, 1) @ root
    return directions, variances


def _between(trials: _Trials, n_classes: int) -> tuple[Floats, Floats]:
    """(covariance of trials about their class within a condition, of a class's condition means about its
    mean without what all classes share)."""
    means, size = trials.means, trials.means.shape[1]
    cell, n_cells = _cells(trials, n_classes)
    centres = class_means(means, cell, n_cells)
    apart = means - centres[cell]
    freedom = len(means) - len(np.unique(cell))
    trial = apart.T @ apart / freedom if freedom > 0 else np.zeros((size, size))
    if n_cells < 3 * n_classes:
        return trial, UNKNOWN_DAY * trial
    by_day = centres.reshape(-1, n_classes, size)
    moved = by_day - np.nanmean(by_day, axis=0)
    moved -= np.nanmean(moved, axis=1, keepdims=True)
    rows = moved.reshape(-1, size)
    rows = rows[np.isfinite(rows).all(axis=1)]
    return trial, rows.T @ rows / len(rows)


def _spread_out(small: TemplateStatistics, kept: NDArray[np.bool_]) -> TemplateStatistics:
    """Statistics of some features in the layout of all: the others have mean 0 and no part in anything."""
    size = len(kept)

    def wide(part: Floats | NDArray[np.bool_], fill: float = 0.0) -> Floats:
        made = np.full((*part.shape[:-1], size), fill)
        made[..., kept] = part
        return made

    def square(part: Floats, diagonal: float = 0.0) -> Floats:
        made = np.eye(size) * diagonal
        made[np.ix_(kept, kept)] = part
        return made

    return TemplateStatistics(
        wide(small.mean),
        wide(small.scale, 1.0),
        wide(small.templates),
        square(small.covariance, 1.0),
        wide(small.directions),
        small.variances,
        square(small.within, 1.0),
        square(small.trial),
        square(small.day),
        wide(small.members).astype(np.bool_),
    )
