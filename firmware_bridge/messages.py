"""`Command` and `GuardReport` as bytes: fixed little-endian structs with a version byte. Pure, no socket."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache

from ..core.command import Command, LimbState
from ..core.state import Reason, State

VERSION = 1
MAX_JOINTS = 16
MAX_MESSAGE = 2048

# version, joints, reason, zero, seq, t_made_s, expires_s, sample_index, t_sample_s; then targets, then rates
_COMMAND = "<BBBxQddqd"
# version, joints, state, reason, currents, limiting, touch, zero, fault, refused, last_seq; then t_s,
# t_written_s, limb.t_s; then limiting as bytes, and set-point, position, current and touch as floats
_REPORT = struct.Struct("<BBBBBBBxiIqddd")

_STATES = {int(state): state for state in State}
_REASONS = {int(reason): reason for reason in Reason}
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
    """

    t_s: float
    state: State
    reason: Reason
    last_seq: int
    refused: int
    setpoint_deg: tuple[float, ...]
    limb: LimbState
    t_written_s: float


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
        _, _, reason, seq, t_made_s, expires_s, sample_index, t_sample_s = fields[:8]
        values = fields[8:]
        reason = _REASONS[reason]
    except (struct.error, LookupError, ValueError) as error:
        raise MalformedMessage(f"not a command: {error}") from error
    return Command(
        seq, t_made_s, expires_s, sample_index, t_sample_s, values[:joints], values[joints:], reason
    )


def pack_report(report: GuardReport) -> bytes:
    """Bytes of one report."""
    limb = report.limb
    parts = (report.setpoint_deg, limb.position_deg, limb.current_a, limb.touch)
    head = _REPORT.pack(
        VERSION,
        len(report.setpoint_deg),
        report.state,
        report.reason,
        len(limb.current_a),
        len(limb.limiting),
        len(limb.touch),
        limb.fault,
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
        version, joints, state, reason, currents, limiting, touch, fault, refused, last_seq = fields[:10]
        t_s, t_written_s, t_limb_s = fields[10:]
        if version != VERSION:
            raise MalformedMessage(f"message version {version}, this loop speaks {VERSION}")
        at = _REPORT.size + limiting
        floats = struct.unpack(f"<{2 * joints + currents + touch}f", message[at:])
        state, reason = _STATES[state], _REASONS[reason]
    except (struct.error, LookupError, ValueError) as error:
        raise MalformedMessage(f"not a report: {error}") from error
    limb = LimbState(
        t_s=t_limb_s,
        position_deg=floats[joints : 2 * joints],
        current_a=floats[2 * joints : 2 * joints + currents],
        limiting=tuple(map(bool, message[_REPORT.size : at])),
        touch=floats[2 * joints + currents :],
        fault=fault,
    )
    return GuardReport(t_s, state, reason, last_seq, refused, floats[:joints], limb, t_written_s)
