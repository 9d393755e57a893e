"""How far transferred nerves have grown into their target muscles, by months since surgery.

Twitches come at about 3 months; a prosthesis can use the signal at about 6; it goes on improving until 12
(FACTS section 5, from the seed paper and [M]). New units start small, late and many-phased: their few young
fibres conduct unevenly (clinical EMG calls them nascent). Shares and times between those anchors are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Growth:
    """How fast a person's nerves grow in.

    Attributes:
        silent_months: before this nothing is heard (FACTS section 5).
        usable_months: by then a prosthesis can use the signal (FACTS section 5).
    """

    silent_months: float = 3.0
    usable_months: float = 6.0

    def born_months(self, shares: Floats) -> Floats:
        """When each unit comes, months after surgery.

        Args:
            shares: place of each in the order of coming, 0 to 1.
        """
        return np.interp(shares, (0.0, _USABLE_SHARE, 1.0), self._anchors)

    def grown_share(self, months: float) -> float:
        """Share of the units that have come."""
        return float(np.interp(months, self._anchors, (0.0, _USABLE_SHARE, 1.0)))

    @property
    def _anchors(self) -> tuple[float, float, float]:
        """The last units come as long after usable as usable comes after the first twitch. Ours."""
        return (self.silent_months, self.usable_months, 2.0 * self.usable_months - self.silent_months)


_USABLE_SHARE = 0.7
"""Of the units that will come, those that make a signal usable. Ours."""
_YOUTH_MONTHS = 1.5
"""A unit's youth fades with this time constant. Ours."""
NASCENT_SMALLER = 0.6
"""A newborn unit's fibres are so much weaker. Ours."""
NASCENT_SPREAD_MS = 3.0
"""Standard deviation of the times at which a newborn unit's fibres start: what makes its potential long and
many-phased. Ours."""


def youth(months: float, born: Floats) -> Floats:
    """1 for a unit that has just come, near 0 for a mature one."""
    return np.exp(-np.maximum(months - born, 0.0) / _YOUTH_MONTHS)
