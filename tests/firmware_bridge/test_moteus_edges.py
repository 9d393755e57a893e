"""moteus frames and fdcanusb lines at their bounds, the reference's numbers written down a second time."""

from __future__ import annotations

import math
import struct

import moteus.fdcanusb_device as vendor_line
import pytest
from innervate.firmware_bridge.moteus.codec import (
    MAX_LINE,
    NOP,
    Answer,
    Lines,
    Mode,
    PositionCommand,
    Read,
    Register,
    Type,
    crc8,
    decode_answer,
    decode_can,
    decode_line,
    decode_payload,
    encode_line,
    encode_position,
    encode_query,
    encode_replies,
    encode_send,
    encode_stop,
)

STEPS = {
    0x001: (0.01, 0.0001, 0.00001), 0x002: (0.1, 0.00025, 0.00001), 0x003: (0.5, 0.01, 0.001),
    0x00D: (0.5, 0.1, 0.001), 0x00E: (1.0, 0.1, 0.001), 0x020: (0.01, 0.0001, 0.00001),
    0x021: (0.1, 0.00025, 0.00001), 0x023: (1 / 127, 1 / 32767, 1 / 2147483647),
    0x024: (1 / 127, 1 / 32767, 1 / 2147483647), 0x025: (0.5, 0.01, 0.001), 0x027: (0.01, 0.001, 0.000001),
    0x000: (1.0, 1.0, 1.0), 0x00F: (1.0, 1.0, 1.0),
}  # fmt: skip
"""One step of each register as int8, int16 and int32."""
KINDS = {Type.INT8: ("b", 127), Type.INT16: ("h", 32767), Type.INT32: ("i", 2147483647)}


def test_the_numbers_of_the_reference() -> None:
    assert {one.name: int(one) for one in Register} == {
        "MODE": 0, "POSITION": 1, "VELOCITY": 2, "TORQUE": 3, "VOLTAGE": 0x0D, "TEMPERATURE": 0x0E,
        "FAULT": 0x0F, "COMMAND_POSITION": 0x20, "COMMAND_VELOCITY": 0x21, "COMMAND_KP_SCALE": 0x23,
        "COMMAND_KD_SCALE": 0x24, "COMMAND_MAX_TORQUE": 0x25, "COMMAND_WATCHDOG": 0x27,
    }  # fmt: skip
    assert {one.name: int(one) for one in Mode} == {
        "STOPPED": 0, "FAULT": 1, "POSITION": 10, "TIMEOUT": 11, "ZERO_VELOCITY": 12, "BRAKE": 15,
    }  # fmt: skip
    assert [int(one) for one in Type] == [0, 1, 2, 3]
    assert (NOP, MAX_LINE) == (0x50, 512)


def test_bytes_of_what_is_sent() -> None:
    query = "11 00 1f 01 13 0d"
    assert encode_query() == bytes.fromhex(query)
    assert encode_stop() == bytes.fromhex("01 00 00" + query)
    command = PositionCommand(0.5, -0.25, 1.0, 0.75, 12.0, 0.125)
    assert encode_position(command) == (
        bytes.fromhex("01 00 0a")
        + b"\x0e\x20" + struct.pack("<2f", 0.5, -0.25)
        + b"\x0f\x23" + struct.pack("<3f", 1.0, 0.75, 12.0)
        + b"\x0d\x27" + struct.pack("<f", 0.125)
        + bytes.fromhex(query)
    )  # fmt: skip


@pytest.mark.parametrize("at", range(6))
@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_no_number_of_a_command_may_be_none(at: int, wrong: float) -> None:
    numbers = [0.0, 0.0, 1.0, 1.0, 1.0, 0.1]
    numbers[at] = wrong
    with pytest.raises(ValueError, match="not finite"):
        encode_position(PositionCommand(*numbers))


