"""Features computed the slow way, window by window, straight from their definitions.

Nothing here is shared with the package. One function per family, from a window x [n, ch] to its features,
feature by feature, channels inside.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def _events(x: Array) -> tuple[Array, Array]:
    """(changes of sign, strict local extremes) [ch]."""
    n, ch = x.shape
    d, zc, ssc = np.diff(x, axis=0), np.zeros(ch), np.zeros(ch)
    for c in range(ch):
        signs = [np.sign(v) for v in x[:, c] if v != 0]
        zc[c] = sum(a != b for a, b in pairwise(signs))
        ssc[c] = sum(np.sign(d[i, c]) * np.sign(d[i - 1, c]) < 0 for i in range(1, n - 1))
    return zc, ssc


def hudgins(x: Array) -> Array:
    zc, ssc = _events(x)
    return np.concatenate([np.abs(x).mean(0), zc, ssc, np.abs(np.diff(x, axis=0)).sum(0)])


def amplitudes(x: Array) -> Array:
    n, d = len(x), np.diff(x, axis=0)
    rms, variance = np.sqrt((x**2).mean(0)), (x**2).sum(0) / (n - 1)
    detector = np.exp(np.log(np.abs(x) + 1e-6).mean(0))
    mfl = np.log10(np.sqrt((d**2).sum(0) + 1e-12))
    return np.concatenate([rms, variance, detector, np.abs(x).sum(0), mfl, np.sqrt((d**2).mean(0))])


def willison(x: Array) -> Array:
    changes = np.abs(np.diff(x, axis=0))
    counts: Array = (changes > changes.mean(0) * (1 + 1e-9)).sum(0).astype(np.float64)
    return counts


def log_moments(x: Array) -> Array:
    n, d, dd = len(x), np.diff(x, axis=0), np.diff(x, 2, axis=0)
    moments = [0.5 * np.log((v**2).sum(0) / n + 1e-12) for v in (x, d, dd)]
    levels = [np.log(np.abs(x).mean(0) + 1e-6), np.log(np.abs(d).sum(0) / n + 1e-6)]
    return np.concatenate([*moments, *levels])


def crossings(x: Array) -> Array:
    return np.concatenate(_events(x))


def _lags(x: Array) -> Array:
    n = len(x)
    return np.array([(x[k:] * x[: n - k]).sum(0) / n for k in range(5)])


def autoregression(x: Array) -> Array:
    ar, lags = np.zeros((4, x.shape[1])), _lags(x)
    for c in range(x.shape[1]):
        r = lags[:, c]
        r0 = r[0] * (1 + 1e-9) + 1e-12
        matrix = np.array([[r0 if i == j else r[abs(i - j)] for j in range(4)] for i in range(4)])
        ar[:, c] = np.linalg.inv(matrix) @ r[1:]
    return ar.ravel()


def cepstrum(x: Array) -> Array:
    """From the poles of the model: 1 / A(z) has c[n] = sum of the poles' n-th powers, over n."""
    ar = autoregression(x).reshape(4, -1)
    poles = [np.roots([1.0, *-ar[:, c]]) for c in range(x.shape[1])]
    return np.array([[(p**n).sum().real / n for p in poles] for n in range(1, 5)]).ravel()


def spectrum(x: Array) -> Array:
    n = len(x)
    moments = [0.5 * np.log((np.diff(x, k, axis=0) ** 2).sum(0) / n + 1e-12) for k in range(3)]
    r = _lags(x)
    mean_frequency = np.arccos(r[1] / (r[0] + 1e-12)) / (2 * np.pi)
    bands = []
    for f in (0.0, 0.125, 0.25, 0.375, 0.5):
        power = sum((1 - abs(k) / 5) * r[abs(k)] * np.cos(2 * np.pi * f * k) for k in range(-4, 5))
        bands.append(np.log(np.maximum(power, 0) + 1e-12))
    return np.concatenate([*moments, mean_frequency, *bands])


def hjorth(x: Array) -> Array:
    n = len(x)
    m0, m2, m4 = ((np.diff(x, k, axis=0) ** 2).sum(0) / n for k in range(3))
    mobility = np.sqrt((m2 + 1e-12) / (m0 + 1e-12))
    return np.concatenate([m0, mobility, np.sqrt((m4 + 1e-12) / (m2 + 1e-12)) / mobility])


def _described(s: Array) -> Array:
    """Khushaba's six descriptors of a signal [6, ch]."""
    n, d, dd = len(s), np.diff(s, axis=0), np.diff(s, 2, axis=0)
    tiny = 1e-12
    m0 = np.sqrt((s**2).sum(0) / (n - 1) ** 2 + tiny) ** 0.1 / 0.1
    m2 = np.sqrt((d**2).sum(0) / (n - 1) + tiny) ** 0.1 / 0.1
    m4 = np.sqrt((dd**2).sum(0) / (n - 1) + tiny) ** 0.1 / 0.1
    one, two = np.abs(m0 - m2) + tiny, np.abs(m0 - m4) + tiny
    length = (np.abs(d).sum(0) + tiny) / (np.abs(dd).sum(0) + tiny)
    return np.log([m0, one, two, m0 / np.sqrt(one * two), m2 / np.sqrt(m0 * m4), np.sqrt(length)])


def tdpsd(x: Array) -> Array:
    a, b = _described(x), _described(np.log(x**2 + np.finfo(float).eps))
    return (-2 * a * b / (a**2 + b**2 + 1e-12)).ravel()


def log_covariance(x: Array) -> Array:
    n, ch = x.shape
    cov = x.T @ x / n
    cov += (1e-6 * np.trace(cov) / ch + 1e-12) * np.eye(ch)
    values, vectors = np.linalg.eigh(cov)
    log = vectors @ np.diag(np.log(values)) @ vectors.T
    return np.array([log[i, j] * (1 if i == j else np.sqrt(2)) for i in range(ch) for j in range(i, ch)])


def spatial_ratios(x: Array) -> Array:
    level = np.sqrt((x**2).mean(0) + 1e-12)
    ratios: Array = np.log(level / np.exp(np.log(level).mean()))
    return ratios


DEFINITIONS = {
    "hudgins": (hudgins,),
    "log_moments": (log_moments, crossings),
    "default": (log_moments, autoregression, log_covariance),
    "reference": (log_moments, crossings, autoregression, log_covariance),
    "tdar": (hudgins, autoregression),
    "time_domain": (hudgins, amplitudes, willison),
    "tdpsd": (tdpsd,),
    "spectral": (spectrum, cepstrum),
    "hjorth": (hjorth,),
    "riemann": (log_covariance,),
    "spatial": (spatial_ratios,),
    "window": (np.ravel,),
}


def slow_features(x: NDArray[np.float64], feature_set: str) -> NDArray[np.float64]:
    """All features of one window x [n, ch]."""
    return np.concatenate([family(x) for family in DEFINITIONS[feature_set]])
