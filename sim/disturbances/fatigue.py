"""Muscles that tire: potentials become slower and larger with what has been done, and recover at rest.

A muscle's fatigue goes from 0 to 1, which is as far as it can hold on. How fast: endurance at 50 % of full
excitation is a minute, at 25 % five, and below 15 % there is none (Rohmert 1960, [M]). Spectra of grip
muscles fall linearly with time until then, at tensions of 25 % and more, and recover within a minute
(Petrofsky and Lind, Eur J Appl Physiol 1980;43:173); the amplitude rises linearly by 30 % of the largest
(Lind and Petrofsky, Muscle Nerve 1979;2:257). That spectra fall by 30 % is [M]: fibres conduct more slowly.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..motor_units import Units
from .course import Course
from .disturbance import Disturbance, Floats, Place

_ENDURANCE_S, _AT, _POWER, _NONE_BELOW = 60.0, 0.5, 2.3, 0.15
_RECOVERS_S = 20.0
"""Time constant: 95 % within a minute."""
SLOWER, LOUDER = 0.30, 0.30
_EVERY_S = 5.0
"""Potentials are made anew so often, or in `_STEP` of fatigue, whichever comes later. Ours."""
_STEP = 0.05


class Fatigue(Disturbance):
    """Amount: how many times as fast as published people tire; 0.5 is a stayer."""

    def __init__(self, course: Course, place: Place) -> None:
        super().__init__(course, place)
        self._tired = np.zeros(len(place.body.muscles))
        self._shown = self._tired.copy()
        self._shown_s = 0.0

    @property
    def tired(self) -> Floats:
        """[muscles] 0 fresh to 1 exhausted."""
        return self._tired.copy()

    def drive(self, excitation: Floats, t_s: float) -> Floats:
        """See `Disturbance`."""
        pace = max(self.amount.at(t_s), 0.0) * (np.maximum(excitation, 1e-6) / _AT) ** _POWER / _ENDURANCE_S
        working = excitation >= _NONE_BELOW
        gain = np.where(working, pace, -self._tired / _RECOVERS_S)
        self._tired = np.clip(self._tired + self.at.block_s * gain, 0.0, 1.0)
        return excitation

    def grow(self, units: Units, t_s: float) -> Units:
        """See `Disturbance`."""
        due = t_s - self._shown_s >= _EVERY_S
        if due and np.abs(self._tired - self._shown).max() >= _STEP:
            self._shown, self._shown_s = self._tired.copy(), t_s
        if not self._shown.any():
            return units
        shown = self._shown[units.muscle]
        return replace(
            units,
            speed_mm_ms=units.speed_mm_ms * (1.0 - SLOWER * shown),
            strength=units.strength * (1.0 + LOUDER * shown),
        )
