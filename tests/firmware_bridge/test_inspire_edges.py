"""The RH56's frames at their bounds, and the manual's numbers written down a second time."""

from __future__ import annotations

import pytest
from innervate.firmware_bridge.inspire.codec import (
    FROM_HAND,
    JOINTS,
    MOST_RAW,
    NEWTON_PER_G,
    READ,
    SPEED_PERCENT_S,
    TO_HAND,
    WRITE,
    Ack,
    Data,
    ErrorBit,
    Frames,
    Read,
    Register,
    Status,
    Write,
    closed_percent,
    decode,
    decode_reply,
    encode,
    encode_reply,
    pack_six,
    raw_angle,
    unpack_six,
)


def framed(header: bytes, body: bytes) -> bytes:
    """A frame with a right checksum, whatever its length says."""
    return header + body + bytes((sum(body) % 256,))


def test_the_numbers_of_the_manual() -> None:
    assert {one.name: int(one) for one in Register} == {
        "ID": 1000, "CLEAR_ERROR": 1004, "SAVE": 1005, "FORCE_CALIBRATION": 1009, "ANGLE_SET": 1486,
        "FORCE_SET": 1498, "SPEED_SET": 1522, "ANGLE_ACT": 1546, "FORCE_ACT": 1582, "CURRENT": 1594,
        "ERROR": 1606, "STATUS": 1612, "TEMPERATURE": 1618,
    }  # fmt: skip
    assert {one.name: int(one) for one in ErrorBit} == {
        "STALL": 1, "TOO_HOT": 2, "OVERCURRENT": 4, "MOTOR": 8, "COMMUNICATION": 16,
    }  # fmt: skip
    assert {one.name: int(one) for one in Status} == {
        "RELEASING": 0, "GRASPING": 1, "REACHED": 2, "FORCE_REACHED": 3, "OVERCURRENT": 5, "STALL": 6,
        "FAULT": 7,
    }  # fmt: skip
    assert (JOINTS, MOST_RAW, READ, WRITE) == (6, 1000, 0x11, 0x12)
    assert (NEWTON_PER_G, SPEED_PERCENT_S) == (0.00980665, 0.125)


def test_what_a_question_costs_on_the_wire() -> None:
    assert Read(Register.ANGLE_ACT, 12).bytes_both_ways == 9 + 20
    assert Write(Register.ANGLE_SET, bytes(12)).bytes_both_ways == 20 + 9


@pytest.mark.parametrize("length", [1, 251, 252])
def test_a_frame_holds_up_to_252_bytes(length: int) -> None:
    (frame,) = Frames(TO_HAND).push(encode(Write(7, b"x" * length)))
    assert decode(frame) == Write(7, b"x" * length)
    (frame,) = Frames(FROM_HAND).push(encode_reply(Data(7, b"x" * length)))
    assert decode_reply(frame) == Data(7, b"x" * length)


@pytest.mark.parametrize("length", [0, 253])
def test_nothing_and_too_much_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"^{length} bytes: a frame holds 1 to 252$"):
        encode(Write(7, b"x" * length))
    with pytest.raises(ValueError, match="1 to 252"):
        encode_reply(Data(7, b"x" * length))


@pytest.mark.parametrize(("length", "believed"), [(0, False), (1, True), (64, True), (65, False)])
def test_a_length_of_0_or_beyond_the_longest_is_no_frame(length: int, believed: bool) -> None:
    frames = Frames(FROM_HAND, longest=64)
    body = bytes((1, length)) + b"x" * length
    assert frames.push(framed(FROM_HAND, body)) == ([body] if believed else [])
    assert frames.bad == (not believed)


def test_the_longest_field_of_all_is_255() -> None:
    frames = Frames(FROM_HAND)
    body = b"\x01\xff" + b"x" * 255
    assert frames.push(framed(FROM_HAND, body)) == [body]


def test_a_frame_is_awaited_to_its_checksum() -> None:
    wire = encode_reply(Data(7, b"ab"))
    for cut in range(len(wire)):
        frames = Frames(FROM_HAND)
        assert frames.push(wire[:cut]) == []
        assert frames.bad == 0
        assert len(frames.push(wire[cut:])) == 1


@pytest.mark.parametrize("at", range(2, 10))
def test_each_byte_is_under_the_checksum(at: int) -> None:
    wire = bytearray(encode_reply(Data(7, b"ab")))
    assert len(wire) == 10
    wire[at] ^= 0x40 if at != 3 else 0x01
    frames = Frames(FROM_HAND)
    assert frames.push(bytes(wire)) == []
    assert frames.bad == 1


