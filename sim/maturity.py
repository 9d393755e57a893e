"""How far transferred nerves have grown into their target muscles, by months since surgery.

Twitches come at about 3 months; a prosthesis can use the signal at about 6; it goes on improving until 12
(FACTS section 5, from the seed paper and [M]). New units start small, late and many-phased: their few young
fibres conduct unevenly (clinical EMG calls them nascent). Shares and times between those anchors are ours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SILENT_MONTHS = 3.0
"""Before this nothing is heard."""
USABLE_MONTHS = 6.0
_GROWN_MONTHS = (SILENT_MONTHS, USABLE_MONTHS, 9.0)
_GROWN_SHARE = (0.0, 0.7, 1.0)
"""Of the units that will come, those which have come by then. Ours."""
_YOUTH_MONTHS = 1.5
"""A unit's youth fades with this time constant. Ours."""
NASCENT_SMALLER = 0.6
"""A newborn unit's fibres are so much weaker. Ours."""
NASCENT_SPREAD_MS = 3.0
"""Standard deviation of the times at which a newborn unit's fibres start: what makes its potential long and
many-phased. Ours."""


def born_months(shares: Floats) -> Floats:
    """When each unit comes, months after surgery.

    Args:
        shares: place of each in the order of coming, 0 to 1.
    """
    return np.interp(shares, _GROWN_SHARE, _GROWN_MONTHS)


def grown_share(months: float) -> float:
    """Share of the units that have come."""
    return float(np.interp(months, _GROWN_MONTHS, _GROWN_SHARE)) if months > SILENT_MONTHS else 0.0


def youth(months: float, born: Floats) -> Floats:
    """1 for a unit that has just come, near 0 for a mature one."""
    return np.exp(-np.maximum(months - born, 0.0) / _YOUTH_MONTHS)
