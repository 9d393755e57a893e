"""Shares with their interval, medians with their quartiles. Small, exact, without a statistics library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import NormalDist

from ..entries import EntryError

CONFIDENCE = 0.95
_Z = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2.0)
QUARTILES = "quartiles interpolate between the values (Hyndman and Fan 1996, type 7)"


def percent(k: int, n: int) -> int:
    """k of n in whole percent, a half rounded up as published tables do: 2 of 16 is 13.

    Python's own `round` would say 12 (FACTS section 4).
    """
    return int((Decimal(100 * k) / Decimal(n)).quantize(Decimal(1), ROUND_HALF_UP))


def wilson(k: int, n: int) -> tuple[float, float]:
    """95 % interval of a share: Wilson 1927, J Am Stat Assoc 22:209; advised for small n by Brown, Cai and
    DasGupta 2001, Stat Sci 16:101.

    (k + z^2/2 -+ z sqrt(k (n - k) / n + z^2/4)) / (n + z^2)

    Args:
        k: of them.
        n: at least 1.

    Returns:
        Least and most, within 0 and 1.
    """
    z2 = _Z * _Z
    middle, half = k + z2 / 2.0, _Z * math.sqrt(k * (n - k) / n + z2 / 4.0)
    # At the ends the formula gives exactly 0 and 1, which floating point misses by a last bit.
    low = 0.0 if k == 0 else max(0.0, (middle - half) / (n + z2))
    high = 1.0 if k == n else min(1.0, (middle + half) / (n + z2))
    return low, high


@dataclass(frozen=True, slots=True)
class Share:
    """k of n."""

    k: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.k <= self.n:
            raise EntryError(f"k = {self.k} of n = {self.n}: allowed are 0 to n")

    @property
    def percent(self) -> int | None:
        """Whole percent; None of nobody."""
        return percent(self.k, self.n) if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson, 95 %; None of nobody."""
        return wilson(self.k, self.n) if self.n else None

    @property
    def interval_percent(self) -> tuple[int, int] | None:
        """The same in whole percent."""
        return None if self.interval is None else (_whole(self.interval[0]), _whole(self.interval[1]))

    @property
    def words(self) -> str:
        """Such as '13/18, 72 % (49 to 88 %)'."""
        if self.interval_percent is None:
            return "0/0"
        low, high = self.interval_percent
        return f"{self.k}/{self.n}, {self.percent} % ({low} to {high} %)"


def _whole(share: float) -> int:
    return int(Decimal(100.0 * share).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of `n` answers."""

    n: int
    q1: float
    median: float
    q3: float

    @property
    def words(self) -> str:
        """Such as 'median 3 (quartiles 1 to 5), n 18'."""
        return f"median {self.median:g} (quartiles {self.q1:g} to {self.q3:g}), n {self.n}"


def spread_of(values: Sequence[float]) -> Spread | None:
    """Of the answers that there are; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    q1, median, q3 = (_between(ordered, share) for share in (0.25, 0.5, 0.75))
    return Spread(len(ordered), q1, median, q3)


def _between(ordered: Sequence[float], share: float) -> float:
    """Type 7: at `share` of the way from the first to the last value."""
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
