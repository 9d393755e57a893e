"""Another day: electrodes sit elsewhere, skin conducts otherwise, movements are made otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..montage import Montage
from .course import Course
from .disturbance import Disturbance, Floats, Place, Samples

SHIFT_MM, AROUND_MM = 4.0, 4.0
"""Spread of where electrodes are put. Ours: what a fitter's marks on the skin allow."""
GAIN, PATTERN = 0.15, 0.20
"""Spread (log) of channels' gains, and of muscles' shares of movements. Ours."""


class Day(Disturbance):
    """Day number so-and-so; 0 is the day of calibration. A person's days are theirs.

    No size was set by what days do to decoders.
    """

    def __init__(self, course: Course, place: Place) -> None:
        super().__init__(course, place)
        self._seed = int(place.person.integers(2**31))
        self._days: dict[int, tuple[float, float, Floats, Floats]] = {}

    def drive(self, excitation: Floats, t_s: float) -> Floats:
        """See `Disturbance`."""
        return np.minimum(excitation * self._drawn(t_s)[3], 1.0)

    def wear(self, montage: Montage, t_s: float) -> Montage:
        """See `Disturbance`."""
        along_mm, around_mm, _, _ = self._drawn(t_s)
        if not along_mm:
            return montage
        deg = float(np.rad2deg(around_mm / self.at.body.radius_mm))
        return Montage(
            tuple(
                replace(pair, along_mm=pair.along_mm + along_mm, at_deg=pair.at_deg + deg)
                for pair in montage.pairs
            )
        )

    def measure(self, samples: Samples, t_s: float) -> Samples:
        """See `Disturbance`."""
        return (samples * self._drawn(t_s)[2]).astype(np.float32)

    def _drawn(self, t_s: float) -> tuple[float, float, Floats, Floats]:
        number = round(max(self.amount.at(t_s), 0.0))
        if number not in self._days:
            body = self.at.body
            rng = np.random.default_rng([self._seed, number])
            along, around = rng.standard_normal(2).tolist()
            gain, pattern = rng.standard_normal(len(body.channels)), rng.standard_normal(len(body.muscles))
            on = float(number > 0)
            self._days[number] = (
                on * SHIFT_MM * along,
                on * AROUND_MM * around,
                np.exp(on * GAIN * gain),
                np.exp(on * PATTERN * pattern),
            )
        return self._days[number]