# -- values --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("register", list(STEPS))
def test_each_register_has_its_step_in_each_type(register: int, kind: Type) -> None:
    letter, most = KINDS[kind]
    step = STEPS[register][kind]
    for raw in (0, 1, -1, 100, most, -most):
        payload = bytes((0x20 | kind << 2 | 1, register)) + struct.pack(f"<{letter}", raw)
        _, replies, _ = decode_payload(payload)
        assert replies == {register: pytest.approx(raw * step, rel=1e-9)}
        assert encode_replies({register: raw * step}, [Read(register, 1, kind)]) == payload
    least = bytes((0x20 | kind << 2 | 1, register)) + struct.pack(f"<{letter}", -most - 1)
    assert math.isnan(decode_payload(least)[1][register])
    for beyond, cut in ((most + 10, most), (-most - 10, -most)):
        payload = encode_replies({register: beyond * step}, [Read(register, 1, kind)])
        assert payload[2:] == struct.pack(f"<{letter}", cut)


def test_runs_of_registers_by_hand() -> None:
    payload = bytes.fromhex("01 00 0a 50 08 02 20 01000000 02000000 1c 05 01 13 0d 20 02 00 0a 0b 21 0f 07")
    writes, replies, reads = decode_payload(payload)
    assert writes == {0: 10, 0x20: pytest.approx(1e-5), 0x21: pytest.approx(2e-5)}
    assert replies == {0: 10, 1: pytest.approx(0.11), 0x0F: 7}
    assert reads == [Read(1, 5, Type.FLOAT), Read(0x0D, 3, Type.INT8)]
    assert decode_payload(b"") == ({}, {}, [])
    for wrong in (0x30, 0x31, 0x40, 0x4F, 0x51, 0xFF):
        with pytest.raises(ValueError, match="no register access"):
            decode_payload(bytes((wrong, 1, 1, 1, 1)))
    for cut in set(range(28)) - {0, 3, 4, 15, 18, 20, 25}:
        with pytest.raises(ValueError, match="ends early"):
            decode_payload(payload[:cut])


@pytest.mark.parametrize(("count", "head"), [(1, "21"), (2, "22"), (3, "23"), (4, "20 04"), (9, "20 09")])
def test_a_run_of_up_to_three_has_its_count_in_its_head(count: int, head: str) -> None:
    values = dict.fromkeys(range(0x30, 0x40), 5.0)
    payload = encode_replies(values, [Read(0x30, count, Type.INT8)])
    assert payload == bytes.fromhex(head) + b"\x30" + b"\x05" * count
    assert encode_replies({}, [Read(0x30, count, Type.INT8)])[-1] == 0


def answer(position: float = 0.25, velocity: float = 0.5, torque: float = -2.0) -> bytes:
    numbers = struct.pack("<3f", position, velocity, torque)
    return bytes.fromhex("21 00 0b") + b"\x2f\x01" + numbers + b"\x23\x0d" + bytes((48, 0xFB, 33))


def test_an_answer_by_hand() -> None:
    assert decode_answer(answer()) == Answer(11, 0.25, 0.5, -2.0, 24.0, -5.0, 33)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_an_answer_without_its_three_numbers_is_none(wrong: float) -> None:
    assert decode_answer(answer(position=wrong)) is None
    assert decode_answer(answer(velocity=wrong)) is None
    assert decode_answer(answer(torque=wrong)) is None


@pytest.mark.parametrize("register", [0x0, 0x1, 0x2, 0x3, 0xD, 0xE, 0xF])
def test_an_answer_that_lacks_one_is_none(register: int) -> None:
    values = dict.fromkeys(range(16), 1.0)
    reads = [Read(one, 1, Type.FLOAT) for one in (0, 1, 2, 3, 0xD, 0xE, 0xF)]
    assert decode_answer(encode_replies(values, reads)) is not None
    assert decode_answer(encode_replies(values, [read for read in reads if read.first != register])) is None
    assert decode_answer(encode_replies({0: math.inf}, reads)) is None


