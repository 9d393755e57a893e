from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.firmware_bridge.ability_hand.codec import (
    Control,
    Exit,
    Grip,
    GripCommand,
    Mode,
    ReadOnly,
    Reply,
    Request,
    Unstuffer,
    Upsampling,
    Variant,
    decode_reply,
    decode_request,
    encode,
    encode_reply,
)
from innervate.firmware_bridge.ability_hand.registers import (
    ReadRegister,
    RegisterReply,
    WriteRegister,
    decode_register,
    decode_register_reply,
    encode_register,
    encode_register_reply,
    gain_register,
)
from innervate.firmware_bridge.ability_hand.touch import (
    LEAST_N,
    MOST_N,
    finger_newton,
    touch_newton,
    touch_raw,
)

MOST = {Mode.POSITION: 150.0, Mode.VELOCITY: 3000.0, Mode.CURRENT: 52.0, Mode.VOLTAGE: 100.0}
STEP = {
    Mode.POSITION: 150 / 32767,
    Mode.VELOCITY: 3000 / 32767,
    Mode.CURRENT: 1 / 620.606,
    Mode.VOLTAGE: 1 / 35.46,
}


def controls(mode: Mode) -> st.SearchStrategy[Control]:
    value = st.floats(-MOST[mode], MOST[mode])
    return st.builds(Control, st.just(mode), st.sampled_from(Variant), st.tuples(*[value] * 6))


REQUESTS: st.SearchStrategy[Request] = st.one_of(
    *[controls(mode) for mode in Mode],
    st.builds(ReadOnly, st.sampled_from(Variant)),
    st.builds(GripCommand, st.sampled_from(Grip), st.integers(0, 255)),
    st.builds(Upsampling, st.booleans()),
    st.just(Exit()),
)


@st.composite
def replies(draw: st.DrawFn) -> Reply:
    def six(most: float) -> tuple[float, ...]:
        return draw(st.tuples(*[st.floats(-most, most)] * 6))

    variant = draw(st.sampled_from(Variant))
    touch: tuple[int, ...] = ()
    if variant is not Variant.POSITION_CURRENT_VELOCITY:
        touch = tuple(draw(st.lists(st.integers(0, 4095), min_size=30, max_size=30)))
    return Reply(
        mode=draw(st.sampled_from([1, 2, 3, 4, 0xA])),
        variant=variant,
        position_deg=six(150.0),
        current_a=() if variant is Variant.POSITION_VELOCITY_TOUCH else six(50.0),
        rotor_rad_s=() if variant is Variant.POSITION_CURRENT_TOUCH else six(8000.0),
        touch=touch,
        limiting=draw(st.tuples(*[st.booleans()] * 6)),
    )


@pytest.mark.parametrize(
    ("request_", "wire"),
    [
        (GripCommand(Grip.PINCH, 255), "7e 50 1d 03 ff 91 7e"),
        (Exit(), "7e 50 7c 34 7e"),
        (ReadOnly(Variant.POSITION_CURRENT_VELOCITY), "7e 50 a2 0e 7e"),
    ],
)
def test_vectors_of_the_sheet(request_: Request, wire: str) -> None:
    assert encode(request_) == bytes.fromhex(wire)


def test_finger_order_and_sign() -> None:
    """The thumb rotator is last and negative; scale 32767 / 150."""
    body = Unstuffer().push(encode(Control(Mode.POSITION, Variant(0), (0.0, 0.0, 0.0, 0.0, 150.0, -100.0))))
    assert body == [bytes.fromhex("50 10 0000 0000 0000 0000 ff7f ab aa")]


@given(REQUESTS)
def test_requests_come_back_within_half_a_step(request_: Request) -> None:
    (body,) = Unstuffer().push(encode(request_))
    found = decode_request(body)
    if isinstance(request_, Control):
        assert isinstance(found, Control)
        assert (found.mode, found.variant) == (request_.mode, request_.variant)
        half = STEP[request_.mode] / 2 * (1 + 1e-9)
        assert all(abs(a - b) <= half for a, b in zip(found.values, request_.values, strict=True))
    else:
        assert found == request_


@given(replies())
def test_replies_come_back(reply: Reply) -> None:
    wire = encode_reply(reply)
    (body,) = Unstuffer().push(wire)
    assert len(body) + 1 == (39 if reply.variant is Variant.POSITION_CURRENT_VELOCITY else 72)
    found = decode_reply(body)
    assert found is not None
    assert (found.mode, found.variant, found.touch) == (reply.mode, reply.variant, reply.touch)
    assert found.limiting == reply.limiting
    assert found.position_deg == pytest.approx(reply.position_deg, abs=0.0023)
    assert found.current_a == pytest.approx(reply.current_a, abs=0.001)
    assert found.rotor_rad_s == pytest.approx(reply.rotor_rad_s, abs=0.126)


