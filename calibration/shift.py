"""What a few labelled windows of today change in the templates of a decoder: one solve, no training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..models.covariance import class_means
from ..models.templates import Floats, TemplateStatistics

TRIAL_DOUBT = 2.0
"""A day's class mean from one trial is off by this many times the covariance of trials (chosen on sub01 of
wearable30d, 1.5 s trials)."""


def recalibrated(
    statistics: TemplateStatistics, which: NDArray[np.intp], features: Floats
) -> TemplateStatistics:
    """The statistics with today in them.

    A class's mean today is the trained one, moved by what all classes share today, and then towards its
    own trial of today as far as days and trials let expect: gain = D (D + c T)^-1, with D how class
    means differ between days and T between trials (a Kalman gain; Chen et al. 2013,
    doi 10.1186/1743-0003-10-115 adapt mean and covariance of an LDA likewise, with one scalar).

    Args:
        statistics: as trained.
        which: [n] class of each window.
        features: [n, F] of today.
    """
    shown, apart = moved(statistics, which, features)
    noise = TRIAL_DOUBT * statistics.trial
    noise = noise + (0.02 * np.trace(statistics.day) / len(noise) + 1e-9) * np.eye(len(noise))
    gain = np.linalg.solve(statistics.day + noise, statistics.day).T
    covariance = statistics.within + 0.5 * statistics.trial
    templates = statistics.templates + shift(shown, apart, gain, statistics.templates.shape[1])
    return replace(statistics, templates=templates, covariance=covariance)


def moved(
    statistics: TemplateStatistics, which: NDArray[np.intp], features: Floats
) -> tuple[NDArray[np.intp], Floats]:
    """(indices [S] of the classes shown today, [S, F] how far from their templates their means are)."""
    shown = np.unique(which)
    means = class_means(statistics.standard(features), which, statistics.templates.shape[1])[shown]
    return shown, means - statistics.templates[0][shown]


def shift(shown: NDArray[np.intp], apart: Floats, gain: Floats, n_classes: int) -> Floats:
    """[K, F] by which templates move: all by what is shared, those shown by `gain` [F, F] of the rest.

    What a few classes share may be theirs alone, so it counts by how many of all were shown.
    """
    common = apart.mean(axis=0) * (len(shown) / n_classes)
    made: Floats = np.tile(common, (n_classes, 1))
    made[shown] += (apart - common) @ gain.T
    return made
