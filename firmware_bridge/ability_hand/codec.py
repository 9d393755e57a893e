"""Bytes of the Ability Hand's extended API. Pure: no port, no clock.

Source: PSYONIC, ABILITY-HAND-ICD v1.8. Frame on the wire, with PPP stuffing on (`We46`, `We47`):

    7E | addr, header, data ..., checksum (7E and 7D inside become 7D and the byte XOR 20) | 7E

The checksum makes the sum of the frame before stuffing a multiple of 256. Joints: index, middle, ring, pinky,
thumb flexor, thumb rotator; the rotator's angles are negative.

The vendor's Python client truncates towards zero when it scales; we round, so a command is off by half a step
at most (0.0023 deg) instead of a whole one. It also reads rotor velocity as deg/s of the joint; we keep what
the ICD says: rad/s at the rotor.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

ADDRESS = 0x50
JOINTS = 6
TOUCH_SITES = 30
ESCAPE = 0x7D
MAX_FRAME = 96
"""Longer than any frame of the API before stuffing (72)."""

DEG = 32767 / 150
VELOCITY_DEG_S = 32767 / 3000
CURRENT_A = 620.606
VOLTAGE_PERCENT = 3546 / 100
ROTOR_RAD_S = 4.0
GEAR = (649.0, 649.0, 649.0, 649.0, 649.0, 162.45)
"""Rotor turns per joint turn."""
FULL_VOLTAGE_PERCENT = 100.0
REGISTER_OK, REGISTER_FAILED = bytes.fromhex("a4fe114e"), bytes.fromhex("ffff17fa")
"""0x4E11FEA4 and 0xFA17FFFF, as they stand on the wire; see `registers`."""

_SHORT, _LONG = 39, 72


class Mode(IntEnum):
    """What the six numbers of a control frame mean (high nibble of its header)."""

    POSITION = 1
    VELOCITY = 2
    CURRENT = 3
    VOLTAGE = 4


_SCALE = {
    Mode.POSITION: DEG,
    Mode.VELOCITY: VELOCITY_DEG_S,
    Mode.CURRENT: CURRENT_A,
    Mode.VOLTAGE: VOLTAGE_PERCENT,
}


class Variant(IntEnum):
    """What the hand is to answer (low nibble of a header)."""

    POSITION_CURRENT_TOUCH = 0
    POSITION_VELOCITY_TOUCH = 1
    POSITION_CURRENT_VELOCITY = 2


class Grip(IntEnum):
    """Grips the hand knows by itself (ICD table of 0x1D)."""

    OPEN = 0x00
    POWER = 0x01
    KEY = 0x02
    PINCH = 0x03
    TRIPOD_OPENED = 0x04
    HORNS = 0x05
    CYLINDER = 0x06
    MOUSE = 0x07
    POWER_KEY_SWITCH = 0x08
    POINT = 0x09
    RUDE = 0x0A
    HOOK = 0x0B
    RELAX = 0x0C
    SLEEVE = 0x0D
    PEACE = 0x0E
    TRIPOD_CLOSED = 0x0F
    HANG_LOOSE = 0x10
    HANDSHAKE = 0x11
    FIXED_PINCH = 0x12
    TRIGGER = 0x18


_READ_ONLY, _GRIP, _EXIT, _UPSAMPLE_ON, _UPSAMPLE_OFF = 0xA0, 0x1D, 0x7C, 0xC2, 0xC3


@dataclass(frozen=True, slots=True)
class Control:
    """Host to hand: drive all six joints. Values in deg, deg/s, A or percent of full voltage, by mode."""

    mode: Mode
    variant: Variant
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ReadOnly:
    """Host to hand: answer, do not move. Keeps API mode alive but does not enter it."""

    variant: Variant


@dataclass(frozen=True, slots=True)
class GripCommand:
    """Host to hand: go to a grip of its own. Speed 0 stops, 1 to 254 is 2 s to 0.29 s, 255 is 0.2 s."""

    grip: Grip
    speed: int = 255


@dataclass(frozen=True, slots=True)
class Upsampling:
    """Host to hand: smooth the thumb rotator between slow (about 30 Hz) commands."""

    on: bool


@dataclass(frozen=True, slots=True)
class Exit:
    """Host to hand: leave API mode now."""


Request = Control | ReadOnly | GripCommand | Upsampling | Exit


@dataclass(frozen=True, slots=True)
class Reply:
    """Hand to host.

    Attributes:
        mode: high nibble of the header it echoes.
        variant: which of the three replies this is.
        position_deg: [6].
        current_a: [6]; empty in variant 1.
        rotor_rad_s: [6] at the rotor, see `GEAR`; empty in variant 0.
        touch: [30] raw 0 to 4095, six per finger from index to thumb; empty in variant 2.
        limiting: [6] True while the hand itself holds the joint back (temperature or collision).
    """

    mode: int
    variant: Variant
    position_deg: tuple[float, ...]
    current_a: tuple[float, ...]
    rotor_rad_s: tuple[float, ...]
    touch: tuple[int, ...]
    limiting: tuple[bool, ...]


def stuff(body: bytes) -> bytes:
    """A body with its checksum, escaped and between flags."""
    whole = body + bytes((-sum(body) & 0xFF,))
    escaped = whole.replace(b"\x7d", b"\x7d\x5d").replace(b"\x7e", b"\x7d\x5e")
    return b"\x7e" + escaped + b"\x7e"


class Unstuffer:
    """Finds frames in a stream, whatever is around and between them, split anywhere.

    A flag both ends one frame and begins the next, so a damaged frame costs itself alone and the stream is in
    step again at the next flag. Bodies of up to two bytes are what RS485 adapters inject; they are no error.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False
        self.bad = 0
        """Frames with a wrong checksum, a broken escape, or of impossible length."""

    def push(self, data: bytes) -> list[bytes]:
        """Bodies, without checksum, of all frames that end in `data`."""
        *ended, self._rest = (self._rest + data).split(b"\x7e")
        found: list[bytes] = []
        for escaped in ended:
            skipped, self._skipping = self._skipping, False
            if len(escaped) <= 2 and not skipped:
                continue
            body = None if skipped else _unescaped(escaped)
            if body in (REGISTER_OK, REGISTER_FAILED):
                found.append(body)  # four fixed bytes, perhaps without a checksum: no other frame is so short
            elif body is None or sum(body) & 0xFF:
                self.bad += 1
            elif len(body) > 2:
                found.append(body[:-1])
        if len(self._rest) > 2 * MAX_FRAME:
            self._skipping, self._rest = True, b""
        return found


