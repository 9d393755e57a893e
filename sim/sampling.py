"""How an amplifier samples: which inner rate a simulation needs, and the filter before decimation.

Potentials are smooth: what a surface electrode sees above 500 Hz is a negligible share (tested), so an
inner rate of 1 kHz is enough. Below that an amplifier filters before it decimates, and so does this: with a
linear phase, and a delay of four samples (Cyton: 4.5 ms).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ProfileError

Floats = NDArray[np.float64]

RATES_HZ = (200.0, 4000.0)
"""Least and most."""
_INNER_HZ = 1000.0
_BLOCK_S = 0.010
_SINC3 = np.convolve(np.convolve(np.ones(4), np.ones(4)), np.ones(4)) / 64
"""The ADS1299's decimation filter (sinc3) from 1 kHz to 250 Hz: -3 dB at 65 Hz (data sheet, 9.3.2)."""
_CUT = 0.4
"""Of the rate: where other amplifiers' filter is half. Ours."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """One amplifier's.

    Attributes:
        rate_hz: of its samples.
        phases: inner samples a sample.
        taps: of the filter, at the inner rate; one tap of 1 for none.
        block: samples in one block of simulation, about 10 ms.
    """

    rate_hz: float
    phases: int
    taps: Floats
    block: int

    @property
    def inner_hz(self) -> float:
        """Rate that potentials and noise are made at."""
        return self.rate_hz * self.phases

    @property
    def block_s(self) -> float:
        """Length of a block."""
        return self.block / self.rate_hz


def sampling_at(rate_hz: float) -> Sampling:
    """The sampling of an amplifier of that rate.

    Raises:
        ProfileError: too slow or too fast to be simulated.
    """
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        least, most = RATES_HZ
        raise ProfileError(f"simulated patient at {rate_hz:g} Hz; allowed: {least:g} to {most:g}")
    phases = math.ceil(_INNER_HZ / rate_hz)
    block = max(1, int(rate_hz * _BLOCK_S))
    if phases == 1:
        taps = np.ones(1)
    elif rate_hz == 250.0:
        taps = _SINC3
    else:
        half = 4 * phases
        at = np.arange(-half, half + 1)
        taps = np.sinc(2 * _CUT / phases * at) * np.hamming(2 * half + 1)
        taps /= taps.sum()
    return Sampling(rate_hz, phases, taps, block)