def test_a_frame_that_begins_inside_a_damaged_one_is_found() -> None:
    inner = encode_reply(Ack(7, taken=True))
    damaged = FROM_HAND + bytes((1, 20)) + inner + b"x" * 11 + b"\x00"
    frames = Frames(FROM_HAND)
    assert [decode_reply(frame) for frame in frames.push(damaged)] == [Ack(7, taken=True)]
    assert frames.bad == 1


def test_frames_that_touch_are_two_and_half_a_header_is_kept() -> None:
    one, two = encode_reply(Ack(7, taken=True)), encode_reply(Ack(8, taken=False))
    frames = Frames(FROM_HAND)
    assert [decode_reply(frame) for frame in frames.push(one + two + b"abc\x90")] == [
        Ack(7, taken=True),
        Ack(8, taken=False),
    ]
    assert frames._rest == b"\x90"
    assert [decode_reply(frame) for frame in frames.push(one[1:])] == [Ack(7, taken=True)]
    assert frames.bad == 0
    assert frames.push(b"abc") == []
    assert frames._rest == b""


def test_forgetting_counts_what_had_begun() -> None:
    for begun, counted in ((b"", 0), (b"\x90", 0), (b"\x90\xeb", 1), (encode_reply(Data(7, b"ab"))[:-1], 1)):
        frames = Frames(FROM_HAND)
        frames.push(begun)
        frames.forget()
        assert (frames.bad, frames._rest) == (counted, b"")


def test_a_request_of_another_shape_is_none() -> None:
    assert decode(b"\x01\x04\x11\x07\x00\x0c") == Read(7, 12)
    assert decode(b"\x01\x04\x12\x07\x00\x0c") == Write(7, b"\x0c")
    for frame in (
        b"",
        b"\x01\x03\x12\x07\x00",
        b"\x02\x04\x11\x07\x00\x0c",
        b"\x00\x04\x11\x07\x00\x0c",
        b"\x01\x04\x11\x07\x00\x00",
        b"\x01\x05\x11\x07\x00\x0c\x0c",
        b"\x01\x04\x10\x07\x00\x0c",
        b"\x01\x04\x13\x07\x00\x0c",
    ):
        assert decode(frame) is None


def test_a_reply_of_another_shape_is_none() -> None:
    assert decode_reply(b"\x01\x04\x11\x07\x00\x0c") == Data(7, b"\x0c")
    for said, taken in ((0, False), (1, True), (2, False), (255, False)):
        assert decode_reply(b"\x01\x04\x12\x07\x00" + bytes((said,))) == Ack(7, taken)
    for frame in (
        b"",
        b"\x01\x03\x11\x07\x00",
        b"\x02\x04\x11\x07\x00\x0c",
        b"\x00\x04\x11\x07\x00\x0c",
        b"\x01\x05\x12\x07\x00\x01\x01",
        b"\x01\x04\x10\x07\x00\x01",
        b"\x01\x04\x13\x07\x00\x01",
    ):
        assert decode_reply(frame) is None


def test_six_numbers_at_their_bounds() -> None:
    assert pack_six((0, 1, 255, 256, 65534, 65535)) == bytes.fromhex("0000 0100 ff00 0001 feff ffff")
    for wrong in ((-1, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 65536), (0,) * 5, (0,) * 7):
        with pytest.raises(ValueError, match="not 6 numbers of 0 to 65535"):
            pack_six(wrong)
    for length in (0, 11, 13, 24):
        with pytest.raises(ValueError, match=f"^{length} bytes are not 6 registers$"):
            unpack_six(bytes(length))


def test_angles_at_their_bounds() -> None:
    percents = (-1.0, 0.0, 0.04, 0.06, 50.0, 99.94, 99.96, 100.0, 101.0)
    assert [raw_angle(p) for p in percents] == [1000, 1000, 1000, 999, 500, 1, 0, 0, 0]
    assert [closed_percent(raw) for raw in (1010, 1000, 500, 1, 0, -10)] == [
        -1.0,
        0.0,
        50.0,
        99.9,
        100.0,
        101.0,
    ]


def test_a_request_and_a_reply_go_to_the_first_hand_if_not_said() -> None:
    assert encode(Read(7, 1))[2] == 1
    assert encode_reply(Data(7, b"x"))[2] == 1
