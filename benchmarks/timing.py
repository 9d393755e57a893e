"""How a step is timed: back to back is the arithmetic; paced is what a limb sees, with caches gone cold in
between."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ..core.clock import now, sleep, stopwatch

WARM_UP = 20
LEAST_CALLS = 30


def one_thread() -> AbstractContextManager[None]:
    """Within it, matrix products take one thread, as in the loop."""
    made: AbstractContextManager[None] = threadpool_limits(1)
    return made


def timed(
    step: Callable[[int], None], calls: int, paced_calls: int, period_s: float, most_s: float = 4.0
) -> dict[str, dict[str, float]]:
    """Time `step(i)`, i counting all calls.

    Args:
        step: what is timed.
        calls: back to back; fewer, at least `LEAST_CALLS`, when they take longer than `most_s` together.
        paced_calls: one a period.
        period_s: the period. A step that is longer is called again at once.
        most_s: see `calls`.

    Returns:
        `back_to_back_us` and `paced_us`, each `.{p50, p99}`.
    """
    for i in range(WARM_UP):
        step(i)
    back_to_back: list[float] = []
    count, begun = WARM_UP, now()
    while len(back_to_back) < calls and (len(back_to_back) < LEAST_CALLS or now() - begun < most_s):
        back_to_back.append(seconds_of(step, count))
        count += 1
    paced, due_s = [], now()
    for i in range(count, count + paced_calls):
        due_s += period_s
        sleep(max(0.0, due_s - now()))
        paced.append(seconds_of(step, i))
    return {"back_to_back_us": quantiles_us(back_to_back), "paced_us": quantiles_us(paced)}


def seconds_of(step: Callable[[int], object], i: int) -> float:
    """What `step(i)` takes."""
    start = stopwatch()
    step(i)
    return stopwatch() - start


def quantiles_us(seconds: list[float]) -> dict[str, float]:
    """Median and 99th percentile in microseconds."""
    us = np.array(seconds) * 1e6
    return {"p50": float(np.percentile(us, 50)), "p99": float(np.percentile(us, 99))}
