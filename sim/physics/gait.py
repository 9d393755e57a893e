"""Level walking as published: load on the leg, lean of the shank, and where the load stands on the foot.

Sources. Angles: hip, knee and pelvis of Perry and Burnfield, Gait Analysis, 2nd ed. 2010 (figures 4.1, 4.3,
4.9), by key values that a public project digitised; the book itself was not read. The shank's lean is hip
less pelvis less knee. Load: two humps of 1.1 body weights with 0.8 between them (the same book, from
memory); their times (19, 47 and 75 % of stance) are those of the mean curve of Pataky et al. 2008
(10.1016/j.jbiomech.2008.03.034; force plate, as stored in a public repository). Lever of the load: the
ankle's moment peaks at 1.6 N m/kg near half of a stride (Winter 1991, from memory), hence 0.148 m in front
of the ankle; from 0.04 m behind it at heel strike. Stance lasts 62 % of a stride.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ProfileError

GRAVITY_M_S2 = 9.80665
STANCE = 0.62
_PELVIS = ((0, 30, 50, 75, 100), (10, 8, 12, 9, 10))
_HIP = ((0, 10, 30, 50, 62, 75, 85, 100), (30, 25, 10, -10, -5, 25, 32, 30))
_KNEE = ((0, 12, 25, 40, 55, 70, 85, 95, 100), (5, 18, 5, 3, 35, 62, 25, 8, 5))
"""(percent of the stride, degrees)."""
_LOAD = ((0.0, 0.06, 0.19, 0.47, 0.75, 0.94, 1.0), (0.0, 0.62, 1.10, 0.80, 1.10, 0.30, 0.0))
"""(share of stance, body weights)."""
_LEVER = ((0.0, 0.10, 0.47, 0.80, 1.0), (-0.040, -0.010, 0.070, 0.148, 0.170))
"""(share of stance, metres in front of the ankle along the foot)."""
_POINTS = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant of a stride.

    Attributes:
        load: on this leg, body weights.
        pitch_deg: lean of the shank; positive: the foot is in front.
        lever_m: of the load, in front of the ankle.
    """

    load: float
    pitch_deg: float
    lever_m: float


class Gait:
    """A person who walks at a steady cadence.

    Args:
        weight_kg: of the whole person.
        cadence: steps a minute.

    Raises:
        ProfileError: not a weight or cadence of people.
    """

    def __init__(self, weight_kg: float = 80.0, cadence: float = 100.0) -> None:
        if not 20.0 <= weight_kg <= 200.0:
            raise ProfileError(f"weight {weight_kg:g} kg: allowed are 20 to 200")
        if not 20.0 <= cadence <= 200.0:
            raise ProfileError(f"cadence {cadence:g} steps a minute: allowed are 20 to 200")
        self.weight_n = weight_kg * GRAVITY_M_S2
        self.stride_s = 120.0 / cadence
        self._at = np.arange(_POINTS) / _POINTS
        percent = self._at * 100.0
        hip, knee, pelvis = (_smooth(np.interp(percent, *curve)) for curve in (_HIP, _KNEE, _PELVIS))
        self._pitch = hip - pelvis - knee
        self._load = load_curve(self._at)
        self._lever = np.interp(self._at / STANCE, *_LEVER)

    def at(self, stride: float) -> Moment:
        """At a share of the stride; 0 is heel strike."""
        place = (stride % 1.0) * _POINTS
        i = int(place)
        j, part = (i + 1) % _POINTS, place - i

        def between(curve: NDArray[np.float64]) -> float:
            return float(curve[i] + (curve[j] - curve[i]) * part)

        stance = stride % 1.0 < STANCE
        return Moment(
            between(self._load) if stance else 0.0,
            between(self._pitch),
            float(self._lever[i]) if stance else 0.0,
        )

    def rate_deg_s(self, stride: float) -> float:
        """How fast the shank turns."""
        by = 1.0 / _POINTS
        turn = self.at(stride + by).pitch_deg - self.at(stride - by).pitch_deg
        return turn / (2.0 * by * self.stride_s)


def load_curve(stride: NDArray[np.float64]) -> NDArray[np.float64]:
    """Load in body weights at shares of the stride (0 to 1): cosines between the key values."""
    times, loads = (np.array(values) for values in _LOAD)
    share = np.minimum(stride / STANCE, 1.0)
    after = np.clip(np.searchsorted(times, share, side="right"), 1, len(times) - 1)
    part = (share - times[after - 1]) / (times[after] - times[after - 1])
    part = np.where(after <= 1, part, (1.0 - np.cos(math.pi * part)) / 2.0)
    found: NDArray[np.float64] = loads[after - 1] + (loads[after] - loads[after - 1]) * part
    return found


def _smooth(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """Key values joined without corners: a Gaussian of 1.5 % of a stride around the circle."""
    at = np.arange(_POINTS)
    near = np.minimum(at, _POINTS - at) / (0.015 * _POINTS)
    weight = np.exp(-0.5 * near**2)
    found: NDArray[np.float64] = np.fft.irfft(
        np.fft.rfft(curve) * np.fft.rfft(weight / weight.sum()), _POINTS
    )
    return found
