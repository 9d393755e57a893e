"""Force of each muscle from its units' twitches.

After Fuglevand, Winter and Patla (J Neurophysiol 1993;70:2470): a twitch rises and falls as (t/T) exp(1 -
t/T); units that fire fast give more a twitch, by a gain that follows the sigmoid of contraction time over
interval. Units of like contraction time share one filter, so that force costs little; a block is its
resolution.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .firing import rates_hz as rates_at
from .motor_units import Units

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CLASSES = 6
"""Of contraction times."""
_LINEAR = 0.4
"""Contraction time over interval below which twitches do not help one another (Fuglevand 1993)."""


class Twitches:
    """Force of every muscle, block after block.

    Args:
        units: of a person.
        muscles: how many there are.
        block_s: length of a block.
    """

    def __init__(self, units: Units, muscles: int, block_s: float) -> None:
        self._muscles = muscles
        least_s, most_s = units.twitch_s.min(initial=0.03), units.twitch_s.max(initial=0.09)
        edges = np.geomspace(least_s, most_s * 1.000001, _CLASSES + 1)
        kind = np.clip(np.searchsorted(edges, units.twitch_s, side="right") - 1, 0, _CLASSES - 1)
        time_s = np.sqrt(edges[:-1] * edges[1:])
        self._time_s = time_s[kind]
        self._twitch = units.twitch
        self._filter = units.muscle * _CLASSES + kind
        self._size = muscles * _CLASSES
        self._step = np.tile(block_s / time_s, muscles)
        self._fade = np.exp(-self._step)
        self._young, self._old = np.zeros(self._size), np.zeros(self._size)
        full_hz = rates_at(np.ones(len(kind)), units.threshold, units.most_hz)
        most = self._twitch * gain(self._time_s * full_hz) * self._time_s * np.e * full_hz
        whole = np.bincount(units.muscle, most, muscles)
        self._share = np.divide(1.0, whole, out=np.zeros(muscles), where=whole > 0)

    def block(self, units: Ints, rates_hz: Floats) -> Floats:
        """[muscles] at the end of the next block, 1 for what the muscle gives at full excitation.

        Args:
            units: that fire in it.
            rates_hz: of those.
        """
        self._old += self._young * self._step
        self._old *= self._fade
        self._young *= self._fade
        if len(units):
            made = self._twitch[units] * gain(self._time_s[units] * rates_hz)
            self._young += np.bincount(self._filter[units], made, self._size)
        force: Floats = np.e * self._old.reshape(self._muscles, _CLASSES).sum(axis=1) * self._share
        return force


def gain(fusion: Floats) -> Floats:
    """Of a twitch, by contraction time over interval."""
    over = np.maximum(fusion, _LINEAR)
    made: Floats = _sigmoid(over) / over / (_sigmoid(np.array(_LINEAR)) / _LINEAR)
    return made


def _sigmoid(x: Floats) -> Floats:
    return -np.expm1(-2.0 * x**3)
