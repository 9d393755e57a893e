"""A SpikerShield's own options."""

from __future__ import annotations

from dataclasses import dataclass

from .codec import MOST_CHANNELS


@dataclass(frozen=True, slots=True)
class ShieldOptions:
    """How many channels.

    Attributes:
        channels: 1 to 6, from the Arduino's input A0 on; they share 10 000 readings a second.
    """

    channels: int = 1

    def __post_init__(self) -> None:
        """Refuse what the shield does not have."""
        if not 1 <= self.channels <= MOST_CHANNELS:
            raise ValueError(f"channels = {self.channels}: a SpikerShield has 1 to {MOST_CHANNELS}")
