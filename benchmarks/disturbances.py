"""What befalls all electrodes of a worn limb at once: knocks, steps, sweat. Made up, from what they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

KNOCK_EVERY_S, KNOCK_FADES_S, KNOCK_HZ = 0.5, 0.06, 12.0
"""A socket that is hit swings for a few tenths of a second; the skin under it shifts with it."""
STEP_HZ, STEP_HARMONICS = 1.8, 30
"""Walking: 1.5 to 2 steps a second. The heel's strike is sharp, so its harmonics reach above the 20 Hz at
which EMG is filtered (De Luca 2010, doi 10.1016/j.jbiomech.2010.01.027)."""
DRIFT_HZ = 0.3


@dataclass(frozen=True)
class Place:
    """Where it happens.

    Attributes:
        rate_hz: of the samples.
        strongest: [ch] level of the strongest movement.
        rng: how each channel is hit.
    """

    rate_hz: float
    strongest: Floats
    rng: np.random.Generator

    def shares(self) -> Floats:
        """[ch] of each channel, either way: the electrodes move together and not alike."""
        n = len(self.strongest)
        made: Floats = self.strongest * self.rng.uniform(0.5, 1.5, n) * self.rng.choice([-1.0, 1.0], n)
        return made


Disturbance = Callable[[Floats, Place], Floats]


def knocks(times: float) -> Disturbance:
    """Twice a second a fading swing and a burst of everything, of so many strongest movements."""

    def apply(emg: Floats, at: Place) -> Floats:
        t = np.arange(len(emg)) / at.rate_hz % KNOCK_EVERY_S
        fading = np.exp(-t / KNOCK_FADES_S)
        swing = (fading * np.sin(2 * np.pi * KNOCK_HZ * t))[:, None] * at.shares()
        burst = 0.5 * fading[:, None] * at.rng.normal(size=emg.shape) * at.strongest
        return emg + times * (swing + burst)

    return apply


def steps(times: float) -> Disturbance:
    """Artefacts of walking; the first harmonic has an amplitude of so many strongest movements."""

    def apply(emg: Floats, at: Place) -> Floats:
        t = np.arange(len(emg)) / at.rate_hz
        many = [k for k in range(1, STEP_HARMONICS + 1) if k * STEP_HZ < at.rate_hz / 2]
        phases = at.rng.uniform(0.0, 2 * np.pi, len(many))
        wave = sum(
            (np.cos(2 * np.pi * k * STEP_HZ * t + p) / k for k, p in zip(many, phases, strict=True)),
            np.zeros(len(t)),
        )
        return emg + times * wave[:, None] * at.shares()

    return apply


def noise(times: float) -> Disturbance:
    """White noise of so many strongest movements on every channel."""
    return lambda emg, at: emg + times * at.rng.normal(size=emg.shape) * at.strongest


def sweat(emg: Floats, at: Place) -> Floats:
    """Some channels half as loud, and a slow swing of five strongest movements."""
    t = np.arange(len(emg)) / at.rate_hz
    slow = 5.0 * np.sin(2 * np.pi * DRIFT_HZ * t)[:, None] * at.strongest
    return emg * at.rng.uniform(0.5, 1.0, emg.shape[1]) + slow


def louder(times: float) -> Disturbance:
    """All channels so many times as loud."""
    return lambda emg, _at: times * emg


DISTURBANCES: dict[str, Disturbance] = {
    "none": lambda emg, _at: emg,
    "knocks, as the strongest movement": knocks(1.0),
    "knocks, 3 x": knocks(3.0),
    "knocks, 10 x": knocks(10.0),
    "steps, 0.3 x": steps(0.3),
    "steps, as the strongest movement": steps(1.0),
    "steps, 3 x": steps(3.0),
    "noise, as the strongest movement": noise(1.0),
    "sweat": sweat,
    "twice as loud": louder(2.0),
    "half as loud": louder(0.5),
}
