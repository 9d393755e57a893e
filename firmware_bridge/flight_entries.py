"""The entries of a guard's flight log: their numbers, names and bodies."""

from __future__ import annotations

import struct
from itertools import accumulate

from ..core.command import LimbState
from .requests import Asked, Verb

T_DOOR, T_MESSAGE, T_REQUEST, T_BUTTON, T_SEATED, T_GATE, T_UNLOADED, T_SIT, T_SHUTDOWN = range(64, 73)
"""In: `DOOR`; a message of the loop; verb NUL value; u8 and the same; u8; u8; f64; text; nothing."""
T_FIRST, T_POLL, T_LIMB_LOST, T_REOPENED, T_NOT_REOPENED, T_WAITS = range(73, 79)
"""In: `StatePacking` twice; u8 device and text; u8; u8 and text; u8."""
T_HOLD, T_ASK, T_CLEAR, T_LEAVE, T_FRAME = range(96, 101)
"""Out: u8 device, u8 whether the kernel has it, positions and rates f8; u8, u8; u8; u8; the ring's record."""
NAMES = {
    T_DOOR: "a loop's coming or going",
    T_MESSAGE: "a message of the loop",
    T_REQUEST: "a request",
    T_BUTTON: "a button",
    T_SEATED: "a change of seat",
    T_GATE: "a change of the load gate",
    T_UNLOADED: "how long there was no weight",
    T_SIT: "an answer to sitting down",
    T_SHUTDOWN: "the signal to end",
    T_FIRST: "a first reply of the limb",
    T_POLL: "a reply of the limb",
    T_LIMB_LOST: "the loss of the limb",
    T_REOPENED: "the limb's return",
    T_NOT_REOPENED: "a vain attempt to open the limb",
    T_WAITS: "a frame that waits",
    T_HOLD: "a set-point for the limb",
    T_ASK: "a question to the limb",
    T_CLEAR: "clearing the limb's fault",
    T_LEAVE: "leaving the limb",
    T_FRAME: "a record of what was done",
}
DOOR = struct.Struct("<IB")
ENTRY_BYTES = 5
"""Tag and length before a body."""
STATE = struct.Struct("<BdqBBBBBB")
"""device, t_s, fault, counts of position, current, limiting, touch, force and temperature; then limiting as
bytes, the others but touch as f8, touch as f8."""
SAME_TOUCH = 255


def packed_state(device: int, state: LimbState) -> bytes:
    """Body of `T_FIRST`: all of a state."""
    head, touch = StatePacking(device).parts(state)
    return head[ENTRY_BYTES:] + touch


class StatePacking:
    """Packs the replies of one device, which nearly always have the same shape, as entries `T_POLL`.

    Args:
        device: its number.
    """

    def __init__(self, device: int) -> None:
        self._device = device
        self._shape: tuple[int, ...] = ()
        self._head = self._touch_length = 0
        self._pack = struct.Struct("").pack
        self._pack_touch = struct.Struct("").pack
        self._touch: tuple[float, ...] | None = None
        self._touch_bytes = b""

    def forget(self) -> None:
        """Say all of it with the next reply."""
        self._touch, self._touch_bytes = None, b""

    def parts(self, state: LimbState) -> tuple[bytes, ...]:
        """Pieces of the entry; touch that is as before, to the bit, is left out.

        Raises:
            struct.error, TypeError: something in it is no number.
        """
        position, current, touch = state.position_deg, state.current_a, state.touch
        limiting, force, temperature = state.limiting, state.force_n, state.temperature_c
        shape = (*map(len, (position, current, limiting, touch, force, temperature)),)
        if shape != self._shape:
            self._reshape(shape)
        touched = b""
        same = touch is self._touch
        if not same:
            touched = self._pack_touch(*touch)
            self._touch = touch
            same = touched == self._touch_bytes
            self._touch_bytes = touched
        if same and touch:
            touches, length, touched = SAME_TOUCH, self._head, b""
        else:
            touches, length = shape[3], self._head + self._touch_length
        head = self._pack(
            *(T_POLL, length, self._device, state.t_s, state.fault, *shape[:3], touches, *shape[4:]),
            *(*limiting, *position, *current, *force, *temperature),
        )
        return (head, touched)

    def _reshape(self, shape: tuple[int, ...]) -> None:
        positions, currents, limiting, touches, forces, temperatures = self._shape = shape
        packing = struct.Struct(f"<BIBdqBBBBBB{limiting}?{positions + currents + forces + temperatures}d")
        self._pack, self._head = packing.pack, packing.size - ENTRY_BYTES
        self._pack_touch, self._touch_length = struct.Struct(f"<{touches}d").pack, 8 * touches
        self.forget()


def unpacked_state(body: bytes, touch_before: tuple[float, ...] = ()) -> tuple[int, LimbState]:
    """Inverse of `StatePacking.parts`: device and state.

    Raises:
        struct.error: not such a body.
    """
    device, t_s, fault, positions, currents, limiting, touches, forces, temperatures = STATE.unpack_from(body)
    at = STATE.size + limiting
    lengths = (positions, currents, forces, temperatures)
    numbers = struct.unpack_from(f"<{sum(lengths)}d", body, at)
    ends = list(accumulate(lengths))
    position, current, force, temperature = (
        numbers[end - n : end] for end, n in zip(ends, lengths, strict=True)
    )
    at += 8 * len(numbers)
    touch = touch_before if touches == SAME_TOUCH else struct.unpack_from(f"<{touches}d", body, at)
    limits = tuple(map(bool, body[STATE.size : STATE.size + limiting]))
    return device, LimbState(t_s, position, current, limits, touch, force, temperature, fault)


def packed_asked(asked: Asked) -> bytes:
    """Body of `T_REQUEST`."""
    return asked.verb.encode() + b"\0" + asked.value.encode()


def unpacked_asked(body: bytes) -> Asked:
    """Inverse of `packed_asked`.

    Raises:
        ValueError: not such a body.
    """
    verb, _, value = body.decode().partition("\0")
    return Asked(Verb(verb), value)
