"""People who follow a cue late, or make another movement than the one that was asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...core.movements import REST
from ..schedule import Cue
from .course import Course
from .disturbance import Disturbance, Place


class Late(Disturbance):
    """So many seconds later than a trained person, on average: mostly less, now and then much more."""

    def __init__(self, course: Course, place: Place) -> None:
        super().__init__(course, place)
        self._rng = np.random.default_rng(place.session.integers(2**63))

    def cue(self, cue: Cue) -> Cue:
        """See `Disturbance`."""
        late_s = max(self.amount.at(cue.start_s), 0.0) * float(self._rng.exponential(1.0))
        return replace(cue, late_s=cue.late_s + late_s)


class Wrong(Disturbance):
    """In so large a share of the cues of a movement they make another one."""

    def __init__(self, course: Course, place: Place) -> None:
        super().__init__(course, place)
        self._rng = np.random.default_rng(place.session.integers(2**63))

    def cue(self, cue: Cue) -> Cue:
        """See `Disturbance`."""
        others = [name for name in self.at.body.movements if name not in (REST, cue.movement)]
        wrong, which = self._rng.uniform(size=2).tolist()
        if cue.movement == REST or not others or wrong >= self.amount.at(cue.start_s):
            return cue
        return replace(cue, made=others[int(which * len(others))])
