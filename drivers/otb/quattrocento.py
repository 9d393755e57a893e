"""Quattrocento, bytes only: the 40 bytes that set it up and the words of a row. Opens no port.

    byte 0: 1 << 7 | DECIM << 6 | REC_ON << 5 | FSAMP << 3 | NCH << 1 | ACQ_ON
    byte 1, 2: analogue output; bytes 3 to 38: three for each of twelve inputs (muscle, sensor, CONF2)
    CONF2: side << 6 | high-pass << 4 | low-pass << 2 | mode
    byte 39: CRC-8/MAXIM-DOW of those before it
    row: 96 to 384 EMG, 16 AUX IN, 8 accessory words; little-endian 16 bits

Source: OT Bioelettronica, Quattrocento Configuration Protocol 1.7, and its script Read_Quattrocento.m 5.0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .words import Layout

HOST, PORT = "169.254.1.10", 23456
RATES_HZ = (512.0, 2048.0, 5120.0, 10240.0)
CHANNELS = (96, 192, 288, 384)
"""EMG channels that are sent, by their code: of the first 2, 4, 6 or 8 inputs IN, then of the first 1 to 4
inputs MULTIPLE IN."""
HIGH_PASS_HZ = (0.7, 10.0, 100.0, 200.0)
LOW_PASS_HZ = (130.0, 500.0, 900.0, 4400.0)
MODES = ("monopolar", "differential", "bipolar")
INPUTS = (*(f"in{n}" for n in range(1, 9)), *(f"mi{n}" for n in range(1, 5)))
"""IN 1 to 8 have 16 channels each, MULTIPLE IN 1 to 4 have 64."""
MICROVOLTS = 5e6 / 2**16 / 150
"""Of one count: 5 V over 16 bits, gain 150."""
AUX_VOLTS = 5 / 2**16 / 0.5
CONFIG_BYTES = 40
_AUX_IN, _ACCESSORY = 16, 8
_COUNTER, _TRIGGER, _BUFFER = -8, -7, -5
_IN_CHANNELS, _MULTIPLE_CHANNELS = 16, 64


@dataclass(frozen=True, slots=True)
class Input:
    """How one input is set."""

    mode: str = "monopolar"
    high_pass_hz: float = 10.0
    low_pass_hz: float = 500.0

    @property
    def conf2(self) -> int:
        """Its third byte; which side of the body it is on matters only to the vendor's program."""
        high, low = HIGH_PASS_HZ.index(self.high_pass_hz), LOW_PASS_HZ.index(self.low_pass_hz)
        return high << 4 | low << 2 | MODES.index(self.mode)


def crc8(data: bytes) -> int:
    """CRC-8/MAXIM-DOW: polynomial 0x31 reflected, from 0, no final exclusive or."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8C if crc & 1 else 0)
    return crc


def config(
    rate_hz: float, channels: int, inputs: Sequence[Input], *, go: bool, decimate: bool = False
) -> bytes:
    """The forty bytes; without `go` it stops.

    Args:
        rate_hz, channels: of `RATES_HZ` and `CHANNELS`.
        inputs: in the order of `INPUTS`.
        go: send samples.
        decimate: its DECIM bit, which the vendor's script sets.
    """
    first = 1 << 7 | decimate << 6 | RATES_HZ.index(rate_hz) << 3 | CHANNELS.index(channels) << 1 | go
    body = bytes((first, 0, 0)) + b"".join(bytes((0, 0, each.conf2)) for each in inputs)
    return body + bytes((crc8(body),))


def layout(channels: int) -> Layout:
    """Of a row with so many EMG channels."""
    words = channels + _AUX_IN + _ACCESSORY
    inputs = range(channels, channels + _AUX_IN)
    return Layout(
        channels,
        words,
        words + _COUNTER,
        words + _TRIGGER,
        words + _BUFFER,
        aux_in=inputs,
        volts=AUX_VOLTS,
        big_endian=False,
    )


def channel_names(channels: int) -> tuple[str, ...]:
    """in1.1 to in8.16, then mi1.1 to mi4.64, as far as they are sent."""
    share = CHANNELS.index(channels) + 1
    ins = [f"in{n}.{k}" for n in range(1, 2 * share + 1) for k in range(1, _IN_CHANNELS + 1)]
    multiple = [f"mi{n}.{k}" for n in range(1, share + 1) for k in range(1, _MULTIPLE_CHANNELS + 1)]
    return (*ins, *multiple)
