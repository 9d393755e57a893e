"""The statistics of the default decoder from labelled windows; see `models.templates`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf_shrinkage

from ..models.batch import Windows
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


def class_means(features: Floats, which: NDArray[np.int64], n_classes: int) -> Floats:
    """[K, F]; a class that is absent is NaN."""
    sums = np.zeros((n_classes, features.shape[1]))
    np.add.at(sums, which, features)
    counts = np.bincount(which, minlength=n_classes).astype(float)
    made: Floats = sums / np.where(counts > 0, counts, np.nan)[:, None]
    return made


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


def statistics_without(
    windows: Windows, labels: NDArray[np.int64], names: tuple[str, ...], lost: int
) -> TemplateStatistics:
    """Statistics without one channel, in the layout of all features: those that vanish count nothing."""
    which = np.searchsorted(labels, windows.label)
    n_channels, n_classes = windows.rms.shape[1], len(labels)
    features = windows.without((lost,))
    kept: NDArray[np.bool_] = np.all(np.isfinite(features), axis=0)
    plain = class_means(features, which, n_classes)
    turned = []
    for by, share in turns_of(n_channels)[1:]:
        # The place that is lost here saw another channel before the turn.
        source = (lost + by) % n_channels
        there = class_means(windows.without((source,)), which, n_classes)
        turned.append(plain + share * (there[:, turned_columns(names, by, n_channels)] - plain))
    small = _statistics(windows, features[:, kept], which, [m[:, kept] for m in (plain, *turned)])
    return _spread_out(small, kept)


def _statistics(
    windows: Windows, features: Floats, which: NDArray[np.int64], templates: list[Floats]
) -> TemplateStatistics:
    mean, scale = features.mean(axis=0), features.std(axis=0)
    # A feature that never changed in training says nothing; scale 1 keeps it from dividing by zero.
    scale[scale <= 1e-12 * np.maximum(1.0, np.abs(mean))] = 1.0
    z = (features - mean) / scale
    stacked = (np.stack(templates) - mean) / scale
    apart = z - stacked[0][which]
    share = float(ledoit_wolf_shrinkage(apart, assume_centered=True)) if np.any(apart) else 1.0
    covariance = _shrunk(apart, share)
    directions, variances = _own_directions(apart, which, covariance, len(stacked[0]))
    trial, day = _between(z, windows, which, len(stacked[0]))
    within = _within(z, windows.cond, which, len(stacked[0]), share)
    return TemplateStatistics(mean, scale, stacked, covariance, directions, variances, within, trial, day)


def _shrunk(apart: Floats, share: float) -> Floats:
    """[F, F] covariance of centred rows with a share of the scaled identity (Ledoit and Wolf 2004)."""
    made: Floats = apart.T @ apart / len(apart)
    level = float(np.trace(made)) / len(made)
    made *= 1.0 - share
    made[np.diag_indices(len(made))] += share * level + 1e-9
    return made


def _within(
    z: Floats, cond: NDArray[np.int64], which: NDArray[np.int64], n_classes: int, share: float
) -> Floats:
    conds, place = np.unique(cond, return_inverse=True)
    cell = place * n_classes + which
    return _shrunk(z - class_means(z, cell, len(conds) * n_classes)[cell], share)


def _own_directions(
    apart: Floats, which: NDArray[np.int64], covariance: Floats, n_classes: int
) -> tuple[Floats, Floats]:
    """(directions [K, m, F], variances [K, m]) in which a class varies most, measured by all classes'."""
    root = np.linalg.inv(np.linalg.cholesky(covariance))
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
