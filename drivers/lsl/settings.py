"""The options of an LSL source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LslOptions:
    """What is read beside EMG.

    Attributes:
        aux: further streams, by name or source_id: load cell, IMU. Each hands out its newest samples with
            their own times, and none of them ever stops EMG.
    """

    aux: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for name in self.aux:
            if self.aux.count(name) > 1:
                raise ValueError(f"aux: stream {name!r} is there twice")
