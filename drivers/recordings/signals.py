"""The signals of a file for channels of EMG: each with a count that keeps its samples as they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...core.chunk import MICROVOLT
from .bdf import BdfSignal
from .npz import Recording
from .scale import MOST_COUNT, find_lsb, live_lsb, lsb_of_range, whole_lsb

_FEWEST = 32
"""Different values that must be multiples of something before a converter is believed to be behind them."""


def live_signals(
    channels: Sequence[str],
    unit: str,
    lsb: float | None,
    railed: float | None,
    first: NDArray[np.float32],
) -> list[BdfSignal]:
    """For a recording that begins now.

    Args:
        channels, unit, railed: as in `SourceInfo`.
        lsb: one count of the device; None where it sends floats or does not say.
        first: [n, channels], the first samples: about a second.
    """
    found = []
    for i, name in enumerate(channels):
        values = first[:, i]
        several = len(np.unique(np.abs(values))) >= _FEWEST
        count = lsb or (find_lsb(values) if several else None) or live_lsb(values, unit, railed)
        found.append(BdfSignal(name, _written(unit), count))
    return found


def whole_signals(recording: Recording, sample_bytes: int = 3) -> list[BdfSignal]:
    """For a recording that is known from start to end; exact where a converter is behind its values."""
    found = []
    for i, name in enumerate(recording.channels):
        values = recording.emg[:, i]
        lsb = whole_lsb(values)
        peak = float(np.abs(values).max())
        if peak > lsb * MOST_COUNT[sample_bytes]:
            lsb = lsb_of_range(peak) * MOST_COUNT[3] / MOST_COUNT[sample_bytes]
        found.append(BdfSignal(name, _written(recording.unit), lsb))
    return found


def _written(unit: str) -> str:
    """Files have no word for arbitrary units: the field stays empty."""
    return "uV" if unit == MICROVOLT else ""
