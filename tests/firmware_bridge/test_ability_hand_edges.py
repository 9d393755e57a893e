"""The Ability Hand's frames at their bounds, and its numbers written down a second time (ICD v1.8)."""

from __future__ import annotations

import struct
from itertools import product

import pytest
from innervate.firmware_bridge.ability_hand.codec import (
    ADDRESS,
    GEAR,
    JOINTS,
    MAX_FRAME,
    TOUCH_SITES,
    Control,
    Exit,
    Grip,
    GripCommand,
    Mode,
    ReadOnly,
    Reply,
    Unstuffer,
    Upsampling,
    Variant,
    decode_reply,
    decode_request,
    encode,
    encode_reply,
    stuff,
)
from innervate.firmware_bridge.ability_hand.registers import (
    FIRST_GAIN,
    GAINS_PER_JOINT,
    LAST_GAIN,
    UNIQUE_ID,
    ReadRegister,
    RegisterReply,
    WriteRegister,
    decode_register,
    decode_register_reply,
    gain_register,
)
from innervate.firmware_bridge.ability_hand.touch import LEAST_N, MOST_N, SITES, touch_newton, touch_raw

GRIPS = {
    "OPEN": 0, "POWER": 1, "KEY": 2, "PINCH": 3, "TRIPOD_OPENED": 4, "HORNS": 5, "CYLINDER": 6, "MOUSE": 7,
    "POWER_KEY_SWITCH": 8, "POINT": 9, "RUDE": 10, "HOOK": 11, "RELAX": 12, "SLEEVE": 13, "PEACE": 14,
    "TRIPOD_CLOSED": 15, "HANG_LOOSE": 16, "HANDSHAKE": 17, "FIXED_PINCH": 18, "TRIGGER": 24,
}  # fmt: skip


def test_the_numbers_of_the_icd() -> None:
    assert {grip.name: int(grip) for grip in Grip} == GRIPS
    assert {mode.name: int(mode) for mode in Mode} == {
        "POSITION": 1,
        "VELOCITY": 2,
        "CURRENT": 3,
        "VOLTAGE": 4,
    }
    assert [int(variant) for variant in Variant] == [0, 1, 2]
    assert (ADDRESS, JOINTS, TOUCH_SITES, SITES) == (0x50, 6, 30, 6)
    assert GEAR == (649.0,) * 5 + (162.45,)
    assert (GAINS_PER_JOINT, FIRST_GAIN, LAST_GAIN, UNIQUE_ID) == (10, 1, 60, (61, 62))


@pytest.mark.parametrize(
    ("mode", "value", "raw"),
    [
        (Mode.POSITION, 150.0, 32767),
        (Mode.POSITION, 1.0, 218),
        (Mode.VELOCITY, 3000.0, 32767),
        (Mode.VELOCITY, 100.0, 1092),
        (Mode.CURRENT, 10.0, 6206),
        (Mode.CURRENT, 52.0, 32272),
        (Mode.VOLTAGE, 100.0, 3546),
        (Mode.VOLTAGE, -100.0, -3546),
    ],
)
def test_each_mode_has_its_scale(mode: Mode, value: float, raw: int) -> None:
    (body,) = Unstuffer().push(encode(Control(mode, Variant(1), (value, 0.0, 0.0, 0.0, 0.0, -value))))
    assert body[:2] == bytes((0x50, int(mode) << 4 | 1))
    assert struct.unpack("<6h", body[2:]) == (raw, 0, 0, 0, 0, -raw)


@pytest.mark.parametrize("value", [150.003, -150.003])
def test_half_a_step_beyond_the_scale_is_refused_and_not_wrapped(value: float) -> None:
    assert encode(Control(Mode.POSITION, Variant(0), (150.0, -150.0, 0.0, 0.0, 0.0, 0.0)))
    with pytest.raises(ValueError, match=r"too large for the wire: -?150\.003; at most 150$"):
        encode(Control(Mode.POSITION, Variant(0), (value, 0.0, 0.0, 0.0, 0.0, 0.0)))
    with pytest.raises(ValueError, match="too large for the wire"):
        encode(Control(Mode.POSITION, Variant(0), (0.0, 0.0, 0.0, 0.0, 0.0, value)))


def test_bytes_of_the_short_requests() -> None:
    made = {
        b"\x50\xa0": ReadOnly(Variant(0)),
        b"\x50\xa1": ReadOnly(Variant(1)),
        b"\x50\xa2": ReadOnly(Variant(2)),
        b"\x50\x7c": Exit(),
        b"\x50\xc2": Upsampling(on=True),
        b"\x50\xc3": Upsampling(on=False),
    }
    for body, request in made.items():
        assert encode(request) == stuff(body)
        assert decode_request(body) == request
    for header in set(range(256)) - {body[1] for body in made}:
        assert decode_request(bytes((0x50, header))) is None


