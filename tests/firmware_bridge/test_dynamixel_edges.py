"""Dynamixel packets at their bounds, and the e-Manual's numbers written down a second time."""

from __future__ import annotations

import struct
from itertools import product

import pytest
from fastcrc import crc16 as others
from innervate.firmware_bridge.dynamixel.codec import (
    ALERT,
    BROADCAST,
    HEADER,
    MAX_ID,
    MAX_LENGTH,
    Error,
    Instruction,
    Packet,
    Packets,
    SyncWriteLong,
    encode,
    ping,
    sync_read,
    sync_write,
    unstuff,
)
from innervate.firmware_bridge.dynamixel.table import (
    CURRENT_BASED_POSITION,
    FACTORY_DELAY_S,
    FAMILY,
    MODELS,
    MOST_TICKS,
    NOWHERE,
    PROFILE_DEG_S,
    TICKS,
    TIME_BASED_PROFILE,
    TRIPPED,
    WATCHDOG_STEP_S,
    Address,
    Model,
    Present,
    Setup,
    Whole,
)


def wire(servo: int, length: int, body: bytes) -> bytes:
    """A packet with a right CRC, whatever else is wrong with it."""
    whole = HEADER + struct.pack("<BH", servo, length) + body
    return whole + struct.pack("<H", others.umts(whole))


def test_the_numbers_of_the_protocol() -> None:
    assert {one.name: int(one) for one in Instruction} == {
        "PING": 0x01, "READ": 0x02, "WRITE": 0x03, "REBOOT": 0x08, "CLEAR": 0x10,
        "STATUS": 0x55, "SYNC_READ": 0x82, "SYNC_WRITE": 0x83,
    }  # fmt: skip
    assert [int(error) for error in Error] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert (BROADCAST, MAX_ID, MAX_LENGTH, ALERT) == (254, 252, 1024, 0x80)


def test_the_numbers_of_the_control_table() -> None:
    assert {one.name: int(one) for one in Address} == {
        "MODEL": 0, "RETURN_DELAY": 9, "DRIVE_MODE": 10, "OPERATING_MODE": 11, "CURRENT_LIMIT": 38,
        "VELOCITY_LIMIT": 44, "TORQUE_ENABLE": 64, "HARDWARE_ERROR": 70, "WATCHDOG": 98, "GOAL_CURRENT": 102,
        "PROFILE": 108, "PROFILE_VELOCITY": 112, "GOAL_POSITION": 116, "PRESENT": 126, "TEMPERATURE": 146,
    }  # fmt: skip
    assert (TICKS, MOST_TICKS, TRIPPED) == (4096, 1_048_575, 255)
    assert (CURRENT_BASED_POSITION, TIME_BASED_PROFILE) == (5, 4)
    assert (WATCHDOG_STEP_S, FACTORY_DELAY_S) == (0.020, 0.0005)
    assert pytest.approx(1.374) == PROFILE_DEG_S
    assert {
        1190: Model(0.001, 0.215 / 1.47, 1.47),
        1200: Model(0.001, 0.52 / 1.47, 1.47),
        1020: Model(0.00269, 4.1 / 2.3, 2.3),
        1030: Model(0.00269, 3.0 / 2.3, 2.3),
    } == MODELS
    assert {"xl330": MODELS[1200], "xm430": MODELS[1020]} == FAMILY
    assert (NOWHERE.current, NOWHERE.velocity, NOWHERE.position) == (0, 0, 0)


# -- ids and lengths -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("servo", [0, 1, 252, 254])
def test_ids_that_are(servo: int) -> None:
    assert Packets().push(ping(servo)) == [Packet(servo, Instruction.PING)]


@pytest.mark.parametrize("servo", [-1, 253, 255, 256])
def test_ids_that_are_none(servo: int) -> None:
    with pytest.raises(ValueError, match="allowed 0 to 252, or 254 for all"):
        ping(servo)
    if 0 <= servo <= 255:
        packets = Packets()
        assert packets.push(wire(servo, 3, b"\x01")) == []
        assert packets.bad == 1


