"""Rows of equally wide words, bytes only: how these amplifiers write a sample. Opens no port.

A row is one instant: EMG channels first, then accessory words, among them a sample counter that grows by one
each row. It has 16 bits in every mode: in 24-bit rows the accessory words are 16-bit ones too, with or
without their sign extended, depending on the firmware.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COUNTERS = 1 << 16
QUATERNION_UNIT = 16384.0
"""Counts of 1 (Muovi TCP protocol 2.4)."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is where in a row. Columns count from 0.

    Attributes:
        emg: EMG channels; they come first.
        words: all of the row.
        counter: column of the sample counter.
        trigger, buffer: columns of the trigger input and of how full the device's buffer is; where they are
            the same, bit 15 is the trigger.
        quaternion: first of four columns W, X, Y, Z; None where there is none.
        aux_in: columns of the analogue inputs beside EMG.
        volts: of one count of those; 0 where nobody says.
        width: bytes of a word, 2 or 3.
        big_endian: order of those bytes.
    """

    emg: int
    words: int
    counter: int
    trigger: int
    buffer: int
    quaternion: int | None = None
    aux_in: range = range(0)
    volts: float = 0.0
    width: int = 2
    big_endian: bool = True

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return self.words * self.width


def decode(data: bytes | bytearray | memoryview, layout: Layout, first: int, rows: int) -> NDArray[np.int32]:
    """[rows, words] of the bytes from `first` on. All of them must be there."""
    count = rows * layout.words
    if layout.width == 2:
        plain = np.frombuffer(data, ">i2" if layout.big_endian else "<i2", count, first)
        return plain.astype(np.int32).reshape(rows, layout.words)
    three = np.frombuffer(data, np.uint8, count * 3, first).reshape(count, 3)
    four = np.zeros((count, 4), np.uint8)
    # The sign comes along when the three bytes are the upper ones.
    four[:, :3] = three if layout.big_endian else three[:, ::-1]
    return (four.view(">i4").astype(np.int32) >> 8).reshape(rows, layout.words)


def encode(rows: NDArray[np.int64], layout: Layout) -> bytes:
    """[n, words] as sent; a number wraps as in the device's registers. For virtual devices and for tests."""
    if layout.width == 2:
        return rows.astype(">i2" if layout.big_endian else "<i2").tobytes()
    four = rows.astype(">i4").reshape(-1, 1).view(np.uint8)[:, 1:]
    return (four if layout.big_endian else four[:, ::-1]).tobytes()


def counters_at_every_byte(data: bytes | bytearray, layout: Layout) -> NDArray[np.int64]:
    """The counter that a row beginning at each byte would have, for every byte where that much is there."""
    seen = np.frombuffer(data, np.uint8).astype(np.int64)
    low = layout.counter * layout.width + (layout.width - 1 if layout.big_endian else 0)
    high = low - 1 if layout.big_endian else low + 1
    n = max(0, len(seen) - layout.row_bytes + 1)
    return seen[high : high + n] << 8 | seen[low : low + n]
