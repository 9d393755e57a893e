"""A patient whom things befall while they are simulated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ...core.errors import ProfileError
from ..body import Body
from ..montage import Montage
from ..motor_units import Units
from ..patient import Patient
from ..potentials import potentials
from ..schedule import Cue
from .disturbance import Disturbance, Floats, Place, Samples
from .table import KINDS, Setting

_KEPT_BYTES = 64_000_000
"""Potentials of places where electrodes have been are kept up to so much: they come back there."""


class Disturbed(Patient):
    """A `Patient` with disturbances: the same `step`, the same rule that any chunking gives the same bits.

    Disturbances act in the order given, once a block of about 10 ms; time counts from the first sample.

    Args:
        body, rate_hz, seed, mains_hz, use, force: see `Patient`.
        disturbances: what befalls them.

    Raises:
        ProfileError: a disturbance that this body cannot have, or a channel it does not have.
    """

    def __init__(
        self,
        body: Body,
        rate_hz: float = 1000.0,
        seed: int = 1,
        mains_hz: int = 50,
        *,
        disturbances: Sequence[Setting] = (),
        use: int = 0,
        force: bool = False,
    ) -> None:
        super().__init__(body, rate_hz, seed, mains_hz, use=use, force=force)
        self._worn: Montage = self.body.montage
        self._grown: Units = self.units
        self._been: dict[Montage, Samples] = {}
        self._blocks = 0
        self.disturbances: tuple[Disturbance, ...] = tuple(
            self._made(setting, number, seed, use, mains_hz) for number, setting in enumerate(disturbances)
        )
        self._befallen(0.0)

    def cues(self, cues: Iterable[Cue]) -> Iterator[Cue]:
        """What they make of what they are asked."""
        for cue in cues:
            made = cue
            for disturbance in self.disturbances:
                made = disturbance.cue(made)
            yield made

    def _made(self, setting: Setting, number: int, seed: int, use: int, mains_hz: int) -> Disturbance:
        channels = setting.channels or tuple(range(len(self.channels)))
        if max(channels) >= len(self.channels):
            raise ProfileError(
                f"disturbance {setting.kind}: channel {max(channels) + 1}; allowed: 1 to {len(self.channels)}"
            )
        which = list(KINDS).index(setting.kind)
        place = Place(
            self.body,
            self.rate_hz,
            self.sampling.block_s,
            mains_hz,
            channels,
            np.random.default_rng([seed, 31, which]),
            np.random.default_rng([seed, 37, which, number, use]),
        )
        return KINDS[setting.kind].made(setting.course, place)

    def _befallen(self, t_s: float) -> None:
        """New potentials when electrodes or units are not what they were."""
        montage, units = self._worn, self.units
        for disturbance in self.disturbances:
            montage = disturbance.wear(montage, t_s)
            units = disturbance.grow(units, t_s)
        changed = not _alike(units, self._grown)
        if not changed and montage == self.body.montage:
            return
        if changed or sum(seen.nbytes for seen in self._been.values()) > _KEPT_BYTES:
            self._been.clear()
        self.body, self._grown = self.body.with_montage(montage), units
        if montage not in self._been:
            self._been[montage] = potentials(units, montage, self.body.radius_mm, self.sampling)
        self.potentials = self._been[montage]
        self._sum = self._sum.with_potentials(self.potentials)

    def _next(self, excitation: Floats) -> Samples:
        t_s = self._blocks * self.sampling.block_s
        self._blocks += 1
        for disturbance in self.disturbances:
            excitation = disturbance.drive(excitation, t_s)
        self._befallen(t_s)
        samples = super()._next(excitation)
        for disturbance in self.disturbances:
            samples = disturbance.measure(samples, t_s)
        return samples


def befallen(
    body: Body, rate_hz: float, seed: int, disturbances: Sequence[Setting] = (), *, use: int = 0
) -> Patient:
    """A patient, disturbed only where there is something to be disturbed by.

    Raises:
        ProfileError: see `Disturbed`.
    """
    if not disturbances:
        return Patient(body, rate_hz, seed, use=use)
    return Disturbed(body, rate_hz, seed, disturbances=disturbances, use=use)


def _alike(a: Units, b: Units) -> bool:
    return a is b or (np.array_equal(a.speed_mm_ms, b.speed_mm_ms) and np.array_equal(a.strength, b.strength))
