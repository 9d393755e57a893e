"""The serial frame of our own boards, beside two independent libraries."""

from __future__ import annotations

import struct

import pytest
from cobs import cobs
from fastcrc import crc16
from hypothesis import example, given
from hypothesis import strategies as st
from innervate.firmware_bridge.link import MAX_BODY, VERSION, Deframer, Message, encode
from innervate.firmware_bridge.link import crc16 as our_crc

BODIES = st.one_of(
    st.binary(max_size=MAX_BODY),
    st.lists(st.sampled_from([0, 0, 1, 255]), max_size=MAX_BODY).map(bytes),  # zeros are what it is about
)
MESSAGES = st.builds(Message, kind=st.integers(0, 255), seq=st.integers(0, 65535), body=BODIES)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    """The same bytes in pieces."""
    ends = sorted({min(c, len(data)) for c in cuts} | {len(data)})
    starts = [0, *ends[:-1]]
    return [data[a:b] for a, b in zip(starts, ends, strict=True)]


def heard(*pieces: bytes) -> tuple[list[Message], int]:
    deframer = Deframer()
    found = [message for piece in pieces for message in deframer.push(piece)]
    return found, deframer.bad


def by_libraries(message: Message) -> bytes:
    """A frame as `cobs` and `fastcrc` make it."""
    plain = struct.pack("<BBH", VERSION, message.kind, message.seq) + message.body
    return cobs.encode(plain + struct.pack("<H", crc16.ibm_3740(plain))) + b"\0"


def test_a_frame_byte_by_byte() -> None:
    plain = bytes((1, 0x81, 0x34, 0x12, 0, 7))
    crc = crc16.ibm_3740(plain)
    assert encode(Message(0x81, 0x1234, b"\x00\x07")) == (
        b"\x05\x01\x81\x34\x12" + b"\x04\x07" + struct.pack("<H", crc) + b"\x00"
    )


def test_the_check_value_of_the_crc() -> None:
    """Of the catalogue of CRCs, for "123456789"."""
    assert our_crc(b"123456789") == 0x29B1


@given(st.binary(max_size=400))
def test_crc_is_fastcrcs(data: bytes) -> None:
    assert our_crc(data) == crc16.ibm_3740(data)


@given(MESSAGES)
@example(Message(0, 0, b""))
@example(Message(0, 0, bytes(MAX_BODY)))
@example(Message(255, 65535, b"\xff" * MAX_BODY))
def test_frames_are_the_libraries_frames(message: Message) -> None:
    frame = encode(message)
    assert frame == by_libraries(message)
    assert frame.count(0) == 1
    assert len(frame) <= MAX_BODY + 8


@given(st.lists(MESSAGES, max_size=5), st.lists(st.integers(0, 1200), max_size=8))
def test_any_chunking_gives_the_same_messages(messages: list[Message], cuts: list[int]) -> None:
    assert heard(*cut(b"".join(map(by_libraries, messages)), cuts)) == (messages, 0)


@given(st.binary(max_size=600), MESSAGES, st.lists(st.integers(0, 900), max_size=5))
def test_garbage_never_crashes_and_a_zero_brings_it_into_step(
    garbage: bytes, message: Message, cuts: list[int]
) -> None:
    stream = garbage + b"\0" + encode(message)
    whole, bad = heard(stream)
    assert whole[-1] == message
    assert heard(*cut(stream, cuts)) == (whole, bad)
    assert len(whole) + bad <= garbage.count(0) + 2


@given(MESSAGES, st.data())
def test_a_damaged_frame_is_counted_and_never_believed(message: Message, data: st.DataObject) -> None:
    frame = bytearray(encode(message))
    at = data.draw(st.integers(0, len(frame) - 2))
    frame[at] ^= 1 << data.draw(st.integers(0, 7))
    found, bad = heard(bytes(frame))
    assert found == []
    assert bad in (1, 2)  # a byte that became a zero makes two of one


def test_a_long_line_without_a_zero_costs_one_frame_and_no_memory() -> None:
    deframer = Deframer()
    for _ in range(1000):
        assert deframer.push(b"\x55" * 100) == []
    assert len(deframer._rest) <= 400
    assert deframer.push(b"\0" + encode(Message(2, 3, b"x"))) == [Message(2, 3, b"x")]
    assert deframer.bad == 1


def test_another_version_is_not_for_us() -> None:
    plain = struct.pack("<BBH", VERSION + 1, 1, 0)
    frame = cobs.encode(plain + struct.pack("<H", crc16.ibm_3740(plain))) + b"\0"
    assert heard(frame) == ([], 1)


def test_zeros_between_frames_are_no_frames() -> None:
    assert heard(b"\0\0\0" + encode(Message(1, 2, b"")) + b"\0\0") == ([Message(1, 2, b"")], 0)


def test_seq_wraps_and_a_long_body_is_refused() -> None:
    assert encode(Message(1, 65536 + 5, b"")) == encode(Message(1, 5, b""))
    with pytest.raises(ValueError, match="at most 200"):
        encode(Message(1, 0, bytes(MAX_BODY + 1)))
