"""Eight bytes of a CubeMars (T-Motor) AK drive in its MIT mode. Pure: no bus, no clock.

Source: CubeMars, AK Series Module Driver manual v1.0.8, chapter on MIT power mode (pages 46 to 51). Classic
CAN, 1 Mbit/s, 11-bit identifiers, one reply per frame. Numbers are unsigned shares of a range, big-endian:

    command   position 16 | velocity 12 | Kp 12 | Kd 12 | torque 12 bits
    reply     drive 8 | position 16 | velocity 12 | torque 12 [| temperature 8 | error 8]

The manual prints `kp_int>>8` in byte 6 of a command, where the four upper bits of the torque must stand;
every working program puts the torque there, and so do we. A reply is 6 bytes long, and 8 from newer firmware.

A number becomes `int((x - least) * 2**bits / span)`, cut to what the bits hold: so the vendor's own code does
it. A drive reads it with `2**bits - 1`; the difference is one step, and zero velocity reads as half of one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MAX_ID = 126
"""Below the 0x7F that begins nothing of ours, and well below FF, with which special frames begin."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """What the bits of a drive's numbers span: `-x` to `+x`, gains from 0.

    Attributes:
        velocity_rad_s, torque_nm, position_rad: at the output shaft, behind the drive's own gear.
        kp_nm_rad, kd_nm_s_rad: greatest gains.
    """

    velocity_rad_s: float
    torque_nm: float
    position_rad: float = 12.5
    kp_nm_rad: float = 500.0
    kd_nm_s_rad: float = 5.0


RANGES = {
    "AK10-9": Ranges(50.0, 65.0),
    "AK60-6": Ranges(45.0, 15.0),
    "AK70-10": Ranges(50.0, 25.0),
    "AK80-6": Ranges(76.0, 12.0),
    "AK80-8": Ranges(37.5, 32.0),
    "AK80-9": Ranges(50.0, 18.0),
    "AK80-64": Ranges(8.0, 144.0),
}
"""Of the manual's table (pages 49 and 50). Firmware 2 and v3 boards have others: `device.Options`."""


@dataclass(frozen=True, slots=True)
class Enter:
    """Obey commands from now on (FC). Answered like a command, and so a way to ask."""


@dataclass(frozen=True, slots=True)
class Exit:
    """Obey no command and drive nothing (FD)."""


@dataclass(frozen=True, slots=True)
class Zero:
    """Call where you are zero (FE). The drive is silent for about a second."""


@dataclass(frozen=True, slots=True)
class Command:
    """torque = kp (position - measured) + kd (velocity - measured) + torque, until another comes.

    In rad, rad/s, N m/rad, N m s/rad and N m at the output shaft.
    """

    position_rad: float
    velocity_rad_s: float
    kp_nm_rad: float
    kd_nm_s_rad: float
    torque_nm: float = 0.0


Request = Enter | Exit | Zero | Command

ERRORS = {
    1: "too hot",
    2: "over-current",
    3: "over-voltage",
    4: "under-voltage",
    5: "encoder",
    6: "phases not alike",
}
"""Last byte of an 8-byte reply; 0: none."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a drive says of itself.

    Attributes:
        drive: its id.
        position_rad, velocity_rad_s, torque_nm: at the output shaft; the torque is reckoned from its current.
        temperature_c: None in a reply of 6 bytes, as `error`.
        error: see `ERRORS`.
    """

    drive: int
    position_rad: float
    velocity_rad_s: float
    torque_nm: float
    temperature_c: int | None = None
    error: int | None = None


_SPECIAL: dict[type[Request], int] = {Enter: 0xFC, Exit: 0xFD, Zero: 0xFE}
_SPECIAL_OF: dict[int, Request] = {0xFC: Enter(), 0xFD: Exit(), 0xFE: Zero()}
_SEVEN = b"\xff" * 7


