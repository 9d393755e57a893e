"""The motor units of a simulated person: how many, how large, who comes first, and where their fibres lie.

Recruitment after Fuglevand, Winter and Patla (J Neurophysiol 1993;70:2470): thresholds and sizes grow
exponentially over the pool, small units first. Reinnervated units after Kapelner et al. (PLOS ONE 2016,
pone.0149772): potentials of 10.9 (3.9) against 14.0 (3.9) ms.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ProfileError
from .body import REINNERVATED, Body, Muscle
from .maturity import NASCENT_SMALLER, NASCENT_SPREAD_MS, youth

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CHARGES = (24.6, -35.4, 10.8)
BEHIND_MM = (0.0, 2.1, 6.9)
"""The tripole: its charges, and how far behind the front each runs (Griep et al. 1982)."""
FIBRES = 6
"""Sample fibres a unit: enough to blur the ends of a potential, which no real unit has sharp. Ours."""
EXCITED_ALL = 0.7
"""Excitation at which the last unit is recruited; above it only rates grow. Ours, between hand and leg."""
_MOST_HZ = (35.0, 25.0)
"""Peak rate of the first and of the last unit: early units fire faster (Fuglevand 1993)."""
_STRENGTH_SPREAD = 0.25
"""Spread (log) of a muscle's units between people. Ours."""
THINNED_MM = 3.0
"""Skin and fat over a reinnervated site: surgeons thin them there (Kuiken, Lowery and Stoykov, Prosthet
Orthot Int 2003;27:48, who take 3 mm)."""
_SPEED_MM_MS = (4.0, 0.3)
_FLATNESS, _FASCIA_MM = 0.6, 3.0
"""Muscles are wider than they are deep, and their fibres start under a fascia. Ours."""
_FIBRE_SPREAD = 0.15
"""Of a muscle's fibre length between units. Ours."""
_FORCE_FOLD = 100.0
_SLOW_MS, _SLOWER_FOLD = 90.0, 3.0
"""Twitches: hundredfold in force, from 90 down to 30 ms in contraction time (Fuglevand 1993)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an innervation does to a muscle's units.

    Attributes:
        units: how many there are; ours.
        range_fold: largest over smallest threshold, and size (Fuglevand's 30; half for reinnervated is ours).
        duration_ms: mean and spread of a potential's duration (Kapelner).
        strength: of the source of a unit of mean size: set so that potentials are 0.14 mV for native units
            10 mm under 5 mm of fat, 0.19 mV for reinnervated ones 9 mm under 3 mm (Kapelner's amplitudes).
    """

    units: int
    range_fold: float
    duration_ms: tuple[float, float]
    strength: float


KINDS = {"native": Kind(60, 30.0, (14.0, 3.9), 190.0), "reinnervated": Kind(40, 15.0, (10.9, 3.9), 134.0)}


@dataclass(frozen=True, slots=True)
class Units:
    """All units of a person that have come by now, muscle after muscle, early ones before late ones.

    Attributes:
        muscle: [units] index of the muscle each belongs to.
        threshold: [units] excitation from which it fires.
        most_hz: [units] its peak rate.
        strength: [units] of its source.
        twitch: [units] peak force of one twitch; the smallest of a pool is near 1.
        twitch_s: [units] contraction time of that twitch.
        duration_ms: [units] of its potential.
        speed_mm_ms: [units] conduction velocity.
        centre_mm: [units, fibres, 2] on the cross-section.
        start_mm: [units, fibres] innervation zone along the limb.
        half_mm: [units, fibres] from there to the tendons.
        delay_ms: [units, fibres] of its start after the firing.
        born_months: [units] since when it is there; 0 for a native one.
    """

    muscle: Ints
    threshold: Floats
    most_hz: Floats
    strength: Floats
    twitch: Floats
    twitch_s: Floats
    duration_ms: Floats
    speed_mm_ms: Floats
    centre_mm: Floats
    start_mm: Floats
    half_mm: Floats
    delay_ms: Floats
    born_months: Floats

    def of(self, chosen: NDArray[np.bool_]) -> Units:
        """Those units alone."""
        return Units(*(getattr(self, field.name)[chosen] for field in fields(self)))


