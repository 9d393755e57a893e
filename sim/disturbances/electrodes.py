"""Electrodes that move along the limb or around it: poles at another place see other potentials."""

from __future__ import annotations

from ..montage import Montage
from .disturbance import Disturbance

STEP_MM, STEP_DEG = 1.0, 1.0
"""They move in such steps (1 degree is 0.7 mm on a forearm): each takes new potentials. Ours."""


class Shift(Disturbance):
    """So many mm further down the limb."""

    def wear(self, montage: Montage, t_s: float) -> Montage:
        """See `Disturbance`."""
        mm = STEP_MM * round(self.amount.at(t_s) / STEP_MM)
        return montage.shifted(mm) if mm else montage


class Rotation(Disturbance):
    """So many degrees further around the limb."""

    def wear(self, montage: Montage, t_s: float) -> Montage:
        """See `Disturbance`."""
        deg = STEP_DEG * round(self.amount.at(t_s) / STEP_DEG)
        return montage.turned(deg) if deg else montage
