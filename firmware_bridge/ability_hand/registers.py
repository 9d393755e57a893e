"""Registers of the Ability Hand: controller gains and the unique id. Pure. Firmware of 2026 only.

Source: PSYONIC, ABILITY-HAND-ICD v1.8. Frames before stuffing; numbers are 32 bits, little-endian, signed as
in the vendor's own client:

    addr, DE, register, value, checksum   write; answered by a code
    addr, DA, register, checksum          read; answered by a code, the value and a checksum

Whether a write's answer carries a checksum is not said plainly: both are read. See `Unstuffer`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .codec import ADDRESS, JOINTS, REGISTER_FAILED, REGISTER_OK, stuff

GAINS_PER_JOINT = 10
FIRST_GAIN, LAST_GAIN = 0x01, 0x3C
"""Ten per joint, in the order of the joints: `gain_register`."""
UNIQUE_ID = (0x3D, 0x3E)
"""64 bits in two registers, read only; the example of the vendor reads them in this order."""

_WRITE, _READ = 0xDE, 0xDA


@dataclass(frozen=True, slots=True)
class ReadRegister:
    """Host to hand: what is in a register?"""

    register: int


@dataclass(frozen=True, slots=True)
class WriteRegister:
    """Host to hand: put a value there."""

    register: int
    value: int


@dataclass(frozen=True, slots=True)
class RegisterReply:
    """Hand to host.

    Attributes:
        ok: the hand did as asked.
        value: of a read; None in the answer to a write.
    """

    ok: bool
    value: int | None


def gain_register(joint: int, gain: int) -> int:
    """Register of one controller gain.

    Args:
        joint: 0 (index) to 5 (thumb rotator).
        gain: 0 to 9 within the joint.

    Raises:
        ValueError: there is no such gain.
    """
    if not (0 <= joint < JOINTS and 0 <= gain < GAINS_PER_JOINT):
        raise ValueError(f"gain {gain} of joint {joint}: allowed 0 to 9 of 0 to 5")
    return joint * GAINS_PER_JOINT + gain + FIRST_GAIN


def encode_register(request: ReadRegister | WriteRegister, address: int = ADDRESS) -> bytes:
    """Bytes on the wire.

    Raises:
        ValueError: a number that 32 bits cannot hold.
    """
    try:
        if isinstance(request, ReadRegister):
            return stuff(struct.pack("<BBi", address, _READ, request.register))
        return stuff(struct.pack("<BBii", address, _WRITE, request.register, request.value))
    except struct.error as error:
        raise ValueError(f"{request}: register and value are 32 bits") from error


def decode_register(body: bytes, address: int = ADDRESS) -> ReadRegister | WriteRegister | None:
    """What a host asks, as `Unstuffer` gives it; None when it is no register frame, or not for us."""
    if len(body) < 2 or body[0] != address:
        return None
    if body[1] == _READ and len(body) == 6:
        return ReadRegister(*struct.unpack_from("<i", body, 2))
    if body[1] == _WRITE and len(body) == 10:
        return WriteRegister(*struct.unpack_from("<ii", body, 2))
    return None


def encode_register_reply(reply: RegisterReply) -> bytes:
    """Bytes on the wire of an answer (for the virtual hand)."""
    code = REGISTER_OK if reply.ok else REGISTER_FAILED
    return stuff(code if reply.value is None else code + struct.pack("<i", reply.value))


def decode_register_reply(body: bytes) -> RegisterReply | None:
    """What the hand answers, as `Unstuffer` gives it; None when it is no answer about a register."""
    code, rest = body[:4], body[4:]
    if code not in (REGISTER_OK, REGISTER_FAILED) or len(rest) not in (0, 4):
        return None
    return RegisterReply(code == REGISTER_OK, struct.unpack("<i", rest)[0] if rest else None)
