"""Sessantaquattro and Sessantaquattro+, bytes only: the settings word and the words of a row. Opens no port.

    settings word, big-endian: GETSET << 15 | FSAMP << 13 | NCH << 11 | MODE << 8 | HRES << 7 | HPF << 6
                               | EXT << 4 | TRIG << 2 | REC << 1 | GO
    row: 8 to 64 EMG, then accessory words, of which the last is the sample counter; big-endian

The document says four accessory words (two AUX IN, trigger and buffer, counter); the + model sends eight
(with a quaternion). How many there are is seen by where the counter is.
Source: OT Bioelettronica, Sessantaquattro TCP Communication Protocol, as told in MyoGestic's notes.
"""

from __future__ import annotations

from .ramp import FEWEST_ROWS, rows_in
from .words import Layout

PORT = 45454
RATES_HZ = (500.0, 1000.0, 2000.0, 4000.0)
"""By their code."""
INPUTS = (8, 16, 32, 64)
MODES = ("monopolar", "bipolar", "differential")
MICROVOLTS = 9375 / 2**15
"""Of one count: 286.1 nV, at gain 8 in 16 bits (+-9.375 mV) and at gain 2 in 24 bits."""
WIDE_RANGE_UV = 1200e3
"""The document's range at 24 bits."""
_STATUS_WORDS, _QUATERNION_WORDS = 2, 4
_MOST_ACCESSORY = 16


def settings_word(rate_hz: float, inputs: int, mode: str, width: int, *, high_pass: bool, go: bool) -> bytes:
    """What sets it up and starts it. Without `go` it stops and hangs up: never send that first."""
    word = RATES_HZ.index(rate_hz) << 13 | INPUTS.index(inputs) << 11 | MODES.index(mode) << 8
    word |= (width == 3) << 7 | high_pass << 6 | go
    return word.to_bytes(2, "big")


def channels(inputs: int, mode: str) -> int:
    """EMG channels of that many inputs: only bipolar takes two for one."""
    return inputs // 2 if mode == "bipolar" else inputs


def layout(emg: int, accessory: int, width: int) -> Layout:
    """Of a row with so many accessory words: counter last, trigger and buffer before it, a quaternion before
    those where there is room for it, and AUX IN first."""
    words = emg + accessory
    tail = _STATUS_WORDS + (_QUATERNION_WORDS if accessory >= _STATUS_WORDS + _QUATERNION_WORDS else 0)
    quaternion = words - tail if tail > _STATUS_WORDS else None
    inputs = range(emg, words - tail)
    return Layout(emg, words, words - 1, words - 2, words - 2, quaternion, inputs, width=width)


def widest(emg: int, width: int) -> Layout:
    """The longest row that `probe` tries."""
    return layout(emg, _MOST_ACCESSORY, width)


def probe(data: bytes, emg: int, width: int) -> Layout | None:
    """The layout whose last word counts by one, row after row."""
    for accessory in range(_STATUS_WORDS, _MOST_ACCESSORY + 1):
        tried = layout(emg, accessory, width)
        if rows_in(data, tried) >= FEWEST_ROWS:
            return tried
    return None
