"""The contract of a disturbance: what it may do to a patient between two blocks of the simulation.

    cue       what a person makes of what they are asked
    drive     excitation of the muscles
    wear      where the electrodes sit
    grow      what the motor units are like
    measure   what the amplifier sees

Each does nothing unless a kind says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..body import Body
from ..montage import Montage
from ..motor_units import Units
from ..schedule import Cue
from .course import Course, Running

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Place:
    """Whom it befalls, with what.

    Attributes:
        body: the person, as they put their electrodes on.
        rate_hz: of the amplifier.
        block_s: between two calls.
        mains_hz: 50 or 60.
        channels: [numbers from 0] that it befalls; all unless somebody chose.
        person: generator of what belongs to this person, whatever the session.
        session: generator of what differs from session to session.
    """

    body: Body
    rate_hz: float
    block_s: float
    mains_hz: int
    channels: tuple[int, ...]
    person: np.random.Generator
    session: np.random.Generator

    @property
    def chosen(self) -> Floats:
        """[ch] 1 where it befalls, 0 elsewhere."""
        shares = np.zeros(len(self.body.channels))
        shares[list(self.channels)] = 1.0
        return shares


class Disturbance:
    """One of a kind, with its course.

    Args:
        course: how much when.
        place: whom it befalls.
    """

    def __init__(self, course: Course, place: Place) -> None:
        self.amount = Running(course, np.random.default_rng(place.session.integers(2**63)))
        self.at = place

    def cue(self, cue: Cue) -> Cue:
        """What is made of a cue."""
        return cue

    def drive(self, excitation: Floats, t_s: float) -> Floats:
        """[muscles] of the block that begins at `t_s`; another array, never the same one changed."""
        del t_s
        return excitation

    def wear(self, montage: Montage, t_s: float) -> Montage:
        """Where the electrodes are by now; `montage` as earlier disturbances moved them."""
        del t_s
        return montage

    def grow(self, units: Units, t_s: float) -> Units:
        """What the units are like by now; `units` as earlier disturbances changed them."""
        del t_s
        return units

    def measure(self, samples: Samples, t_s: float) -> Samples:
        """[block, ch] microvolts, from `t_s` on; may be changed in place."""
        del t_s
        return samples
