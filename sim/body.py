"""A residual limb as a simulation knows it: muscles and transfers on a cross-section, and what movements
tense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .maturity import Growth
from .montage import Montage

NATIVE = "native"
REINNERVATED = "reinnervated"
MATURE_MONTHS = 12.0
"""Reinnervated muscle still improves until then (FACTS section 5, [M])."""


@dataclass(frozen=True, slots=True)
class Muscle:
    """One muscle, or that part of a reinnervated one which one lost muscle's axons have taken.

    Attributes:
        name: as an anatomist calls it; in brackets the transferred nerve and the part of it.
        innervation: `NATIVE` or `REINNERVATED`.
        depth_mm: of its centre, under the fat.
        at_deg: of its centre around the limb: 0 front, 90 medial, 180 back, 270 lateral.
        along_mm: how far distal its innervation zone lies of the limb's reference.
        spread_mm: its units' centres scatter so far (standard deviation) around its own.
        units: how many it has; 0 takes the innervation's usual number.
        nerve: that it is innervated by now; empty for its own.
        target: of a transfer: the muscle whose motor branch the nerve was joined to.
        intended: of a transfer: the phantom movement its signal stands for; empty for a sensory nerve, which
            gives no signal.
        basis: how sure the site is: S (read in a source), M (from memory), I (our inference); FACTS 5.
        fibre_mm: length of its fibres; 0: as long as Kapelner's durations imply.
        flat: share by which size principle and onion skin are flattened, 0 to 1.
    """

    name: str
    innervation: str
    depth_mm: float
    at_deg: float
    along_mm: float = 0.0
    spread_mm: float = 4.0
    units: int = 0
    nerve: str = ""
    target: str = ""
    intended: str = ""
    basis: str = ""
    fibre_mm: float = 0.0
    flat: float = 0.0

    @property
    def sensory(self) -> bool:
        """A transferred sensory nerve: it soothes pain and drives nothing."""
        return self.innervation == REINNERVATED and not self.intended


@dataclass(frozen=True, slots=True)
class Body:
    """One residual limb: a preset, or one person's.

    Attributes:
        name: of the preset.
        level: of the amputation, as profiles name it.
        radius_mm: of the limb, taken as a cylinder.
        fat_mm: of skin and fat together over native muscle.
        muscles: and transfers; excitations follow this order.
        movements: movement -> excitation of each muscle at full effort, 0 to 1; "rest" first.
        montage: where the electrodes sit.
        months: since the nerve transfers.
        growth: how fast transferred nerves grow in.
        person: seed of who it is; None: a preset, an average person.
    """

    name: str
    level: str
    radius_mm: float
    fat_mm: float
    muscles: tuple[Muscle, ...]
    movements: Mapping[str, tuple[float, ...]]
    montage: Montage
    months: float = MATURE_MONTHS
    growth: Growth = Growth()  # noqa: RUF009 - frozen
    person: int | None = None

    @property
    def channels(self) -> tuple[str, ...]:
        """Name of each electrode pair's channel."""
        return self.montage.channels

    def at_months(self, months: float) -> Body:
        """The same person so many months after surgery."""
        return replace(self, months=months)

    def with_montage(self, montage: Montage) -> Body:
        """The same person with other electrodes."""
        return replace(self, montage=montage)
