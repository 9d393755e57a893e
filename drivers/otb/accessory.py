"""What these amplifiers send beside EMG, from the accessory words of rows. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..frames import AuxRows
from .words import QUATERNION_UNIT, Layout

_REFRESH_HZ = 100.0
"""Of the quaternion (Muovi TCP protocol 2.4); every row repeats the newest one."""


class AccessoryReader:
    """Accessory words in, readings out; any chunking of the rows gives the same ones.

    Readings are called "quaternion" (W, X, Y, Z), "trigger" (0 or 1; a Quattrocento's word as it is),
    "buffer" (counts) and "aux_in".
    """

    def __init__(self, layout: Layout, rate_hz: float) -> None:
        self._layout = layout
        every = max(1, round(rate_hz / _REFRESH_HZ))
        self._quaternion = _Refreshed(every)
        self._status = _Refreshed(every)

    def read(self, words: NDArray[np.int32]) -> tuple[AuxRows, ...]:
        """Readings among these rows [n, words]; n is at least 1."""
        layout = self._layout
        trigger, buffer = words[:, layout.trigger], words[:, layout.buffer]
        if layout.trigger == layout.buffer:
            trigger, buffer = trigger >> 15 & 1, buffer & 0x7FFF
        at = self._status.rows(trigger[:, None])
        found = [
            AuxRows("trigger", "", at, trigger[at, None].astype(np.float32)),
            AuxRows("buffer", "counts", at, buffer[at, None].astype(np.float32)),
        ]
        if layout.quaternion is not None:
            turned = words[:, layout.quaternion : layout.quaternion + 4]
            at = self._quaternion.rows(turned)
            # In a 24-bit row the word's own sign may not be extended.
            values = turned[at].astype(np.int16).astype(np.float32) / np.float32(QUATERNION_UNIT)
            found.append(AuxRows("quaternion", "", at, values))
        if layout.aux_in:
            inputs = words[:, layout.aux_in.start : layout.aux_in.stop]
            values = (inputs * (layout.volts or 1.0)).astype(np.float32)
            found.append(AuxRows("aux_in", "V" if layout.volts else "counts", np.arange(len(words)), values))
        return tuple(found)


class _Refreshed:
    """Tells new readings from repeated ones: a change is new, and so is what stays for a refresh.

    Args:
        every: rows between refreshes.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._last: NDArray[np.int32] | None = None
        self._since = 0

    def rows(self, values: NDArray[np.int32]) -> NDArray[np.int64]:
        """Which of the rows [n, k] hold a new reading."""
        at = np.arange(len(values))
        changed = np.empty(len(values), np.bool_)
        changed[0] = self._last is None or bool((values[0] != self._last).any())
        changed[1:] = (values[1:] != values[:-1]).any(axis=1)
        since = at - np.maximum.accumulate(np.where(changed, at, -1 - self._since))
        self._last, self._since = values[-1].copy(), int(since[-1])
        return np.flatnonzero(since % self._every == 0)