@pytest.mark.parametrize("speed", [-1, 256])
def test_a_grips_speed_is_a_byte(speed: int) -> None:
    with pytest.raises(ValueError, match="allowed 0 to 255"):
        encode(GripCommand(Grip.PINCH, speed))
    assert encode(GripCommand(Grip.PINCH, 0)) == stuff(b"\x50\x1d\x03\x00")
    assert encode(GripCommand(Grip.PINCH)) == stuff(b"\x50\x1d\x03\xff")


def test_a_request_of_another_length_address_or_mode_is_none() -> None:
    control = b"\x50\x10" + bytes(12)
    assert isinstance(decode_request(control), Control)
    assert decode_request(b"\x51" + control[1:]) is None
    assert decode_request(b"\x4f" + control[1:]) is None
    for length in set(range(20)) - {14}:
        assert decode_request((control + bytes(8))[:length]) is None
    for high, low in product(range(16), range(16)):
        known = high in (1, 2, 3, 4) and low in (0, 1, 2)
        assert (decode_request(bytes((0x50, high << 4 | low)) + bytes(12)) is not None) is known
    assert decode_request(b"\x50\x1d\x03\x07") == GripCommand(Grip.PINCH, 7)
    assert decode_request(b"\x50\x1e\x03\x07") is None
    assert decode_request(b"\x50\x1d\x13\x07") is None
    assert decode_request(b"\x50\x1d\x03") is None
    assert decode_request(b"\x50\x1d\x03\x07\x07") is None


def by_hand(variant: int) -> bytes:
    """A reply's body: first joint 150 deg and 1234, last -150 and -77; touch 0x123, 0x456; joint 5 limits."""
    pairs = struct.pack("<12h", 32767, 1234, *(0,) * 8, -32767, -77)
    touch = bytes((0x23, 0x61, 0x45)) + bytes(39) + bytes((0xFF, 0xFF, 0xFF))
    return (
        bytes((0x10 | variant,))
        + pairs
        + (struct.pack("<6h", 4, *(0,) * 4, -8) if variant == 2 else touch)
        + b"\x20"
    )


def test_replies_by_hand() -> None:
    plain = (150.0, 0.0, 0.0, 0.0, 0.0, -150.0)
    limits = (False,) * 5 + (True,)
    touch = (0x123, 0x456, *(0,) * 26, 0xFFF, 0xFFF)
    current = (1234 / 620.606, *(0.0,) * 4, -77 / 620.606)
    speed = (1234 / 4, *(0.0,) * 4, -77 / 4)
    told = [
        Reply(1, Variant(0), plain, current, (), touch, limits),
        Reply(1, Variant(1), plain, (), speed, touch, limits),
        Reply(1, Variant(2), plain, current, (1.0, 0.0, 0.0, 0.0, 0.0, -2.0), (), limits),
    ]
    for variant, reply in enumerate(told):
        assert decode_reply(by_hand(variant)) == reply
        assert encode_reply(reply) == stuff(by_hand(variant))
        assert decode_reply(by_hand(variant)[:-1]) is None
        assert decode_reply(by_hand(variant) + b"\0") is None
    for limiting in range(6):
        reply = decode_reply(by_hand(0)[:-1] + bytes((1 << limiting,)))
        assert reply is not None
        assert [i for i, limits_now in enumerate(reply.limiting) if limits_now] == [limiting]
    assert decode_reply(b"") is None
    assert all(decode_reply(bytes((0x10 | low,)) + by_hand(0)[1:]) is None for low in range(2, 16))


# -- frames --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [3, 4, 72, 95, 96, 97, 98])
def test_a_frame_has_3_to_96_bytes(length: int) -> None:
    """With its checksum. Shorter ones are what adapters inject: not heard, not counted."""
    assert MAX_FRAME == 96
    unstuffer = Unstuffer()
    body = b"\x50" * (length - 1)
    assert unstuffer.push(stuff(body)) == ([body] if length <= 96 else [])
    assert unstuffer.bad == (length > 96)


def test_one_and_two_bytes_between_flags_are_nothing() -> None:
    unstuffer = Unstuffer()
    assert unstuffer.push(b"\x7e\x01\x7e\x01\x02\x7e\x50\xb0\x7e") == []
    assert unstuffer.bad == 0
    assert unstuffer.push(b"\x50\xb0\x01\x7e") == []
    assert unstuffer.bad == 1


