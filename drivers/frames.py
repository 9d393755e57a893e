"""What codecs make of bytes, and what a codec is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AuxRows:
    """What came beside EMG.

    Attributes:
        name, unit: such as "accel", "g".
        row: [m] with which of the rows of `Rows.counts` each was measured.
        values: [m, k] float32 in `unit`.
    """

    name: str
    unit: str
    row: NDArray[np.int64]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a codec made of some bytes, oldest first.

    Attributes:
        counts: [n, ch] all channels of the device, in its own numbers (floats where it sends those).
        counter: [n] the device's number of each row, modulo `FramedSource.modulus`; None if it has none.
        lost_before: [n] rows that were destroyed on the way and whose place is known, by codecs of devices
            that do not count; None when there are none.
        aux: what came beside them.
    """

    counts: NDArray[np.generic]
    counter: NDArray[np.int64] | None = None
    lost_before: NDArray[np.int64] | None = None
    aux: tuple[AuxRows, ...] = ()

    def __len__(self) -> int:
        return len(self.counts)


class FrameDecoder(Protocol):
    """A codec's receiving half. Pure: any chunking of the same bytes gives the same rows."""

    @property
    def skipped(self) -> int:
        """Bytes that were part of no frame."""
        ...

    def feed(self, data: bytes) -> Rows:
        """Rows completed by `data`."""
        ...

    def missing(self, rows: int) -> int:
        """How many more bytes complete so many rows, at least; 1 where only the bytes themselves tell."""
        ...
