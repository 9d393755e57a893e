"""What a gait board says, in frames of `link`. Pure. The board's side: docs/limbs/gait-board.md.

    kind 1  LOAD      board time u32 us, load f32 N         force along the pylon, positive: weight on it
    kind 2  SHANK     board time u32 us, pitch rate f32 deg/s, pitch f32 deg
    kind 3  LOAD_MN   board time u32 us, load i32 mN        the same for a board without floating point

Both streams at 200 Hz or more, each with its own `seq`. Pitch is 0 with the shank upright and positive with
the foot in front of the knee; so its rate is positive in swing and negative while the shank rolls over a foot
on the ground (as the shank signal of Salarian et al. 2004, doi 10.1109/TBME.2004.827933). A number that is
not finite is handed on: it means that the sensor does not know.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .link import Message

KIND_LOAD, KIND_SHANK, KIND_LOAD_MN = 1, 2, 3
MICROSECONDS = 1 << 32
"""The board's clock wraps there, after 71.6 minutes."""
MOST_N = 2_147_483.647
"""What an i32 of millinewtons can hold."""
_LOAD = struct.Struct("<If")
_SHANK = struct.Struct("<Iff")
_LOAD_MN = struct.Struct("<Ii")


@dataclass(frozen=True, slots=True)
class Load:
    """A load cell's word.

    Attributes:
        board_us: the board's clock, microseconds modulo 2^32.
        load_n: newtons; may be anything a float can be.
    """

    board_us: int
    load_n: float


@dataclass(frozen=True, slots=True)
class Shank:
    """A gyroscope's word, see the module for signs."""

    board_us: int
    rate_deg_s: float
    pitch_deg: float


def decode(message: Message) -> Load | Shank | None:
    """What a frame says; None for one that is not a gait board's."""
    kind, body = message.kind, message.body
    if kind == KIND_LOAD and len(body) == _LOAD.size:
        return Load(*_LOAD.unpack(body))
    if kind == KIND_SHANK and len(body) == _SHANK.size:
        return Shank(*_SHANK.unpack(body))
    if kind == KIND_LOAD_MN and len(body) == _LOAD_MN.size:
        board_us, load_mn = _LOAD_MN.unpack(body)
        return Load(board_us, load_mn / 1000.0)
    return None


def load_message(seq: int, board_us: int, load_n: float) -> Message:
    """LOAD.

    Raises:
        OverflowError: no float32 is so large.
    """
    return Message(KIND_LOAD, seq & 0xFFFF, _LOAD.pack(board_us % MICROSECONDS, load_n))


def load_mn_message(seq: int, board_us: int, load_n: float) -> Message:
    """LOAD_MN, rounded to a millinewton.

    Raises:
        ValueError: beyond `MOST_N`, or not finite.
    """
    if not -MOST_N <= load_n <= MOST_N:
        raise ValueError(f"load of {load_n} N does not fit 32 bits of millinewtons")
    return Message(KIND_LOAD_MN, seq & 0xFFFF, _LOAD_MN.pack(board_us % MICROSECONDS, round(load_n * 1000.0)))


def shank_message(seq: int, board_us: int, rate_deg_s: float, pitch_deg: float) -> Message:
    """SHANK.

    Raises:
        OverflowError: no float32 is so large.
    """
    return Message(KIND_SHANK, seq & 0xFFFF, _SHANK.pack(board_us % MICROSECONDS, rate_deg_s, pitch_deg))
