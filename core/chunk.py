"""EMG on its way from a driver to the loop."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MICROVOLT = "uV"
ARBITRARY = "a.u."


@dataclass(frozen=True, slots=True)
class AuxBlock:
    """What a device measures beside EMG (accelerometer, load, battery), at its own pace.

    Attributes:
        name: what it is, such as "accel".
        values: [m, k] float32, in `unit`.
        t_s: [m] float64, monotonic seconds: each value has its own age.
        unit: such as "g" or "N".
    """

    name: str
    values: NDArray[np.float32]
    t_s: NDArray[np.float64]
    unit: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive samples, in the order they were measured. A gap is filled in time and marked, never closed.

    Attributes:
        first_index: index of the first row, counted from the first sample since `open`, gaps included.
        samples: [n, ch] float32 in the source's unit. Rows that were lost repeat the last value seen.
        valid: [n, ch] bool; False where a sample was lost or is not a finite number.
        t_s: [n] float64, monotonic seconds at which each row was measured (estimated by the driver).
        t_arrival_s: monotonic seconds at which the newest row was in hand.
        lost: how many of these rows were lost on the way.
        aux: what came beside EMG.
    """

    first_index: int
    samples: NDArray[np.float32]
    valid: NDArray[np.bool_]
    t_s: NDArray[np.float64]
    t_arrival_s: float
    lost: int = 0
    aux: tuple[AuxBlock, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.samples)


def empty_chunk(first_index: int, channels: int, t_arrival_s: float) -> Chunk:
    """A chunk of no rows: the deadline came first."""
    return Chunk(
        first_index,
        np.empty((0, channels), np.float32),
        np.empty((0, channels), np.bool_),
        np.empty(0, np.float64),
        t_arrival_s,
    )
