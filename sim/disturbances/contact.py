"""Electrodes that lose the skin, or swim on it."""

from __future__ import annotations

import numpy as np

from .course import Course
from .disturbance import Disturbance, Place, Samples
from .waves import Hum, SlowNoise

_LIFTED_HUM_UV, _LIFTED_NOISE_UV, _LIFTED_SWING_UV = 150.0, 15.0, 400.0
"""An input that hangs free: hum, noise, and a baseline that wanders. Ours, of the size that bench amplifiers
show with open inputs."""
_LOSS_PER_MM = 0.025 / 0.02
"""2 to 3 % of the amplitude are lost for each 0.02 mm of sweat, the spectrum stays (Abdoli-Eramaki et al., J
Electromyogr Kinesiol 2012, 10.1016/j.jelekin.2012.04.009)."""
_LEFT = 0.05
"""Of the amplitude, at least: the loss was measured to about a quarter. Ours."""
_UNEVEN = (0.5, 1.5)
"""Channels get wet to different degrees. Ours."""
_SWEAT_HUM_UV_PER_MM, _SWEAT_SWING_UV_PER_MM = 60.0, 600.0
"""Uneven impedances of a pair let hum in, and half-cell potentials wander. Ours."""


class LiftOff(Disturbance):
    """An electrode pair that hangs free by a share: 1 sees no muscle any more."""

    def __init__(self, course: Course, place: Place) -> None:
        super().__init__(course, place)
        channels = len(place.body.channels)
        self._hum = Hum(place, channels)
        self._swing = SlowNoise(place, channels, 0.5)
        self._rng = np.random.default_rng(place.session.integers(2**63))

    def measure(self, samples: Samples, t_s: float) -> Samples:
        """See `Disturbance`."""
        share = self.amount.at(t_s)
        hum, swing = self._hum.next(len(samples)), self._swing.next(len(samples))
        noise = self._rng.standard_normal(samples.shape)
        if share <= 0.0:
            return samples
        free = min(share, 1.0) * self.at.chosen
        seen = _LIFTED_HUM_UV * hum + _LIFTED_SWING_UV * swing + _LIFTED_NOISE_UV * noise
        return (samples * (1.0 - free) + seen * free).astype(np.float32)


class Sweat(Disturbance):
    """A film of so many mm between skin and electrodes: it shorts the poles of a pair."""

    def __init__(self, course: Course, place: Place) -> None:
        super().__init__(course, place)
        channels = len(place.body.channels)
        self._wet = place.session.uniform(*_UNEVEN, channels) * place.chosen
        self._hum = Hum(place, channels)
        self._swing = SlowNoise(place, channels, 0.3)

    def measure(self, samples: Samples, t_s: float) -> Samples:
        """See `Disturbance`."""
        hum, swing = self._hum.next(len(samples)), self._swing.next(len(samples))
        mm = max(self.amount.at(t_s), 0.0) * self._wet
        gain = np.maximum(1.0 - _LOSS_PER_MM * mm, _LEFT)
        seen = samples * gain + mm * (_SWEAT_HUM_UV_PER_MM * hum + _SWEAT_SWING_UV_PER_MM * swing)
        return seen.astype(np.float32)
