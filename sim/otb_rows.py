"""What virtual amplifiers of OT Bioelettronica put into a row: EMG as counts, and words beside it. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..drivers.otb.words import COUNTERS, QUATERNION_UNIT, Layout

_REFRESH_HZ = 100.0
_TURN_S = 4.0
"""The probe turns about its z axis once in so long."""
_TRIGGER_S = 0.05
"""The trigger is high for so long at the start of each second."""
_BUFFER = 3
_AUX_STEP = 7


def counts_of(samples: NDArray[np.float32], microvolts: float, emg: int, width: int) -> NDArray[np.int64]:
    """[n, emg] what the converters make of the voltages; channels that nothing is wired to read 0."""
    most = 2 ** (8 * width - 1) - 1
    counts = np.zeros((len(samples), emg), np.int64)
    wired = samples[:, :emg].astype(np.float64) / microvolts
    counts[:, : wired.shape[1]] = np.clip(np.rint(wired), -most - 1, most)
    return counts


def rows_of(
    counts: NDArray[np.int64], layout: Layout, first: int, rate_hz: float, *, recording: bool = False
) -> NDArray[np.int64]:
    """[n, words] with the words beside EMG. Those have 16 bits, whatever the width of the row.

    Args:
        counts: [n, emg].
        layout: of a row.
        first: how many rows were sent before.
        rate_hz: of the rows.
        recording: the trigger is high throughout (a Quattrocento's REC_ON).
    """
    k = first + np.arange(len(counts))
    rows = np.zeros((len(counts), layout.words), np.int64)
    rows[:, layout.counter] = k
    trigger = (k / rate_hz % 1.0 < _TRIGGER_S) | recording
    if layout.trigger == layout.buffer:
        rows[:, layout.trigger] = trigger << 15 | _BUFFER
    else:
        rows[:, layout.trigger], rows[:, layout.buffer] = trigger, _BUFFER
    if layout.quaternion is not None:
        half = np.pi * np.floor(k * _REFRESH_HZ / rate_hz) / _REFRESH_HZ / _TURN_S
        rows[:, layout.quaternion] = np.rint(np.cos(half) * (QUATERNION_UNIT - 1))
        rows[:, layout.quaternion + 3] = np.rint(np.sin(half) * (QUATERNION_UNIT - 1))
    for n, column in enumerate(layout.aux_in):
        rows[:, column] = k * _AUX_STEP + n
    rows = (rows + COUNTERS // 2) % COUNTERS - COUNTERS // 2
    rows[:, : layout.emg] = counts
    return rows
