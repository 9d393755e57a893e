"""What rejection buys: how often a decoder is wrong when it acts only where it is sure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

POINTS = 41


def risk_coverage(
    sure: NDArray[np.float64], hit: NDArray[np.bool_], points: int = POINTS
) -> dict[str, list[float]]:
    """Risk against coverage (El-Yaniv and Wiener 2010, Journal of Machine Learning Research 11:1605).

    Args:
        sure: [n] posterior of the most probable class.
        hit: [n] it is the right one.
        points: of the curve.

    Returns:
        `coverage`: share of windows acted on, ascending; `risk`: share of these that are wrong; `threshold`:
        the posterior that the least sure of them has. Windows equally sure stand or fall together. Empty
        lists without windows.
    """
    if not len(sure):
        return {"coverage": [], "risk": [], "threshold": []}
    order = np.argsort(-sure, kind="stable")
    ordered = sure[order]
    wrong = np.cumsum(~hit[order])
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    wanted = np.linspace(1.0 / points, 1.0, points) * len(ordered) - 1.0
    at = np.unique(ends[np.minimum(np.searchsorted(ends, wanted - 1e-9), len(ends) - 1)])
    return {
        "coverage": ((at + 1) / len(ordered)).tolist(),
        "risk": (wrong[at] / (at + 1)).tolist(),
        "threshold": ordered[at].tolist(),
    }
