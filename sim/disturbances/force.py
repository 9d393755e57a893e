"""How hard a person tries."""

from __future__ import annotations

import numpy as np

from .disturbance import Disturbance, Floats


class Force(Disturbance):
    """So many times the effort that was meant; 1 changes nothing, and there is no more than all."""

    def drive(self, excitation: Floats, t_s: float) -> Floats:
        """See `Disturbance`."""
        course = self.amount.course
        if not course.from_s <= t_s < course.until_s:
            return excitation
        # A course runs from 1 to its amount.
        share = self.amount.at(t_s) / course.amount if course.amount else 1.0
        return np.minimum(excitation * max(1.0 + share * (course.amount - 1.0), 0.0), 1.0)
