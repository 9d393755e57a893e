"""The text console of a moteus, through its CAN frames: how a setting is read that no register holds. Pure.

Source: mjbots moteus reference, "CAN: multiplex protocol", tunnelled stream; checked against moteus 1.1.1.

    40 channel size data...    host to controller: bytes of a command line
    42 channel most            host to controller: what have you to say? At most so many bytes
    41 channel size data...    controller to host: the answer to 42; size 0 when it has nothing to say

`conf get NAME` is answered by the value alone in a line.
"""

from __future__ import annotations

import re

CHANNEL = 1
MOST = 61
"""Bytes of text in one frame of 64."""
_TO_CONTROLLER, _TO_HOST, _POLL = 0x40, 0x41, 0x42
_NUMBER = re.compile(rb"-?\d+")
_PATIENCE = 10


def encode_text(text: bytes) -> bytes:
    """Payload that says something to the console. It is not answered by itself.

    Raises:
        ValueError: more than one frame holds.
    """
    if len(text) > MOST:
        raise ValueError(f"{len(text)} bytes of text: at most {MOST} in a frame")
    return bytes((_TO_CONTROLLER, CHANNEL, len(text))) + text


def encode_poll(most: int = MOST) -> bytes:
    """Payload that asks for what the console has to say."""
    return bytes((_POLL, CHANNEL, most))


def decode_text(payload: bytes, kind: int = _TO_HOST) -> bytes | None:
    """What the console said; None when the payload is something else or ends early."""
    if len(payload) < 3 or payload[0] != kind or payload[1] != CHANNEL:
        return None
    size = payload[2]
    return payload[3 : 3 + size] if len(payload) >= 3 + size else None


def decode_command(payload: bytes) -> bytes | None:
    """What a host says to the console (for the virtual controller); None when it is something else."""
    return decode_text(payload, _TO_CONTROLLER)


def decode_poll(payload: bytes) -> int | None:
    """At most how many bytes a host wants to hear (for the virtual controller); None: something else."""
    return payload[2] if len(payload) >= 3 and payload[:2] == bytes((_POLL, CHANNEL)) else None


def encode_said(text: bytes) -> bytes:
    """Payload of the controller's answer to a poll (for the virtual controller)."""
    return bytes((_TO_HOST, CHANNEL, len(text))) + text


class ConfigQuestion:
    """Reads one whole number out of a controller's configuration, a step per heartbeat.

    First what an earlier host left in the console is read away, so that no old number is taken for the
    answer; then it is asked. Without an answer it begins again.

    Args:
        name: as "servo.timeout_mode".
    """

    def __init__(self, name: str) -> None:
        self._line = f"conf get {name}\n".encode("ascii")
        self.value: int | None = None
        """None until it is known."""
        self._asked = self._quiet = False
        self._waited = 0
        self._rest = b""

    def payloads(self) -> list[tuple[bytes, bool]]:
        """What to send now: (payload, whether it is answered); nothing once it is known."""
        if self.value is not None:
            return []
        self._waited += 1
        if self._waited > _PATIENCE:
            self._asked = self._quiet = False
            self._waited, self._rest = 0, b""
        if self._quiet and not self._asked:
            self._asked = True
            return [(encode_text(self._line), False), (encode_poll(), True)]
        return [(encode_poll(), True)]

    def hear(self, said: bytes) -> None:
        """What came back from a poll."""
        if not self._asked:
            self._quiet = not said
            return
        *lines, self._rest = (self._rest + said).replace(b"\r", b"\n").split(b"\n")
        self._rest = self._rest[-MOST:]
        for line in lines:
            if self.value is None and _NUMBER.fullmatch(line.strip()):
                self.value = int(line)
