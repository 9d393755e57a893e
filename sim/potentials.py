"""What one firing of a unit looks like at each electrode pair.

The action potential that runs along a fibre is the tripole of Griep et al. (Electroencephalogr Clin
Neurophysiol 1982;53:388), whose charges and first moments both sum to zero; in an infinite conductor each
charge gives a potential of 1 / distance. It starts at the innervation zone, runs both ways and ends at the
tendons. Skin and fat are distance, nothing else: a layered conductor would bend the field and is left out
(docs/simulated-patient.md compares with Kuiken, Lowery and Stoykov 2003).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .montage import Montage
from .motor_units import BEHIND_MM, CHARGES, Units
from .sampling import Sampling

Samples = NDArray[np.float32]

_AFTER_MS = 2.0


def potentials(units: Units, montage: Montage, radius_mm: float, sampling: Sampling) -> Samples:
    """[units, phases, samples, channels] of one firing at each phase of a sample, microvolts."""
    across_mm, along_mm = montage.poles(radius_mm)
    if not len(units.muscle):
        return np.zeros((0, sampling.phases, 1, len(across_mm)), np.float32)
    length_ms = float((units.delay_ms + units.duration_ms[:, None]).max()) + _AFTER_MS
    inner = int(np.ceil(length_ms * sampling.inner_hz / 1000.0))
    shapes = np.zeros((len(units.muscle), inner, len(across_mm)), np.float32)
    for muscle in np.unique(units.muscle):
        mine = units.muscle == muscle
        shapes[mine] = _shapes(units.of(mine), across_mm, along_mm, inner, sampling.inner_hz)
    return _sampled(shapes, sampling)


def _shapes(units: Units, across_mm: Samples, along_mm: Samples, inner: int, inner_hz: float) -> Samples:
    """[units, inner samples, channels], microvolts."""
    t_ms = (np.arange(inner) * (1000.0 / inner_hz)).astype(np.float32)
    total = np.zeros((len(units.muscle), inner, len(across_mm)), np.float32)
    speed = units.speed_mm_ms[:, None].astype(np.float32)
    signs = (np.float32(1.0), np.float32(-1.0))
    for fibre in range(units.start_mm.shape[1]):
        gap = units.centre_mm[:, fibre, None].astype(np.float32) - across_mm
        gap *= gap
        apart2 = (gap[:, :, 0] + gap[:, :, 1])[:, None, :]  # [units, 1, channels]
        start = units.start_mm[:, fibre, None].astype(np.float32)
        half = units.half_mm[:, fibre, None].astype(np.float32)
        front = (t_ms - units.delay_ms[:, fibre, None].astype(np.float32)) * speed
        for charge, behind in zip(CHARGES, BEHIND_MM, strict=True):
            # Before it starts and after it ended a tripole's charges stand on one point and cancel.
            run = np.clip(front - np.float32(behind), 0.0, half)
            for direction in signs:
                z = (start + direction * run)[:, :, None]
                for pole in range(2):
                    way = z - along_mm[:, pole]
                    way *= way
                    way += apart2
                    np.sqrt(way, out=way)
                    np.divide(signs[pole] * np.float32(charge), way, out=way)
                    total += way
    total *= units.strength[:, None, None].astype(np.float32)
    return total


def _sampled(shapes: Samples, sampling: Sampling) -> Samples:
    """As an amplifier samples shapes [units, inner samples, channels]."""
    taps, phases = sampling.taps, sampling.phases
    units, length, channels = shapes.shape
    filtered = np.zeros((units, length + len(taps) - 1, channels), np.float32)
    for tap, weight in enumerate(taps):
        filtered[:, tap : tap + length] += np.float32(weight) * shapes
    samples = -(-filtered.shape[1] // phases) + 1
    out = np.zeros((units, phases, samples, channels), np.float32)
    for phase in range(phases):
        # A sample is what the filter gives at its last inner sample; a firing in phase p starts p later.
        part = filtered[:, phases - 1 - phase :: phases]
        out[:, phase, : part.shape[1]] = part
    return out
