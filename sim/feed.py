"""What a virtual amplifier measures: a simulated patient, or a recording of a real person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.chunk import MICROVOLT
from ..drivers.montage import numbered
from ..drivers.recordings.npz import Recording
from .patient import Patient
from .schedule import Cue, Timeline

_LUMP_S = 0.012
"""A patient is computed at least this far at a time: one sample costs nearly as much as three."""


@dataclass(frozen=True, slots=True)
class Block:
    """Samples with the truth beside them.

    Attributes:
        samples: [n, channels] float32 in the feed's unit.
        cue_class: what the person is asked to do at its last sample, index into `classes`; -1 unknown.
        level: effort at its last sample, 0 to 1; -1 where nobody knows.
    """

    samples: NDArray[np.float32]
    cue_class: int
    level: float


class Feed(Protocol):
    """A finite or endless run of samples."""

    rate_hz: float
    unit: str
    channels: tuple[str, ...]
    classes: tuple[str, ...]

    def next(self, n: int) -> Block | None:
        """The next `n` samples, fewer at the end, None after it."""
        ...


class PatientFeed:
    """A simulated patient who follows cues.

    Args:
        patient: who.
        cues: what they are asked to do; may be endless.
        seed: of how they carry it out.
        seconds: when it ends; 0 for never.
    """

    def __init__(self, patient: Patient, cues: Iterable[Cue], seed: int, seconds: float) -> None:
        self.rate_hz = patient.rate_hz
        self.unit = patient.unit
        self.channels = patient.channels
        self.classes = tuple(patient.body.movements)
        self._patient = patient
        self._timeline = Timeline(patient.body, cues, self.classes, patient.rate_hz, seed)
        self._left = round(seconds * patient.rate_hz) if seconds else None
        self._lump = max(1, round(_LUMP_S * patient.rate_hz))
        self._samples = np.empty((0, len(self.channels)), np.float32)
        self._cue = np.empty(0, np.int16)
        self._level = np.empty(0)

    def next(self, n: int) -> Block | None:
        """As `Feed.next`."""
        if self._left is not None:
            n = min(n, self._left)
            self._left -= n
        if n == 0:
            return None
        if len(self._samples) < n:
            more = max(n - len(self._samples), self._lump)
            asked = self._timeline.step(more)
            made = self._patient.step(more, asked.excitation)
            self._samples = np.concatenate([self._samples, made])
            self._cue = np.concatenate([self._cue, asked.cue])
            self._level = np.concatenate([self._level, asked.level])
        block = Block(self._samples[:n], int(self._cue[n - 1]), float(self._level[n - 1]))
        self._samples, self._cue, self._level = self._samples[n:], self._cue[n:], self._level[n:]
        return block


class RecordingFeed:
    """A recording, once from start to end, at its own rate and values."""

    def __init__(self, recording: Recording) -> None:
        self.rate_hz = recording.fs
        self.unit = recording.unit
        self.channels = recording.channels
        self.classes = recording.classes
        self._emg = recording.emg
        self._cue = recording.label if recording.cue is None else recording.cue
        self._at = 0

    def next(self, n: int) -> Block | None:
        """As `Feed.next`."""
        first, self._at = self._at, min(self._at + n, len(self._emg))
        if first == self._at:
            return None
        return Block(self._emg[first : self._at], int(self._cue[self._at - 1]), -1.0)


def pattern_counts(first: int, n: int, channels: int, most: int) -> NDArray[np.int64]:
    """[n, channels] counts from -most - 1 to most, both among them, that tell sample and channel apart."""
    k = np.arange(first, first + n, dtype=np.int64)[:, None]
    spread = (k * 40_503 + np.arange(channels) * 9_973_001) % (2 * most + 2) - most - 1
    spread[(k[:, 0] % 97) == 5] = most
    spread[(k[:, 0] % 97) == 6] = -most - 1
    counts: NDArray[np.int64] = spread
    return counts


class PatternFeed:
    """Numbers that no two samples share for long: what arrives can be checked to the bit.

    Args:
        channels, rate_hz: as a device has them.
        lsb: microvolts of one count.
        most: largest count.
        seconds: when it ends; 0 for never.
    """

    unit = MICROVOLT
    classes: tuple[str, ...] = ("pattern",)

    def __init__(self, channels: int, rate_hz: float, lsb: float, most: int, seconds: float) -> None:
        self.rate_hz = rate_hz
        self.channels = numbered(channels)
        self._lsb, self._most = lsb, most
        self._at = 0
        self._left = round(seconds * rate_hz) if seconds else None

    def next(self, n: int) -> Block | None:
        """As `Feed.next`."""
        if self._left is not None:
            n = min(n, self._left)
            self._left -= n
        if n == 0:
            return None
        counts = pattern_counts(self._at, n, len(self.channels), self._most)
        self._at += n
        return Block((counts * self._lsb).astype(np.float32), -1, -1.0)
