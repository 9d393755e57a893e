from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.firmware_bridge.inspire.codec import (
    FROM_HAND,
    TO_HAND,
    Ack,
    Data,
    Frames,
    Read,
    Register,
    Reply,
    Request,
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
from rh56_sdk import protocol as peer

ADDRESS = st.integers(0, 0xFFFF)
REQUESTS: st.SearchStrategy[Request] = st.one_of(
    st.builds(Read, ADDRESS, st.integers(1, 252)),
    st.builds(Write, ADDRESS, st.binary(min_size=1, max_size=24)),
)
REPLIES: st.SearchStrategy[Reply] = st.one_of(
    st.builds(Data, ADDRESS, st.binary(min_size=1, max_size=24)),
    st.builds(Ack, ADDRESS, st.booleans()),
)


@pytest.mark.parametrize(
    ("request_", "wire"),
    [
        (Read(Register.ANGLE_ACT, 12), "eb 90 01 04 11 0a 06 0c 32"),
        (
            Write(Register.ANGLE_SET, pack_six((1000,) * 5 + (900,))),
            "eb 90 01 0f 12 ce 05 e803 e803 e803 e803 e803 8403 13",
        ),
    ],
)
def test_vectors_of_the_sheet(request_: Request, wire: str) -> None:
    assert encode(request_) == bytes.fromhex(wire)


@given(REQUESTS, st.integers(1, 254))
def test_the_peer_writes_the_same_bytes(request_: Request, hand_id: int) -> None:
    if isinstance(request_, Read):
        theirs = peer.RH56Protocol.build_read_reg16(hand_id, request_.address, request_.count)
        answer: Reply = Data(request_.address, bytes(request_.count))
    else:
        theirs = peer.RH56Protocol.build_write_bytes_frame(hand_id, request_.address, request_.data)
        answer = Ack(request_.address, True)
    assert encode(request_, hand_id) == theirs
    assert len(theirs) + len(encode_reply(answer)) == request_.bytes_both_ways


@given(ADDRESS, st.binary(min_size=1, max_size=200), st.integers(1, 254))
def test_the_peer_reads_our_replies(address: int, data: bytes, hand_id: int) -> None:
    wire = encode_reply(Data(address, data), hand_id)
    assert peer.RH56Protocol.parse_read_response(wire, hand_id, address, len(data)) == data
    assert peer.RH56Protocol.parse_write_ack(encode_reply(Ack(address, True), hand_id), hand_id, address)


@given(REQUESTS, st.integers(1, 254))
def test_requests_come_back(request_: Request, hand_id: int) -> None:
    (frame,) = Frames(TO_HAND).push(encode(request_, hand_id))
    assert decode(frame, hand_id) == request_
    assert decode(frame, hand_id % 254 + 1) is None


@given(REPLIES, st.integers(1, 254))
def test_replies_come_back(reply: Reply, hand_id: int) -> None:
    (frame,) = Frames(FROM_HAND).push(encode_reply(reply, hand_id))
    assert decode_reply(frame, hand_id) == reply
    assert decode_reply(frame, hand_id % 254 + 1) is None


@given(
    st.lists(st.one_of(REPLIES.map(encode_reply), REQUESTS.map(encode), st.binary(max_size=12)), max_size=6),
    st.data(),
)
def test_any_split_finds_the_same(pieces: list[bytes], data: st.DataObject) -> None:
    """Echoes of our own questions and garbage are between them, as on a bus of two wires."""
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    whole, split = Frames(FROM_HAND), Frames(FROM_HAND)
    at_once = whole.push(stream)
    found = [
        frame
        for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for frame in split.push(stream[a:b])
    ]
    assert found == at_once
    assert split.bad == whole.bad


@given(st.lists(REPLIES, min_size=1, max_size=5), st.binary(max_size=12).filter(lambda b: b"\x90" not in b))
def test_garbage_between_costs_nothing(replies: list[Reply], noise: bytes) -> None:
    stream = noise + noise.join(map(encode_reply, replies))
    assert [decode_reply(frame) for frame in Frames(FROM_HAND).push(stream)] == replies


@given(REPLIES, REPLIES, st.data())
def test_after_a_damaged_frame_the_next_is_found(first: Reply, second: Reply, data: st.DataObject) -> None:
    """One damaged length may make it wait for more; `forget` ends that, as the driver does."""
    wire = bytearray(encode_reply(first))
    at = data.draw(st.integers(0, len(wire) - 1))
    wire[at] ^= data.draw(st.integers(1, 255))
    frames = Frames(FROM_HAND, longest=64)
    frames.push(bytes(wire))
    frames.forget()
    assert [decode_reply(frame) for frame in frames.push(encode_reply(second))] == [second]


@given(REPLIES, REPLIES)
def test_a_frame_inside_a_damaged_one_is_found(first: Reply, second: Reply) -> None:
    wire = bytearray(encode_reply(first))
    wire[-1] ^= 0x55
    frames = Frames(FROM_HAND)
    assert decode_reply(frames.push(bytes(wire) + encode_reply(second))[-1]) == second
    assert frames.bad


@given(REPLIES, st.data())
def test_a_cut_frame_is_never_believed(reply: Reply, data: st.DataObject) -> None:
    wire = encode_reply(reply)
    assert Frames(FROM_HAND).push(wire[: data.draw(st.integers(0, len(wire) - 1))]) == []


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_pure_noise_is_survived(pieces: list[bytes]) -> None:
    frames = Frames(FROM_HAND)
    for piece in pieces:
        for frame in frames.push(piece):
            decode_reply(frame)
            decode(frame)
    assert len(frames._rest) <= 260


@given(st.floats(-1e6, 1e6))
def test_angles_come_back_within_half_a_step(percent: float) -> None:
    raw = raw_angle(percent)
    assert 0 <= raw <= 1000
    assert closed_percent(raw) == pytest.approx(min(max(percent, 0.0), 100.0), abs=0.0501)


def test_open_and_closed() -> None:
    assert (raw_angle(0.0), raw_angle(100.0)) == (1000, 0)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_never_reaches_the_wire(wrong: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        raw_angle(wrong)


def test_impossible_registers_are_refused() -> None:
    for wrong in ((1,) * 5, (1,) * 7, (-1,) * 6, (65536,) * 6):
        with pytest.raises(ValueError, match="65535"):
            pack_six(wrong)
    with pytest.raises(ValueError, match="registers"):
        unpack_six(b"123")
    with pytest.raises(ValueError, match="252"):
        encode(Write(Register.ANGLE_SET, bytes(253)))
    with pytest.raises(ValueError, match="252"):
        encode(Write(Register.ANGLE_SET, b""))


def test_a_finger_that_is_pulled_has_a_negative_force() -> None:
    assert unpack_six(bytes.fromhex("ffff 0000 0100 9cff e803 0080")) == (-1, 0, 1, -100, 1000, -32768)
