"""The names of movements, as profiles, bundles and pages use them.

Recordings of other people call the same movement by other names; `canonical` folds those we know. A name that
is not listed stays as it is (lower case): a decoder may learn it, and a limb without a joint for it holds.
"""

from __future__ import annotations

REST = "rest"

_ALIASES = {
    "no movement": REST,
    "relax": REST,
    "hand open": "open",
    "open hand": "open",
    "hand close": "power",
    "hand closed": "power",
    "close hand": "power",
    "power grip": "power",
    "fist": "power",
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
    "ankle dorsiflexion": "dorsiflexion",
    "ankle plantarflexion": "plantarflexion",
}


def canonical(name: str) -> str:
    """The project's name for a movement: 'Close Hand' -> 'power', 'M1 rest' -> 'rest'."""
    plain = " ".join(name.replace("_", " ").split()).casefold()
    number, _, rest = plain.partition(" ")
    if rest == REST and number[:1] == "m" and number[1:].isdigit():
        return REST
    return _ALIASES.get(plain, plain)
