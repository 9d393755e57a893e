"""Walking, as the electrodes in a socket see it.

Shin and calf of a residual leg are locked to phases of the stride and vary more than those of intact legs
(Huang and Ferris, J NeuroEng Rehabil 2012;9:55, 12 people: tibialis anterior, both heads of gastrocnemius).
"""

from __future__ import annotations

import numpy as np

from ...core.errors import ProfileError
from ..body import NATIVE
from .course import Course
from .disturbance import Disturbance, Floats, Place

_STRIDE_S, _STRIDE_SPREAD = 1.2, 0.03
"""Of a comfortable walk, and its spread [M]."""
_BURSTS = {
    "tibialis anterior": ((0.98, 0.08), (0.70, 0.10)),
    "gastrocnemius, lateral head": ((0.38, 0.10),),
    "gastrocnemius, medial head": ((0.40, 0.09),),
}
"""Muscle -> (middle, width) of its bursts as shares of a stride from heel strike on: shin after heel strike
and in swing, calf before push-off, as in intact walking [M]."""
_PHASE_SPREAD, _STRIDE_TO_STRIDE = 0.05, 0.5
"""Of a burst's phase between people, and of its height (log) from stride to stride. Sizes are ours."""


class Gait(Disturbance):
    """Walking: bursts of shin and calf, locked to the stride, of so large an excitation at their height.

    Raises:
        ProfileError: a body without these muscles.
    """

    def __init__(self, course: Course, place: Place) -> None:
        super().__init__(course, place)
        if place.body.level != "transtibial":
            raise ProfileError(f"disturbance gait at level {place.body.level}; allowed: transtibial")
        self._rng = np.random.default_rng(place.session.integers(2**63))
        self._bursts = [
            (index, middle + _PHASE_SPREAD * float(place.person.standard_normal()), width)
            for index, muscle in enumerate(place.body.muscles)
            if muscle.innervation == NATIVE
            for middle, width in _BURSTS.get(muscle.name, ())
        ]
        if not self._bursts:
            raise ProfileError(
                f"disturbance gait: {place.body.name} has no native {', '.join(_BURSTS)}",
                "name one of them so",
            )
        self.phase = 0.0
        """Share of the stride that is over, 0 to 1."""
        self._stride_s, self._heights = _STRIDE_S, np.zeros(0)
        self._next_stride()

    def drive(self, excitation: Floats, t_s: float) -> Floats:
        """See `Disturbance`."""
        self.phase += self.at.block_s / self._stride_s
        if self.phase >= 1.0:
            self.phase -= 1.0
            self._next_stride()
        height = max(self.amount.at(t_s), 0.0)
        if not height:
            return excitation
        walked = excitation.copy()
        for (index, middle, width), own in zip(self._bursts, self._heights.tolist(), strict=True):
            off = (self.phase - middle + 0.5) % 1.0 - 0.5
            walked[index] += height * own * np.exp(-0.5 * (off / width) ** 2)
        return np.minimum(walked, 1.0)

    def _near(self) -> float:
        return float(np.clip(self._rng.standard_normal(), -3.0, 3.0))

    def _next_stride(self) -> None:
        self._stride_s = _STRIDE_S * (1.0 + _STRIDE_SPREAD * self._near())
        self._heights = np.exp(_STRIDE_TO_STRIDE * self._rng.standard_normal(len(self._bursts)))
