"""Loop and guard byte by byte: versions, counts, numbers at their bounds. Round trips: test_messages.py."""

from __future__ import annotations

import struct
from dataclasses import FrozenInstanceError, replace

import pytest
from innervate.core.command import Ask, Command, LimbState
from innervate.core.state import Reason, State
from innervate.firmware_bridge.messages import (
    MAX_JOINTS,
    MAX_MESSAGE,
    NEXT_GRIP,
    VERSION,
    GuardReport,
    MalformedMessage,
    pack_command,
    pack_report,
    unpack_command,
    unpack_report,
)

COMMAND = Command(7, 1.0, 1.5, 90, 0.75, (10.0, 20.0), (1.0, 2.0), Reason.CONTACT, Ask.STOP)
LIMB = LimbState(2.0, (10.0,), (0.5,), (True,), (1.0, 2.0, 3.0), (4.0,), (40.0, 41.0), 9)
REPORT = GuardReport(3.0, State.HOLDING, Reason.LOADED, 7, 5, (11.0,), LIMB, 2.5, 4, 6)


def test_the_format_has_not_changed_without_its_version() -> None:
    """Loop and guard of one installation are one version; a log is read by later ones."""
    assert (VERSION, MAX_JOINTS, MAX_MESSAGE, NEXT_GRIP) == (2, 16, 2048, -1)
    assert pack_command(COMMAND) == struct.pack(
        "<BBBBQddqd4d", 2, 2, int(Reason.CONTACT), int(Ask.STOP), 7, 1.0, 1.5, 90, 0.75,
        10.0, 20.0, 1.0, 2.0,
    )  # fmt: skip
    assert pack_report(REPORT) == struct.pack(
        "<9BxhHiIqddd?9f", 2, 1, int(State.HOLDING), int(Reason.LOADED), 1, 1, 3, 1, 2, 4, 6, 9, 5, 7,
        3.0, 2.5, 2.0, True, 11.0, 10.0, 0.5, 1.0, 2.0, 3.0, 4.0, 40.0, 41.0,
    )  # fmt: skip
    assert unpack_command(pack_command(COMMAND)) == COMMAND
    assert unpack_report(pack_report(REPORT)) == REPORT


@pytest.mark.parametrize("version", [0, VERSION - 1, VERSION + 1, 255])
def test_any_other_version_is_refused_both_ways(version: int) -> None:
    with pytest.raises(MalformedMessage, match=f"message version {version}, this guard speaks 2"):
        unpack_command(bytes((version,)) + pack_command(COMMAND)[1:])
    with pytest.raises(MalformedMessage, match=f"message version {version}, this loop speaks 2"):
        unpack_report(bytes((version,)) + pack_report(REPORT)[1:])


def test_sixteen_joints_and_no_more_as_many_rates_as_targets() -> None:
    full = replace(COMMAND, target_deg=(1.0,) * 16, rate_deg_s=(2.0,) * 16)
    assert unpack_command(pack_command(full)) == full
    assert len(pack_command(full)) <= MAX_MESSAGE
    for targets, rates in ((17, 17), (18, 18), (2, 1), (2, 3), (0, 1), (16, 15), (16, 17)):
        with pytest.raises(ValueError, match=f"^{targets} targets, {rates} rates$"):
            pack_command(replace(COMMAND, target_deg=(1.0,) * targets, rate_deg_s=(2.0,) * rates))


@pytest.mark.parametrize("changes", [{"seq": -1}, {"seq": 2**64}, {"sample_index": 2**63}, {"reason": 256}])
def test_a_number_that_does_not_fit_is_said(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="command does not fit its message"):
        pack_command(replace(COMMAND, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("at", "number"), [(2, 255), (3, 255), (2, max(Reason) + 1)])
def test_a_reason_or_wish_that_is_none_is_no_command(at: int, number: int) -> None:
    message = bytearray(pack_command(COMMAND))
    message[at] = number
    with pytest.raises(MalformedMessage, match="not a command"):
        unpack_command(bytes(message))


@pytest.mark.parametrize(("at", "number"), [(2, 6), (3, 255), (1, 2), (4, 0), (5, 0), (6, 4), (7, 9), (8, 1)])
def test_a_report_whose_counts_or_names_do_not_fit_is_none(at: int, number: int) -> None:
    message = bytearray(pack_report(REPORT))
    message[at] = number
    with pytest.raises(MalformedMessage, match="not a report"):
        unpack_report(bytes(message))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (0, 0),
        (-1, -1),
        (2**31 - 1, 2**31 - 1),
        (2**31, 2**31 - 1),
        (2**40, 2**31 - 1),
        (-(2**31), -(2**31 - 1)),
        (-(2**40), -(2**31 - 1)),
    ],
)
def test_a_devices_fault_is_never_lost_however_long_its_number(fault: int, told: int) -> None:
    report = replace(REPORT, limb=replace(LIMB, fault=fault))
    assert unpack_report(pack_report(report)).limb.fault == told


@pytest.mark.parametrize(("asked", "told"), [(0, 0), (1, 1), (65535, 65535), (65536, 0), (65537, 1)])
def test_grips_are_counted_in_16_bits(asked: int, told: int) -> None:
    assert unpack_report(pack_report(replace(REPORT, grips_asked=asked))).grips_asked == told


def test_no_grip_was_asked_for_at_first() -> None:
    first = GuardReport(1.0, State.ARMED, Reason.NONE, 1, 0, (1.0,), LimbState(1.0, (1.0,)), 1.0)
    assert (first.grip, first.grips_asked) == (-1, 0)
    assert unpack_report(pack_report(first)) == first


def test_nobody_rewrites_a_report() -> None:
    with pytest.raises(FrozenInstanceError):
        REPORT.state = State.ACTIVE  # type: ignore[misc]