@given(
    requests=st.lists(REQUESTS, max_size=5),
    noise=st.lists(st.binary(max_size=12), min_size=6, max_size=6),
    data=st.data(),
)
def test_any_split_and_garbage_between(
    requests: list[Request], noise: list[bytes], data: st.DataObject
) -> None:
    """Garbage before, between and after costs no whole frame, wherever the stream is cut."""
    stream = b""
    for garbage, request_ in zip(noise, requests, strict=False):
        stream += garbage + encode(request_)
    stream += noise[-1]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    whole, pieces = Unstuffer(), Unstuffer()
    at_once = whole.push(stream)
    found = [
        body
        for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)
        for body in pieces.push(stream[a:b])
    ]
    assert found == at_once
    assert pieces.bad == whole.bad
    wanted = [Unstuffer().push(encode(request_))[0] for request_ in requests]
    rest = iter(found)
    assert all(body in rest for body in wanted)


@given(REQUESTS, REQUESTS, st.data())
def test_a_damaged_frame_costs_itself_alone(first: Request, second: Request, data: st.DataObject) -> None:
    wire = bytearray(encode(first))
    at = data.draw(st.integers(1, len(wire) - 2))
    wire[at] ^= data.draw(st.integers(1, 255))
    (expected,) = Unstuffer().push(encode(second))
    assert Unstuffer().push(bytes(wire) + encode(second))[-1] == expected


@given(REQUESTS, st.data())
def test_a_cut_frame_is_never_obeyed(request_: Request, data: st.DataObject) -> None:
    wire = encode(request_)
    cut = wire[: data.draw(st.integers(0, len(wire) - 1))]
    assert Unstuffer().push(cut) == []


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_pure_noise_is_survived(pieces: list[bytes]) -> None:
    unstuffer = Unstuffer()
    for piece in pieces:
        for body in unstuffer.push(piece):
            decode_reply(body)
            decode_request(body)
            decode_register(body)
            decode_register_reply(body)
    assert len(unstuffer._rest) <= 500


def test_stray_zeros_of_adapters_are_no_error() -> None:
    unstuffer = Unstuffer()
    wire = encode(Exit())
    assert len(unstuffer.push(b"\x00" + wire + b"\x00" + wire + b"\x00")) == 2
    assert unstuffer.bad == 0


def test_a_wrong_checksum_is_counted() -> None:
    unstuffer = Unstuffer()
    assert unstuffer.push(bytes.fromhex("7e 50 7c 35 7e")) == []
    assert unstuffer.bad == 1


@pytest.mark.parametrize(
    "values",
    [(math.nan,) * 6, (math.inf,) * 6, (0.0,) * 5, (0.0,) * 7, (151.0, 0.0, 0.0, 0.0, 0.0, 0.0)],
)
def test_impossible_values_never_reach_the_wire(values: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"finite|large"):
        encode(Control(Mode.POSITION, Variant(0), values))


def test_another_address_is_not_for_us() -> None:
    (body,) = Unstuffer().push(encode(Exit(), address=0x51))
    assert decode_request(body) is None
    assert decode_request(body, address=0x51) == Exit()


def test_touch_grows_with_force() -> None:
    assert touch_newton(0) == 0.0
    forces = [touch_newton(raw) for raw in range(1, 4096)]
    assert forces == sorted(forces)
    assert forces[0] == pytest.approx(LEAST_N, abs=0.005)
    assert forces[-1] == pytest.approx(MOST_N, abs=0.001)


def test_touch_by_hand() -> None:
    """2048 is 1.65 V, so R = 33000 / 1.65 + 10000 = 30000 ohm and F = 121591 / 30000 + .878894."""
    assert touch_newton(2048) == pytest.approx(4.0530 + 0.878894, abs=1e-4)


@given(st.floats(0.0, 20.0))
def test_touch_of_a_force_comes_back(force_n: float) -> None:
    found = touch_newton(touch_raw(force_n))
    wanted = min(force_n, MOST_N) if force_n > LEAST_N + 0.003 else 0.0
    assert found == pytest.approx(wanted, abs=0.003) or force_n <= LEAST_N + 0.003


