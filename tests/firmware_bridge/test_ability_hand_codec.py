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
    touch_newton,
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
    forces = [touch_newton(raw) for raw in (1, 500, 1000, 2000, 4095)]
    assert forces == sorted(forces)
