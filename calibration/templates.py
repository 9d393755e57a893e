"""The statistics of the default decoder from labelled windows; see `models.templates`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf_shrinkage

from ..models.batch import Windows
from ..models.covariance import class_means, mean_and_scale, shrunk, whitener
from ..models.templates import Floats, TemplateStatistics
from ..models.turned import turned_columns

TURNS: tuple[tuple[int, float], ...] = ((0, 0.0), (1, 0.5), (-1, 0.5), (1, 1.0), (-1, 1.0))
"""(whole electrodes, share of the way there) of each template; 0 first."""
PENALTY = 25.0
"""What a template turned by a whole electrode pays, half of it by half a one. Chosen on sub01 of wearable30d
(docs/decoding.md)."""
DIRECTIONS = 8
"""A class's own covariance is kept in so many directions; 16 scored the same."""
LEAST_TURNED = 4
"""Channels around a limb; with fewer, a turn is another montage."""
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
    turned = []
    plain = class_means(windows.features, which, len(labels))
    for by, share in turns_of(n_channels)[1:]:
        there = plain[:, turned_columns(names, by, n_channels)]
        turned.append(plain + share * (there - plain))
    return _statistics(windows, windows.features, which, [plain, *turned])


class Losses:
    """Statistics without single channels. A turned template without one channel is made of what its
    neighbours' losses leave, so each loss is told once, when it is first asked about.

    Args:
        windows: of training, with moments.
        labels: [K] ascending values of `windows.label`.
        names: of the features.
    """

    def __init__(self, windows: Windows, labels: NDArray[np.int64], names: tuple[str, ...]) -> None:
        self._windows, self._names, self._n_classes = windows, names, len(labels)
        self._which = np.searchsorted(labels, windows.label)
        self._plain: dict[int, tuple[TemplateStatistics, NDArray[np.bool_], Floats]] = {}

    def _told(self, lost: int) -> tuple[TemplateStatistics, NDArray[np.bool_], Floats]:
        """(statistics of what remains, with templates of turn 0 only; what remains; class means [K, F])."""
        if lost not in self._plain:
            features = self._windows.without((lost,))
            kept: NDArray[np.bool_] = np.isfinite(features[0])
            remaining = np.compress(kept, features, axis=1)
            means = np.full((self._n_classes, len(kept)), np.nan)
            means[:, kept] = class_means(remaining, self._which, self._n_classes)
            made = _statistics(self._windows, remaining, self._which, [means[:, kept]])
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


def _statistics(
    windows: Windows, features: Floats, which: NDArray[np.int64], templates: list[Floats]
) -> TemplateStatistics:
    mean, scale = mean_and_scale(features)
    z = (features - mean) / scale
    stacked = (np.stack(templates) - mean) / scale
    apart = z - stacked[0][which]
    share = float(ledoit_wolf_shrinkage(apart, assume_centered=True)) if np.any(apart) else 1.0
    covariance = shrunk(apart.T @ apart / len(apart), share)
    directions, variances = _own_directions(apart, which, covariance, len(stacked[0]))
    trial, day = _between(z, windows, which, len(stacked[0]))
    within = _within(z, windows.cond, which, len(stacked[0]), share)
    return TemplateStatistics(mean, scale, stacked, covariance, directions, variances, within, trial, day)


def _within(
    z: Floats, cond: NDArray[np.int64], which: NDArray[np.int64], n_classes: int, share: float
) -> Floats:
    conds, place = np.unique(cond, return_inverse=True)
    cell = place * n_classes + which
    apart = z - class_means(z, cell, len(conds) * n_classes)[cell]
    return shrunk(apart.T @ apart / len(apart), share)


def _own_directions(
    apart: Floats, which: NDArray[np.int64], covariance: Floats, n_classes: int
) -> tuple[Floats, Floats]:
    """(directions [K, m, F], variances [K, m]) in which a class varies most, measured by all classes'."""
    root = whitener(covariance)
    white = apart @ root.T
    many = min(DIRECTIONS, apart.shape[1])
    directions = np.zeros((n_classes, many, apart.shape[1]))
    variances = np.zeros((n_classes, many))
    for k in range(n_classes):
        own = white[which == k]
        values, vectors = np.linalg.eigh(own.T @ own / max(1, len(own)))
        variances[k] = np.maximum(values[::-1][:many], 0.0)
        directions[k] = vectors[:, ::-1][:, :many].T @ root
    return directions, variances


def _between(z: Floats, windows: Windows, which: NDArray[np.int64], n_classes: int) -> tuple[Floats, Floats]:
    """(covariance of trials about their class within a condition, of a class's condition means about its
    mean without what all classes share)."""
    size = z.shape[1]
    number = windows.trials()
    first = np.unique(number, return_index=True)[1]
    means = class_means(z, number, int(number.max()) + 1)
    conds, cond = np.unique(windows.cond[first], return_inverse=True)
    cell = cond * n_classes + which[first]
    centres = class_means(means, cell, len(conds) * n_classes)
    apart = means - centres[cell]
    freedom = len(means) - len(np.unique(cell))
    trial = apart.T @ apart / freedom if freedom > 0 else np.zeros((size, size))
    if len(conds) < 3:
        return trial, UNKNOWN_DAY * trial
    by_day = centres.reshape(len(conds), n_classes, size)
    moved = by_day - np.nanmean(by_day, axis=0)
    moved -= np.nanmean(moved, axis=1, keepdims=True)
    rows = moved.reshape(-1, size)
    rows = rows[np.isfinite(rows).all(axis=1)]
    return trial, rows.T @ rows / len(rows)


def _spread_out(small: TemplateStatistics, kept: NDArray[np.bool_]) -> TemplateStatistics:
    """Statistics of some features in the layout of all: the others have mean 0 and no part in anything."""
    size = len(kept)

    def wide(part: Floats, fill: float = 0.0) -> Floats:
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
    )