def test_a_fingers_force_is_that_of_its_strongest_site() -> None:
    touch = [0] * 30
    touch[6 + 4], touch[6 + 1] = 2048, 100  # the middle finger
    touch[29] = 4095  # the thumb
    forces = finger_newton(touch)
    assert forces == (0.0, touch_newton(2048), 0.0, 0.0, touch_newton(4095), 0.0)
    assert finger_newton(()) == ()


@pytest.mark.parametrize("percent", [100.1, -900.0])
def test_more_than_the_full_voltage_never_reaches_the_wire(percent: float) -> None:
    with pytest.raises(ValueError, match="100 percent"):
        encode(Control(Mode.VOLTAGE, Variant(0), (percent, 0.0, 0.0, 0.0, 0.0, 0.0)))


REGISTER = st.integers(-(2**31), 2**31 - 1)
REGISTER_REQUESTS = st.one_of(st.builds(ReadRegister, REGISTER), st.builds(WriteRegister, REGISTER, REGISTER))


@pytest.mark.parametrize(
    ("request_", "wire"),
    [
        # 50 + DA + 3D = 167, so the checksum is 99.
        (ReadRegister(0x3D), "7e 50 da 3d000000 99 7e"),
        # The register 7D is stuffed: 50 + DA + 7D = 1A7, checksum 59.
        (ReadRegister(0x7D), "7e 50 da 7d5d000000 59 7e"),
        # 50 + DE + 01 + B8 + 0B = 1F2, checksum 0E: 3000 into the first gain.
        (WriteRegister(0x01, 3000), "7e 50 de 01000000 b80b0000 0e 7e"),
        # -1 is FF FF FF FF: 50 + DE + 02 + 3FC = 52C, checksum D4.
        (WriteRegister(0x02, -1), "7e 50 de 02000000 ffffffff d4 7e"),
    ],
)
def test_register_vectors_by_hand(request_: ReadRegister | WriteRegister, wire: str) -> None:
    assert encode_register(request_) == bytes.fromhex(wire)


@pytest.mark.parametrize(
    ("wire", "reply"),
    [
        # A4 + FE + 11 + 4E = 201, checksum FF.
        ("7e a4fe114e ff 7e", RegisterReply(ok=True, value=None)),
        ("7e a4fe114e 7e", RegisterReply(ok=True, value=None)),
        # FF + FF + 17 + FA = 30F, checksum F1.
        ("7e ffff17fa f1 7e", RegisterReply(ok=False, value=None)),
        ("7e ffff17fa 7e", RegisterReply(ok=False, value=None)),
        # 201 + B8 + 0B = 2C4, checksum 3C.
        ("7e a4fe114e b80b0000 3c 7e", RegisterReply(ok=True, value=3000)),
        ("7e ffff17fa 00000000 f1 7e", RegisterReply(ok=False, value=0)),
    ],
)
def test_register_answers_by_hand_with_and_without_a_checksum(wire: str, reply: RegisterReply) -> None:
    unstuffer = Unstuffer()
    (body,) = unstuffer.push(bytes.fromhex(wire))
    assert decode_register_reply(body) == reply
    assert unstuffer.bad == 0


@given(REGISTER_REQUESTS, st.integers(0, 255))
def test_register_requests_come_back(request_: ReadRegister | WriteRegister, address: int) -> None:
    (body,) = Unstuffer().push(encode_register(request_, address))
    assert decode_register(body, address) == request_
    assert decode_register(body, address ^ 1) is None
    assert decode_request(body, address) is None


@given(st.booleans(), st.one_of(st.none(), REGISTER))
def test_register_answers_come_back(ok: bool, value: int | None) -> None:
    (body,) = Unstuffer().push(encode_register_reply(RegisterReply(ok, value)))
    assert decode_register_reply(body) == RegisterReply(ok, value)
    assert decode_reply(body) is None


def test_register_of_a_gain() -> None:
    assert (gain_register(0, 0), gain_register(5, 9)) == (0x01, 0x3C)
    for wrong in ((6, 0), (0, 10), (-1, 0)):
        with pytest.raises(ValueError, match="gain"):
            gain_register(*wrong)


@pytest.mark.parametrize("wrong", [ReadRegister(2**31), WriteRegister(1, -(2**31) - 1)])
def test_a_number_that_32_bits_cannot_hold_is_refused(wrong: ReadRegister | WriteRegister) -> None:
    with pytest.raises(ValueError, match="32 bits"):
        encode_register(wrong)
