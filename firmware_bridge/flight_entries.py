"""The entries of a guard's flight log: their numbers, names and bodies."""

from __future__ import annotations

import struct
from itertools import accumulate

from ..core.command import LimbState
from .requests import Asked, Verb

T_DOOR, T_MESSAGE, T_REQUEST, T_BUTTON, T_SEATED, T_GATE, T_UNLOADED, T_SIT, T_SHUTDOWN = range(64, 73)
"""In: `DOOR`; a message of the loop; verb NUL value; u8 and the same; u8; u8; f64; text; nothing."""
T_FIRST, T_POLL, T_LIMB_LOST, T_REOPENED, T_NOT_REOPENED, T_WAITS = range(73, 79)
"""In: `packed_state` twice; u8 device and text; u8; u8 and text; u8."""
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
STATE = struct.Struct("<BdqBBBBBB")
"""device, t_s, fault, counts of position, current, limiting, touch, force and temperature; then limiting as
bytes, the others but touch as f8, touch as f8."""
SAME_TOUCH = 255


def packed_state(device: int, state: LimbState, touch_before: bytes | None = None) -> tuple[bytes, bytes]:
    """(body of `T_POLL`, its touch part); touch that is as before is left out."""
    numbers = (*state.position_deg, *state.current_a, *state.force_n, *state.temperature_c)
    touch = struct.pack(f"<{len(state.touch)}d", *state.touch)
    same = touch == touch_before and bool(touch)
    head = STATE.pack(
        device,
        state.t_s,
        state.fault,
        len(state.position_deg),
        len(state.current_a),
        len(state.limiting),
        SAME_TOUCH if same else len(state.touch),
        len(state.force_n),
        len(state.temperature_c),
    )
    rest = struct.pack(f"<{len(numbers)}d", *numbers)
    return b"".join((head, bytes(state.limiting), rest, b"" if same else touch)), touch


def unpacked_state(body: bytes, touch_before: tuple[float, ...] = ()) -> tuple[int, LimbState]:
    """Inverse of `packed_state`: device and state.

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
