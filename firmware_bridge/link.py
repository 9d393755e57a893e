"""The serial frame of our own boards: the gait board and the virtual electrode. Pure: no port, no clock.

    COBS( version u8, kind u8, seq u16, body ..., CRC-16 u16 ) 00          numbers little-endian

COBS (Cheshire and Baker 1999, doi 10.1109/90.769765) takes every zero byte out of a frame, so a zero ends one
and nothing else does. The CRC is CRC-16/CCITT-FALSE (polynomial 0x1021, from 0xFFFF) over version to body.
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from dataclasses import dataclass

VERSION = 1
MAX_BODY = 200
"""So that a frame is one COBS block."""
_HEAD = struct.Struct("<BBH")
_CRC = struct.Struct("<H")
_MAX_CODED = _HEAD.size + MAX_BODY + _CRC.size + 1


@dataclass(frozen=True, slots=True)
class Message:
    """One frame.

    Attributes:
        kind: what it is; each board has its own.
        seq: counts up by one per frame of one kind, modulo 65536.
        body: up to `MAX_BODY` bytes.
    """

    kind: int
    seq: int
    body: bytes


def encode(message: Message) -> bytes:
    """Bytes on the wire.

    Raises:
        ValueError: the body is too long.
    """
    if len(message.body) > MAX_BODY:
        raise ValueError(f"body of {len(message.body)} bytes; at most {MAX_BODY}")
    plain = _HEAD.pack(VERSION, message.kind, message.seq & 0xFFFF) + message.body
    return _stuffed(plain + _CRC.pack(crc16(plain))) + b"\0"


class Deframer:
    """Finds frames in a stream, whatever is between them, split anywhere."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False
        self.bad = 0
        """Frames that were damaged, of another version, or too long."""

    def push(self, data: bytes) -> list[Message]:
        """All frames that end in `data`."""
        if not data:
            return []
        *ended, self._rest = (self._rest + data).split(b"\0")
        found: list[Message] = []
        for coded in ended:
            skipped, self._skipping = self._skipping, False
            if not coded and not skipped:
                continue
            message = None if skipped or len(coded) > _MAX_CODED else _decoded(coded)
            if message is None:
                self.bad += 1
            else:
                found.append(message)
        if len(self._rest) > _MAX_CODED:
            self._skipping, self._rest = True, b""
        return found


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE."""
    return crc_hqx(data, 0xFFFF)


def _stuffed(plain: bytes) -> bytes:
    """One COBS block per run without a zero; runs are shorter than 254 bytes, as frames are."""
    return b"".join(bytes((len(run) + 1,)) + run for run in plain.split(b"\0"))


def _decoded(coded: bytes) -> Message | None:
    """What stood there; None when it is no frame of this version."""
    runs, at = [], 0
    while at < len(coded):
        end = at + coded[at]
        if end > len(coded):
            return None
        runs.append(coded[at + 1 : end])
        at = end
    plain = b"\0".join(runs)
    if len(plain) < _HEAD.size + _CRC.size:
        return None
    body, (crc,) = plain[: -_CRC.size], _CRC.unpack(plain[-_CRC.size :])
    version, kind, seq = _HEAD.unpack_from(body)
    if crc != crc16(body) or version != VERSION:
        return None
    return Message(kind, seq, body[_HEAD.size :])
