"""Which channels can be trusted now, and why not, in words a prosthetist uses."""

from __future__ import annotations

from enum import IntFlag

import numpy as np
from numpy.typing import NDArray


class Contact(IntFlag):
    """What is wrong with a channel; bits may stand together. Stored in flight logs: never renumber."""

    GOOD = 0
    NO_DATA = 1
    FLAT = 2
    RAILED = 4
    MAINS = 8
    NOISY = 16
    MOTION = 32


SENTENCE: dict[Contact, str] = {
    Contact.GOOD: "Good contact.",
    Contact.NO_DATA: "No samples arrive from this electrode. Check the amplifier's link.",
    Contact.FLAT: "The signal does not change at all. The electrode or its lead is disconnected or shorted.",
    Contact.RAILED: "The signal is at the amplifier's limit: electrode off the skin, or reference loose.",
    Contact.MAINS: "Mains hum covers the muscle. Press the electrode on, moisten it, or unplug chargers.",
    Contact.NOISY: "Much louder than any muscle was at calibration. The electrode may have lifted.",
    Contact.MOTION: "The electrode is being moved or knocked. Check that the socket is tight.",
}


class ContactMonitor:
    """Flags per channel, updated per increment."""

    def __init__(self, n_channels: int) -> None:
        self.flags = np.zeros(n_channels, np.uint8)

    def reset(self) -> None:
        """Forget everything; the next sample is the first."""
        self.flags[:] = 0

    def update(
        self, raw: NDArray[np.float64], conditioned: NDArray[np.float64], valid: NDArray[np.bool_]
    ) -> NDArray[np.uint8]:
        """Take one increment of each ([n, ch]) in; returns `flags` [ch], a new array."""
        return self.flags.copy()

    @property
    def trusted(self) -> NDArray[np.bool_]:
        """[ch] True where nothing is wrong."""
        good: NDArray[np.bool_] = self.flags == 0
        return good
