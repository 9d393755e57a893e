"""MIT-mode frames at their bounds, and the manual's numbers written down a second time."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from innervate.firmware_bridge.cubemars.codec import (
    ERRORS,
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

UNIT = Ranges(velocity_rad_s=1.0, torque_nm=1.0, position_rad=1.0, kp_nm_rad=1.0, kd_nm_s_rad=1.0)
LEAST = Command(-1.0, -1.0, 0.0, 0.0, -1.0)


def test_the_numbers_of_the_manual() -> None:
    assert {
        name: (r.velocity_rad_s, r.torque_nm, r.position_rad, r.kp_nm_rad, r.kd_nm_s_rad)
        for name, r in RANGES.items()
    } == {
        "AK10-9": (50.0, 65.0, 12.5, 500.0, 5.0),
        "AK60-6": (45.0, 15.0, 12.5, 500.0, 5.0),
        "AK70-10": (50.0, 25.0, 12.5, 500.0, 5.0),
        "AK80-6": (76.0, 12.0, 12.5, 500.0, 5.0),
        "AK80-8": (37.5, 32.0, 12.5, 500.0, 5.0),
        "AK80-9": (50.0, 18.0, 12.5, 500.0, 5.0),
        "AK80-64": (8.0, 144.0, 12.5, 500.0, 5.0),
    }
    assert sorted(ERRORS) == [1, 2, 3, 4, 5, 6]
    assert MAX_ID == 126
    assert Command(1.0, 2.0, 3.0, 4.0).torque_nm == 0.0


@pytest.mark.parametrize(
    ("name", "shift", "bits", "least"),
    [
        ("position_rad", 48, 16, -1.0),
        ("velocity_rad_s", 36, 12, -1.0),
        ("kp_nm_rad", 24, 12, 0.0),
        ("kd_nm_s_rad", 12, 12, 0.0),
        ("torque_nm", 0, 12, -1.0),
    ],
)
def test_each_number_from_its_least_to_its_greatest(name: str, shift: int, bits: int, least: float) -> None:
    most = (1 << bits) - 1
    step = (1.0 - least) / (1 << bits)
    for value, raw in (
        (least, 0),
        (least + 0.999 * step, 0),
        (least + step, 1),
        ((1.0 + least) / 2, 1 << bits - 1),
        (1.0 - step, most),
        (1.0, most),
    ):
        data = encode(replace(LEAST, **{name: value}), UNIT)
        assert int.from_bytes(data, "big") == raw << shift
        read = decode_request(data, UNIT)
        assert isinstance(read, Command)
        assert getattr(read, name) == pytest.approx(least + raw * (1.0 - least) / most, abs=1e-12)
    for wrong in (math.nextafter(least, -9.0), math.nextafter(1.0, 9.0), math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match="allowed"):
            encode(replace(LEAST, **{name: wrong}), UNIT)


@pytest.mark.parametrize("least", [0xFB, 0xFC, 0xFD, 0xFE, 0xFF])
def test_only_three_bytes_behind_seven_ff_are_special(least: int) -> None:
    special = {0xFC: Enter(), 0xFD: Exit(), 0xFE: Zero()}
    data = b"\xff" * 7 + bytes((least,))
    read = decode_request(data, UNIT)
    assert read == special.get(least, read)
    assert isinstance(read, Command) is (least not in special)
    command = Command(1.0, 1.0, 1.0, 1.0, (0xF00 + least) * 2 / 4096 - 1.0)
    if least in special:
        with pytest.raises(ValueError, match="special frame"):
            encode(command, UNIT)
        assert encode(special[least], UNIT) == data
    else:
        assert encode(command, UNIT) == data


@pytest.mark.parametrize("at", range(7))
def test_seven_bytes_make_a_special_frame_and_not_six(at: int) -> None:
    data = bytearray(b"\xff" * 7 + b"\xfc")
    data[at] = 0xFE
    assert isinstance(decode_request(bytes(data), UNIT), Command)


def test_a_request_has_eight_bytes() -> None:
    for length in range(12):
        assert (decode_request(bytes(length), UNIT) is None) is (length != 8)


def test_a_reply_has_six_or_eight_bytes() -> None:
    for length in range(12):
        assert (decode_reply(b"\x01" * length, UNIT) is None) is (length not in (6, 8))


@pytest.mark.parametrize(("drive", "known"), [(0, False), (1, True), (126, True), (127, False), (255, False)])
def test_a_reply_comes_from_a_drive_that_can_be(drive: int, known: bool) -> None:
    assert (decode_reply(bytes((drive,)) + bytes(5), UNIT) is not None) is known


def test_each_number_of_a_reply_stands_where_it_belongs() -> None:
    for at, (position, velocity, torque) in {
        "0affff000000": (1.0, -1.0, -1.0),
        "0a0000fff000": (-1.0, 1.0, -1.0),
        "0a0000000fff": (-1.0, -1.0, 1.0),
    }.items():
        reply = Reply(10, position, velocity, torque)
        assert encode_reply(reply, UNIT).hex() == at
        assert decode_reply(bytes.fromhex(at), UNIT) == reply


@pytest.mark.parametrize(("celsius", "byte"), [(-128, 0x80), (-1, 0xFF), (0, 0), (127, 0x7F)])
def test_temperature_is_signed_and_the_error_is_not(celsius: int, byte: int) -> None:
    data = bytes((10, 0, 0, 0, 0, 0, byte, 255))
    reply = Reply(10, -1.0, -1.0, -1.0, celsius, 255)
    assert encode_reply(reply, UNIT) == data
    assert decode_reply(data, UNIT) == reply
    assert len(encode_reply(replace(reply, error=None), UNIT)) == 6
    assert len(encode_reply(replace(reply, temperature_c=None), UNIT)) == 6


def test_a_reply_that_no_drive_can_make_is_refused() -> None:
    for wrong in (Reply(10, 1.1, 0.0, 0.0), Reply(10, 0.0, -1.1, 0.0), Reply(10, 0.0, 0.0, math.nan)):
        with pytest.raises(ValueError, match="allowed"):
            encode_reply(wrong, UNIT)
