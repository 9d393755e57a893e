"""What one count of an EDF or BDF file is worth, so that samples come back as they were. Pure."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...core.chunk import MICROVOLT
from ...core.errors import RecordingError

MOST_COUNT = {3: 2**23 - 1, 2: 2**15 - 1}
"""bytes of a sample -> largest count."""
_CHARACTERS = 7
"""Of a header's number without its sign."""
_BLOCK = 1 << 16
_EXACT = 1e-13
_LIVE_MICROVOLTS = 200_000.0
"""A stream of microvolts whose range nobody knows: more than any electrode's offset, in steps of 0.024 uV."""
_HEADROOM = 1024.0
"""A stream without a unit: so much more than the first second's peak may come, in steps of peak / 8192."""


@lru_cache(maxsize=256)
def header_range(lsb: float, sample_bytes: int = 3) -> tuple[int, float]:
    """(count, its physical value) for a header, so that their quotient is `lsb` as nearly as its text allows.

    The header gives a line through (-count, -value) and (count, value); larger counts may stand in the file.
    Of millions of counts one nearly always has a value that 7 characters say exactly: the quotient is then
    right to a part in 1e10 or better. Where the largest count has one, it is taken.

    Raises:
        RecordingError: no header can say so small or large an `lsb`.
    """
    most = MOST_COUNT[sample_bytes]
    best = (math.inf, 0, 0.0)
    for top in range(most, most // 2, -_BLOCK):
        counts = np.arange(top, max(most // 2, top - _BLOCK), -1, dtype=np.float64)
        value = counts * lsb
        with np.errstate(divide="ignore", invalid="ignore"):
            whole = np.maximum(1.0, np.floor(np.log10(value)) + 1.0)
            decimals = np.clip(_CHARACTERS - 1 - whole, 0, _CHARACTERS - 2)
            written = np.round(value * 10.0**decimals) / 10.0**decimals
            wrong = np.where(whole <= _CHARACTERS, np.abs(written / value - 1.0), np.inf)
        at = 0 if wrong[0] < _EXACT else int(np.argmin(wrong))
        if wrong[at] < best[0]:
            best = (float(wrong[at]), int(counts[at]), float(written[at]))
        if best[0] < _EXACT:
            break
    if not best[0] < 1e-3:
        raise RecordingError(f"a count of {lsb:g} does not fit an EDF header", "choose another unit")
    return best[1], best[2]


def lsb_of_range(value: float) -> float:
    """One count where the largest one shall stand for at least `value`, in a number that a header can say."""
    value = min(max(value, 1e-4), 9e6)
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return round(math.ceil(value / step - 1e-9) * step, 6) / MOST_COUNT[3]


def find_lsb(samples: NDArray[np.float32]) -> float | None:
    """The count of a converter behind these values; None where they are not whole multiples of anything.

    Each value allows an interval of counts (float32 rounds); a count in all of them gives every value back to
    the last bit.
    """
    values = np.unique(np.abs(samples))
    spacing = np.spacing(values).astype(np.float64) / 2.0
    values = values.astype(np.float64)
    steps = np.diff(values)
    steps = steps[steps > 0]
    if len(values) < 3 or not len(steps):
        return None
    lsb = float(steps.min())
    if values[-1] / lsb > MOST_COUNT[3]:
        return None
    known = values[values > 0]
    spread = spacing[values > 0]
    reach = 16.0
    while True:
        near = known <= lsb * reach
        multiple = np.maximum(np.round(known[near] / lsb), 1.0)
        if near.any():
            low = float(((known[near] - spread[near]) / multiple).max())
            high = float(((known[near] + spread[near]) / multiple).min())
            if low > high:
                return None
            lsb = (low + high) / 2.0
        if near.all():
            break
        reach *= 4.0
    multiple = np.round(known / lsb)
    exact = (multiple * lsb).astype(np.float32).astype(np.float64) == known
    return lsb if exact.all() and multiple.max() <= MOST_COUNT[3] else None


def live_lsb(first: NDArray[np.float32], unit: str, railed: float | None) -> float:
    """A count for a channel of which only the first second is known.

    Args:
        first: its samples.
        unit: `MICROVOLT` or another.
        railed: where the channel is at the end of its range; None where nobody knows.
    """
    finite = np.abs(first[np.isfinite(first)])
    peak = float(finite.max()) if len(finite) else 0.0
    if railed:
        return lsb_of_range(max(railed, peak))
    if unit == MICROVOLT:
        return lsb_of_range(max(_LIVE_MICROVOLTS, 4.0 * peak))
    return lsb_of_range(_HEADROOM * (peak or 1.0))


def whole_lsb(samples: NDArray[np.float32]) -> float:
    """A count for a channel that is known from start to end: exact where a converter is behind it."""
    found = find_lsb(samples)
    if found is not None:
        return found
    peak = float(np.abs(samples).max()) if samples.size else 0.0
    return lsb_of_range(peak or 1.0)