# -- frames and lines ----------------------------------------------------------------------------------------


def test_a_frame_has_a_length_that_can_fd_knows() -> None:
    sizes = (0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64)
    for length in range(65):
        frame = decode_can(
            encode_send(3, b"x" * length, reply=False).decode().split("*")[0] + " ", "can send"
        )
        size = min(size for size in sizes if size >= length)
        if length:
            assert frame == (3, b"x" * length + b"\x50" * (size - length))
    with pytest.raises(ValueError, match=r"65 bytes do not fit a CAN-FD frame \(64\)"):
        encode_send(3, b"x" * 65, reply=False)


def test_the_line_of_a_frame_is_the_vendors() -> None:
    line = encode_send(0x1A, b"\x01\xab", reply=True)
    body, _, checksum = line.rpartition(b"*")
    assert body == b"can send 801a 01AB BF "
    assert checksum == b"%02X\n" % vendor_line._compute_crc8(body)
    assert encode_send(0x1A, b"\x01", reply=False).startswith(b"can send 001a 01 BF *")


@pytest.mark.parametrize("line", [b"", b"*", b"OK", b"OK *", b"OK *5", b"OK *5Z", b"OK 5A"])
def test_a_line_without_two_digits_of_checksum_is_none(line: bytes) -> None:
    assert decode_line(line) is None


def test_a_lines_checksum_is_all_of_it() -> None:
    line = encode_line("OK")
    assert line == b"OK *%02X\n" % vendor_line._compute_crc8(b"OK ")
    assert decode_line(line) == decode_line(line.lower().replace(b"ok", b"OK")) == "OK"
    claimed = crc8(b"OK ")
    for other in range(256):
        assert (decode_line(b"OK *%02X" % other) == "OK") is (other == claimed)
    assert decode_line(b"OK *0%02X" % claimed) is None
    short = next(text for text in (b"%d " % k for k in range(1000)) if crc8(text) < 16)
    assert decode_line(short + b"*%X" % crc8(short)) is None, "one digit is none"
    assert decode_line(b"\xff*%02X" % crc8(b"\xff")) is None


@pytest.mark.parametrize(
    "text", ["", "rcv", "rcv 100", "can 100 11", "send 100 11", "rcv 1g0 11", "rcv 100 1"]
)
def test_what_is_no_frame_is_none(text: str) -> None:
    assert decode_can(text, "rcv") is None
    assert decode_can("rcv 100 11", "rcv") == decode_can("rcv 100 11 E B F", "rcv") == (0x100, b"\x11")
    assert decode_can("can send 8001", "can send") is None
    assert decode_can("can send 8001 11", "can send") == (0x8001, b"\x11")


def padded(length: int) -> bytes:
    """A line of that many bytes before its end."""
    return encode_line("x" * (length - 4))


@pytest.mark.parametrize(("length", "whole"), [(5, True), (511, True), (512, True), (513, False)])
def test_a_line_has_512_bytes_at_most(length: int, whole: bool) -> None:
    line = padded(length)
    assert len(line) == length + 1
    lines = Lines()
    assert lines.push(line) == (["x" * (length - 4)] if whole else [])
    assert lines.bad == (not whole)


def test_what_is_too_long_is_skipped_to_its_end_and_counted_once() -> None:
    lines = Lines()
    assert lines.push(b"x" * 512) == []
    assert (lines.bad, len(lines._rest)) == (0, 512)
    assert lines.push(b"x") == []
    assert (lines.bad, lines._rest) == (1, b"")
    assert lines.push(b"x" * 600) == []
    assert (lines.bad, lines._rest) == (1, b"")
    assert lines.push(encode_line("OK")) == [], "the end of what was skipped"
    assert lines.bad == 1
    assert lines.push(encode_line("OK")) == ["OK"]
    assert lines.push(b"\n\r\n  \n") == []
    assert lines.bad == 1
    assert lines.push(b"OK\n") == []
    assert lines.bad == 2
