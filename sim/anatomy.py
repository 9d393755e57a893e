"""Simulated bodies by name: presets of each level of amputation, an average person each.

`sim.person` makes people of them; `sim.custom` reads one from a file.
"""

from __future__ import annotations

from ..core.errors import ProfileError
from .body import NATIVE, REINNERVATED, Body, Muscle
from .levels_arm import SHOULDER, TRANSHUMERAL, TRANSRADIAL
from .levels_leg import TRANSFEMORAL, TRANSTIBIAL

__all__ = [
    "ANKLE",
    "BODIES",
    "HAND",
    "NATIVE",
    "PRESETS",
    "REINNERVATED",
    "Body",
    "Muscle",
    "body_named",
]

PRESETS = {body.level: body for body in (TRANSRADIAL, TRANSHUMERAL, SHOULDER, TRANSFEMORAL, TRANSTIBIAL)}
"""By level."""
HAND, ANKLE = TRANSRADIAL, TRANSTIBIAL
BODIES = {"hand": HAND, "ankle": ANKLE, **PRESETS}
"""By any name; "hand" and "ankle" are short for the levels that the demo shows."""


def body_named(name: str) -> Body:
    """The body of that name.

    Raises:
        ProfileError: there is none.
    """
    if name not in BODIES:
        raise ProfileError(f"simulated body {name!r}; allowed: {', '.join(BODIES)}")
    return BODIES[name]
