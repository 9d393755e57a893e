from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.firmware_bridge.covvi.codec import (
    HEADER,
    Device,
    Direct,
    Grip,
    Id,
    Kind,
    Message,
    Messages,
    RealTime,
    answer_length,
    ask,
    closed_percents,
    current_grip,
    device_info,
    digit_move,
    direct_control,
    electrode_value,
    encode,
    hand_power,
    hello,
    raw_position,
    real_time,
)

MESSAGES = st.builds(
    Message,
    st.integers(0, 15),
    st.sampled_from(Kind),
    st.integers(0, 0x3FFFF),
    st.binary(max_size=8) | st.lists(st.sampled_from([0x56, 0x01]), max_size=8).map(bytes),
)


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (digit_move(0, 200, 50, 20), "56 01 08 01 60 04 c8 32 14 00"),
        (direct_control(Direct.CLOSE, 100), "56 01 08 01 50 02 02 64"),
    ],
)
def test_vectors_of_the_sheet(message: Message, wire: str) -> None:
    assert encode(message) == bytes.fromhex(wire)


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (hello(), "56 00 04 00 20 00"),
        (hand_power(on=True), "56 00 08 0f 00 01 01"),
        (hand_power(on=False), "56 00 08 0f 00 01 00"),
        (digit_move(5, 86, 86, 86, 86), "56 01 08 01 65 04 56 56 56 56"),
        (current_grip(Grip.POWER), "56 01 08 01 30 01 02"),
        (direct_control(Direct.STOP), "56 01 08 01 50 02 00 00"),
    ],
)
def test_other_messages_by_hand(message: Message, wire: str) -> None:
    """Laid out by hand from the sheet's header: no other package made these."""
    assert encode(message) == bytes.fromhex(wire)
    assert Messages().push(bytes.fromhex(wire)) == [message]


@pytest.mark.parametrize(
    ("message", "wire"),
    [
        (ask(Id.ALL_POSITIONS), "56 01 04 01 2f 06 00 00 00 00 00 00"),
        (ask(Id.ALL_STATUS), "56 01 04 01 1f 06 00 00 00 00 00 00"),
        (ask(Id.ALL_CURRENTS), "56 01 04 01 8f 05 00 00 00 00 00"),
        (ask(Id.ENVIRONMENT), "56 01 04 07 10 04 00 00 00 00"),
        (direct_control(Direct.STOP, 15), "56 01 08 01 50 02 00 0f"),
    ],
)
def test_what_the_vendors_client_was_seen_to_send(message: Message, wire: str) -> None:
    """A question is as long as its answer; a stop carries the least speed."""
    assert encode(message) == bytes.fromhex(wire)


def test_a_question_for_one_digit_is_as_long_as_its_answer() -> None:
    assert [len(ask(Id.DIGIT_POSITION + digit).data) for digit in range(6)] == [1] * 6
    assert (answer_length(Id.DIGIT_STATUS + 5), answer_length(Id.HELLO)) == (1, 0)


def test_real_time_flags_go_to_their_pages() -> None:
    first, second = real_time(RealTime.DIGIT_STATUS | RealTime.DIGIT_ERROR | RealTime.MOTOR_LIMITS)
    assert (first.id, first.data, second.id, second.data) == (0x100, b"\x81", 0x101, b"\x04")


@given(MESSAGES)
def test_messages_come_back(message: Message) -> None:
    assert Messages().push(encode(message)) == [message]


@given(st.lists(st.one_of(MESSAGES.map(encode), st.binary(max_size=12)), max_size=8), st.data())
def test_any_split_finds_the_same(pieces: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    whole, split = Messages(), Messages()
    at_once = whole.push(stream)
    found = [
        message
        for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for message in split.push(stream[a:b])
    ]
    assert found == at_once
    assert split.bad == whole.bad


@given(st.lists(MESSAGES, min_size=1, max_size=6))
def test_the_start_byte_in_the_data_starts_nothing(messages: list[Message]) -> None:
    """Where the vendor's client splits its stream, at each 0x56, it finds messages nobody sent."""
    parser = Messages()
    assert parser.push(b"".join(map(encode, messages))) == messages
    assert parser.bad == 0


@given(MESSAGES, st.binary(min_size=1, max_size=12).filter(lambda noise: 0x56 not in noise))
def test_garbage_before_a_message_is_skipped_and_counted_once(message: Message, noise: bytes) -> None:
    parser = Messages()
    assert parser.push(noise + encode(message)) == [message]
    assert parser.bad == 1


@given(MESSAGES, st.data())
def test_a_cut_message_is_never_believed(message: Message, data: st.DataObject) -> None:
    wire = encode(message)
    assert Messages().push(wire[: data.draw(st.integers(0, len(wire) - 1))]) == []


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_pure_noise_is_survived(pieces: list[bytes]) -> None:
    parser = Messages()
    for piece in pieces:
        for message in parser.push(piece):
            device_info(message)
            electrode_value(message)
    assert len(parser._rest) < HEADER + 8


@given(st.floats(-1e6, 1e6))
def test_positions_come_back_within_half_a_step(percent: float) -> None:
    raw = raw_position(percent)
    assert 40 <= raw <= 200
    assert closed_percents([raw])[0] == pytest.approx(min(max(percent, 0.0), 100.0), abs=0.3126)


def test_open_and_closed_and_beyond() -> None:
    assert (raw_position(0.0), raw_position(100.0)) == (40, 200)
    assert closed_percents([0, 40, 200, 255]) == (-25.0, 0.0, 100.0, 134.375)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_never_reaches_the_wire(wrong: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        raw_position(wrong)


def test_what_no_field_holds_is_refused() -> None:
    for wrong in ((6, 100, 50, 20), (0, 256, 50, 20), (0, 100, 14, 20), (0, 100, 101, 20), (0, 100, 50, 101)):
        with pytest.raises(ValueError, match="digit"):
            digit_move(*wrong)
    with pytest.raises(ValueError, match="speed"):
        direct_control(Direct.OPEN, 5)
    with pytest.raises(ValueError, match="grip"):
        current_grip(21)
    for message in (
        Message(16, Kind.COMMAND, 1),
        Message(0, Kind.COMMAND, 1 << 18),
        Message(0, Kind.COMMAND, 1, bytes(9)),
    ):
        with pytest.raises(ValueError, match="wire"):
            encode(message)


def test_what_the_box_says_of_the_hand() -> None:
    info = device_info(
        Message(Device.LOCAL, Kind.RESPONSE, Id.DEVICE_INFO, bytes((0x13, 0x15, 0, 1, 1, 0x11)))
    )
    assert info is not None
    assert (info.device, info.error, info.powered, info.connected) == (1, False, True, True)
    assert device_info(Message(Device.LOCAL, Kind.RESPONSE, Id.DEVICE_INFO, b"\x13")) is None


def test_electrode_values() -> None:
    assert electrode_value(Message(Device.HAND, Kind.RESPONSE, Id.ELECTRODE_B, b"\x02\x56")) == 598
    assert electrode_value(Message(Device.HAND, Kind.RESPONSE, Id.ELECTRODE_B, b"\x02")) is None
    assert electrode_value(Message(Device.HAND, Kind.RESPONSE, Id.HELLO, b"\x02\x02")) is None
