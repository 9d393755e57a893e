"""One hidden layer over standardised features: run time, and its training, in numpy alone.

Own code because scikit-learn's network has no dropout, without which it learns days by heart, and torch is
too heavy for a limb (ADR 0007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import BundleError
from .covariance import mean_and_scale

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

HIDDEN = 256
STEPS, BATCH, RATE, DECAY = 2400, 256, 2e-3, 1e-4
DROP_INPUT, DROP_HIDDEN, SMOOTH = 0.1, 0.3, 0.05
_BETA1, _BETA2, _EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Network:
    """logits = w2 @ relu(w1 @ features + b1) + b2; standardisation is folded into w1 and b1.

    Attributes:
        w1: [H, F].
        b1: [H].
        w2: [K, H].
        b2: [K].

    Raises:
        BundleError: shapes do not fit, or a number is not finite.
    """

    w1: Floats
    b1: Floats
    w2: Floats
    b2: Floats

    def __post_init__(self) -> None:
        hidden = len(self.b1)
        if self.w1.ndim != 2 or self.w2.shape != (len(self.b2), hidden) or len(self.w1) != hidden:
            raise BundleError(f"network weights {self.w1.shape} and {self.w2.shape} do not fit")
        if not all(np.isfinite(part).all() for part in (self.w1, self.b1, self.w2, self.b2)):
            raise BundleError("the network holds numbers that are not finite")

    @property
    def n_features(self) -> int:
        """F."""
        return int(self.w1.shape[1])

    @property
    def n_classes(self) -> int:
        """K."""
        return len(self.b2)

    def logits(self, features: Floats) -> Floats:
        """[K] of one window's features [F]; the largest is 0."""
        hidden = self.w1 @ features
        hidden += self.b1
        np.maximum(hidden, 0.0, out=hidden)
        made: Floats = self.w2 @ hidden
        made += self.b2
        made -= np.maximum.reduce(made)
        return made

    def many(self, features: Floats) -> Floats:
        """[n, K] of features [n, F]."""
        made: Floats = np.maximum(features @ self.w1.T + self.b1, 0.0) @ self.w2.T + self.b2
        return made


def fit_network(features: Floats, which: NDArray[np.int64], n_classes: int, seed: int = 0) -> Network:
    """Train: AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101), cosine rate, dropout (Srivastava et al.
    2014), label smoothing. Every class is drawn equally often. The same input gives the same network.

    Args:
        features: [n, F].
        which: [n] class index, every class present.
        n_classes: K.
        seed: of starting weights, order and dropout.
    """
    rng = np.random.default_rng(seed)
    mean, scale = mean_and_scale(features)
    x = ((features - mean) / scale).astype(np.float32)
    rows = [np.flatnonzero(which == k) for k in range(n_classes)]
    size = x.shape[1]
    shapes = ((size, HIDDEN), (HIDDEN,), (HIDDEN, n_classes), (n_classes,))
    bounds = (np.sqrt(6.0 / size), 0.0, np.sqrt(3.0 / HIDDEN), 0.0)
    weights = [rng.uniform(-b, b, s).astype(np.float32) for b, s in zip(bounds, shapes, strict=True)]
    optimiser = _AdamW(weights)
    for step in range(STEPS):
        labels = rng.integers(0, n_classes, BATCH)
        batch = x[[rows[k][int(u * len(rows[k]))] for k, u in zip(labels, rng.random(BATCH), strict=True)]]
        optimiser.step(_gradients(weights, batch, labels, rng), _rate(step))
    w1, b1, w2, b2 = (part.astype(np.float64) for part in weights)
    first = (w1 / scale[:, None]).T
    return Network(np.ascontiguousarray(first), b1 - first @ mean, np.ascontiguousarray(w2.T), b2)


def _rate(step: int) -> float:
    """Warm up over the first tenth, then half a cosine down to nothing."""
    warm = STEPS // 10
    if step < warm:
        return RATE * (step + 1) / warm
    return RATE * 0.5 * (1.0 + float(np.cos(np.pi * (step - warm) / (STEPS - warm))))


def _gradients(
    weights: list[Singles], batch: Singles, labels: NDArray[np.int64], rng: np.random.Generator
) -> list[Singles]:
    w1, b1, w2, b2 = weights
    batch = batch * _kept(rng, batch.shape, DROP_INPUT)
    before = batch @ w1 + b1
    kept = _kept(rng, before.shape, DROP_HIDDEN) * (before > 0)
    hidden = before * kept
    logits = hidden @ w2 + b2
    logits -= logits.max(axis=1, keepdims=True)
    delta = np.exp(logits)
    delta /= delta.sum(axis=1, keepdims=True)
    delta -= SMOOTH / len(b2)
    delta[np.arange(len(labels)), labels] -= 1.0 - SMOOTH
    delta /= len(labels)
    back = (delta @ w2.T) * kept
    return [batch.T @ back, back.sum(axis=0), hidden.T @ delta, delta.sum(axis=0)]


def _kept(rng: np.random.Generator, shape: tuple[int, ...], drop: float) -> Singles:
    mask: Singles = (rng.random(shape, dtype=np.float32) >= drop).astype(np.float32)
    mask /= 1.0 - drop
    return mask


class _AdamW:
    def __init__(self, weights: list[Singles]) -> None:
        self._weights = weights
        self._first = [np.zeros_like(w) for w in weights]
        self._second = [np.zeros_like(w) for w in weights]
        self._count = 0

    def step(self, gradients: list[Singles], rate: float) -> None:
        self._count += 1
        fair1, fair2 = 1.0 - _BETA1**self._count, 1.0 - _BETA2**self._count
        for weight, gradient, first, second in zip(
            self._weights, gradients, self._first, self._second, strict=True
        ):
            first += (1.0 - _BETA1) * (gradient - first)
            second += (1.0 - _BETA2) * (gradient * gradient - second)
            weight *= 1.0 - rate * DECAY
            weight -= rate / fair1 * first / (np.sqrt(second / fair2) + _EPSILON)
