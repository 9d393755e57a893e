"""What a gait board says on its wire: every number there and back, any chunking, nothing out of garbage."""

from __future__ import annotations

import math
import struct

import fastcrc
import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st
from innervate.firmware_bridge.gait_codec import (
    MOST_N,
    Load,
    Shank,
    decode,
    load_message,
    load_mn_message,
    shank_message,
)
from innervate.firmware_bridge.link import Deframer, Message, encode

SEQ = st.integers(0, 0xFFFF)
CLOCK = st.integers(0, 2**32 - 1)
FLOAT = st.floats(width=32)
MESSAGES = st.one_of(
    st.builds(load_message, SEQ, CLOCK, FLOAT),
    st.builds(shank_message, SEQ, CLOCK, FLOAT, FLOAT),
    st.builds(load_mn_message, SEQ, CLOCK, st.floats(-MOST_N, MOST_N)),
)


def peer_frame(kind: int, seq: int, body: bytes) -> bytes:
    """The frame as two packages of other people make it."""
    plain = struct.pack("<BBH", 1, kind, seq) + body
    return cobs.encode(plain + struct.pack("<H", fastcrc.crc16.ibm_3740(plain))) + b"\0"


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


@given(SEQ, CLOCK, FLOAT, FLOAT)
def test_frames_are_those_that_other_implementations_make(seq: int, us: int, a: float, b: float) -> None:
    assert encode(load_message(seq, us, a)) == peer_frame(1, seq, struct.pack("<If", us, a))
    assert encode(shank_message(seq, us, a, b)) == peer_frame(2, seq, struct.pack("<Iff", us, a, b))
    assert encode(load_mn_message(seq, us, 12.3456)) == peer_frame(3, seq, struct.pack("<Ii", us, 12346))


@given(SEQ, CLOCK, FLOAT, FLOAT)
def test_there_and_back(seq: int, us: int, a: float, b: float) -> None:
    load = decode(load_message(seq, us, a))
    assert isinstance(load, Load)
    assert load.board_us == us
    assert same(load.load_n, a)
    shank = decode(shank_message(seq, us, a, b))
    assert isinstance(shank, Shank)
    assert shank.board_us == us
    assert same(shank.rate_deg_s, a)
    assert same(shank.pitch_deg, b)


@given(CLOCK, st.floats(-MOST_N, MOST_N))
def test_a_board_without_floating_point_is_exact_to_half_a_millinewton(us: int, load_n: float) -> None:
    assert decode(load_mn_message(0, us, load_n)) == Load(us, pytest.approx(load_n, abs=0.000_5))


@pytest.mark.parametrize("load_n", [math.nan, math.inf, -math.inf, 3e6, -3e6])
def test_what_millinewtons_cannot_say_is_refused(load_n: float) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        load_mn_message(0, 0, load_n)


def test_sequence_and_clock_wrap() -> None:
    message = load_message(0x1_0007, 2**32 + 5, 1.0)
    assert message.seq == 7
    assert decode(message) == Load(5, 1.0)


@given(st.lists(MESSAGES, max_size=8), st.lists(st.integers(1, 40), max_size=30))
def test_any_chunking_says_the_same(messages: list[Message], cuts: list[int]) -> None:
    stream = b"".join(map(encode, messages))
    deframer, found = Deframer(), []
    for cut in cuts:
        found += deframer.push(stream[:cut])
        stream = stream[cut:]
    found += deframer.push(stream)
    assert [(m.kind, m.seq, m.body) for m in found] == [(m.kind, m.seq, m.body) for m in messages]
    assert deframer.bad == 0


@given(st.integers(0, 255), SEQ, st.binary(max_size=30))
def test_no_other_frame_is_taken_for_a_gait_boards(kind: int, seq: int, body: bytes) -> None:
    said = decode(Message(kind, seq, body))
    assert (said is not None) == ((kind, len(body)) in {(1, 8), (2, 12), (3, 8)})


@given(st.binary(max_size=300), MESSAGES)
def test_after_any_garbage_the_next_frame_but_one_is_heard(garbage: bytes, message: Message) -> None:
    deframer = Deframer()
    deframer.push(garbage + b"\0")
    assert [m.seq for m in deframer.push(encode(message))] == [message.seq]


@given(MESSAGES, st.integers(0, 1000), st.integers(1, 255))
def test_one_changed_byte_is_never_a_message(message: Message, at: int, flip: int) -> None:
    frame = bytearray(encode(message))
    at %= len(frame) - 1
    frame[at] ^= flip
    found = Deframer().push(bytes(frame))
    assert all(decode(m) is None or m.body == message.body for m in found)
