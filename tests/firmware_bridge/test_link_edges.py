"""The frame of our own boards at its bounds: lengths, halves and numbers. Whole frames: test_link.py."""

from __future__ import annotations

import struct
from dataclasses import FrozenInstanceError
from itertools import product

import pytest
from cobs import cobs
from fastcrc import crc16
from innervate.firmware_bridge.gait_codec import (
    KIND_LOAD,
    KIND_LOAD_MN,
    KIND_SHANK,
    MICROSECONDS,
    MOST_N,
    Load,
    Shank,
    decode,
    load_message,
    load_mn_message,
    shank_message,
)
from innervate.firmware_bridge.link import MAX_BODY, VERSION, Deframer, Message, encode


def frame(plain: bytes) -> bytes:
    """As the two libraries make one, of whatever."""
    return cobs.encode(plain + struct.pack("<H", crc16.ibm_3740(plain)))


def test_the_numbers_that_boards_were_built_with() -> None:
    assert (VERSION, MAX_BODY) == (1, 200)
    assert (KIND_LOAD, KIND_SHANK, KIND_LOAD_MN) == (1, 2, 3)
    assert MICROSECONDS == 2**32
    assert MOST_N == 2147483.647


@pytest.mark.parametrize("version", [0, 2, 255])
def test_an_older_and_a_newer_version_are_not_for_us(version: int) -> None:
    deframer = Deframer()
    assert deframer.push(frame(struct.pack("<BBH", version, 7, 9)) + b"\0") == []
    assert deframer.bad == 1


@pytest.mark.parametrize("length", [0, 1, MAX_BODY - 1, MAX_BODY])
def test_every_length_up_to_the_longest(length: int) -> None:
    message = Message(7, 9, b"x" * length)
    assert Deframer().push(encode(message)) == [message]


def test_a_body_of_one_byte_more_is_refused_both_ways() -> None:
    with pytest.raises(ValueError, match="body of 201 bytes; at most 200"):
        encode(Message(7, 9, b"x" * (MAX_BODY + 1)))
    deframer = Deframer()
    assert deframer.push(frame(struct.pack("<BBH", 1, 7, 9) + b"x" * (MAX_BODY + 1)) + b"\0") == []
    assert deframer.bad == 1


@pytest.mark.parametrize("length", range(6))
def test_what_is_too_short_for_a_head_is_damage(length: int) -> None:
    """Its checksum may be right; there is no kind in it."""
    deframer = Deframer()
    whole = cobs.encode(b"\x01\x07\x09\x00\x00\x00"[:length]) + b"\0"
    assert deframer.push(whole) == []
    assert deframer.bad == 1
    for plain in (b"", b"\x01", b"\x01\x07", b"\x01\x07\x09"):
        assert deframer.push(frame(plain) + b"\0") == []
    assert deframer.bad == 5


def test_the_longest_beginning_is_kept_and_one_byte_more_is_skipped() -> None:
    """A coded frame has 207 bytes at most: 4 of head, 200 of body, 2 of checksum, 1 of COBS."""
    whole = encode(Message(7, 9, b"x" * MAX_BODY))
    assert len(whole) == 208
    deframer = Deframer()
    assert deframer.push(whole[:-1]) == []
    assert deframer.push(b"\0") == [Message(7, 9, b"x" * MAX_BODY)]
    assert deframer.push(b"\x55" * 208) == []
    assert deframer._rest == b""
    assert deframer.push(b"\0" + whole) == [Message(7, 9, b"x" * MAX_BODY)]
    assert deframer.bad == 1


def test_the_end_of_a_skipped_line_is_no_frame_even_if_it_looks_like_one() -> None:
    deframer = Deframer()
    assert deframer.push(b"\x55" * 300) == []
    assert deframer.push(encode(Message(7, 9, b"x"))) == []
    assert deframer.bad == 1
    assert deframer.push(encode(Message(7, 10, b"x"))) == [Message(7, 10, b"x")]


def test_a_skipped_line_counts_even_when_nothing_follows_before_its_end() -> None:
    deframer = Deframer()
    deframer.push(b"\x55" * 300)
    assert deframer.push(b"\0") == []
    assert deframer.bad == 1
    assert deframer.push(b"\0\0") == []
    assert deframer.bad == 1


def test_a_block_that_points_beyond_its_frame_is_damage() -> None:
    whole = bytearray(encode(Message(7, 9, b"x")))
    whole[0] = len(whole) + 1
    deframer = Deframer()
    assert deframer.push(bytes(whole)) == []
    assert deframer.bad == 1


def test_seq_counts_modulo_65536() -> None:
    for seq, told in ((0, 0), (1, 1), (65535, 65535), (65536, 0), (65537, 1)):
        assert Deframer().push(encode(Message(7, seq, b"")))[0].seq == told
        for message in (
            load_message(seq, 5, 1.0),
            load_mn_message(seq, 5, 1.0),
            shank_message(seq, 5, 1.0, 2.0),
        ):
            assert message.seq == told


def test_the_boards_clock_wraps_at_2_to_the_32() -> None:
    for t_us, told in ((0, 0), (2**32 - 1, 2**32 - 1), (2**32, 0), (2**32 + 1, 1)):
        assert decode(load_message(0, t_us, 1.0)) == Load(told, 1.0)
        assert decode(load_mn_message(0, t_us, 1.0)) == Load(told, 1.0)
        assert decode(shank_message(0, t_us, 1.0, 2.0)) == Shank(told, 1.0, 2.0)


@pytest.mark.parametrize("load_n", [MOST_N, -MOST_N, 0.001, -0.001, 0.0])
def test_millinewtons_to_the_bounds_of_32_bits(load_n: float) -> None:
    message = load_mn_message(0, 0, load_n)
    assert message.body[4:] == struct.pack("<i", round(load_n * 1000))
    assert decode(message) == Load(0, load_n)


@pytest.mark.parametrize("load_n", [2147483.648, -2147483.648, float("nan"), float("inf"), -float("inf")])
def test_what_32_bits_of_millinewtons_cannot_hold_is_refused(load_n: float) -> None:
    with pytest.raises(ValueError, match="does not fit 32 bits"):
        load_mn_message(0, 0, load_n)


def test_only_a_known_kind_of_its_own_length_says_anything() -> None:
    for kind, length in product(range(6), range(16)):
        says = {(1, 8): Load, (2, 12): Shank, (3, 8): Load}.get((kind, length), type(None))
        assert type(decode(Message(kind, 0, bytes(length)))) is says


@pytest.mark.parametrize(
    ("heard", "field"),
    [(Message(1, 2, b""), "seq"), (Load(1, 2.0), "load_n"), (Shank(1, 2.0, 3.0), "pitch_deg")],
)
def test_nobody_rewrites_what_was_heard(heard: object, field: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(heard, field, 1)
