"""Simulated bodies: which muscle lies under which electrode pair, and what a person tenses for a movement.

Sketches, not measurements: strengths follow what each muscle does, and movements overlap as grips do. One
electrode pair sits over each muscle.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..core.errors import ProfileError

NATIVE = "native"
REINNERVATED = "reinnervated"


@dataclass(frozen=True, slots=True)
class Muscle:
    """One muscle under one electrode pair.

    Attributes:
        name: as an anatomist calls it; "(median)" names the transferred nerve.
        innervation: `NATIVE` or `REINNERVATED`.
        depth_mm: how far its centre lies under the skin.
    """

    name: str
    innervation: str
    depth_mm: float


@dataclass(frozen=True, slots=True)
class Body:
    """One residual limb.

    Attributes:
        name: "hand" or "ankle": what it moves.
        radius_mm: of the limb, taken as a cylinder with the muscles in order around it.
        muscles: in channel order.
        movements: movement -> excitation of each muscle at full effort, 0 to 1; "rest" first.
    """

    name: str
    radius_mm: float
    muscles: tuple[Muscle, ...]
    movements: dict[str, tuple[float, ...]]

    @property
    def channels(self) -> tuple[str, ...]:
        """Name of each electrode pair's channel."""
        return tuple(f"ch{n}" for n in range(1, len(self.muscles) + 1))


HAND = Body(
    "hand",
    42.0,
    (
        Muscle("flexor carpi radialis", NATIVE, 11.0),
        Muscle("flexor digitorum superficialis", NATIVE, 14.0),
        Muscle("target muscle (median)", REINNERVATED, 12.0),
        Muscle("flexor carpi ulnaris", NATIVE, 11.0),
        Muscle("target muscle (ulnar)", REINNERVATED, 12.0),
        Muscle("extensor carpi ulnaris", NATIVE, 11.0),
        Muscle("extensor digitorum", NATIVE, 12.0),
        Muscle("extensor carpi radialis", NATIVE, 11.0),
    ),
    {
        # .          FCR   FDS   med.  FCU   uln.  ECU   ED    ECR
        "rest": (0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00),
        "open": (0.05, 0.05, 0.05, 0.05, 0.20, 0.30, 0.85, 0.30),
        "power": (0.35, 0.85, 0.52, 0.48, 0.53, 0.15, 0.10, 0.38),
        "pinch": (0.18, 0.45, 0.71, 0.10, 0.14, 0.09, 0.13, 0.29),
        "tripod": (0.30, 0.58, 0.70, 0.21, 0.36, 0.09, 0.11, 0.20),
        "key": (0.15, 0.35, 0.25, 0.35, 0.75, 0.20, 0.08, 0.15),
        "point": (0.08, 0.35, 0.12, 0.25, 0.35, 0.15, 0.50, 0.15),
    },
)
"""A forearm with two transferred nerves."""

ANKLE = Body(
    "ankle",
    55.0,
    (
        Muscle("tibialis anterior", NATIVE, 12.0),
        Muscle("extensor digitorum longus", NATIVE, 13.0),
        Muscle("target muscle (peroneal)", REINNERVATED, 12.5),
        Muscle("peroneus longus", NATIVE, 12.0),
        Muscle("gastrocnemius lateralis", NATIVE, 12.0),
        Muscle("soleus", NATIVE, 17.0),
        Muscle("target muscle (tibial)", REINNERVATED, 12.5),
        Muscle("gastrocnemius medialis", NATIVE, 12.0),
    ),
    {
        # .                  TA    EDL   per.  PL    GL    SOL   tib.  GM
        "rest": (0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00),
        "dorsiflexion": (0.80, 0.60, 0.45, 0.20, 0.05, 0.08, 0.10, 0.05),
        "plantarflexion": (0.06, 0.08, 0.10, 0.40, 0.60, 0.75, 0.50, 0.65),
    },
)
"""A lower leg whose own calf and shin muscles remain, with two transferred nerves."""

BODIES = {body.name: body for body in (HAND, ANKLE)}


def body_named(name: str) -> Body:
    """The body of that name.

    Raises:
        ProfileError: there is none.
    """
    if name not in BODIES:
        raise ProfileError(f"simulated body {name!r}; allowed: {', '.join(BODIES)}")
    return BODIES[name]
