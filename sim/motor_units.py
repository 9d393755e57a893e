"""Motor units of a simulated muscle: when each fires, and what one firing looks like at each electrode pair.

Recruitment and rate coding after Fuglevand, Winter and Patla (J Neurophysiol 1993): thresholds and sizes grow
exponentially over the pool, small units first. The action potential along a fibre is the tripole of Griep et
al. (1982), whose charges and first moments both sum to zero; in an infinite conductor each charge gives a
potential of 1 / distance. Durations and amplitudes after Kapelner et al. (PLOS ONE 2016, pone.0149772), who
compared reinnervated with native muscle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .anatomy import NATIVE, Body, Muscle
from .firing import rates_hz
from .sampling import Sampling

Floats = NDArray[np.float64]

_CHARGES = np.array([24.6, -35.4, 10.8])
_BEHIND_MM = np.array([0.0, 2.1, 6.9])
"""How far behind the front each charge runs."""
_FIBRES = 6
"""Sample fibres a unit: enough to blur the ends of a potential, which no real unit has sharp."""
_POLE_MM = (8.0, 28.0)
"""Where the two poles of a pair stand along the muscle from its innervation zone: 20 mm apart."""
_EXCITED_ALL = 0.7
"""Excitation at which the last unit is recruited; above it only rates grow."""
_MOST_HZ = (35.0, 25.0)
"""Peak rate of the first and of the last unit: early units fire faster."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an innervation does to a muscle's units.

    Attributes:
        units: how many there are.
        range_fold: largest over smallest threshold, and size.
        duration_ms: mean and spread of a potential's duration.
        peak_uv: mean peak-to-peak amplitude at the nearest pair.
    """

    units: int
    range_fold: float
    duration_ms: tuple[float, float]
    peak_uv: float


KINDS = {"native": Kind(60, 30.0, (14.0, 2.0), 140.0), "reinnervated": Kind(40, 15.0, (10.9, 2.0), 190.0)}


@dataclass(frozen=True, slots=True)
class Pool:
    """All units of a body, muscle after muscle, small before large.

    Attributes:
        muscle: [units] index of the muscle each belongs to.
        threshold: [units] excitation from which it fires.
        most_hz: [units] its peak rate.
        potentials: [units, phases, samples, channels] float32, microvolts: what one firing looks like at each
            phase of a sample.
    """

    muscle: NDArray[np.int64]
    threshold: Floats
    most_hz: Floats
    potentials: NDArray[np.float32]

    def rates_hz(self, excitation: Floats) -> Floats:
        """Firing rates [n, units] for excitations [n, muscles]."""
        return rates_hz(excitation[:, self.muscle], self.threshold, self.most_hz)


def make_pool(body: Body, sampling: Sampling, rng: np.random.Generator) -> Pool:
    """The units of a body, with potentials as an amplifier samples them."""
    muscles, thresholds, most_hz, potentials = [], [], [], []
    for index, muscle in enumerate(body.muscles):
        kind = KINDS[muscle.innervation]
        order = (np.arange(kind.units) + 1) / kind.units
        size = kind.range_fold**order
        muscles.append(np.full(kind.units, index))
        thresholds.append(size / kind.range_fold * _EXCITED_ALL)
        most_hz.append(_MOST_HZ[0] + (_MOST_HZ[1] - _MOST_HZ[0]) * order)
        shapes = _potentials(body, index, muscle, sampling.inner_hz, rng) * size[:, None, None]
        peaks = np.ptp(shapes, axis=1).max(axis=1)
        potentials.append(shapes * (kind.peak_uv / peaks.mean()))
    longest = max(p.shape[1] for p in potentials)
    padded = [np.pad(p, ((0, 0), (0, longest - p.shape[1]), (0, 0))) for p in potentials]
    return Pool(
        np.concatenate(muscles),
        np.concatenate(thresholds),
        np.concatenate(most_hz),
        sampled(np.concatenate(padded), sampling),
    )


def sampled(shapes: Floats, sampling: Sampling) -> NDArray[np.float32]:
    """[units, phases, samples, channels] of shapes [units, inner samples, channels], as sampled."""
    taps, phases = sampling.taps, sampling.phases
    units, length, channels = shapes.shape
    filtered = np.zeros((units, length + len(taps) - 1, channels))
    for tap, weight in enumerate(taps):
        filtered[:, tap : tap + length] += weight * shapes
    samples = -(-filtered.shape[1] // phases) + 1
    out = np.zeros((units, phases, samples, channels), np.float32)
    for phase in range(phases):
        # A sample is what the filter gives at its last inner sample; a firing in phase p starts p later.
        part = filtered[:, phases - 1 - phase :: phases]
        out[:, phase, : part.shape[1]] = part
    return out


def _potentials(body: Body, index: int, muscle: Muscle, rate_hz: float, rng: np.random.Generator) -> Floats:
    """[units, samples, channels] of one muscle's units, each unit of the same strength."""
    kind = KINDS[muscle.innervation]
    channels = len(body.muscles)
    angle = 2 * np.pi * np.arange(channels) / channels
    electrodes_mm = body.radius_mm * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    depth_mm = muscle.depth_mm + rng.uniform(-4.0, 4.0, kind.units)
    aside = angle[index] + rng.normal(0.0, 0.09 if muscle.innervation == NATIVE else 0.06, kind.units)
    centre_mm = (body.radius_mm - depth_mm)[:, None] * np.stack([np.cos(aside), np.sin(aside)], axis=-1)
    speed_mm_ms = np.clip(rng.normal(4.0, 0.3, kind.units), 3.2, 4.8)
    duration_ms = np.clip(rng.normal(*kind.duration_ms, kind.units), 8.0, 20.0)
    t_ms = np.arange(int(np.ceil(duration_ms.max() + 3.0) * rate_hz / 1000)) * 1000 / rate_hz
    total = np.zeros((kind.units, len(t_ms), channels))
    for _ in range(_FIBRES):
        fibre_mm = centre_mm + rng.normal(0.0, 1.5, centre_mm.shape)
        across_mm = np.linalg.norm(fibre_mm[:, None] - electrodes_mm, axis=-1)  # [units, channels]
        start_mm = rng.normal(0.0, 2.5, kind.units)
        half_mm = duration_ms * speed_mm_ms - _BEHIND_MM[-1] + rng.normal(0.0, 3.0, kind.units)
        front_mm = (t_ms - rng.uniform(0.0, 1.0)) * speed_mm_ms[:, None]  # [units, samples]
        for direction in (-1.0, 1.0):
            for charge, behind_mm in zip(_CHARGES, _BEHIND_MM, strict=True):
                # Before it starts and after it ended a tripole's charges stand on one point and cancel.
                run_mm = np.clip(front_mm - behind_mm, 0.0, half_mm[:, None])
                z_mm = start_mm[:, None] + direction * run_mm
                for pole_mm, sign in zip(_POLE_MM, (1.0, -1.0), strict=True):
                    along_mm = z_mm - pole_mm
                    total += sign * charge / np.hypot(along_mm[:, :, None], across_mm[:, None, :])
    return total
