"""Rows about motor units: reinnervated beside native ones (Kapelner et al., PLOS ONE 2016)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...benchmarks.units import PECTORALIS, area, durations_ms, one_muscle, shapes
from ...sim.anatomy import NATIVE, PRESETS, REINNERVATED, Body, Muscle
from .effect import Effect, Floats, Settings, ratio
from .world import row

FAT_MM, GROWN_MM, NATIVE_MM = 5.0, 9.0, 10.0
"""Depths of the one muscle under the one pair, as in `benchmarks.units`."""

GROWN_MS, NATIVE_MS, GROWN_UV, NATIVE_UV, GROWN_AREA, NATIVE_AREA = range(6)
"""Columns: duration, peak to peak, and share of a grid that hears a unit."""


def units(seed: int, settings: Settings) -> Floats:
    """See the columns: means over one person's units."""
    whole = settings.without == "transfer"
    grown = one_muscle(NATIVE if whole else REINNERVATED, FAT_MM, NATIVE_MM if whole else GROWN_MM)
    native = one_muscle(NATIVE, FAT_MM, NATIVE_MM)
    found: list[float] = []
    own = [shapes(body, seed)[1][:, :, 0] for body in (grown, native)]
    found += [float(durations_ms(each).mean()) for each in own]
    found += [float(np.ptp(each, axis=1).mean()) for each in own]
    found += [
        area(body, PECTORALIS, seed) for body in (_intact() if whole else PRESETS["shoulder"], _intact())
    ]
    return row(*found)


def _intact() -> Body:
    """A chest whose pectoralis was never transferred."""
    muscle = Muscle(PECTORALIS, NATIVE, NATIVE_MM, 352.0, spread_mm=8.0)
    return replace(PRESETS["shoulder"], muscles=(muscle,), movements={"rest": (0.0,), "power": (0.8,)})


_KAPELNER = "Kapelner 2016, FACTS 5 (pone.0149772): 5 with TMR, 9 controls, pectoralis"

EFFECTS = (
    Effect(
        "units_duration",
        "potentials of reinnervated units are shorter than native ones",
        f"{_KAPELNER}: 10.9 (3.9) and 14.0 (3.9) ms",
        "times",
        10.9 / 14.0,
        5,
        units,
        ratio(GROWN_MS, NATIVE_MS),
        1.0,
        "transfer",
        used_to_set="sim.motor_units.KINDS",
    ),
    Effect(
        "units_amplitude",
        "and larger",
        f"{_KAPELNER}: 0.19 (0.11) and 0.14 (0.06) mV, not significant",
        "times",
        0.19 / 0.14,
        5,
        units,
        ratio(GROWN_UV, NATIVE_UV),
        1.0,
        "transfer",
        used_to_set="sim.motor_units.KINDS",
    ),
    Effect(
        "units_area",
        "and heard on less skin",
        f"{_KAPELNER}: 0.25 and 0.81 of a grid; grid and threshold here are ours",
        "times",
        0.25 / 0.81,
        5,
        units,
        ratio(GROWN_AREA, NATIVE_AREA),
        1.0,
        "transfer",
    ),
)
