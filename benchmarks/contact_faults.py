"""What befalls one channel in `contact`: the evaluation's own faults, and harder ones beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..calibration.evaluation.faults import Damage
from ..drivers.recordings.npz import Recording

SHORTEST_S, LONGEST_S = 0.02, 0.2
"""Of a loose lead's losses to zero or to the rail, and of what is between them."""
SHORTED_SHARE = 0.025
"""Noise of an amplifier whose input is shorted, over the level at rest."""


@dataclass(frozen=True)
class Place:
    """Where and when: a column, seconds from the first sample, and the channel's usual levels."""

    channel: int
    begins_s: float
    rest: float
    active: float
    rng: np.random.Generator


Fault = Callable[[Recording, Place], Recording]


def _evaluated(fault: str, over_active: float = 0.0, over_rest: float = 0.0) -> Fault:
    def apply(intact: Recording, at: Place) -> Recording:
        none = np.zeros(intact.emg.shape[1])
        loudness = over_active * at.active + over_rest * at.rest
        return Damage(at.channel, fault, loudness, none, none, at.begins_s)(intact)

    return apply


def _tail(intact: Recording, at: Place) -> tuple[Recording, NDArray[np.float32]]:
    """(a copy, what of its channel is to be damaged)."""
    copy = replace(intact, emg=intact.emg.copy())
    return copy, copy.emg[round(at.begins_s * intact.fs) :, at.channel]


def _shorted(intact: Recording, at: Place) -> Recording:
    copy, one = _tail(intact, at)
    one[:] = one[0] + SHORTED_SHARE * at.rest * at.rng.normal(size=len(one))
    return copy


def _dropouts(intact: Recording, at: Place, to_rail: bool) -> Recording:
    copy, one = _tail(intact, at)
    lost_to = 2.0 * float(np.abs(intact.emg).max()) if to_rail else 0.0
    first = 0
    while first < len(one):
        lost, back = np.round(at.rng.uniform(SHORTEST_S, LONGEST_S, 2) * intact.fs).astype(int).tolist()
        one[first : first + lost] = lost_to
        first += lost + back
    return copy


FAULTS: dict[str, Fault] = {
    "flat": _evaluated("flat"),
    "shorted": _shorted,
    "railed": _evaluated("railed"),
    "mains, 10 x strongest": _evaluated("mains", 10.0),
    "mains, strongest": _evaluated("mains", 1.0),
    "mains, 5 x rest": _evaluated("mains", over_rest=5.0),
    "noisy, 10 x strongest": _evaluated("noisy", 10.0),
    "noisy, 4 x strongest": _evaluated("noisy", 4.0),
    "noisy, strongest": _evaluated("noisy", 1.0),
    "intermittent, held": _evaluated("intermittent"),
    "intermittent, to zero": lambda intact, at: _dropouts(intact, at, False),
    "intermittent, to the rail": lambda intact, at: _dropouts(intact, at, True),
}
"""Mains and noise in levels of the channel. Intermittent, held: lost and back for 200 ms each in the mean, as
`innervate evaluate --fault intermittent` has it; to zero or the rail: 20 to 200 ms each."""
