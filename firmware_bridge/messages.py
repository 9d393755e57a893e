"""`Command` and `GuardReport` as bytes: fixed little-endian structs with a version byte. Pure, no socket."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

from ..core.command import Ask, Command, LimbState
from ..core.state import Reason, State

VERSION = 2
MAX_JOINTS = 16
MAX_MESSAGE = 2048
NEXT_GRIP = -1
_MOST_FAULT = 2**31 - 1
"""A device's number may be longer; that it is not 0 is what counts."""

# version, joints, reason, ask, seq, t_made_s, expires_s, sample_index, t_sample_s; then targets, then rates
_COMMAND = "<BBBBQddqd"
# version, joints, state, reason, currents, limiting, touch, forces, temperatures, zero, grip, grips asked,
# fault, refused, last_seq; then t_s, t_written_s, limb.t_s; then limiting as bytes, and set-point, position,
# current, touch, force and temperature as floats
_REPORT = struct.Struct("<BBBBBBBBBxhHiIqddd")

_STATES = {int(state): state for state in State}
_REASONS = {int(reason): reason for reason in Reason}
_ASKS = {int(ask): ask for ask in Ask}
"""Number -> member; asking the enum itself costs two calls more, in every turn of loop and guard."""


@cache
def _command_layout(joints: int) -> struct.Struct:
    return struct.Struct(f"{_COMMAND}{2 * joints}d")


class MalformedMessage(ValueError):  # noqa: N818 - says what it is
    """Not a message of this version."""


@dataclass(frozen=True, slots=True)
class GuardReport:
    """What the guard tells the loop after each frame to the limb.

    Attributes:
        t_s: monotonic seconds of the guard's turn.
        state: what the limb may do now; the guard owns it.
        reason: why it does not do more.
        last_seq: sequence of the last command that was admitted; -1 before the first of this connection.
        refused: how many commands were refused since the guard started.
        setpoint_deg: where the limb is asked to be, in joint order.
        limb: what the limb last said of itself.
        t_written_s: when the write that carried `last_seq` (or the heartbeat since) had returned.
        grip: number of the grip that was asked for last, in the profile's order; or `NEXT_GRIP`.
        grips_asked: how often a grip was asked for; the loop acts when it changes.
    """

    t_s: float
    state: State
    reason: Reason
    last_seq: int
    refused: int
    setpoint_deg: tuple[float, ...]
    limb: LimbState
    t_written_s: float
    grip: int = NEXT_GRIP
    grips_asked: int = 0


def pack_command(command: Command) -> bytes:
    """Bytes of one command.

    Raises:
        ValueError: target and rate differ in length, or a number does not fit.
    """
    joints = len(command.target_deg)
    if len(command.rate_deg_s) != joints or joints > MAX_JOINTS:
        raise ValueError(f"{joints} targets, {len(command.rate_deg_s)} rates")
    try:
        return _command_layout(joints).pack(
            VERSION,
            joints,
            command.reason,
            command.ask,
            command.seq,
            command.t_made_s,
            command.expires_s,
            command.sample_index,
            command.t_sample_s,
            *command.target_deg,
            *command.rate_deg_s,
        )
    except struct.error as error:
        raise ValueError(f"command does not fit its message: {error}") from error


def unpack_command(message: bytes) -> Command:
    """Inverse of `pack_command`. Numbers may still be non-finite: the governor judges them.

    Raises:
        MalformedMessage: not a command of this version.
    """
    try:
        version, joints = message[:2]
        if version != VERSION:
            raise MalformedMessage(f"message version {version}, this guard speaks {VERSION}")
        fields = _command_layout(joints).unpack(message)
        _, _, reason, ask, seq, t_made_s, expires_s, sample_index, t_sample_s = fields[:9]
        values = fields[9:]
        reason, ask = _REASONS[reason], _ASKS[ask]
    except (struct.error, LookupError, ValueError) as error:
        raise MalformedMessage(f"not a command: {error}") from error
    return Command(
        seq, t_made_s, expires_s, sample_index, t_sample_s, values[:joints], values[joints:], reason, ask
    )


def pack_report(report: GuardReport) -> bytes:
    """Bytes of one report."""
    limb = report.limb
    parts = (
        *(report.setpoint_deg, limb.position_deg, limb.current_a),
        *(limb.touch, limb.force_n, limb.temperature_c),
    )
    head = _REPORT.pack(
        VERSION,
        len(report.setpoint_deg),
        report.state,
        report.reason,
        len(limb.current_a),
        len(limb.limiting),
        len(limb.touch),
        len(limb.force_n),
        len(limb.temperature_c),
        report.grip,
        report.grips_asked & 0xFFFF,
        min(max(limb.fault, -_MOST_FAULT), _MOST_FAULT),
        report.refused,
        report.last_seq,
        report.t_s,
        report.t_written_s,
        limb.t_s,
    )
    floats = [value for part in parts for value in part]
    return head + bytes(limb.limiting) + struct.pack(f"<{len(floats)}f", *floats)


def unpack_report(message: bytes) -> GuardReport:
    """Inverse of `pack_report`; angles come back in single precision.

    Raises:
        MalformedMessage: not a report of this version.
    """
    try:
        fields = _REPORT.unpack_from(message)
        version, joints, state, reason, currents, limiting, touch, forces, temperatures = fields[:9]
        grip, grips_asked, fault, refused, last_seq, t_s, t_written_s, t_limb_s = fields[9:]
        if version != VERSION:
            raise MalformedMessage(f"message version {version}, this loop speaks {VERSION}")
        at = _REPORT.size + limiting
        lengths = (joints, joints, currents, touch, forces, temperatures)
        floats = struct.unpack(f"<{sum(lengths)}f", message[at:])
        state, reason = _STATES[state], _REASONS[reason]
    except (struct.error, LookupError, ValueError) as error:
        raise MalformedMessage(f"not a report: {error}") from error
    ends = tuple(accumulate(lengths))
    setpoint, *said = (floats[end - n : end] for end, n in zip(ends, lengths, strict=True))
    limb = LimbState(
        t_s=t_limb_s,
        position_deg=said[0],
        current_a=said[1],
        limiting=tuple(map(bool, message[_REPORT.size : at])),
        touch=said[2],
        force_n=said[3],
        temperature_c=said[4],
        fault=fault,
    )
    return GuardReport(t_s, state, reason, last_seq, refused, setpoint, limb, t_written_s, grip, grips_asked)
