"""Limb position: muscles lie elsewhere under the electrodes, and gravity loads others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..body import NATIVE
from ..montage import Montage
from .course import Course
from .disturbance import Disturbance, Floats, Place

_ALONG_MM, _AROUND_MM = 6.0, 3.0
"""Spread of muscle under each electrode between positions. The biceps' innervation zone moves by 5 to 30 mm
along the arm as the elbow is stretched (Martin and MacIsaac, J Electromyogr Kinesiol 2006;16:144), which is
four of these; by up to 8 mm across (J Neuroeng Rehabil 2019;16, 10.1186/s12984-019-0544-6). A residual limb's
own are not known."""
_GRAVITY = 0.06
"""Mean excitation of a native muscle that holds the limb up. Ours: a tenth of what
movements are made with."""
_LOADED = 0.5
"""Share of the muscles that a position loads. Ours."""
_STEP = 0.1
"""Of the way between positions, in which electrodes move."""


class Position(Disturbance):
    """Position number so-and-so of the limb; 0 is where it was calibrated, fractions lie between.

    A person's positions are theirs for all sessions. No size was set by what positions do to decoders.
    """

    def __init__(self, course: Course, place: Place) -> None:
        super().__init__(course, place)
        self._seed = int(place.person.integers(2**31))
        self._radius_mm = place.body.radius_mm
        self._known: dict[int, tuple[Floats, Floats]] = {}

    def drive(self, excitation: Floats, t_s: float) -> Floats:
        """See `Disturbance`."""
        low, share = self._between(t_s)
        tone = (1.0 - share) * self._at(low)[0] + share * self._at(low + 1)[0]
        return np.minimum(excitation + tone, 1.0)

    def wear(self, montage: Montage, t_s: float) -> Montage:
        """See `Disturbance`."""
        low, share = self._between(t_s)
        share = _STEP * round(share / _STEP)
        moved = (1.0 - share) * self._at(low)[1] + share * self._at(low + 1)[1]
        if not moved.any():
            return montage
        per_mm = float(np.rad2deg(1.0 / self._radius_mm))
        pairs = [
            replace(pair, along_mm=pair.along_mm + along, at_deg=pair.at_deg + around * per_mm)
            for pair, (along, around) in zip(montage.pairs, moved.tolist(), strict=True)
        ]
        return Montage(tuple(pairs))

    def _between(self, t_s: float) -> tuple[int, float]:
        amount = max(self.amount.at(t_s), 0.0)
        return int(amount), amount - int(amount)

    def _at(self, number: int) -> tuple[Floats, Floats]:
        """What gravity loads, and how muscles lie, in that position."""
        if number not in self._known:
            self._known[number] = self._tone(number), self._moved(number)
        return self._known[number]

    def _moved(self, number: int) -> Floats:
        """[ch, 2] along and around, mm; neighbours move alike."""
        channels = len(self.at.body.channels)
        if number == 0:
            return np.zeros((channels, 2))
        rng = np.random.default_rng([self._seed, number])
        own, common = rng.standard_normal((channels, 2)), rng.standard_normal(2)
        made: Floats = (np.sqrt(0.5) * (own + common)) * (_ALONG_MM, _AROUND_MM)
        return made

    def _tone(self, number: int) -> Floats:
        muscles = self.at.body.muscles
        if number == 0:
            return np.zeros(len(muscles))
        rng = np.random.default_rng([self._seed, number, 1])
        loaded = rng.uniform(size=len(muscles)) < _LOADED
        native = np.array([muscle.innervation == NATIVE for muscle in muscles])
        made: Floats = _GRAVITY * rng.exponential(1.0, len(muscles)) * (loaded & native)
        return made
