"""Bodies of the electrode board's frames, and what voltage means what."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.firmware_bridge.devices import DEVICES
from innervate.firmware_bridge.virtual_electrode.codec import (
    MAX_OUTPUTS,
    Fault,
    Flag,
    Set,
    Status,
    decode_set,
    decode_status,
    encode_set,
    encode_status,
)
from innervate.firmware_bridge.virtual_electrode.levels import (
    CO_CONTRACTION_S,
    HANDS,
    QUIET_S,
    REGRIP_S,
    Levels,
    co_contracts,
)

VOLTS = st.floats(0.0, 5.0)
STEP_V = 5.0 / 65535


def test_a_set_byte_by_byte() -> None:
    asked = Set((5.0, 2.5), (0.0, 0.5), 50)
    assert encode_set(asked).hex(" ") == "32 00 ff ff 00 00 00 80 9a 19"


def test_a_status_byte_by_byte() -> None:
    body = bytes.fromhex("0201 03 05 ec13 0700 ffff 0000")
    said = decode_status(body)
    assert said == Status(
        0x0102, Flag.DRIVEN | Flag.AT_REST, Fault.SUPPLY | Fault.READ_BACK, 5.1, 7, (5.0, 0.0)
    )
    assert encode_status(said) == body


@given(st.lists(st.tuples(VOLTS, VOLTS), min_size=1, max_size=MAX_OUTPUTS), st.integers(1, 65535))
def test_sets_round_trip(pairs: list[tuple[float, float]], slew: int) -> None:
    levels, rests = zip(*pairs, strict=True)
    read = decode_set(encode_set(Set(levels, rests, slew)))
    assert read is not None
    assert read.slew_v_s == slew
    assert read.level_v == pytest.approx(levels, abs=0.51 * STEP_V)
    assert read.rest_v == pytest.approx(rests, abs=0.51 * STEP_V)


@given(
    st.integers(0, 65535),
    st.integers(0, 3),
    st.integers(0, 15),
    st.integers(0, 65535),
    st.integers(0, 65535),
    st.lists(st.integers(0, 65535), min_size=1, max_size=MAX_OUTPUTS),
)
def test_statuses_round_trip(
    answers: int, flags: int, fault: int, millivolt: int, trips: int, levels: list[int]
) -> None:
    status = Status(
        answers,
        Flag(flags),
        Fault(fault),
        millivolt / 1000,
        trips,
        tuple(raw * 5.0 / 65535 for raw in levels),
    )
    assert decode_status(encode_status(status)) == status


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    asked, said = decode_set(body), decode_status(body)
    if asked is not None:
        assert encode_set(asked) == body
    if said is not None:
        assert encode_status(said) == body


@pytest.mark.parametrize(
    "wrong",
    [
        Set((5.1,), (0.0,), 50),
        Set((-0.1,), (0.0,), 50),
        Set((math.nan,), (0.0,), 50),
        Set((0.0,), (math.inf,), 50),
        Set((0.0, 1.0), (0.0,), 50),
        Set((), (), 50),
        Set((0.0,) * 9, (0.0,) * 9, 50),
        Set((0.0,), (0.0,), 0),
        Set((0.0,), (0.0,), 70_000),
    ],
)
def test_what_the_wire_cannot_hold_is_refused(wrong: Set) -> None:
    with pytest.raises(ValueError, match="allowed"):
        encode_set(wrong)


def test_a_slew_of_nothing_is_no_set() -> None:
    assert decode_set(bytes(6)) is None


@pytest.mark.parametrize("name", sorted(HANDS))
def test_a_speed_is_rest_or_above_the_threshold(name: str) -> None:
    levels = HANDS[name]
    assert levels.at(0.0) == levels.at(-1.0) == levels.rest_v < levels.threshold_v
    assert levels.at(1e-6) == pytest.approx(levels.threshold_v, abs=1e-4)
    assert levels.at(0.5) == pytest.approx((levels.threshold_v + levels.max_v) / 2)
    assert levels.at(1.0) == levels.at(7.0) == pytest.approx(levels.max_v)
    assert levels.max_v <= 5.0


@given(st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_faster_is_higher(one: float, other: float) -> None:
    levels = Levels(0.2, 1.4, 4.0)
    assert (levels.at(one) <= levels.at(other)) or one > other


def test_a_co_contraction_has_quiet_before_and_after() -> None:
    both = [co_contracts(ms / 1000) for ms in range(-1, 1000)]
    assert both.index(True) - 1 == round(QUIET_S * 1000)
    assert sum(both) == round(CO_CONTRACTION_S * 1000) == 150
    assert round((REGRIP_S - QUIET_S - CO_CONTRACTION_S) * 1000) == round(QUIET_S * 1000)
    assert not co_contracts(math.inf)


def test_the_guard_gives_leave_for_just_as_long() -> None:
    assert DEVICES["virtual-electrode"].regrip_s == pytest.approx(REGRIP_S)
