"""Force, stall, and a set-point that runs away from its joint."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.core.command import Command, LimbState, Setpoint
from innervate.core.errors import ProfileError
from innervate.core.state import Reason
from innervate.firmware_bridge.devices import limb_model, part_model
from innervate.firmware_bridge.governor import Governor
from innervate.firmware_bridge.holdback import Holdback
from innervate.firmware_bridge.settings import GuardSettings, JointSettings, PartSettings

from .made import ABILITY_HAND

ELBOW = part_model(PartSettings("moteus", "p", joints=(JointSettings("elbow"),)))
HERE = (20.0,) * 5 + (-20.0,)
FREE = (0,) * 6


def hand(**said: Any) -> LimbState:
    return LimbState(0.0, HERE, **said)


def at(*position_deg: float) -> Setpoint:
    return Setpoint(position_deg, (0.0,) * len(position_deg))


def forces(index_n: float) -> tuple[float, ...]:
    return (index_n, 0.0, 0.0, 0.0, 0.0, 0.0)


def test_a_hand_that_falls_silent_about_force_still_presses() -> None:
    holdback = Holdback(ABILITY_HAND, 5.0)
    assert holdback.blocked(hand(force_n=forces(5.0)), at(*HERE))[0] == 1
    assert holdback.blocked(hand(), at(*HERE)) == (1, 0, 0, 0, 0, 0)
    assert holdback.blocked(hand(force_n=forces(3.9)), at(*HERE)) == FREE
    assert holdback.blocked(hand(), at(*HERE)) == ()


def test_a_hand_that_feels_nothing_is_free() -> None:
    assert Holdback(ABILITY_HAND, 5.0).blocked(hand(), at(*HERE)) == ()
    assert Holdback(ABILITY_HAND, 5.0).blocked(hand(force_n=forces(4.9)), at(*HERE)) == FREE


def test_a_finger_that_presses_enough_closes_no_further_until_it_has_let_go() -> None:
    holdback = Holdback(ABILITY_HAND, 5.0)
    found = [holdback.blocked(hand(force_n=forces(n)), at(*HERE))[0] for n in (5.0, 4.5, 4.0, 3.9, 4.5, 5.1)]
    assert found == [1, 1, 1, 0, 0, 1]


def test_only_the_finger_that_presses_is_held() -> None:
    assert Holdback(ABILITY_HAND, 5.0).blocked(hand(force_n=forces(9.0)), at(*HERE)) == (1, 0, 0, 0, 0, 0)


def test_without_a_limit_force_holds_nothing() -> None:
    assert Holdback(ABILITY_HAND, 0.0).blocked(hand(force_n=forces(90.0)), at(*HERE)) == ()


@pytest.mark.parametrize(
    "part",
    [PartSettings("covvi", "h"), PartSettings("ability-hand", "p", options=(("reply", "current-velocity"),))],
    ids=["a hand that does not say", "a reply without touch"],
)
def test_a_grip_limit_that_nobody_could_keep_is_refused(part: PartSettings) -> None:
    with pytest.raises(ProfileError, match=r"safety\.max_grip_n = 5"):
        limb_model(GuardSettings((part,), "run", max_grip_n=5.0))
    limb_model(GuardSettings((PartSettings("ability-hand", "p"),), "run", max_grip_n=5.0))


def test_a_joint_that_closes_on_nothing_has_no_grip_force() -> None:
    rotator = (0.0,) * 5 + (90.0,)
    assert Holdback(ABILITY_HAND, 5.0).blocked(hand(force_n=rotator), at(*HERE)) == FREE


def test_a_finger_that_its_hand_holds_back_closes_no_further() -> None:
    stalled = (False, True, False, False, False, False)
    assert Holdback(ABILITY_HAND, 0.0).blocked(hand(limiting=stalled), at(*HERE)) == (0, 1, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("lead_deg", "held"),
    [(20.0, 0), (20.1, 1), (0.5, 0), (-20.0, 0), (-20.1, -1)],
)
def test_a_stalled_elbow_is_not_wound_up_either_way(lead_deg: float, held: int) -> None:
    said = LimbState(0.0, (60.0,), limiting=(True,))
    assert Holdback(ELBOW, 0.0).blocked(said, at(60.0 + lead_deg)) == (held,)


def test_an_elbow_that_follows_may_lag() -> None:
    assert Holdback(ELBOW, 0.0).blocked(LimbState(0.0, (60.0,), limiting=(False,)), at(90.0)) == ()


@given(
    blocked=st.lists(st.sampled_from([-1, 0, 1]), min_size=6, max_size=6),
    targets=st.lists(st.floats(-150, 150), min_size=6, max_size=6),
    turns=st.integers(1, 60),
)
def test_what_is_blocked_brakes_and_never_goes_on_that_way(
    blocked: list[int], targets: list[float], turns: int
) -> None:
    governor = Governor(ABILITY_HAND)
    start = (50.0,) * 5 + (-50.0,)
    governor.seat(start, 0.0)
    for k in range(1, turns + 1):
        t_s = k * 0.01
        command = Command(k, t_s, t_s + 1.0, 0, t_s, tuple(targets), (100.0,) * 6, Reason.NONE)
        setpoint = governor.step(t_s, command, tuple(blocked))
        for sign, here, there in zip(blocked, start, setpoint.position_deg, strict=True):
            assert (there - here) * sign <= 0.0


def test_blocked_in_a_movement_it_stops_within_its_braking() -> None:
    governor = Governor(ABILITY_HAND)
    governor.seat((0.0,) * 6, 0.0)
    closed = (90.0,) * 5 + (-90.0,)
    for k in range(1, 21):
        command = Command(k, k * 0.01, k * 0.01 + 1.0, 0, k * 0.01, closed, (400.0,) * 6, Reason.NONE)
        before = governor.step(k * 0.01, command)
    command = Command(21, 0.21, 1.21, 0, 0.21, closed, (400.0,) * 6, Reason.NONE)
    after = governor.step(0.21, command, (1, 1, 1, 1, 1, 0))
    assert before.rate_deg_s[0] > 100.0
    assert after.rate_deg_s[:5] == pytest.approx((0.0,) * 5, abs=1e-9)
    assert after.rate_deg_s[5] < 0.0