def _unescaped(escaped: bytes) -> bytes | None:
    """What stood there before stuffing; None when an escape is broken or it is too long to be a frame."""
    if ESCAPE in escaped:
        flags, escapes = escaped.count(b"\x7d\x5e"), escaped.count(b"\x7d\x5d")
        if flags + escapes != escaped.count(ESCAPE):
            return None
        escaped = escaped.replace(b"\x7d\x5e", b"\x7e").replace(b"\x7d\x5d", b"\x7d")
    return escaped if len(escaped) <= MAX_FRAME else None


def encode(request: Request, address: int = ADDRESS) -> bytes:
    """Bytes on the wire of one request.

    Raises:
        ValueError: not six finite values, or one that the scale cannot hold.
    """
    match request:
        case Control(mode, variant, values):
            if mode is Mode.VOLTAGE and any(abs(value) > FULL_VOLTAGE_PERCENT for value in values):
                raise ValueError(f"{values}: too large for a voltage; at most 100 percent either way")
            raw = _raw(values, _SCALE[mode])
            return stuff(struct.pack("<BB6h", address, mode << 4 | variant, *raw))
        case ReadOnly(variant):
            return stuff(bytes((address, _READ_ONLY | variant)))
        case GripCommand(grip, speed):
            if not 0 <= speed <= 255:
                raise ValueError(f"grip speed {speed}: allowed 0 to 255")
            return stuff(bytes((address, _GRIP, grip, speed)))
        case Upsampling(on):
            return stuff(bytes((address, _UPSAMPLE_ON if on else _UPSAMPLE_OFF)))
        case Exit():
            return stuff(bytes((address, _EXIT)))


