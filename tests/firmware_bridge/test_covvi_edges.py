"""COVVI messages at their bounds, and the vendor's numbers written down a second time."""

from __future__ import annotations

import pytest
from innervate.firmware_bridge.covvi.codec import (
    CLOSED_RAW,
    CURRENT_A,
    DIGITS,
    HEADER,
    LEAST_SPEED,
    MOST_DATA,
    MOST_SPEED,
    OPEN_RAW,
    START,
    TCP_PORT,
    Device,
    DeviceInfo,
    DigitBit,
    Direct,
    Grip,
    Id,
    Kind,
    Message,
    Messages,
    RealTime,
    answer_length,
    current_grip,
    device_info,
    digit_move,
    direct_control,
    electrode_value,
    encode,
    raw_position,
    real_time,
)


def test_the_vendors_numbers() -> None:
    assert (DIGITS, TCP_PORT, START, HEADER, MOST_DATA) == (6, 4267, 0x56, 6, 8)
    assert (OPEN_RAW, CLOSED_RAW, LEAST_SPEED, MOST_SPEED, CURRENT_A) == (40, 200, 15, 100, 0.016)
    assert [int(one) for one in Device] == [0, 1]
    assert {one.name: int(one) for one in Kind} == {
        "RESPONSE": 0, "REQUEST": 1, "COMMAND": 2, "BULK": 4, "BULK_REQUEST": 5, "REAL_TIME": 8,
    }  # fmt: skip
    assert {one.name: int(one) for one in Id} == {
        "HELLO": 0x020, "REAL_TIME_CONFIG": 0x100, "REAL_TIME_CONFIG_2": 0x101, "DIGIT_STATUS": 0x110,
        "ALL_STATUS": 0x11F, "DIGIT_POSITION": 0x120, "ALL_POSITIONS": 0x12F, "CURRENT_GRIP": 0x130,
        "ELECTRODE_A": 0x140, "ELECTRODE_B": 0x141, "DIRECT_CONTROL": 0x150, "DIGIT_MOVE": 0x160,
        "ALL_CURRENTS": 0x18F, "ENVIRONMENT": 0x710, "HAND_POWER": 0xF00, "DEVICE_INFO": 0xF10,
    }  # fmt: skip
    assert {one.name: int(one) for one in DigitBit} == {
        "FAULT": 128, "GRIPPING": 64, "AT_OPEN": 32, "AT_POSITION": 16, "TOUCH": 8, "STALL": 4, "STOPPED": 2,
        "ACTIVE": 1,
    }  # fmt: skip
    assert {one.name: int(one) for one in RealTime} == {
        "DIGIT_STATUS": 1, "DIGIT_POSITION": 2, "CURRENT_GRIP": 4, "ELECTRODE": 8, "INPUT": 16,
        "MOTOR_CURRENT": 32, "TOUCH": 64, "DIGIT_ERROR": 128, "ENVIRONMENT": 256, "ORIENTATION": 512,
        "MOTOR_LIMITS": 1024,
    }  # fmt: skip
    assert [int(one) for one in Direct] == [0, 1, 2]
    assert [int(one) for one in Grip] == list(range(1, 15))


def test_every_answer_has_its_length() -> None:
    lengths = {number: answer_length(number) for number in range(0x1000) if answer_length(number)}
    assert lengths == {
        **{0x110 + digit: 1 for digit in range(6)},
        **{0x120 + digit: 1 for digit in range(6)},
        0x11F: 6, 0x12F: 6, 0x130: 2, 0x140: 2, 0x141: 2, 0x18F: 5, 0x710: 4, 0xF10: 6,
    }  # fmt: skip


# -- the header ----------------------------------------------------------------------------------------------


def test_every_field_at_its_greatest() -> None:
    message = Message(15, Kind.REAL_TIME, 0x3FFFF, b"12345678")
    wire = bytes.fromhex("56 0f 23 ff ff 08") + b"12345678"
    assert encode(message) == wire
    assert Messages().push(wire) == [message]
    assert Messages().push(encode(Message(0, Kind.RESPONSE, 0))) == [Message(0, Kind.RESPONSE, 0, b"")]


@pytest.mark.parametrize(
    "wrong",
    [
        Message(-1, Kind.COMMAND, 1),
        Message(16, Kind.COMMAND, 1),
        Message(0, Kind.COMMAND, -1),
        Message(0, Kind.COMMAND, 0x40000),
        Message(0, Kind.COMMAND, 1, bytes(9)),
    ],
)
def test_what_its_field_does_not_hold_is_refused(wrong: Message) -> None:
    with pytest.raises(ValueError, match="not on this wire"):
        encode(wrong)


