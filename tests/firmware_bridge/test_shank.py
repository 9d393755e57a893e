"""The shank's thresholds, each from both sides; samples every 5 ms that are never twice the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from innervate.firmware_bridge.shank import Shank

SWING_DEG_S = 100.0
EVERY_S = 0.005


class Leg:
    """Says a rate, or a pitch, for a while."""

    def __init__(self) -> None:
        self.shank = Shank(SWING_DEG_S)
        self.t_s = 10.0
        self._k = 0

    def turns(self, rate_deg_s: float, seconds: float, pitch_deg: float = 0.0, noise: float = 1e-3) -> None:
        for _ in range(round(seconds / EVERY_S)):
            self.t_s += EVERY_S
            self._k += 1
            self.shank.hear(self.t_s, rate_deg_s + noise * (self._k % 2), pitch_deg)

    @property
    def swings(self) -> bool:
        return self.shank.swing_s(self.t_s) > 0.0


@pytest.fixture
def leg() -> Leg:
    return Leg()


def test_fresh_for_45_ms(leg: Leg) -> None:
    assert not leg.shank.known(leg.t_s)
    assert not leg.shank.heard
    leg.turns(5.0, 0.1)
    assert leg.shank.heard
    assert leg.shank.known(leg.t_s + 0.044)
    assert not leg.shank.known(leg.t_s + 0.046)
    leg.shank.forget()
    assert not leg.shank.heard
    assert not leg.shank.known(leg.t_s)


def test_the_same_bits_for_100_ms_are_frozen_and_others_are_sound_at_once(leg: Leg) -> None:
    leg.turns(5.0, 0.1)
    leg.turns(3.0, 0.1, noise=0.0)
    assert leg.shank.known(leg.t_s)
    leg.turns(3.0, 0.010, noise=0.0)
    assert not leg.shank.known(leg.t_s)
    leg.turns(4.0, 0.005)
    assert leg.shank.known(leg.t_s)


@pytest.mark.parametrize(
    ("rate", "pitch", "sound"),
    [
        (1499.0, 0.0, True),
        (1501.0, 0.0, False),
        (-1501.0, 0.0, False),
        (0.0, 199.0, True),
        (0.0, -201.0, False),
    ],
)
def test_what_no_leg_does_is_not_known(leg: Leg, rate: float, pitch: float, sound: bool) -> None:
    leg.turns(rate, 0.02, pitch)
    assert leg.shank.known(leg.t_s) is sound


def test_forwards_is_over_20_degrees_a_second_and_lasts_until_it_turns_back(leg: Leg) -> None:
    leg.turns(19.0, 0.1)
    assert leg.shank.t_forward_s < 0.0
    leg.turns(20.5, 0.1)
    assert leg.shank.t_forward_s == leg.shank.t_moved_s == pytest.approx(leg.t_s)
    forward_s = leg.t_s
    leg.turns(-19.0, 0.3)
    assert leg.shank.t_forward_s == pytest.approx(forward_s)
    leg.turns(-20.5, 0.005)
    assert leg.shank.t_forward_s < 0.0
    assert leg.shank.t_moved_s == pytest.approx(leg.t_s)


def test_after_a_gap_nothing_is_remembered(leg: Leg) -> None:
    leg.turns(30.0, 0.1)
    leg.t_s += 0.042
    leg.turns(0.0, 0.005)  # 47 ms after the last
    assert leg.shank.t_forward_s < 0.0


def test_a_gap_of_44_ms_is_none(leg: Leg) -> None:
    leg.turns(30.0, 0.1)
    leg.t_s += 0.039
    leg.turns(0.0, 0.005)
    assert leg.shank.t_forward_s > 0.0


def test_swing_is_faster_than_the_patients_threshold_for_10_ms_after_a_toe_off(leg: Leg) -> None:
    leg.turns(-50.0, 0.1)
    leg.turns(99.0, 0.1)
    assert not leg.swings
    leg.turns(101.0, 0.010)
    assert not leg.swings  # two samples: they are 5 ms apart
    leg.turns(101.0, 0.005)
    assert leg.swings
    assert leg.shank.swing_s(leg.t_s) == pytest.approx(0.010)
    leg.turns(99.0, 0.005)
    assert not leg.swings


@pytest.mark.parametrize(("back_deg_s", "pause_s", "swings"), [(-20.5, 0.58, True), (-19.5, 0.1, False)])
def test_a_toe_off_is_a_turn_backwards_shortly_before(
    leg: Leg, back_deg_s: float, pause_s: float, swings: bool
) -> None:
    leg.turns(back_deg_s, 0.1)
    leg.turns(10.0, pause_s)
    leg.turns(150.0, 0.05)
    assert leg.swings is swings


def test_a_toe_off_too_long_ago_or_used_up_is_none(leg: Leg) -> None:
    leg.turns(-50.0, 0.1)
    leg.turns(10.0, 0.61)
    leg.turns(150.0, 0.05)
    assert not leg.swings
    leg.turns(-50.0, 0.1)
    leg.turns(150.0, 0.05)
    assert leg.swings
    leg.turns(50.0, 0.05)
    leg.turns(150.0, 0.05)
    assert not leg.swings


def test_a_swing_ends_after_half_a_second(leg: Leg) -> None:
    leg.turns(-50.0, 0.1)
    leg.turns(150.0, 0.5)
    assert leg.swings
    leg.turns(150.0, 0.010)
    assert not leg.swings


def test_a_swing_that_is_not_heard_of_any_more_is_none(leg: Leg) -> None:
    leg.turns(-50.0, 0.1)
    leg.turns(150.0, 0.05)
    assert leg.shank.swing_s(leg.t_s + 0.044) > 0.0
    assert leg.shank.swing_s(leg.t_s + 0.046) == 0.0


@pytest.mark.parametrize(
    ("pitch_deg", "seconds", "held"), [(61.0, 0.51, True), (59.0, 2.0, False), (61.0, 0.48, False)]
)
def test_held_out_is_beyond_60_degrees_for_half_a_second(
    leg: Leg, pitch_deg: float, seconds: float, held: bool
) -> None:
    leg.turns(0.0, seconds, pitch_deg)
    assert (leg.shank.held_up_s(leg.t_s) > 0.0) is held
    assert leg.shank.held_up_s(leg.t_s + 0.046) == 0.0


@pytest.mark.parametrize(("rate", "held"), [(19.0, True), (21.0, False), (-21.0, False)])
def test_held_out_ends_once_the_gyroscope_has_turned_20_degrees(leg: Leg, rate: float, held: bool) -> None:
    leg.turns(0.0, 0.6, 75.0)
    leg.turns(rate, 1.0, 75.0)
    assert (leg.shank.held_up_s(leg.t_s) > 0.0) is held


def test_held_out_begins_anew_after_the_leg_was_lower(leg: Leg) -> None:
    leg.turns(0.0, 0.6, 75.0)
    leg.turns(0.0, 0.005, 50.0)
    leg.turns(0.0, 0.4, 75.0)
    assert leg.shank.held_up_s(leg.t_s) == 0.0
    leg.turns(0.0, 0.2, 75.0)
    assert leg.shank.held_up_s(leg.t_s) == pytest.approx(0.595)


def stride(leg: Leg, seconds: float) -> None:
    leg.turns(-50.0, 0.2)
    leg.turns(150.0, 0.2)
    leg.turns(0.0, seconds - 0.4)


@pytest.mark.parametrize(("every_s", "counted"), [(1.0, 3), (2.9, 3), (3.1, 2), (7.0, 1)])
def test_strides_are_counted_for_6_seconds(leg: Leg, every_s: float, counted: int) -> None:
    for _ in range(3):
        stride(leg, every_s)
    assert leg.shank.strides_since(0.0) == counted
    assert leg.shank.strides_since(leg.t_s) == 0


@pytest.mark.parametrize("said", [lambda leg: leg.turns(0.0, 0.02, 999.0), lambda leg: leg.shank.forget()])
def test_doubt_forgets_a_swing(leg: Leg, said: Callable[[Leg], None]) -> None:
    leg.turns(-50.0, 0.1)
    leg.turns(150.0, 0.05)
    said(leg)
    leg.turns(150.0, 0.05)
    assert not leg.swings
