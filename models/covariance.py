"""Means and covariances that decoders are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def mean_and_scale(features: Floats) -> tuple[Floats, Floats]:
    """([F] mean, [F] standard deviation) of features [n, F].

    A feature that never changed says nothing; scale 1 keeps it from dividing by zero.
    """
    mean, scale = features.mean(axis=0), features.std(axis=0)
    scale[scale <= 1e-12 * np.maximum(1.0, np.abs(mean))] = 1.0
    return mean, scale


def class_means(features: Floats, which: NDArray[np.integer], n_classes: int) -> Floats:
    """[K, F]; a class that is absent is NaN."""
    order = np.argsort(which, kind="stable")
    counts = np.bincount(which, minlength=n_classes)
    there = np.flatnonzero(counts)
    made = np.full((n_classes, features.shape[1]), np.nan)
    if len(there):
        starts = (np.cumsum(counts) - counts)[there]
        made[there] = np.add.reduceat(features[order], starts, axis=0) / counts[there, None]
    return made


def shrunk(covariance: Floats, share: float) -> Floats:
    """[F, F] mixed with a share of the scaled identity (Ledoit and Wolf 2004,
    doi 10.1016/S0047-259X(03)00096-4); 1e-9 keeps it invertible where nothing ever varied."""
    size = len(covariance)
    made: Floats = (1.0 - share) * covariance
    made[np.diag_indices(size)] += share * np.trace(covariance) / size + 1e-9
    return made


def whitener(covariance: Floats) -> Floats:
    """[F, F]: |whitener @ centred features| is the Mahalanobis length."""
    made: Floats = np.linalg.inv(np.linalg.cholesky(covariance))
    return made
