"""A leg without a load cell: its shank's turning alone, and what a profile may say of either sensor."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from innervate.core.errors import ProfileError, RequestError
from innervate.core.state import Reason
from innervate.firmware_bridge.phase import (
    LegPhase,
    check,
)
from innervate.firmware_bridge.settings import GaitSettings

from .gait_bench import GAIT, IMU_ONLY, UNLOADED, Person


@pytest.mark.parametrize("cadence", [60, 100, 140])
def test_by_the_shank_alone_it_opens_in_mid_swing_only(cadence: int) -> None:
    person = Person(IMU_ONLY)
    strides_s = 5 * 120 / cadence
    person.go(3.0, f"walk {cadence}")
    person.go(strides_s)
    assert all(share < UNLOADED for reason, share in person.seen if reason is Reason.NONE)
    assert 0.4 < person.seconds(Reason.NONE) / (0.38 * strides_s) < 1.0
    assert {reason for reason, _ in person.seen} == {Reason.NONE, Reason.LOADED}


def test_by_the_shank_alone_standing_sitting_and_falling_backwards_are_loaded() -> None:
    person = Person(IMU_ONLY)
    for posture in ("stand", "sit", "rest", "lift", "stretch"):
        person.go(2.0, posture)
        assert person.seconds(Reason.NONE) == 0.0
    phase = LegPhase(IMU_ONLY)
    for k in range(200):
        phase.hear_shank(10.0 + 0.005 * k, (0.0 if k < 100 else 150.0) + 0.1 * (k % 2), 0.0)
        assert phase.closed(10.0 + 0.005 * k) is Reason.LOADED  # no toe-off came before


def test_by_the_shank_alone_a_swing_has_an_end() -> None:
    phase = LegPhase(IMU_ONLY)
    opened = 0
    for k in range(400):
        phase.hear_shank(10.0 + 0.005 * k, (-100.0 if k < 50 else 150.0) + 0.1 * (k % 2), 0.0)
        opened += phase.closed(10.0 + 0.005 * k) is Reason.NONE
    assert 0.4 < opened * 0.005 <= 0.505


def test_by_the_shank_alone_a_leg_held_out_may_be_armed_and_nobody_sits() -> None:
    person = Person(IMU_ONLY)
    person.go(1.0, "stand")
    assert person.unloaded_s == 0.0
    person.go(3.0, "stretch")
    assert person.unloaded_s > 0.5
    assert person.closed is Reason.LOADED
    with pytest.raises(RequestError, match="load cell"):
        person.sit()
    person.go(1.0, "stand")
    assert person.unloaded_s == 0.0


def test_a_pitch_that_is_stuck_high_is_not_believed_once_the_leg_turns() -> None:
    phase = LegPhase(IMU_ONLY)
    for k in range(400):
        phase.hear_shank(10.0 + 0.005 * k, 0.1 * (k % 2) - (60.0 if k > 200 else 0.0), 75.0)
        if k == 200:
            assert phase.unloaded_s(11.0) > 0.5
    assert phase.unloaded_s(11.995) == 0.0


@pytest.mark.parametrize("fault", ["silent", "stuck", "corrupt", "frozen", "imu"])
def test_by_the_shank_alone_a_failing_board_shuts(fault: str) -> None:
    person = Person(IMU_ONLY)
    person.go(3.0, "walk 100")
    while person.closed is not Reason.NONE:
        person.go(0.005)
    person.go(0.6, f"fault {fault}")
    assert person.closed is Reason.LOAD_UNKNOWN
    assert person.seconds(Reason.NONE) <= (0.110 if fault == "frozen" else 0.060)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("body_weight_kg", 0.0),
        ("body_weight_kg", 19.9),
        ("body_weight_kg", 301.0),
        ("unloaded_share", 0.019),
        ("unloaded_share", 0.26),
        ("unloaded_share", 0.25),
        ("loaded_share", 0.51),
        ("swing_deg_s", 401.0),
        ("body_weight_kg", math.nan),
        ("unloaded_share", 0.3),
        ("loaded_share", 0.1),
        ("loaded_share", 0.04),
        ("swing_deg_s", 10.0),
        ("sensor", "magic"),
    ],
)
def test_settings_that_cannot_be_are_named(key: str, value: object) -> None:
    with pytest.raises(ProfileError, match=r"safety\.gait") as error:
        check(replace(GAIT, **{key: value}))  # type: ignore[arg-type]
    assert key in str(error.value)


@pytest.mark.parametrize(
    "bounds",
    [
        {"body_weight_kg": 20.0, "unloaded_share": 0.02, "loaded_share": 0.05, "swing_deg_s": 30.0},
        {"body_weight_kg": 300.0, "unloaded_share": 0.25, "loaded_share": 0.5, "swing_deg_s": 400.0},
    ],
)
def test_settings_at_their_bounds_are_taken(bounds: dict[str, float]) -> None:
    check(replace(GAIT, **bounds))  # type: ignore[arg-type]


def test_the_patients_weight_is_asked_for() -> None:
    with pytest.raises(ProfileError, match=r"safety\.gait\.body_weight_kg = 0: allowed 20 to 300"):
        LegPhase(GaitSettings(port="p"))
