"""Streams of numbers that disturbances are made of. Each is drawn in blocks of one length."""

from __future__ import annotations

import numpy as np

from .disturbance import Floats, Place


class Hum:
    """Mains of RMS 1 with a second and a third harmonic, each channel at its own strength and phase.

    Args:
        place: whose.
        channels: how many.
    """

    HARMONICS = (1.0, 0.2, 0.3)
    """Of the mains' own; transformers and switched supplies bring odd ones. Ours."""

    def __init__(self, place: Place, channels: int) -> None:
        rng = place.session
        strength = np.sqrt(2.0) * rng.uniform(0.5, 1.5, channels)
        turn = rng.uniform(0.0, 2 * np.pi, channels)
        self._strength, self._turn = strength / np.sqrt(np.sum(np.square(self.HARMONICS))), turn
        self._step = place.mains_hz / place.rate_hz
        self._most = int(0.5 / self._step)
        self._index = 0

    def next(self, n: int) -> Floats:
        """[n, ch]."""
        angle = 2 * np.pi * ((self._index + np.arange(n)) * self._step % 1.0)[:, None] + self._turn
        self._index += n
        waves = [
            share * np.sin((k + 1) * angle) for k, share in enumerate(self.HARMONICS[: max(1, self._most)])
        ]
        made: Floats = np.sum(waves, axis=0) * self._strength
        return made


class SlowNoise:
    """Noise of RMS 1 below a frequency: white noise through two low-passes of the first order.

    Args:
        place: whose.
        channels: how many.
        corner_hz: where it falls off.
    """

    def __init__(self, place: Place, channels: int, corner_hz: float) -> None:
        self._rng = np.random.default_rng(place.session.integers(2**63))
        self._keep = float(np.exp(-2 * np.pi * corner_hz / place.rate_hz))
        keep = self._keep
        # Variance of two equal first-order low-passes in a row, fed with white noise of variance 1.
        self._scale = float(np.sqrt((1 - keep**2) ** 3 / (1 + keep**2)))
        self._one, self._two = np.zeros(channels), np.zeros(channels)

    def next(self, n: int) -> Floats:
        """[n, ch]."""
        noise = self._rng.standard_normal((n, len(self._one)))
        out = np.zeros_like(noise)
        for k in range(n):
            self._one = self._keep * self._one + noise[k]
            self._two = self._keep * self._two + self._one
            out[k] = self._two
        return out * self._scale
