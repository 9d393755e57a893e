"""How sure a decoder may be: one temperature, learnt where the decoder had not been trained."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST, MOST = 0.05, 100.0


def fit_temperature(scores: NDArray[np.float64], which: NDArray[np.int64]) -> float:
    """The temperature under which held-out labels are most probable (Guo et al. 2017, arXiv 1706.04599).

    Every class weighs the same, as everywhere here: rest is most of what is recorded.

    Args:
        scores: [n, K] class scores of windows that the decoder was not trained on.
        which: [n] index of the right class.
    """
    shifted = scores - scores.max(axis=1, keepdims=True)
    weight = 1.0 / np.bincount(which, minlength=scores.shape[1])[which]
    right = shifted[np.arange(len(which)), which]

    def cost(log_t: float) -> float:
        t = np.exp(log_t)
        return float(weight @ (np.log(np.exp(shifted / t).sum(axis=1)) - right / t))

    # The cost has one minimum in log t: golden section to 0.1 %.
    low, high, golden = np.log(LEAST), np.log(MOST), (np.sqrt(5.0) - 1.0) / 2.0
    a, b = high - golden * (high - low), low + golden * (high - low)
    cost_a, cost_b = cost(a), cost(b)
    while high - low > 1e-3:
        if cost_a < cost_b:
            high, b, cost_b = b, a, cost_a
            a = high - golden * (high - low)
            cost_a = cost(a)
        else:
            low, a, cost_a = a, b, cost_b
            b = low + golden * (high - low)
            cost_b = cost(b)
    return float(np.exp(0.5 * (low + high)))
