from __future__ import annotations

import contextlib
import math
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.core.command import Command, LimbState
from innervate.core.state import Reason, State
from innervate.firmware_bridge.messages import (
    GuardReport,
    MalformedMessage,
    pack_command,
    pack_report,
    unpack_command,
    unpack_report,
)
from innervate.firmware_bridge.port import CommandPort

NUMBER = st.floats(allow_nan=False)
SINGLE = st.floats(width=32, allow_nan=False)


@st.composite
def commands(draw: st.DrawFn) -> Command:
    n = draw(st.integers(0, 16))
    joints = st.tuples(*[NUMBER] * n)
    return Command(
        seq=draw(st.integers(0, 2**64 - 1)),
        t_made_s=draw(NUMBER),
        expires_s=draw(NUMBER),
        sample_index=draw(st.integers(-1, 2**63 - 1)),
        t_sample_s=draw(NUMBER),
        target_deg=draw(joints),
        rate_deg_s=draw(joints),
        reason=draw(st.sampled_from(Reason)),
    )


@st.composite
def reports(draw: st.DrawFn) -> GuardReport:
    n = draw(st.integers(1, 16))

    def some(count: int) -> tuple[float, ...]:
        return draw(st.tuples(*[SINGLE] * count))

    limb = LimbState(
        t_s=draw(NUMBER),
        position_deg=some(n),
        current_a=some(draw(st.sampled_from([0, n]))),
        limiting=draw(st.tuples(*[st.booleans()] * draw(st.sampled_from([0, n])))),
        touch=some(draw(st.sampled_from([0, 30]))),
        fault=draw(st.integers(0, 255)),
    )
    return GuardReport(
        t_s=draw(NUMBER),
        state=draw(st.sampled_from(State)),
        reason=draw(st.sampled_from(Reason)),
        last_seq=draw(st.integers(-1, 2**63 - 1)),
        refused=draw(st.integers(0, 2**32 - 1)),
        setpoint_deg=some(n),
        limb=limb,
        t_written_s=draw(NUMBER),
    )


@given(commands())
def test_commands_come_back(command: Command) -> None:
    assert unpack_command(pack_command(command)) == command


@given(reports())
def test_reports_come_back(report: GuardReport) -> None:
    assert unpack_report(pack_report(report)) == report


@given(st.binary(max_size=300))
def test_noise_is_malformed_or_a_message(noise: bytes) -> None:
    for unpack in (unpack_command, unpack_report):
        with contextlib.suppress(MalformedMessage):
            unpack(noise)


@given(commands(), st.data())
def test_a_cut_or_foreign_message_is_malformed(command: Command, data: st.DataObject) -> None:
    whole = pack_command(command)
    with pytest.raises(MalformedMessage):
        unpack_command(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(MalformedMessage):
        unpack_command(whole + b"x")
    with pytest.raises(MalformedMessage, match="version"):
        unpack_command(b"\x07" + whole[1:])


def test_nan_travels_and_is_judged_by_the_guard() -> None:
    command = Command(1, 0.0, 1.0, 1, 0.0, (math.nan,), (1.0,), Reason.NONE)
    assert math.isnan(unpack_command(pack_command(command)).target_deg[0])


def test_a_command_that_does_not_fit_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="2 targets, 1 rates"):
        pack_command(Command(1, 0.0, 1.0, 1, 0.0, (1.0, 2.0), (1.0,), Reason.NONE))


REPORT = GuardReport(1.0, State.ARMED, Reason.NONE, 1, 0, (1.0,), LimbState(1.0, (1.0,)), 1.0)


def test_a_full_socket_drops_and_counts_and_never_blocks() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    port = CommandPort(ours, REPORT)
    command = Command(1, 0.0, 1.0, 1, 0.0, (1.0,) * 6, (1.0,) * 6, Reason.NONE)
    for _ in range(100_000):
        port.send(command)
        if port.dropped:
            break
    assert port.dropped == 1
    assert port.alive
    theirs.close()
    port.send(command)
    assert not port.alive
    port.close()


def test_report_is_the_newest_and_then_none() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    port = CommandPort(ours, REPORT)
    assert port.report() is REPORT
    assert port.report() is None
    for k in range(3):
        theirs.send(pack_report(GuardReport(k, State.ACTIVE, Reason.NONE, k, 0, (1.0,), REPORT.limb, 0.0)))
    newest = port.report()
    assert newest is not None
    assert newest.last_seq == 2
    assert port.report() is None
    theirs.close()
    assert port.report() is None
    assert not port.alive
    port.close()
