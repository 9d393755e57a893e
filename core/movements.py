"""The names of movements, as profiles, bundles and pages use them.

Recordings of other people call the same movement by other names; `canonical` folds those we know. A name that
is not listed stays as it is (lower case): a decoder may learn it, and a limb without a joint for it holds.
"""

from __future__ import annotations

REST = "rest"
OPEN = "open"
CLOSE = "power"
"""Closing the hand; with grips to choose from, closing to the one that is chosen."""

DOFS: dict[str, tuple[str, str]] = {
    # the movement at -1, and at +1
    "hand": ("open", "power"),
    "elbow": ("elbow extension", "elbow flexion"),
    "wrist rotation": ("pronation", "supination"),
    "wrist flexion": ("wrist extension", "wrist flexion"),
    "wrist deviation": ("ulnar deviation", "radial deviation"),
    "ankle": ("plantarflexion", "dorsiflexion"),
    "ankle inversion": ("eversion", "inversion"),
    "knee": ("knee extension", "knee flexion"),
    "toe": ("toe flexion", "toe extension"),
}
"""Degrees of freedom: pairs of opposite movements, as a regressor's velocities name them."""

_ALIASES = {
    "no movement": REST,
    "relax": REST,
    "hand open": OPEN,
    "hand opening": OPEN,
    "open hand": OPEN,
    "hand close": CLOSE,
    "hand closed": CLOSE,
    "hand closing": CLOSE,
    "close": CLOSE,
    "close hand": CLOSE,
    "power grip": CLOSE,
    "fist": CLOSE,
    "fine grip": "pinch",
    "pinch grip": "pinch",
    "tripod grip": "tripod",
    "side grip": "key",
    "key grip": "key",
    "lateral grip": "key",
    "pointer": "point",
    "index point": "point",
    "flex hand": "wrist flexion",
    "extend hand": "wrist extension",
    "flex wrist": "wrist flexion",
    "extend wrist": "wrist extension",
    "wrist radial deviation": "radial deviation",
    "wrist ulnar deviation": "ulnar deviation",
    "pronate": "pronation",
    "supinate": "supination",
    **{f"{where} {turn}": turn for where in ("wrist", "forearm") for turn in ("pronation", "supination")},
    "flex elbow": "elbow flexion",
    "extend elbow": "elbow extension",
    "flex knee": "knee flexion",
    "extend knee": "knee extension",
    **{
        f"{where} {turn}": turn
        for where in ("ankle", "foot")
        for turn in ("dorsiflexion", "plantarflexion", "inversion", "eversion")
    },
    "plantar flexion": "plantarflexion",
    "dorsi flexion": "dorsiflexion",
    "toes flexion": "toe flexion",
    "toes extension": "toe extension",
}


def canonical(name: str) -> str:
    """The project's name for a movement: 'Close Hand' -> 'power', 'M1 rest' -> 'rest'; of two at once, both:
    'Flex Wrist + Close Hand' -> 'wrist flexion+power'."""
    if "+" in name:
        return "+".join(map(canonical, name.split("+")))
    plain = " ".join(name.replace("_", " ").split()).casefold()
    number, _, rest = plain.partition(" ")
    if rest == REST and number[:1] == "m" and number[1:].isdigit():
        return REST
    return _ALIASES.get(plain, plain)