def test_the_longest_packet_and_one_byte_more() -> None:
    """The length counts instruction, parameters and CRC."""
    longest = Packet(1, Instruction.WRITE, b"x" * 1021)
    assert Packets().push(encode(longest)) == [longest]
    with pytest.raises(ValueError, match="packet of length 1025: at most 1024"):
        encode(Packet(1, Instruction.WRITE, b"x" * 1022))
    packets = Packets()
    assert packets.push(wire(1, 1025, b"\x03" + b"x" * 1022)) == []
    assert packets.bad == 1


@pytest.mark.parametrize("length", [0, 1, 2])
def test_a_packet_without_an_instruction_is_none(length: int) -> None:
    packets = Packets()
    assert packets.push(wire(1, length, b"")) == []
    assert packets.bad == 1
    assert packets._rest == b""


def test_a_head_is_awaited_to_its_last_byte() -> None:
    whole = encode(Packet(1, Instruction.STATUS, b"ab", 3))
    for cut in range(1, len(whole)):
        packets = Packets()
        assert packets.push(whole[:cut]) == []
        assert packets.bad == 0
        assert packets.push(whole[cut:]) == [Packet(1, Instruction.STATUS, b"ab", 3)]


def test_a_status_has_an_error_and_others_have_none() -> None:
    assert encode(Packet(1, Instruction.WRITE, b"\x07", 9)) == encode(Packet(1, Instruction.WRITE, b"\x07"))
    (found,) = Packets().push(encode(Packet(1, Instruction.STATUS, b"\x07", 0x82)))
    assert (found.error, found.params, found.alert, found.is_status) == (0x82, b"\x07", True, True)
    (found,) = Packets().push(encode(Packet(1, Instruction.STATUS, b"", 0x7F)))
    assert (found.error, found.alert) == (0x7F, False)
    (found,) = Packets().push(encode(Packet(1, Instruction.WRITE, b"\x82\x83")))
    assert (found.error, found.params, found.is_status) == (0, b"\x82\x83", False)
    assert Packet(1, Instruction.PING) == Packet(1, Instruction.PING, b"", 0)


def test_a_status_without_its_error_is_damage() -> None:
    packets = Packets()
    assert packets.push(wire(1, 3, b"\x55")) == []
    assert packets.bad == 1
    assert packets.push(wire(1, 4, b"\x55\x05")) == [Packet(1, Instruction.STATUS, b"", 5)]


@pytest.mark.parametrize("at", range(7, 12))
def test_each_byte_is_under_the_crc(at: int) -> None:
    damaged = bytearray(encode(Packet(1, Instruction.WRITE, b"abc")))
    damaged[at] ^= 1
    packets = Packets()
    assert packets.push(bytes(damaged)) == []
    assert packets.bad == 1


# -- stuffing ------------------------------------------------------------------------------------------------


def test_a_header_inside_ends_what_was_before_it() -> None:
    """The FD is missing: known as soon as another byte is there, long before the promised end."""
    packets = Packets()
    begun = HEADER + struct.pack("<BH", 1, 200) + b"\x03\x01\x02\xff\xff\xfd"
    assert packets.push(begun) == []
    assert packets.bad == 0
    assert packets.push(b"\x00\x05\x03\x00") == []
    assert packets.bad == 1
    assert packets.push(b"\x01" + struct.pack("<H", others.umts(HEADER + b"\x05\x03\x00\x01"))) == [
        Packet(5, Instruction.PING)
    ]


def test_a_second_wrong_place_is_found_behind_a_right_one() -> None:
    packets = Packets()
    body = b"\x03\xff\xff\xfd\xfd\x01\xff\xff\xfd\x07"
    assert packets.push(wire(1, len(body) + 2, body)) == []
    assert packets.bad == 1
    assert unstuff(body) is None