def make_units(body: Body, seed: int) -> Units:
    """The units of a person. More months add units and ripen those there are; they replace none.

    Raises:
        ProfileError: no muscle has any, ever.
    """
    made = [
        _units(body, index, muscle, np.random.default_rng([seed, 23, index]))
        for index, muscle in enumerate(body.muscles)
        if not muscle.sensory
    ]
    if not made:
        raise ProfileError(f"simulated body {body.name!r}: every muscle is a sensory transfer")
    return Units(*(np.concatenate([getattr(m, field.name) for m in made]) for field in fields(Units)))


def _units(body: Body, index: int, muscle: Muscle, rng: np.random.Generator) -> Units:
    kind, grown = KINDS[muscle.innervation], muscle.innervation == REINNERVATED
    n = muscle.units or kind.units
    order = (np.arange(n) + 1) / n
    shuffled = (1.0 - muscle.flat) * order + muscle.flat * rng.permutation(order)
    size = kind.range_fold**shuffled
    strength = kind.strength * float(np.exp(_STRENGTH_SPREAD * rng.standard_normal()))
    force = _FORCE_FOLD**shuffled
    speed = np.clip(rng.normal(*_SPEED_MM_MS, n), 3.2, 4.8)
    drawn = rng.standard_normal(n)
    if muscle.fibre_mm:
        duration = (muscle.fibre_mm / 2 * (1.0 + _FIBRE_SPREAD * drawn) + BEHIND_MM[-1]) / speed
    else:
        duration = kind.duration_ms[0] + kind.duration_ms[1] * drawn
    duration = np.clip(duration, 5.0, 25.0)
    fat_mm = min(body.fat_mm, THINNED_MM) if grown else body.fat_mm
    to_centre_mm = body.radius_mm - fat_mm - muscle.depth_mm
    angle = np.deg2rad(muscle.at_deg)
    out = np.array([np.cos(angle), np.sin(angle)])
    aside = np.array([-out[1], out[0]])
    deep, wide = rng.normal(0.0, muscle.spread_mm, (2, n, 1))
    centre = (to_centre_mm + _FLATNESS * deep) * out + wide * aside
    fibres = centre[:, None] + rng.normal(0.0, 1.5, (n, FIBRES, 2))
    # No fibre lies in fat or fascia.
    out_mm = np.linalg.norm(fibres, axis=-1, keepdims=True)
    fibres *= np.minimum(1.0, (body.radius_mm - fat_mm - _FASCIA_MM) / np.maximum(out_mm, 1e-9))
    start = muscle.along_mm + rng.normal(0.0, 2.5, (n, FIBRES))
    half = np.maximum((duration * speed)[:, None] - BEHIND_MM[-1] + rng.normal(0.0, 3.0, (n, FIBRES)), 5.0)
    delay = rng.uniform(0.0, 1.0, (n, FIBRES))
    born = body.growth.born_months(rng.permutation(order)) if grown else np.zeros(n)
    late = np.abs(rng.normal(0.0, NASCENT_SPREAD_MS, (n, FIBRES)))
    young = youth(body.months, born) if grown else np.zeros(n)
    made = Units(
        muscle=np.full(n, index),
        threshold=kind.range_fold ** (order - 1.0) * EXCITED_ALL,
        most_hz=_MOST_HZ[0] + (_MOST_HZ[1] - _MOST_HZ[0]) * ((1.0 - muscle.flat) * order + muscle.flat / 2),
        strength=strength * size / size.mean() * (1.0 - NASCENT_SMALLER * young),
        twitch=force,
        twitch_s=_SLOW_MS / 1000.0 * force ** (-np.log(_SLOWER_FOLD) / np.log(_FORCE_FOLD)),
        duration_ms=duration,
        speed_mm_ms=speed,
        centre_mm=fibres,
        start_mm=start,
        half_mm=half,
        delay_ms=delay + late * young[:, None],
        born_months=born,
    )
    return made.of(born <= body.months) if grown else made
