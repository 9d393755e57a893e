from __future__ import annotations

import math

import moteus
import moteus.fdcanusb_device as vendor_line
import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.firmware_bridge.moteus.codec import (
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
from innervate.firmware_bridge.moteus.position_line import PositionLine
from moteus.protocol import parse_reply as vendor_parse

NUMBER = st.floats(-20.0, 20.0, width=32)


def vendor_position(command: PositionCommand) -> bytes:
    """The payload the vendor's own client makes for the same command and query."""
    query = moteus.QueryResolution()
    controller = moteus.Controller(id=1, query_resolution=query, transport=object())
    made = controller.make_position(
        position=command.position_rev,
        velocity=command.velocity_rev_s,
        kp_scale=command.kp_scale,
        kd_scale=command.kd_scale,
        maximum_torque=command.max_torque_nm,
        watchdog_timeout=command.watchdog_s,
        query=True,
    )
    assert made.destination == 1
    return bytes(made.data)


@given(position=NUMBER, velocity=NUMBER, kp=st.floats(0, 1, width=32), torque=st.floats(0.5, 40, width=32))
def test_position_command_reads_as_the_vendors(
    position: float, velocity: float, kp: float, torque: float
) -> None:
    command = PositionCommand(position, velocity, kp, 0.5, torque, 0.125)
    ours, _, our_reads = decode_payload(encode_position(command))
    theirs, _, their_reads = decode_payload(vendor_position(command))
    assert ours == theirs
    assert our_reads[0].first == Register.MODE == their_reads[0].first
    assert ours[Register.COMMAND_WATCHDOG] == 0.125
    assert ours[Register.MODE] == Mode.POSITION


def test_position_command_is_the_vendors_bytes() -> None:
    command = PositionCommand(0.123, 0.0, 0.75, 1.0, 12.0, 0.1)
    theirs = vendor_position(command)
    ours = encode_position(command)
    writes = len(ours) - len(encode_query())
    assert ours[:writes] == theirs[:writes]


def test_vector_of_the_sheet() -> None:
    """A line seen from the vendor's client."""
    line = b"can send 8001 01000A0E206F12833A0000000011001F01130D50 BF *EE\n"
    text = decode_line(line)
    assert text is not None
    assert encode_line(text) == line
    frame = decode_can(text, "can send")
    assert frame is not None
    assert frame[0] == 0x8001
    writes, replies, reads = decode_payload(frame[1])
    assert writes == {Register.MODE: 10, Register.COMMAND_POSITION: pytest.approx(0.001), 0x21: 0.0}
    assert not replies
    assert reads == [Read(0, 1, Type.INT8), Read(1, 3, Type.FLOAT), Read(0x0D, 3, Type.INT8)]


@given(st.binary(max_size=80))
def test_checksum_is_the_vendors(data: bytes) -> None:
    assert crc8(data) == vendor_line._compute_crc8(data)


@given(payload=st.binary(min_size=1, max_size=64), reply=st.booleans())
def test_send_line_is_padded_to_a_can_length_and_comes_back(payload: bytes, reply: bool) -> None:
    line = encode_send(5, payload, reply=reply)
    text = decode_line(line)
    assert text is not None
    frame = decode_can(text, "can send")
    assert frame is not None
    assert frame[0] == (0x8005 if reply else 5)
    assert frame[1][: len(payload)] == payload
    assert set(frame[1][len(payload) :]) <= {0x50}
    assert len(frame[1]) in (1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64)


def test_too_long_a_payload_is_refused() -> None:
    with pytest.raises(ValueError, match="64"):
        encode_send(1, b"x" * 65, reply=True)


def test_nan_never_reaches_the_wire() -> None:
    """To a moteus, a position of NaN means "wherever you are", a torque of NaN "as much as configured"."""
    with pytest.raises(ValueError, match="finite"):
        encode_position(PositionCommand(math.nan, 0.0, 1.0, 1.0, 1.0, 0.1))


SHARE = st.floats(0.05, 1.0)
ANY_FLOAT = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(
    destination=st.integers(1, 126),
    shares=st.tuples(SHARE, SHARE),
    watchdog_s=st.floats(0.01, 1.0),
    numbers=st.lists(st.tuples(ANY_FLOAT, ANY_FLOAT), min_size=1, max_size=4),
)
def test_a_line_made_from_what_never_changes_is_the_line_made_anew(
    destination: int, shares: tuple[float, float], watchdog_s: float, numbers: list[tuple[float, float]]
) -> None:
    line = PositionLine(destination, PositionCommand(0.0, 0.0, *shares, 1.0, watchdog_s))
    for position_rev, torque_nm in numbers:
        command = PositionCommand(position_rev, 0.0, *shares, torque_nm, watchdog_s)
        assert line.encode(position_rev, torque_nm) == encode_send(
            destination, encode_position(command), reply=True
        )


@pytest.mark.parametrize("wrong", [(math.nan, 1.0), (math.inf, 1.0), (0.1, math.nan), (0.1, -math.inf)])
def test_no_line_is_made_of_what_is_not_finite(wrong: tuple[float, float]) -> None:
    line = PositionLine(1, PositionCommand(0.0, 0.0, 1.0, 1.0, 1.0, 0.1))
    with pytest.raises(ValueError, match="finite"):
        line.encode(*wrong)


def test_stop_frees_and_asks() -> None:
    writes, _, reads = decode_payload(encode_stop())
    assert writes == {Register.MODE: Mode.STOPPED}
    assert len(reads) == 3


@given(
    values=st.tuples(NUMBER, NUMBER, NUMBER),
    mode=st.integers(0, 15),
    fault=st.integers(0, 100),
    data=st.data(),
)
def test_answer_round_trip(
    values: tuple[float, float, float], mode: int, fault: int, data: st.DataObject
) -> None:
    _, _, reads = decode_payload(encode_query())
    said = dict(enumerate((mode, *values))) | {0x0D: 24.0, 0x0E: 31.0, 0x0F: fault}
    payload = encode_replies(said, reads)
    answer = decode_answer(payload)
    assert answer is not None
    assert (answer.mode, answer.fault, answer.voltage_v, answer.temperature_c) == (mode, fault, 24.0, 31.0)
    assert (answer.position_rev, answer.velocity_rev_s, answer.torque_nm) == values
    vendor = vendor_parse(payload)
    assert vendor[moteus.Register.POSITION] == values[0]
    assert vendor[moteus.Register.VOLTAGE] == 24.0
    cut = data.draw(st.integers(0, len(payload) - 1))
    assert decode_answer(payload[:cut]) is None


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("kind", list(Type))
def test_vendor_reads_every_type_and_count(kind: Type, count: int) -> None:
    values = dict.fromkeys(range(1, 10), 1.0)
    payload = encode_replies(values, [Read(1, count, kind)])
    vendor = vendor_parse(payload)
    assert vendor[moteus.Register.POSITION] == pytest.approx(1.0, abs=0.01)
    _, ours, _ = decode_payload(payload)
    assert len(ours) == count


def test_not_a_number_on_the_wire_is_no_answer() -> None:
    _, _, reads = decode_payload(encode_query())
    payload = encode_replies({1: math.nan}, reads)
    assert decode_answer(payload) is None


@given(st.binary(max_size=64))
def test_any_payload_is_survived(payload: bytes) -> None:
    decode_answer(payload)


@given(
    lines=st.lists(st.sampled_from(["OK", "rcv 100 2100 E B F", "can send 8001 1100"]), max_size=6),
    noise=st.lists(st.binary(max_size=40), min_size=7, max_size=7),
    data=st.data(),
)
def test_lines_survive_garbage_and_any_split(
    lines: list[str], noise: list[bytes], data: st.DataObject
) -> None:
    stream = b""
    for garbage, line in zip(noise, lines, strict=False):
        stream += garbage + b"\n" + encode_line(line)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader, found = Lines(), []
    for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += reader.push(stream[a:b])
    assert found == lines


def test_endless_noise_does_not_grow() -> None:
    reader = Lines()
    for _ in range(1000):
        assert reader.push(b"\xff" * 1000) == []
    assert len(reader._rest) < 1100
    assert reader.push(b"\n" + encode_line("OK")) == ["OK"]
    assert reader.bad == 1
