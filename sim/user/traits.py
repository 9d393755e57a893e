"""What kind of person: each number with its source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Traits:
    """One simulated person.

    Attributes:
        visual_delay_s: from the limb's movement to the person's muscles' answer to it.
        rise_s: of a contraction from nothing to all there is.
        patience_s: they give up a trial after so long.
    """

    visual_delay_s: float = 0.20
    rise_s: float = 0.30
    patience_s: float = 15.0