@pytest.mark.parametrize(
    "header",
    ["55 00 00 00 20 00", "57 00 00 00 20 00", "56 10 00 00 20 00", "56 00 00 00 20 09", "56 00 00 00 20 10"]
    + [f"56 00 {kind << 2:02x} 00 20 00" for kind in (3, 6, 7, 9, 15, 16, 32, 48)],
)
def test_what_is_no_header_is_skipped_and_counted_once(header: str) -> None:
    parser = Messages()
    good = Message(1, Kind.RESPONSE, 0x12F, b"abcdef")
    assert parser.push(bytes.fromhex(header) + encode(good)) == [good]
    assert parser.bad == 1
    assert parser.push(encode(good)) == [good]
    assert parser.push(b"\x00") == []
    assert parser.bad == 2


def test_two_damaged_runs_are_two() -> None:
    parser = Messages()
    good = encode(Message(1, Kind.RESPONSE, 0x12F, b"abcdef"))
    parser.push(b"\x01\x02" + good + b"\x01\x02\x03" + good)
    assert parser.bad == 2


def test_a_message_is_awaited_to_its_last_byte() -> None:
    good = Message(1, Kind.RESPONSE, 0x12F, b"abcdef")
    wire = encode(good)
    for cut in range(1, len(wire)):
        parser = Messages()
        assert parser.push(wire[:cut]) == []
        assert parser._rest == wire[:cut]
        assert parser.push(wire[cut:] + wire) == [good, good]
        assert parser.bad == 0
        assert parser._rest == b""


# -- what moves ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "taken",
    [(0, 0, 0, 0, 0), (5, 255, 15, 100, 100), (3, 40, 100, 1, 99), (1, 1, 16, 0, 0), (2, 254, 99, 99, 1)],
)
def test_a_digits_move_at_its_bounds(taken: tuple[int, int, int, int, int]) -> None:
    digit, *values = taken
    assert digit_move(*taken) == Message(1, Kind.COMMAND, 0x160 + digit, bytes(values))


@pytest.mark.parametrize(
    "wrong",
    [
        (-1, 40, 50, 50, 50), (6, 40, 50, 50, 50), (0, -1, 50, 50, 50), (0, 256, 50, 50, 50),
        (0, 40, -1, 50, 50), (0, 40, 1, 50, 50), (0, 40, 14, 50, 50), (0, 40, 101, 50, 50),
        (0, 40, 50, -1, 50), (0, 40, 50, 101, 50), (0, 40, 50, 50, -1), (0, 40, 50, 50, 101),
    ],
)  # fmt: skip
def test_a_digits_move_beyond_them_is_refused(wrong: tuple[int, int, int, int, int]) -> None:
    with pytest.raises(ValueError, match=f"^digit {wrong[0]} to {wrong[1]} at {wrong[2]} %"):
        digit_move(*wrong)


def test_without_a_limit_none_is_sent() -> None:
    assert digit_move(0, 40, 50, 20).data == bytes((40, 50, 20, 0))
    assert direct_control(Direct.CLOSE).data == bytes((2, 0))


def test_speeds_of_direct_control() -> None:
    taken = [speed for speed in range(-2, 300) if _taken(speed)]
    assert taken == [0, *range(15, 101)]


def _taken(speed: int) -> bool:
    try:
        return direct_control(Direct.OPEN, speed) == Message(1, Kind.COMMAND, 0x150, bytes((1, speed)))
    except ValueError:
        return False


def test_grips_are_1_to_20() -> None:
    assert [current_grip(grip).data for grip in (1, 20)] == [b"\x01", b"\x14"]
    for wrong in (0, 21, -1):
        with pytest.raises(ValueError, match="allowed 1 to 20"):
            current_grip(wrong)


def test_positions_at_their_bounds() -> None:
    percents = (-50.0, -0.1, 0.0, 0.3, 0.4, 50.0, 99.6, 99.8, 100.0, 150.0)
    assert [raw_position(p) for p in percents] == [40, 40, 40, 40, 41, 120, 199, 200, 200, 200]


# -- what is said --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0x13F, 0x140, 0x141, 0x142])
@pytest.mark.parametrize("length", range(4))
def test_an_electrode_says_two_bytes(number: int, length: int) -> None:
    said = electrode_value(Message(1, Kind.RESPONSE, number, bytes(range(1, length + 1))))
    assert said == (0x0102 if number in (0x140, 0x141) and length == 2 else None)


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (0x10, DeviceInfo(1, False, False, False)),
        (0x24, DeviceInfo(2, True, False, False)),
        (0xF2, DeviceInfo(15, False, True, False)),
        (0x01, DeviceInfo(0, False, False, True)),
        (0x0F, DeviceInfo(0, True, True, True)),
    ],
)
def test_what_is_said_of_a_device(first: int, told: DeviceInfo) -> None:
    assert device_info(Message(0, Kind.RESPONSE, 0xF10, bytes((first, 0, 0, 0, 0, 0)))) == told
    for number, length in ((0xF10, 5), (0xF10, 7), (0xF11, 6), (0xF0F, 6)):
        assert device_info(Message(0, Kind.RESPONSE, number, bytes((first,) * length))) is None


def test_both_pages_of_real_time() -> None:
    assert [m.data for m in real_time(RealTime(0x7FF))] == [b"\xff", b"\x07"]
    assert [m.data for m in real_time(RealTime(0))] == [b"\x00", b"\x00"]