def decode_request(body: bytes, address: int = ADDRESS) -> Request | None:
    """What a host asks: `body` as `Unstuffer` gives it; None when it is nothing of the API, or not for us."""
    if len(body) < 2 or body[0] != address:
        return None
    header, high, low = body[1], body[1] >> 4, body[1] & 0x0F
    try:
        if len(body) == 14:
            mode = Mode(high)
            values = tuple(raw / _SCALE[mode] for raw in struct.unpack("<6h", body[2:]))
            return Control(mode, Variant(low), values)
        if len(body) == 4 and header == _GRIP:
            return GripCommand(Grip(body[2]), body[3])
        if len(body) == 2:
            simple: dict[int, Request] = {
                _EXIT: Exit(),
                _UPSAMPLE_ON: Upsampling(on=True),
                _UPSAMPLE_OFF: Upsampling(on=False),
            }
            return simple[header] if header in simple else ReadOnly(Variant(header - _READ_ONLY))
    except ValueError:
        return None
    return None


def encode_reply(reply: Reply) -> bytes:
    """Bytes on the wire of one reply (for the virtual hand)."""
    position = _raw(reply.position_deg, DEG)
    head = bytes((reply.mode << 4 | reply.variant,))
    status = bytes((sum(1 << i for i, limiting in enumerate(reply.limiting) if limiting),))
    velocity = _raw(reply.rotor_rad_s, ROTOR_RAD_S) if reply.rotor_rad_s else ()
    current = _raw(reply.current_a, CURRENT_A) if reply.current_a else ()
    second = velocity if reply.variant == Variant.POSITION_VELOCITY_TOUCH else current
    pairs = struct.pack("<12h", *(value for pair in zip(position, second, strict=True) for value in pair))
    if reply.variant == Variant.POSITION_CURRENT_VELOCITY:
        return stuff(head + pairs + struct.pack("<6h", *velocity) + status)
    touch = bytearray()
    for low, high in zip(reply.touch[0::2], reply.touch[1::2], strict=True):
        touch += bytes((low & 0xFF, low >> 8 | (high & 0x0F) << 4, high >> 4))
    return stuff(head + pairs + touch + status)


def decode_reply(body: bytes) -> Reply | None:
    """What the hand says: `body` as `Unstuffer` gives it; None when it is not a reply.

    Touch is packed low nibble first, as the ICD's own C code and both vendor parsers read it; its table 17
    shows the other order.
    """
    try:
        variant = Variant(body[0] & 0x0F)
    except (ValueError, IndexError):
        return None
    if len(body) + 1 != (_SHORT if variant == Variant.POSITION_CURRENT_VELOCITY else _LONG):
        return None
    pairs = struct.unpack_from("<12h", body, 1)
    position = tuple(raw / DEG for raw in pairs[0::2])
    current = tuple(raw / CURRENT_A for raw in pairs[1::2])
    velocity: tuple[float, ...] = ()
    touch: tuple[int, ...] = ()
    if variant == Variant.POSITION_CURRENT_VELOCITY:
        velocity = tuple(raw / ROTOR_RAD_S for raw in struct.unpack_from("<6h", body, 25))
    else:
        triples = zip(body[25:70:3], body[26:70:3], body[27:70:3], strict=True)
        touch = tuple(v for a, b, c in triples for v in (a | (b & 0x0F) << 8, b >> 4 | c << 4))
    if variant == Variant.POSITION_VELOCITY_TOUCH:
        velocity, current = tuple(raw / ROTOR_RAD_S for raw in pairs[1::2]), ()
    limiting = tuple(bool(body[-1] >> i & 1) for i in range(JOINTS))
    return Reply(body[0] >> 4, variant, position, current, velocity, touch, limiting)


def _raw(values: Sequence[float], scale: float) -> tuple[int, ...]:
    if len(values) != JOINTS or not all(map(math.isfinite, values)):
        raise ValueError(f"not {JOINTS} finite values: {tuple(values)}")
    raw = tuple(round(value * scale) for value in values)
    if max(map(abs, raw)) > 32767:
        raise ValueError(f"too large for the wire: {max(values, key=abs):g}; at most {32767 / scale:g}")
    return raw