def test_a_wrong_place_at_the_very_beginning_and_right_behind_another_is_found() -> None:
    """The instruction itself may be the first FF; and two plain headers may touch."""
    for body in (b"\xff\xff\xfd\x01\x02", b"\x03\xff\xff\xfd\xfd\xff\xff\xfd\x07"):
        packets = Packets()
        assert packets.push(HEADER + struct.pack("<BH", 1, 200) + body) == []
        assert packets.bad == 1


def test_the_crc_may_look_like_a_header() -> None:
    """What follows the parameters is no part of the stuffed body."""
    packet = next(
        found
        for found in (
            Packet(1, Instruction.WRITE, struct.pack("<I", k) + b"\xff\xff") for k in range(400_000)
        )
        if encode(found)[-2:-1] == b"\xfd"
    )
    assert Packets().push(encode(packet)) == [packet]


@pytest.mark.parametrize("begun", [b"\xff", b"\xff\xff", b"\xff\xff\xfd"])
def test_garbage_that_ends_like_a_header_is_kept_to_its_end(begun: bytes) -> None:
    packets = Packets()
    assert packets.push(b"abc" + begun) == []
    assert packets._rest == begun
    assert packets.push(ping(1)[len(begun) :]) == [Packet(1, Instruction.PING)]
    assert packets.bad == 0


# -- many at once --------------------------------------------------------------------------------------------


def test_a_sync_write_wants_one_length() -> None:
    for values in ({}, {1: b"ab", 2: b"abc"}):
        with pytest.raises(ValueError, match="wants data of one length"):
            sync_write(values, 116)
    assert Packets().push(sync_write({1: b"ab"}, 116)) == [
        Packet(254, Instruction.SYNC_WRITE, b"\x74\x00\x02\x00\x01ab")
    ]
    assert Packets().push(sync_read((3, 2), 126, 10)) == [
        Packet(254, Instruction.SYNC_READ, b"\x7e\x00\x0a\x00\x03\x02")
    ]


def test_goals_need_32_bits_each() -> None:
    goals = SyncWriteLong((1, 2), 116)
    assert goals.encode([2**31 - 1, -(2**31)]) == sync_write({1: b"\xff\xff\xff\x7f", 2: b"\0\0\0\x80"}, 116)
    for wrong in ([2**31, 0], [0, -(2**31) - 1]):
        with pytest.raises(struct.error):
            goals.encode(wrong)
    for count in ([1], [1, 2, 3]):
        with pytest.raises(ValueError, match="argument 2"):
            goals.encode(count)


# -- what a servo says of itself -----------------------------------------------------------------------------


def test_setup_by_hand() -> None:
    data = bytearray(64)
    data[0:2] = struct.pack("<H", 1020)
    data[9], data[10], data[11] = 250, 0x01, 5
    data[38:40] = struct.pack("<H", 1193)
    data[44:48] = struct.pack("<I", 330)
    setup = Setup.read(bytes(data))
    assert setup == Setup(1020, 500e-6, 1, 5, 1193, 330)
    assert setup.fits


def test_only_current_based_position_without_times_fits() -> None:
    for mode, drive in product(range(17), (0x00, 0x01, 0x04, 0x05, 0x08)):
        assert Setup(1020, 0.0, drive, mode, 1, 1).fits is (mode == 5 and drive in (0x00, 0x01, 0x08))


def test_the_whole_by_hand() -> None:
    data = bytearray(range(83))
    data[0] = 1
    data[102 - 64 : 104 - 64] = struct.pack("<h", -5)
    data[112 - 64 : 116 - 64] = struct.pack("<I", 77)
    data[126 - 64 : 136 - 64] = struct.pack("<hii", -3, -40, 2**20)
    assert Whole.read(bytes(data)) == Whole(True, 6, 34, -5, 77, 82, Present(-3, -40, 2**20))
    assert Present.read(struct.pack("<hii", 1, 2, 3)) == Present(1, 2, 3)
    data[0] = 0
    assert not Whole.read(bytes(data)).torque
