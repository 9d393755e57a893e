"""Where electrodes sit, whatever lies under them: bipolar pairs on the skin of a limb taken as a cylinder."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ProfileError

CHANNELS = (8, 16, 32, 64)
"""Montages that have a name."""
SPACING_MM = 20.0
"""Between the poles of a pair: the SENIAM recommendation."""
_PER_RING = 16
_RING_GAP_MM = 15.0
"""Between rings; ours. Four of them cover 45 mm of a residual limb."""
_ALONG_MM = 18.0
"""From the innervation zones to the middle of a lone ring: a pair between zone and tendon (SENIAM); ours."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One bipolar pair, its poles along the limb.

    Attributes:
        at_deg: around the limb: 0 front, 90 medial, 180 back, 270 lateral.
        along_mm: of its middle, distal of the muscles' innervation zones.
        spacing_mm: between its poles.
    """

    at_deg: float
    along_mm: float = _ALONG_MM
    spacing_mm: float = SPACING_MM


@dataclass(frozen=True, slots=True)
class Montage:
    """All pairs of an amplifier, in channel order."""

    pairs: tuple[Pair, ...]

    @property
    def channels(self) -> tuple[str, ...]:
        """Name of each pair's channel."""
        return tuple(f"ch{n}" for n in range(1, len(self.pairs) + 1))

    def poles(self, radius_mm: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where the poles are: [ch, 2] on the cross-section, [ch, 2] along the limb (plus, minus), mm."""
        angle = np.deg2rad([pair.at_deg for pair in self.pairs])
        across = radius_mm * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
        along = [
            (pair.along_mm - pair.spacing_mm / 2, pair.along_mm + pair.spacing_mm / 2) for pair in self.pairs
        ]
        return across.astype(np.float32), np.array(along, np.float32)

    def turned(self, deg: float) -> Montage:
        """The same montage put on `deg` further around the limb."""
        return Montage(tuple(replace(pair, at_deg=pair.at_deg + deg) for pair in self.pairs))

    def shifted(self, mm: float) -> Montage:
        """The same montage put on `mm` further down the limb."""
        return Montage(tuple(replace(pair, along_mm=pair.along_mm + mm) for pair in self.pairs))


def ring(
    pairs: int,
    along_mm: float = _ALONG_MM,
    spacing_mm: float = SPACING_MM,
    from_deg: float = 0.0,
    over_deg: float = 360.0,
) -> tuple[Pair, ...]:
    """Pairs in equal steps around the limb, or over an arc of it from `from_deg` on."""
    return tuple(Pair(from_deg + over_deg * n / pairs, along_mm, spacing_mm) for n in range(pairs))


def over(*sites: tuple[float, float]) -> Montage:
    """One pair over each (angle, distance along the limb), as fitters do."""
    return Montage(tuple(Pair(at_deg, along_mm + _ALONG_MM) for at_deg, along_mm in sites))


def rings(
    channels: int, spacing_mm: float = SPACING_MM, from_deg: float = 0.0, over_deg: float = 360.0
) -> Montage:
    """8 or 16 pairs in one ring, 32 in two rings of 16, 64 in four.

    Raises:
        ProfileError: another number.
    """
    if channels not in CHANNELS:
        allowed = ", ".join(map(str, CHANNELS))
        raise ProfileError(f"simulated montage of {channels} channels; allowed: {allowed}")
    each = min(channels, _PER_RING)
    count = channels // each
    along_mm = [_ALONG_MM + (n - (count - 1) / 2) * _RING_GAP_MM for n in range(count)]
    return Montage(tuple(pair for mm in along_mm for pair in ring(each, mm, spacing_mm, from_deg, over_deg)))


def grid(rows: int, columns: int, at_deg: float, radius_mm: float, gap_mm: float = 10.0) -> Montage:
    """A sheet of pairs centred at `at_deg`, `gap_mm` apart both ways; pairs span one gap along the limb."""
    step_deg = float(np.rad2deg(gap_mm / radius_mm))
    return Montage(
        tuple(
            Pair(
                at_deg + (column - (columns - 1) / 2) * step_deg,
                _ALONG_MM + (row - (rows - 1) / 2) * gap_mm,
                gap_mm,
            )
            for row in range(rows)
            for column in range(columns)
        )
    )
