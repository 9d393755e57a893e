"""Bodies of the frames of our electrode board: analog outputs that a hand takes for muscle signals. Pure.

Frames as in `link`; numbers little-endian; a level is a u16, 1/65535 of 5 V. Kinds:

    01 SET      to the board    slew u16 (V/s), then for each output: level u16, rest u16
    02 ASK      to the board    empty
    81 STATUS   from the board  seq of what it answers u16, flags u8, fault u8, supply u16 (mV), trips of the
                                watchdog u16, then for each output: level u16, as it is now

The board keeps no settings: every SET says all of it. SET feeds the watchdog, ASK does not. An output rises
no faster than the slew, and falls at once. After `WATCHDOG_S` without a SET every output is at its rest;
before the first SET, and after the board was reset, at 0 V. The board: docs/limbs/virtual-electrode.md.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag

FULL_SCALE_V = 5.0
WATCHDOG_S = 0.100
MAX_OUTPUTS = 8
MIN_SUPPLY_V = 4.75
"""Below it the greatest level cannot be had: `Fault.SUPPLY`."""
_STEPS = 65535
_STATUS = struct.Struct("<HBBHH")


class Kind(IntEnum):
    """Of a frame."""

    SET = 0x01
    ASK = 0x02
    STATUS = 0x81


class Flag(IntFlag):
    """What the board is doing."""

    DRIVEN = 1
    """A SET has come since the board was switched on."""
    AT_REST = 2
    """The watchdog has put the outputs to rest, and they stay there until the next SET."""


class Fault(IntFlag):
    """What is wrong with the board."""

    SUPPLY = 1
    CONVERTER = 2
    """The digital-to-analog converter does not answer."""
    READ_BACK = 4
    """An output is not at the level that was given to it."""
    OUTPUTS = 8
    """The last SET was for another number of outputs: it was not obeyed."""


@dataclass(frozen=True, slots=True)
class Set:
    """Where every output is to be.

    Attributes:
        level_v, rest_v: per output, 0 to 5.
        slew_v_s: how fast a level may rise; whole V/s.
    """

    level_v: tuple[float, ...]
    rest_v: tuple[float, ...]
    slew_v_s: int


@dataclass(frozen=True, slots=True)
class Status:
    """What the board says.

    Attributes:
        answers: seq of the frame that it answers.
        flags, fault: see there.
        supply_v: of the board.
        trips: how often its watchdog has acted since it was switched on, modulo 65536.
        level_v: per output, now.
    """

    answers: int
    flags: Flag
    fault: Fault
    supply_v: float
    trips: int
    level_v: tuple[float, ...]


def encode_set(asked: Set) -> bytes:
    """Body.

    Raises:
        ValueError: not a rest for each level, too many outputs, or a number out of range.
    """
    if len(asked.level_v) != len(asked.rest_v) or not 1 <= len(asked.level_v) <= MAX_OUTPUTS:
        raise ValueError(
            f"{len(asked.level_v)} levels, {len(asked.rest_v)} rests; allowed 1 to {MAX_OUTPUTS}"
        )
    if not 1 <= asked.slew_v_s <= _STEPS:
        raise ValueError(f"slew {asked.slew_v_s} V/s: allowed 1 to {_STEPS}")
    pairs = zip(asked.level_v, asked.rest_v, strict=True)
    return struct.pack(
        f"<H{2 * len(asked.level_v)}H", asked.slew_v_s, *(_raw(volt) for pair in pairs for volt in pair)
    )


def decode_set(body: bytes) -> Set | None:
    """None when it is no SET."""
    n, odd = divmod(len(body) - 2, 4)
    if odd or not 1 <= n <= MAX_OUTPUTS:
        return None
    slew, *raw = struct.unpack(f"<H{2 * n}H", body)
    volts = [number * FULL_SCALE_V / _STEPS for number in raw]
    return Set(tuple(volts[0::2]), tuple(volts[1::2]), slew) if slew else None


def encode_status(status: Status) -> bytes:
    """Body (for the virtual board).

    Raises:
        ValueError: a number out of range.
    """
    millivolt = round(status.supply_v * 1000)
    if not 0 <= millivolt <= _STEPS:
        raise ValueError(f"supply {status.supply_v} V")
    head = _STATUS.pack(status.answers & 0xFFFF, status.flags, status.fault, millivolt, status.trips & 0xFFFF)
    return head + struct.pack(f"<{len(status.level_v)}H", *map(_raw, status.level_v))


def decode_status(body: bytes) -> Status | None:
    """None when it is no STATUS."""
    n, odd = divmod(len(body) - _STATUS.size, 2)
    if odd or not 1 <= n <= MAX_OUTPUTS:
        return None
    answers, flags, fault, millivolt, trips = _STATUS.unpack_from(body)
    raw = struct.unpack_from(f"<{n}H", body, _STATUS.size)
    levels = tuple(number * FULL_SCALE_V / _STEPS for number in raw)
    return Status(answers, Flag(flags), Fault(fault), millivolt / 1000, trips, levels)


def _raw(volt: float) -> int:
    if not (math.isfinite(volt) and 0.0 <= volt <= FULL_SCALE_V):
        raise ValueError(f"level {volt:g} V: allowed 0 to {FULL_SCALE_V:g}")
    return round(volt * _STEPS / FULL_SCALE_V)
