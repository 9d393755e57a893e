"""A seated leg may move, and when nobody is seated any more."""

from __future__ import annotations

import pytest
from innervate.core.errors import RequestError
from innervate.core.state import Reason
from innervate.firmware_bridge.phase import (
    SIT_AFTER_S,
    UNKNOWN_ENDS_S,
    LegPhase,
)

from .gait_bench import GAIT, LOADED, WEIGHT_N, Person


def test_sits_only_after_five_seconds_without_weight() -> None:
    person = Person()
    person.go(0.5, "stand")
    with pytest.raises(RequestError, match="weight on the limb"):
        person.sit()
    person.go(4.95, "sit")
    with pytest.raises(RequestError, match=r"\(lift the foot off the floor for 5 s\)"):
        person.sit()
    assert not person.board.seated
    person.go(0.4)
    person.sit()
    assert person.board.seated


def test_a_seated_foot_may_rest_on_the_floor_and_the_one_about_to_stand_up_may_not() -> None:
    person = Person()
    person.seat()
    person.go(5.0, "rest")
    assert {reason for reason, _ in person.seen} == {Reason.NONE}
    person.go(0.5, "lean")
    assert person.closed is Reason.LOADED
    assert person.board.seated
    person.go(0.5, "rest")
    assert person.closed is Reason.NONE
    person.go(0.5, "stand")
    assert person.closed is Reason.LOADED
    assert not person.board.seated
    person.go(5.0, "rest")
    assert person.closed is Reason.LOADED  # 12 % is weight again, for one who does not sit
    with pytest.raises(RequestError):
        person.sit()


def test_standing_up_shuts_before_a_quarter_of_the_weight_is_on_the_leg() -> None:
    person = Person()
    person.seat()
    person.go(2.0, "rest")
    person.go(1.0, "stand")
    assert max(share for reason, share in person.seen if reason is Reason.NONE) < LOADED


def test_who_says_that_they_stand_up_is_not_seated() -> None:
    person = Person()
    person.seat()
    person.board.stand()
    person.go(0.02)
    assert not person.board.seated
    assert person.closed is Reason.LOADED


def test_unknown_for_a_moment_keeps_the_seat_and_for_half_a_second_ends_it() -> None:
    person = Person()
    person.seat()
    person.go(0.3, "fault nan")
    assert person.closed is Reason.LOAD_UNKNOWN
    assert person.board.seated
    person.go(0.3, "fault none")
    assert person.closed is Reason.NONE
    person.go(UNKNOWN_ENDS_S + 0.1, "fault silent")
    assert not person.board.seated
    person.go(SIT_AFTER_S + 1.0, "fault none")
    assert person.closed is Reason.LOAD_UNKNOWN
    with pytest.raises(RequestError):
        person.sit()


def test_a_board_that_starts_again_knows_nothing() -> None:
    person = Person()
    person.seat()
    person.go(0.1, "fault restart")
    assert not person.board.seated
    assert person.closed is Reason.LOAD_UNKNOWN
    person.go(0.3, "load 0.6")
    assert person.closed is Reason.LOADED


def test_nobody_is_seated_at_first_or_after_a_board_was_unplugged() -> None:
    assert not LegPhase(GAIT).seated
    person = Person()
    person.seat()
    person.board.phase.forget()
    assert not person.board.seated
    assert person.closed is Reason.LOAD_UNKNOWN


@pytest.mark.parametrize("seated", [False, True])
def test_the_third_stride_without_weight_is_one_too_many(seated: bool) -> None:
    phase, t_s = LegPhase(GAIT), 10.0

    def go(rate: float, share: float, seconds: float) -> None:
        nonlocal t_s
        for k in range(round(seconds / 0.005)):
            t_s += 0.005
            phase.hear_shank(t_s, rate + 0.01 * (k % 2), 0.0)
            phase.hear_load(t_s, share * WEIGHT_N + k % 2)

    go(30.0, 0.5, 0.2)
    go(30.0, 0.0, 5.2)
    if seated:
        phase.sit(t_s)
    for stride in (1, 2, 3):
        go(-50.0, 0.0, 0.2)
        go(150.0, 0.0, 0.2)
        assert phase.closed(t_s) is (Reason.LOAD_UNKNOWN if stride == 3 else Reason.NONE)
        assert phase.seated is (seated and stride < 3)
    go(0.0, 0.5, 0.1)
    assert phase.closed(t_s) is Reason.LOADED
