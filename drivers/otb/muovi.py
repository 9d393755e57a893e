"""Muovi and Muovi+, bytes only: the control byte and the words of a row. Opens no port.

    control byte: EMG << 3 | MODE << 1 | GO
    row:          32 (Muovi+: 64) EMG, quaternion W X Y Z, trigger and buffer, sample counter; big-endian

Source: OT Bioelettronica, Muovi TCP Communication Protocol 2.4, and its script Read_muovi.m 3.0.
"""

from __future__ import annotations

from .words import Layout

PORT = 54321
MONOPOLAR, HALF_GAIN, IMPEDANCE, TEST = range(4)
"""Modes. 1 is gain 4 by the document and half of the channels by the script: this driver does not use it."""
MICROVOLTS = 9375 / 2**15
"""Of one count at gain 8: 286.1 nV, +-9.375 mV in 16 bits. The script takes the same for 24 bits."""
INPUT_RANGE_UV = 300e3
"""Beyond this the input amplifier saturates, whatever the high-pass filter makes of it."""
RATES_HZ = {2: 2000.0, 3: 500.0}
"""By bytes of a word."""
SEGMENT_BYTES = 1400
"""A probe sends as many whole rows as these bytes hold: 18 of a Muovi every 9 ms, 10 of a Muovi+ every 5."""
_ACCESSORY = 6


def control(width: int, mode: int = MONOPOLAR, *, go: bool) -> bytes:
    """The control byte; without `go` the probe stops and hangs up."""
    return bytes(((width == 2) << 3 | mode << 1 | go,))


def layout(channels: int, width: int) -> Layout:
    """Of a probe with 32 or 64 channels."""
    words = channels + _ACCESSORY
    return Layout(channels, words, words - 1, words - 2, words - 2, quaternion=channels, width=width)
