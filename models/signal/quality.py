"""Contact quality without a model: for whoever watches or records an amplifier before any calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .conditioning import Conditioner, design_sos
from .contact import ContactMonitor
from .framing import Increments
from .terms import SlidingSums

LEVEL_MS = 200.0
"""Window of the level, as that of a decoder (`design.WINDOW_MS`)."""

Quality = tuple[int, NDArray[np.float64], NDArray[np.uint8]]
"""Index of an increment's newest sample; [ch] level of the window in the samples' unit; [ch] flags."""


class QualityMonitor:
    """Level and `Contact` flags per increment: those that a pipeline without calibration gives.

    Args:
        n_channels: columns.
        increment: samples per increment.
        rate_hz: samples per second.
        mains_hz: 50 or 60.
        unit: of the samples.
        rail: value at which the amplifier saturates, in `unit`; 0 when unknown.
    """

    def __init__(
        self,
        n_channels: int,
        increment: int,
        rate_hz: float,
        mains_hz: float,
        unit: str,
        rail: float = 0.0,
    ) -> None:
        n_increments = max(1, round(rate_hz * LEVEL_MS / 1000.0 / increment))
        self._increment = increment
        self._increments = Increments(increment, n_channels)
        self._conditioner = Conditioner(design_sos(rate_hz), increment, n_channels)
        self._squares = SlidingSums((), increment, n_increments, n_channels, pairs=False)
        self._per_sample = 1.0 / (n_increments * increment)
        self._contact = ContactMonitor(n_channels, increment, rate_hz, mains_hz, unit, rail=rail)
        self._end = -1

    def reset(self) -> None:
        """The next sample is index 0 of a new recording."""
        self._increments.reset()
        self._conditioner.reset()
        self._squares.reset()
        self._contact.reset()
        self._end = -1

    def push(self, samples: NDArray[np.float32], valid: NDArray[np.bool_] | None = None) -> list[Quality]:
        """One entry per increment that these samples complete.

        Args:
            samples: [n, ch]; any n.
            valid: [n, ch], False where a sample is not to be believed; None when all are.
        """
        return [self._step(raw, ok) for raw, ok in self._increments.push(samples, valid)]

    def _step(self, raw: NDArray[np.float64], valid: NDArray[np.bool_]) -> Quality:
        conditioned = self._conditioner.process(raw, valid)
        self._squares.push(conditioned)
        self._end += self._increment
        rms = np.sqrt(self._squares.sums[0] * self._per_sample)
        flags = self._contact.update(
            raw,
            conditioned,
            None if self._conditioner.whole else valid,
            rms if self._squares.full else None,
        )
        return self._end, rms, flags
