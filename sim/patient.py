"""A simulated patient: excitation of the muscles in, surface EMG out."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.chunk import MICROVOLT
from .anatomy import Body
from .background import Background
from .firing import Firing
from .montage import Montage
from .motor_units import make_units
from .person import individual
from .potentials import potentials
from .sampling import sampling_at
from .superposition import Superposition
from .twitch import Twitches

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Samples = NDArray[np.float32]


class Block(NamedTuple):
    """What happened in one block of the simulation.

    Attributes:
        excitation: [muscles] that held throughout it.
        units: that fired.
        ticks: when, in inner samples from the block's start.
    """

    excitation: Floats
    units: Ints
    ticks: Ints


class Patient:
    """Seeded and streaming: the same excitation gives the same EMG to the last bit, however it is cut.

    Muscles are driven in blocks of about 10 ms, counted from the first sample: the excitation at a block's
    first sample holds for all of it. What is asked for in other pieces is cut from whole blocks.

    Args:
        body: a preset, whose person number `seed` is taken; or somebody's.
        rate_hz: of the amplifier, 200 to 4000; 250 as a Cyton measures it.
        seed: who it is.
        use: which session of theirs: of firing and noise.
        mains_hz: 50 or 60.
        force: also work out the muscles' force.

    Raises:
        ProfileError: another rate.
    """

    def __init__(
        self,
        body: Body,
        rate_hz: float = 1000.0,
        seed: int = 1,
        mains_hz: int = 50,
        *,
        use: int = 0,
        force: bool = False,
    ) -> None:
        self.body = body = individual(body, seed)
        self.sampling = sampling = sampling_at(rate_hz)
        self.channels = body.channels
        self.rate_hz = rate_hz
        self.unit = MICROVOLT
        made = np.random.default_rng([seed, 0])
        spread, noise = (np.random.default_rng([seed, part, use]) for part in (1, 2))
        self.units = units = make_units(body, seed)
        self.potentials = potentials(units, body.montage, body.radius_mm, sampling)
        self._block = sampling.block
        ticks = sampling.block * sampling.phases
        self._firing = Firing(units.muscle, units.threshold, units.most_hz, sampling.block_s, ticks, spread)
        self._sum = Superposition(self.potentials, sampling.block)
        self._background = Background(sampling, len(self.channels), mains_hz, made, noise)
        muscles = len(body.muscles)
        self._twitches = Twitches(units, muscles, sampling.block_s) if force else None
        self.force: Floats = np.zeros(muscles)
        """[muscles] at the end of the last block, 1 at full excitation; zeros unless asked for."""
        self._left = np.zeros((0, len(self.channels)), np.float32)
        self.blocks: list[Block] = []
        """Those that the last step began."""

    def step(self, n: int, excitation: Floats) -> Samples:
        """The next `n` samples [n, channels], microvolts.

        Args:
            n: how many.
            excitation: [n, muscles] or [muscles], 0 (none) to 1 (all there is).
        """
        self.blocks = []
        if excitation.shape[-1] != len(self.body.muscles):
            muscles = len(self.body.muscles)
            raise ValueError(f"excitation of {excitation.shape[-1]} muscles; this body has {muscles}")
        steady = excitation.ndim == 1
        if n == self._block and not len(self._left):
            return self._next(excitation if steady else excitation[0])
        parts, have = [self._left[:n]], len(self._left)
        self._left = self._left[n:]
        while have < n:
            block = self._next(excitation if steady else excitation[have])
            parts.append(block[: n - have])
            self._left = block[n - have :]
            have += len(block)
        return np.concatenate(parts)

    def wear(self, montage: Montage) -> None:
        """Other places for the same number of electrode pairs, from the next block on."""
        if len(montage.pairs) != len(self.channels):
            raise ValueError(f"{len(montage.pairs)} pairs; the amplifier has {len(self.channels)} channels")
        self.body = self.body.with_montage(montage)
        self.potentials = potentials(self.units, montage, self.body.radius_mm, self.sampling)
        self._sum = self._sum.with_potentials(self.potentials)

    def over(self) -> tuple[int, ...]:
        """Of each channel: the muscle that is strongest there."""
        peaks = np.ptp(self.potentials[:, 0], axis=1)
        power = np.zeros((len(self.body.muscles), peaks.shape[1]))
        np.add.at(power, self.units.muscle, peaks.astype(np.float64) ** 2)
        return tuple(np.argmax(power, axis=0).tolist())

    def _next(self, excitation: Floats) -> Samples:
        units, ticks = self._firing.block(excitation)
        self.blocks.append(Block(excitation, units, ticks))
        if self._twitches is not None:
            self.force = self._twitches.block(units, self._firing.rates_hz)
        signal = self._sum.block(units, ticks)
        background = self._background.block()
        return background.copy() if signal is None else signal + background
