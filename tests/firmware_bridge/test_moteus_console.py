"""A moteus controller's text console through its CAN frames: what we say, and what we believe."""

from __future__ import annotations

import moteus
import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.firmware_bridge.moteus.tunnel import (
    MOST,
    ConfigQuestion,
    decode_command,
    decode_poll,
    decode_text,
    encode_poll,
    encode_said,
    encode_text,
)
from innervate.sim.moteus_tunnel import Console


def test_what_we_say_to_the_console_is_what_the_vendors_client_says() -> None:
    theirs = moteus.Controller(id=1, transport=object())
    line = b"conf get servo.timeout_mode\n"
    assert encode_text(line) == bytes(theirs.make_diagnostic_write(line).data)
    assert encode_poll(48) == bytes(theirs.make_diagnostic_read(max_length=48).data)


@given(text=st.binary(max_size=MOST), padding=st.integers(0, 20))
def test_console_frames_come_back_padded_and_are_the_vendors(text: bytes, padding: int) -> None:
    said = encode_said(text) + b"\x50" * padding
    assert decode_text(said) == text
    frame = moteus.transport_device.Frame(arbitration_id=0x100, data=said)
    assert moteus.moteus.parse_diagnostic_message(frame, channel=1) == text
    assert decode_command(encode_text(text) + b"\x50" * padding) == text
    assert decode_text(encode_text(text)) is None
    cut = encode_said(text)[:-1]
    assert decode_text(cut) is None or text == b""


@given(st.binary(max_size=64))
def test_any_console_payload_is_survived(payload: bytes) -> None:
    question = ConfigQuestion("x")
    question.payloads()
    question.hear(decode_text(payload) or b"")
    decode_command(payload)
    decode_poll(payload)
    Console().answer(payload)


def test_too_long_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="61"):
        encode_text(b"x" * 62)


@given(
    left_over=st.binary(max_size=150),
    value=st.integers(-5, 99),
    lost=st.sets(st.integers(0, 25), max_size=6),
    most=st.integers(1, MOST),
)
def test_a_setting_is_read_whatever_was_left_over_and_lost(
    left_over: bytes, value: int, lost: set[int], most: int
) -> None:
    """An old host's output is not taken for the answer; a lost frame costs time only."""
    console = Console({"servo.timeout_mode": str(value)}, left_over)
    question = ConfigQuestion("servo.timeout_mode")
    for turn in range(1000):
        for payload, answered in question.payloads():
            if turn in lost:
                continue
            asked = encode_poll(most) if decode_poll(payload) is not None else payload
            said = console.answer(asked)
            assert said is not None
            if answered:
                question.hear(decode_text(said) or b"")
        if question.value is not None:
            break
    assert question.value == value
    assert question.payloads() == []


def test_only_a_whole_number_of_our_channel_is_an_answer() -> None:
    assert decode_text(bytes((0x41, 2, 1)) + b"5") is None
    assert decode_text(bytes((0x41, 1, 4)) + b"12\r") is None
    question = ConfigQuestion("servo.timeout_mode")
    question.payloads()
    question.hear(b"")
    question.payloads()
    question.hear(b"12.5\r\n12 rev\r\nERR unknown\r\n1")
    assert question.value is None
    question.hear(b"5\r\n")
    assert question.value == 15
