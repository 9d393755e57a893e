"""What an electrode measures of a muscle that rests: noise of skin and amplifier, and hum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .sampling import Sampling

Samples = NDArray[np.float32]

NOISE_UV = 4.3
"""RMS within 500 Hz, of electrode and amplifier; white. Good wet electrodes have 2 to 4; the quietest of the
first six people in `../shared/data/biopatrec10` has 4.3 at rest, the others 4.6 to 12.8."""
MAINS_UV = 1.0
_BLOCKS = 64
"""Made at a time."""


class Background:
    """Noise and hum, block after block.

    Args:
        sampling: of the amplifier.
        channels: how many.
        mains_hz: 50 or 60.
        made: generator of the hum's strengths.
        noise: generator of the noise.
    """

    def __init__(
        self,
        sampling: Sampling,
        channels: int,
        mains_hz: int,
        made: np.random.Generator,
        noise: np.random.Generator,
    ) -> None:
        self._sampling, self._channels, self._noise = sampling, channels, noise
        self._rms_uv = np.float32(NOISE_UV * np.sqrt(sampling.inner_hz / 1000.0))
        strength = MAINS_UV * np.sqrt(2) * made.uniform(0.5, 1.5, channels)
        turn = made.uniform(0.0, 2 * np.pi, channels)
        self._hum = np.stack([strength * np.cos(turn), strength * np.sin(turn)]).astype(np.float32)
        self._turns = mains_hz / sampling.inner_hz
        self._before = np.zeros((len(sampling.taps) - 1, channels), np.float32)
        self._index = 0
        self._made = np.zeros((0, channels), np.float32)
        self._at = 0

    def block(self) -> Samples:
        """The next block [block, channels], microvolts."""
        first = self._at
        if first == len(self._made):
            self._made, first = self._piece(), 0
        self._at = first + self._sampling.block
        return self._made[first : self._at]

    def _piece(self) -> Samples:
        phases = self._sampling.phases
        n = _BLOCKS * self._sampling.block * phases
        angle = 2 * np.pi * ((self._index + np.arange(n)) * self._turns % 1.0)
        self._index += n
        raw = self._noise.standard_normal((n, self._channels), np.float32) * self._rms_uv
        for wave, strength in zip((np.sin(angle), np.cos(angle)), self._hum, strict=True):
            raw += wave.astype(np.float32)[:, None] * strength
        if phases == 1:
            return raw
        padded = np.concatenate([self._before, raw])
        self._before = padded[n:]
        out = np.zeros((n // phases, self._channels), np.float32)
        taps = self._sampling.taps
        for tap, weight in enumerate(taps):
            # The newest inner sample of an output sample is its last phase.
            first = len(taps) - 1 + phases - 1 - tap
            out += np.float32(weight) * padded[first::phases][: len(out)]
        return out
