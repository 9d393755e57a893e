"""Bytes of a CubeMars AK drive in MIT mode."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.firmware_bridge.cubemars.codec import (
    MAX_ID,
    RANGES,
    Command,
    Enter,
    Exit,
    Ranges,
    Reply,
    Zero,
    decode_reply,
    decode_request,
    encode,
    encode_reply,
)

AK80_9 = RANGES["AK80-9"]
MODELS = st.sampled_from(sorted(RANGES))


def share(most: float, least: float | None = None) -> st.SearchStrategy[float]:
    return st.floats(-most if least is None else least, most)


@st.composite
def commands(draw: st.DrawFn) -> tuple[Ranges, Command]:
    r = RANGES[draw(MODELS)]
    made = Command(
        draw(share(r.position_rad)),
        draw(share(r.velocity_rad_s)),
        draw(share(r.kp_nm_rad, 0.0)),
        draw(share(r.kd_nm_s_rad, 0.0)),
        draw(share(r.torque_nm)),
    )
    return r, made


def test_the_vector_that_tmotorcancontrol_sends() -> None:
    """TMotorCANControl 1.2.6 puts these bytes on a bus for the same numbers."""
    sent = encode(Command(1.0, 2.0, 50.0, 1.0, 3.0), AK80_9)
    assert sent.hex(" ") == "8a 3d 85 11 99 33 39 55"


@pytest.mark.parametrize(("request_", "last"), [(Enter(), 0xFC), (Exit(), 0xFD), (Zero(), 0xFE)])
def test_special_frames(request_: Enter | Exit | Zero, last: int) -> None:
    data = encode(request_, AK80_9)
    assert data == b"\xff" * 7 + bytes((last,))
    assert decode_request(data, AK80_9) == request_


def test_each_number_stands_where_it_belongs() -> None:
    """One number at its greatest at a time, the others at their least. Torque: bytes 6 (low) and 7."""
    least = {
        "position_rad": -12.5,
        "velocity_rad_s": -50.0,
        "kp_nm_rad": 0.0,
        "kd_nm_s_rad": 0.0,
        "torque_nm": -18.0,
    }
    most = {
        "position_rad": 12.5,
        "velocity_rad_s": 50.0,
        "kp_nm_rad": 500.0,
        "kd_nm_s_rad": 5.0,
        "torque_nm": 18.0,
    }
    where = {
        "position_rad": "ffff000000000000",
        "velocity_rad_s": "0000fff000000000",
        "kp_nm_rad": "0000000fff000000",
        "kd_nm_s_rad": "0000000000fff000",
        "torque_nm": "0000000000000fff",
    }
    for name, expected in where.items():
        assert encode(Command(**{**least, name: most[name]}), AK80_9).hex() == expected


def test_nothing_wanted_is_nothing_much_on_the_wire() -> None:
    """Zero lies between two steps: what a drive reads is off by half of one."""
    read = decode_request(encode(Command(0.0, 0.0, 0.0, 0.0), AK80_9), AK80_9)
    assert isinstance(read, Command)
    assert read.kp_nm_rad == read.kd_nm_s_rad == 0.0
    assert abs(read.position_rad) < 0.0002
    assert abs(read.velocity_rad_s) < 0.013
    assert abs(read.torque_nm) < 0.005


@given(commands())
def test_a_command_is_off_by_one_step_at_most(made: tuple[Ranges, Command]) -> None:
    r, command = made
    try:
        data = encode(command, r)
    except ValueError:
        assert command.position_rad > 0.999 * r.position_rad  # it would read as a special frame
        return
    read = decode_request(data, r)
    assert isinstance(read, Command)
    steps = (
        (read.position_rad, command.position_rad, 2 * r.position_rad / 65535),
        (read.velocity_rad_s, command.velocity_rad_s, 2 * r.velocity_rad_s / 4095),
        (read.kp_nm_rad, command.kp_nm_rad, r.kp_nm_rad / 4095),
        (read.kd_nm_s_rad, command.kd_nm_s_rad, r.kd_nm_s_rad / 4095),
        (read.torque_nm, command.torque_nm, 2 * r.torque_nm / 4095),
    )
    for got, wanted, step in steps:
        assert abs(got - wanted) <= 1.001 * step


@pytest.mark.parametrize(
    "wrong",
    [
        Command(12.6, 0.0, 0.0, 0.0),
        Command(0.0, -50.1, 0.0, 0.0),
        Command(0.0, 0.0, 501.0, 0.0),
        Command(0.0, 0.0, -1.0, 0.0),
        Command(0.0, 0.0, 0.0, 5.1),
        Command(0.0, 0.0, 0.0, 0.0, 18.1),
        Command(math.nan, 0.0, 0.0, 0.0),
        Command(0.0, math.inf, 0.0, 0.0),
    ],
)
def test_what_the_wire_cannot_hold_is_refused(wrong: Command) -> None:
    with pytest.raises(ValueError, match="allowed"):
        encode(wrong, AK80_9)


def test_a_command_never_reads_as_a_special_frame() -> None:
    with pytest.raises(ValueError, match="special"):
        encode(Command(12.5, 50.0, 500.0, 5.0, 18.0 * (1 - 2 * 2.5 / 4096)), AK80_9)


def test_a_reply_of_eight_bytes() -> None:
    data = struct.pack(">BH", 3, 0x8000) + bytes((0x7F, 0xF8, 0x00, 0xF6, 2))
    said = decode_reply(data, AK80_9)
    assert said is not None
    assert (said.drive, said.temperature_c, said.error) == (3, -10, 2)
    assert said.position_rad == pytest.approx(0.00019, abs=1e-5)
    assert said.velocity_rad_s == pytest.approx(-0.0122, abs=1e-4)
    assert said.torque_nm == pytest.approx(0.0044, abs=1e-4)


def test_a_reply_of_six_bytes_says_neither_temperature_nor_error() -> None:
    said = decode_reply(bytes((1, 0, 0, 0, 0, 0)), AK80_9)
    assert said == Reply(1, -12.5, -50.0, -18.0, None, None)


@given(
    MODELS,
    st.integers(1, MAX_ID),
    st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=3),
    st.one_of(st.none(), st.tuples(st.integers(-20, 127), st.integers(0, 255))),
)
def test_replies_round_trip(
    model: str, drive: int, shares: list[float], more: tuple[int, int] | None
) -> None:
    r = RANGES[model]
    spans = (r.position_rad, r.velocity_rad_s, r.torque_nm)
    values = [part * most for part, most in zip(shares, spans, strict=True)]
    celsius, error = more or (None, None)
    data = encode_reply(Reply(drive, *values, celsius, error), r)
    said = decode_reply(data, r)
    assert said is not None
    assert len(data) == (8 if more else 6)
    assert (said.drive, said.temperature_c, said.error) == (drive, celsius, error)
    got = (said.position_rad, said.velocity_rad_s, said.torque_nm)
    for a, b, most, bits in zip(got, values, spans, (65535, 4095, 4095), strict=True):
        assert abs(a - b) <= 1.001 * 2 * most / bits


@given(st.binary(max_size=16), MODELS)
def test_any_bytes_are_read_or_refused(data: bytes, model: str) -> None:
    r = RANGES[model]
    said = decode_reply(data, r)
    assert said is None or (math.isfinite(said.position_rad) and abs(said.position_rad) <= r.position_rad)
    assert (decode_request(data, r) is None) == (len(data) != 8)
