"""Levels and contact of every increment of a session, whatever the chunks in which samples come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...models.signal.conditioning import Conditioner, design_sos
from ...models.signal.contact import ContactMonitor
from ...models.signal.framing import Increments
from ...models.signal.quality import LEVEL_MS
from ...models.signal.terms import SlidingSums

INCREMENT_MS = 10.0
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Signal:
    """What an amplifier gives.

    Attributes:
        channels: names of the columns.
        rate_hz: samples per second.
        unit: of the samples.
        mains_hz: 50 or 60.
        rail: value at which the amplifier saturates; 0 when unknown.
    """

    channels: tuple[str, ...]
    rate_hz: float
    unit: str
    mains_hz: float = 50.0
    rail: float = 0.0

    @property
    def increment(self) -> int:
        """Samples per increment: the whole number nearest to 10 ms."""
        return max(1, round(self.rate_hz * INCREMENT_MS / 1000.0))

    @property
    def increment_s(self) -> float:
        """Seconds per increment."""
        return self.increment / self.rate_hz


@dataclass(frozen=True, slots=True)
class Increment:
    """One increment.

    Attributes:
        raw: [increment, ch] float32 as it came; what was lost repeats the last value.
        power: [ch] mean square of the conditioned samples.
        flags: [ch] bits of `Contact`.
        lost: share of samples that were not measured.
        conditioned: [increment, ch].
    """

    raw: NDArray[np.float32]
    power: Floats
    flags: NDArray[np.uint8]
    lost: float
    conditioned: Floats


class Listener:
    """Conditions samples and watches contact.

    Args:
        signal: what comes.
    """

    def __init__(self, signal: Signal) -> None:
        length, ch = signal.increment, len(signal.channels)
        many = max(1, round(signal.rate_hz * LEVEL_MS / 1000.0 / length))
        self._increments = Increments(length, ch)
        self._conditioner = Conditioner(design_sos(signal.rate_hz), length, ch)
        self._squares = SlidingSums((), length, many, ch, pairs=False)
        self._per_sample = 1.0 / (many * length)
        self._contact = ContactMonitor(
            ch, length, signal.rate_hz, signal.mains_hz, signal.unit, rail=signal.rail
        )

    def push(
        self, samples: NDArray[np.float32], valid: NDArray[np.bool_] | None = None
    ) -> Iterator[Increment]:
        """One entry per increment that these samples complete.

        Args:
            samples: [n, ch]; any n.
            valid: [n, ch], False where a sample is not to be believed; None when all are.
        """
        for raw, ok in self._increments.push(samples, valid):
            conditioned = self._conditioner.process(raw, ok)
            whole = self._conditioner.whole
            self._squares.push(conditioned)
            rms = np.sqrt(self._squares.sums[0] * self._per_sample) if self._squares.full else None
            flags = self._contact.update(raw, conditioned, None if whole else ok, rms)
            power: Floats = np.einsum("ij,ij->j", conditioned, conditioned) / len(conditioned)
            lost = 0.0 if whole else float(1.0 - ok.mean())
            yield Increment(raw.astype(np.float32), power, flags.copy(), lost, conditioned.copy())
