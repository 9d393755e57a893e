"""Delsys Trigno, bytes only: text commands and replies, and samples of slots. Opens no port.

    command or reply: ASCII, then CR LF CR LF
    EMG:              16 slots x float32 a sample, in the sensor's unit (volts)
    AUX:              16 slots x 9 (legacy: 3) x float32 a sample

Samples have no head, no counter and no checksum: TCP keeps the bytes in order, and a frame is whole when its
bytes are there. Source: Delsys MAN-025 (Trigno SDK User Guide), sections 6.1 and 6.2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..frames import Rows

END = b"\r\n\r\n"
BANNER = "Delsys Trigno System Digital Protocol"
COMMAND_PORT, LEGACY_EMG_PORT, LEGACY_AUX_PORT, EMG_PORT, AUX_PORT = range(50040, 50045)
SLOTS = 16
AUX_WIDTH, LEGACY_AUX_WIDTH = 9, 3
"""Values that each slot has in a sample of the AUX ports."""
REFUSALS = ("INVALID COMMAND", "CANNOT COMPLETE")
_FLOAT_BYTES = 4


def command(text: str) -> bytes:
    """One command, or one reply of the virtual base."""
    return text.encode("ascii") + END


class TextReader:
    """Bytes in, replies (or, in the virtual base, commands) out, without their ends."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def partial(self) -> bytes:
        """What came after the last end."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> list[str]:
        """Texts completed by `data`."""
        self._buffer += data
        *whole, rest = self._buffer.split(END)
        self._buffer = bytearray(rest)
        return [text.decode("ascii", "replace").strip() for text in whole]


class SlotDecoder:
    """Bytes in, rows of some of the slots out. A `FrameDecoder`.

    Args:
        width: float32 in one sample of the port.
        columns: which of them to hand out, in this order.
        big_endian: as the base says.
        most: absolute value beyond which it is no measurement, and becomes NaN; infinity for no such value.
    """

    skipped = 0
    """No byte is ever part of no frame."""

    def __init__(
        self, width: int, columns: Sequence[int], *, big_endian: bool = False, most: float = np.inf
    ) -> None:
        self._row = np.dtype(">f4" if big_endian else "<f4")
        self._width = width
        self._columns = list(columns)
        self._most = most
        self._rest = b""

    def missing(self, rows: int) -> int:
        """As `FrameDecoder.missing`."""
        return max(1, rows * self._width * _FLOAT_BYTES - len(self._rest))

    def feed(self, data: bytes) -> Rows:
        """Rows completed by `data`."""
        data = self._rest + data
        whole = len(data) // (self._width * _FLOAT_BYTES)
        used = whole * self._width * _FLOAT_BYTES
        self._rest = data[used:]
        samples = np.frombuffer(data, self._row, whole * self._width).reshape(whole, self._width)
        picked = samples[:, self._columns].astype(np.float32)
        # `not <=`: a NaN stays one, and infinity becomes one.
        picked[~(np.abs(picked) <= self._most)] = np.nan
        return Rows(picked)


def encode(samples: NDArray[np.float32], *, big_endian: bool = False) -> bytes:
    """[n, width] as sent: for the virtual base and for tests."""
    return samples.astype(">f4" if big_endian else "<f4").tobytes()