@pytest.mark.parametrize("escape", [b"\x7d", b"\x7d\x00", b"\x7d\x5c", b"\x7d\x5f", b"\x7d\x7d\x5d"])
def test_a_broken_escape_is_damage(escape: bytes) -> None:
    unstuffer = Unstuffer()
    assert unstuffer.push(b"\x7e\x50\x51" + escape + b"\x7e") == []
    assert unstuffer.bad == 1


def test_a_broken_escape_is_damage_even_if_the_sum_is_right() -> None:
    """50 + 51 + 7D + E2 = 200; but no 7D stands without its 5D or 5E."""
    unstuffer = Unstuffer()
    assert unstuffer.push(b"\x7e\x50\x51\x7d\xe2\x7e") == []
    assert unstuffer.bad == 1


def test_two_bytes_of_which_one_is_escaped_are_no_frame() -> None:
    unstuffer = Unstuffer()
    assert unstuffer.push(b"\x7e\x82\x7d\x5e\x7e") == []
    assert unstuffer.bad == 0


def test_what_is_escaped_comes_back_even_when_all_is() -> None:
    body = b"\x7d\x7e" * 47 + b"\x01"
    assert Unstuffer().push(stuff(body)) == [body]


def test_twice_the_longest_frame_without_a_flag_is_skipped_to_the_next() -> None:
    """Every byte of the longest frame may be escaped."""
    unstuffer = Unstuffer()
    assert unstuffer.push(b"\x01" * 192) == []
    assert len(unstuffer._rest) == 192
    assert unstuffer.push(b"\x01") == []
    assert unstuffer._rest == b""
    assert unstuffer.push(b"\x50\x7c\x34\x7e") == [], "the end of what was skipped"
    assert unstuffer.bad == 1
    assert unstuffer.push(b"\x50\x7c\x34\x7e") == [b"\x50\x7c"]
    assert unstuffer.bad == 1


def test_the_end_of_what_was_skipped_counts_even_if_it_is_short() -> None:
    unstuffer = Unstuffer()
    unstuffer.push(b"\x01" * 193)
    assert unstuffer.push(b"\x7e") == []
    assert unstuffer.bad == 1
    assert unstuffer.push(b"\x7e\x7e") == []
    assert unstuffer.bad == 1


# -- registers and touch -------------------------------------------------------------------------------------


def test_gains_at_their_bounds() -> None:
    assert [gain_register(*at) for at in ((0, 0), (0, 9), (1, 0), (5, 0), (5, 9))] == [1, 10, 11, 51, 60]
    for wrong in ((-1, 0), (6, 0), (0, -1), (0, 10)):
        with pytest.raises(ValueError, match="allowed 0 to 9 of 0 to 5"):
            gain_register(*wrong)


def test_a_register_frame_of_another_length_is_none() -> None:
    read, write = b"\x50\xda\x01\0\0\0", b"\x50\xde\x01\0\0\0\x02\0\0\0"
    assert decode_register(read) == ReadRegister(1)
    assert decode_register(write) == WriteRegister(1, 2)
    for length in range(14):
        whole = {6: ReadRegister(1)}.get(length)
        assert decode_register((read + bytes(8))[:length]) == whole
        assert decode_register((write + bytes(4))[:length]) == (WriteRegister(1, 2) if length == 10 else None)
    for address in (0x4F, 0x51):
        assert decode_register(bytes((address,)) + read[1:]) is None


def test_a_register_answer_of_another_length_is_none() -> None:
    told = b"\xa4\xfe\x11\x4e\x07\0\0\0"
    for length in range(12):
        expected = {4: RegisterReply(ok=True, value=None), 8: RegisterReply(ok=True, value=7)}.get(length)
        assert decode_register_reply((told + bytes(4))[:length]) == expected


def test_touch_at_its_bounds_by_hand() -> None:
    """Raw 1 is 0.8 mV: 33000 / 0.00080566 + 10000 = 40970000 ohm."""
    assert touch_newton(-1) == touch_newton(0) == 0.0
    assert touch_newton(1) == pytest.approx(121_591 / 40_970_000 + LEAST_N, abs=1e-9)
    assert touch_newton(4095) == pytest.approx(MOST_N, abs=1e-4)
    assert touch_newton(1000) == pytest.approx(121_591 / (33_000 * 4096 / 3300 + 10_000) + 0.878894, abs=1e-9)
    assert [touch_raw(n) for n in (0.0, LEAST_N, MOST_N, 20.0)] == [0, 0, 4095, 4095]
    assert touch_raw(touch_newton(1000)) == 1000
