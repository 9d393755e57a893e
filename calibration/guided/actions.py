"""What a verdict says, and what it must be told of a limb's nerves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["redo", "merge", "clean", "weak site", "swap", "nerve", "unheard"]


@dataclass(frozen=True, slots=True)
class Transfer:
    """A rerouted nerve, as the clinic knows it.

    Attributes:
        nerve: donor.
        movement: that its signal stands for; empty: sensory or against pain, no signal expected.
        channels: names of the electrodes over it.
        months: since surgery; None: unknown.
    """

    nerve: str
    movement: str
    channels: tuple[str, ...]
    months: float | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do.

    Attributes:
        kind: what sort of thing.
        do: in words, with names.
        why: the number it rests on.
        brings: what it would bring, in words.
        gain: of active recall, 0 to 1; of a swap: of how well last time's model fits. 0: cannot be told.
        movements: that it is about.
        channels: likewise.
        repetitions: likewise, from 1.
        nerve: likewise.
    """

    kind: Kind
    do: str
    why: str
    brings: str
    gain: float
    movements: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    repetitions: tuple[int, ...] = ()
    nerve: str = ""

    @property
    def text(self) -> str:
        """One line."""
        return f"{self.do}: {self.why}. {self.brings}"