def encode(request: Request, ranges: Ranges) -> bytes:
    """Eight data bytes; the identifier is the drive's id.

    Raises:
        ValueError: a number that is not finite or out of range, or all of them at their very end: that would
            read as a special frame.
    """
    if not isinstance(request, Command):
        return _SEVEN + bytes((_SPECIAL[type(request)],))
    p = _raw(request.position_rad, -ranges.position_rad, ranges.position_rad, 16)
    v = _raw(request.velocity_rad_s, -ranges.velocity_rad_s, ranges.velocity_rad_s, 12)
    kp = _raw(request.kp_nm_rad, 0.0, ranges.kp_nm_rad, 12)
    kd = _raw(request.kd_nm_s_rad, 0.0, ranges.kd_nm_s_rad, 12)
    t = _raw(request.torque_nm, -ranges.torque_nm, ranges.torque_nm, 12)
    data = (p << 48 | v << 36 | kp << 24 | kd << 12 | t).to_bytes(8, "big")
    if data[:7] == _SEVEN and data[7] in _SPECIAL_OF:
        raise ValueError("all numbers at their greatest: it would be a special frame")
    return data


def decode_request(data: bytes, ranges: Ranges) -> Request | None:
    """What a host asks (for the virtual drive); None when it is no frame of MIT mode."""
    if len(data) != 8:
        return None
    if data[:7] == _SEVEN and data[7] in _SPECIAL_OF:
        return _SPECIAL_OF[data[7]]
    bits = int.from_bytes(data, "big")
    return Command(
        _real(bits >> 48, -ranges.position_rad, ranges.position_rad, 16),
        _real(bits >> 36 & 0xFFF, -ranges.velocity_rad_s, ranges.velocity_rad_s, 12),
        _real(bits >> 24 & 0xFFF, 0.0, ranges.kp_nm_rad, 12),
        _real(bits >> 12 & 0xFFF, 0.0, ranges.kd_nm_s_rad, 12),
        _real(bits & 0xFFF, -ranges.torque_nm, ranges.torque_nm, 12),
    )


def encode_reply(reply: Reply, ranges: Ranges) -> bytes:
    """Data bytes of one reply (for the virtual drive): 6, or 8 with temperature and error.

    Raises:
        ValueError: as `encode`.
    """
    p = _raw(reply.position_rad, -ranges.position_rad, ranges.position_rad, 16)
    v = _raw(reply.velocity_rad_s, -ranges.velocity_rad_s, ranges.velocity_rad_s, 12)
    t = _raw(reply.torque_nm, -ranges.torque_nm, ranges.torque_nm, 12)
    data = bytes((reply.drive,)) + (p << 24 | v << 12 | t).to_bytes(5, "big")
    if reply.temperature_c is None or reply.error is None:
        return data
    return data + bytes((reply.temperature_c & 0xFF, reply.error))


def decode_reply(data: bytes, ranges: Ranges) -> Reply | None:
    """What a drive says; None when it is no reply."""
    if len(data) not in (6, 8) or not 1 <= data[0] <= MAX_ID:
        return None
    bits = int.from_bytes(data[1:6], "big")
    longer = len(data) == 8
    return Reply(
        drive=data[0],
        position_rad=_real(bits >> 24, -ranges.position_rad, ranges.position_rad, 16),
        velocity_rad_s=_real(bits >> 12 & 0xFFF, -ranges.velocity_rad_s, ranges.velocity_rad_s, 12),
        torque_nm=_real(bits & 0xFFF, -ranges.torque_nm, ranges.torque_nm, 12),
        temperature_c=int.from_bytes(data[6:7], "big", signed=True) if longer else None,
        error=data[7] if longer else None,
    )


def _raw(value: float, least: float, most: float, bits: int) -> int:
    if not (math.isfinite(value) and least <= value <= most):
        raise ValueError(f"{value:g}: allowed {least:g} to {most:g}")
    return min(int((value - least) * (1 << bits) / (most - least)), (1 << bits) - 1)


def _real(raw: int, least: float, most: float, bits: int) -> float:
    return raw * (most - least) / ((1 << bits) - 1) + least
