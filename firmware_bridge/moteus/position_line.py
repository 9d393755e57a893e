"""The line that goes out with every command: a position frame of which only two numbers change. Pure.

It stands between an EMG sample and the motor, so what never changes of it is made once. A CRC-8 has 256
states: a table says where the bytes that stay the same lead from each of them.
"""

from __future__ import annotations

import math
import struct
from binascii import hexlify

from .codec import PositionCommand, crc8, encode_position, encode_send

_TWO_FLOATS = struct.Struct("<2f")
_DIGITS = 8
"""Of a float, in hexadecimal."""
_POSITION_AT, _MAX_TORQUE_AT = 5, 23
"""Bytes before them in the payload of `encode_position`."""


class PositionLine:
    """The bytes of `encode_send(destination, encode_position(command), reply=True)` for one controller.

    Args:
        destination: its id.
        command: all but the two numbers.

    Raises:
        ValueError: a number that is not finite.
    """

    def __init__(self, destination: int, command: PositionCommand) -> None:
        line = encode_send(destination, encode_position(command), reply=True)
        payload_at = line.index(b" ", len(b"can send ")) + 1
        position_at, torque_at = (payload_at + 2 * at for at in (_POSITION_AT, _MAX_TORQUE_AT))
        self._begin = line[:position_at]
        self._middle = line[position_at + _DIGITS : torque_at]
        end = line[torque_at + _DIGITS : line.index(b"*")]
        self._begun = crc8(self._begin)
        self._across = bytes(crc8(self._middle, crc) for crc in range(256))
        self._ends = tuple(b"%b*%02X\n" % (end, crc8(end, crc)) for crc in range(256))

    def encode(self, position_rev: float, max_torque_nm: float) -> bytes:
        """One line.

        Raises:
            ValueError: a number that is not finite. (NaN would mean "as configured" to a moteus.)
        """
        if not (math.isfinite(position_rev) and math.isfinite(max_torque_nm)):
            raise ValueError(f"not finite: {position_rev} revolutions, {max_torque_nm} N m")
        digits = hexlify(_TWO_FLOATS.pack(position_rev, max_torque_nm)).upper()
        position, torque = digits[:_DIGITS], digits[_DIGITS:]
        crc = crc8(torque, self._across[crc8(position, self._begun)])
        return b"".join((self._begin, position, self._middle, torque, self._ends[crc]))
