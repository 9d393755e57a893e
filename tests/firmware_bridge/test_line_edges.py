"""The guard's line to its limb at its very bounds. All times are multiples of the bound, from 0: exact."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from innervate.core.command import LimbState
from innervate.core.errors import LimbLost
from innervate.core.state import Reason

from .line_bench import HOT_C, LAPSE_S, LineBench, state

SOON_S = 1e-6


@pytest.fixture
def rig() -> LineBench:
    made = LineBench()
    made.seat()
    return made


def test_at_first_nobody_knows_where_it_is() -> None:
    made = LineBench()
    assert made.line.wants_seat
    assert not made.line.answering(0.0)
    assert (made.line.waits, made.line.refuses, made.line.lost) == (False, False, False)
    assert (made.line.reconnects, made.line.frames) == (0, (0, 0, 0))
    made.hear(0.01)
    assert made.line.measured() is None, "that was no answer to a question of ours"
    assert not made.speak(0.02)
    assert (made.limb.asked, made.limb.held) == (1, [])
    assert made.line.measured() is None
    made.hear(0.02)
    assert made.line.measured() is None, "not after the question"
    made.hear(0.03)
    assert made.line.measured() == (0.0,) * 6
    made.line.seated()
    assert made.line.measured() is None
    assert made.speak(0.04)
    assert made.limb.held == [(0.0,) * 6]


def test_silence_begins_after_the_lapse_and_quiet_after_40_ms(rig: LineBench) -> None:
    line = rig.line
    assert (line.quiet(0.040), line.quiet(0.0401)) == (False, True)
    assert (line.follows(0.040), line.follows(0.0401)) == ((True,), (False,))
    assert (line.silent(LAPSE_S), line.silent(LAPSE_S + 1e-6)) == (False, True)
    assert (line.answering(LAPSE_S), line.answering(LAPSE_S + 1e-6)) == (True, False)
    assert (line.answers(LAPSE_S), line.answers(LAPSE_S + 1e-6)) == ((True,), (False,))
    assert line.troubles(LAPSE_S, clearing=True) == (Reason.NONE,)
    assert line.troubles(LAPSE_S + 1e-6, clearing=True) == (Reason.LIMB_SILENT,)


def test_what_is_silent_is_only_asked(rig: LineBench) -> None:
    assert rig.speak(LAPSE_S)
    asked = rig.limb.asked
    assert not rig.speak(LAPSE_S + 0.001)
    assert rig.limb.asked == asked + 1


def test_an_answer_after_silence_must_answer_a_new_question(rig: LineBench) -> None:
    rig.speak(LAPSE_S)
    rig.hear(LAPSE_S)
    assert not rig.line.wants_seat
    rig.speak(2 * LAPSE_S)
    rig.hear(2 * LAPSE_S + 0.001)
    assert rig.line.wants_seat
    assert rig.line.measured() is None


def test_a_pause_of_our_own_is_doubt_too(rig: LineBench) -> None:
    rig.speak(0.0)
    rig.line.forgive(LAPSE_S)
    rig.line.listen(LAPSE_S)
    assert not rig.line.wants_seat
    rig.line.listen(LAPSE_S + 1e-6)
    assert rig.line.wants_seat


@pytest.mark.parametrize("now_s", [0.2, 0.05])
def test_what_is_forgiven_counts_from_now_also_when_time_went_back(rig: LineBench, now_s: float) -> None:
    rig.speak(0.1)
    rig.hear(0.1)
    rig.line.forgive(now_s)
    assert not rig.line.quiet(now_s + 0.0399)
    assert rig.line.quiet(now_s + 0.0401)
    wrote_s = min(now_s, 0.1)
    rig.line.listen(wrote_s + LAPSE_S - SOON_S)
    assert not rig.line.wants_seat
    rig.line.listen(wrote_s + LAPSE_S + SOON_S)
    assert rig.line.wants_seat, "a pause of our own is not forgiven"


@pytest.mark.parametrize(("deg", "agrees"), [(5.0, True), (-5.0, True), (5.001, False), (-5.001, False)])
def test_two_answers_within_5_degrees_agree(deg: float, agrees: bool) -> None:
    made = LineBench()
    made.speak(0.01)
    made.hear(0.02, state(0.02, deg))
    assert (made.line.measured() is not None) is agrees
    made.hear(0.03, replace(state(0.03, deg), position_deg=(deg,) * 5 + (deg + 6.0,)))
    assert made.line.measured() is None, "of every joint"
    made.hear(0.04, replace(state(0.04, deg), position_deg=(deg,) * 5 + (deg + 6.0,)))
    assert made.line.measured() == (deg,) * 5 + (deg + 6.0,)


@pytest.mark.parametrize(("deg", "moves"), [(0.3, False), (0.301, True), (-0.301, True)])
def test_a_joint_that_moved_more_than_its_noise_is_not_at_rest_for_50_ms(
    rig: LineBench, deg: float, moves: bool
) -> None:
    assert rig.line.at_rest(0.0501)
    assert not rig.line.at_rest(0.050)
    rig.hear(0.1, replace(state(0.1), position_deg=(0.0,) * 5 + (deg,)))
    assert rig.line.at_rest(0.149) is not moves
    assert not rig.line.at_rest(0.150) or not moves
    assert rig.line.at_rest(0.1501)


def test_slow_creep_is_movement(rig: LineBench) -> None:
    for k in range(1, 40):
        rig.speak(0.01 * k)
        rig.hear(0.01 * k, state(0.01 * k, 0.1 * k))
    assert rig.line.answering(0.39)
    assert not rig.line.at_rest(0.39)


def test_who_does_not_answer_is_at_rest_as_far_as_anybody_knows(rig: LineBench) -> None:
    rig.hear(0.1, state(0.1, 3.0))
    rig.limb.plugged = False
    rig.speak(0.11)
    assert rig.line.lost
    assert rig.line.at_rest(0.11)


@pytest.mark.parametrize("position", [(), (0.0,) * 5, (0.0,) * 7, (math.nan,) * 6, (0.0,) * 5 + (math.inf,)])
def test_what_makes_no_sense_is_not_heard(rig: LineBench, position: tuple[float, ...]) -> None:
    rig.hear(0.1, LimbState(0.1, position))
    assert rig.line.newest == state()
    assert rig.line.quiet(0.1)


@pytest.mark.parametrize(("celsius", "hot"), [((), False), ((HOT_C,), False), ((20.0, HOT_C + 0.1), True)])
def test_hot_is_above_the_limit(rig: LineBench, celsius: tuple[float, ...], hot: bool) -> None:
    rig.hear(0.01, state(0.01, temperature_c=celsius))
    assert rig.line.hot is hot
    assert rig.line.troubles(0.01, clearing=False) == (Reason.LIMB_HOT if hot else Reason.NONE,)


def test_the_gravest_trouble_is_told_and_a_latched_one_may_take_a_moment(rig: LineBench) -> None:
    rig.hear(0.01, state(0.01, fault=3, temperature_c=(99.0,)))
    assert rig.line.troubles(0.01, clearing=False) == (Reason.LIMB_FAULT,)
    assert rig.line.troubles(0.01, clearing=True) == (Reason.LIMB_HOT,)
    assert rig.line.follows(0.01) == (False,)
    assert rig.line.troubles(1.0, clearing=False) == (Reason.LIMB_SILENT,)
    rig.limb.plugged = False
    rig.speak(1.0)
    assert rig.line.troubles(1.0, clearing=True) == (Reason.LIMB_LOST,)
    assert rig.line.follows(1.0) == (False,)


def test_one_that_takes_no_set_point_refuses_and_one_whose_wire_is_busy_waits(rig: LineBench) -> None:
    rig.limb.takes = False
    assert not rig.speak(0.01)
    assert (rig.line.refuses, rig.line.waits) == (True, False)
    assert rig.line.follows(0.01) == (False,)
    rig.limb.wants_to_write = True
    assert not rig.speak(0.02)
    assert (rig.line.refuses, rig.line.waits) == (False, True)
    assert rig.line.follows(0.02) == (True,)
    rig.hear(0.021)
    assert (rig.line.waits, rig.limb.flushed) == (True, 1)
    rig.limb.wants_to_write = False
    rig.hear(0.022)
    assert (rig.line.waits, rig.limb.flushed) == (False, 1)
    rig.limb.takes = True
    assert rig.speak(0.03)
    assert (rig.line.refuses, rig.line.waits) == (False, False)


def test_one_that_may_be_elsewhere_follows_nothing() -> None:
    made = LineBench()
    made.hear(0.0)
    assert (made.line.wants_seat, made.line.lost, made.line.quiet(0.01)) == (True, False, False)
    assert made.line.follows(0.01) == (False,)
    made.seat()
    assert made.line.follows(0.01) == (True,)


@pytest.mark.parametrize("how", ["silent", "cut by the listener", "cut by the speaker"])
def test_no_frame_waits_on_a_wire_that_is_silent_or_gone(rig: LineBench, how: str) -> None:
    rig.limb.takes, rig.limb.wants_to_write = False, True
    rig.speak(0.01)
    assert rig.line.waits
    if how == "silent":
        rig.speak(LAPSE_S + 0.01)
        assert rig.limb.asked > 0
    else:
        rig.limb.plugged = False
        if how == "cut by the listener":
            rig.line.listen(0.02)
        else:
            rig.speak(0.02)
        assert rig.line.lost
    assert (rig.line.waits, rig.line.refuses) == (False, False)


def test_a_cut_cable_is_tried_again_after_a_tenth_of_a_second_and_then_ever_more_seldom(
    rig: LineBench,
) -> None:
    rig.limb.frames_sent, rig.limb.frames_acked, rig.limb.frames_bad = 10, 9, 1
    rig.limb.plugged = False
    assert not rig.speak(0.0)
    assert rig.line.lost
    assert rig.limb.closed == 1
    assert rig.line.files() == []
    assert rig.line.frames == (10, 9, 1)
    expected_s = []
    t_s = 0.1
    for pause_s in (0.1, 0.2, 0.5, 1.0, 2.0, 2.0, 2.0):
        expected_s.append(t_s)
        assert not rig.speak(t_s - 1e-6)
        assert not rig.speak(t_s)
        t_s += pause_s
    assert rig.looked == pytest.approx(expected_s, abs=1e-12)
    rig.back = True
    assert not rig.speak(t_s)
    assert not rig.line.lost
    assert rig.line.reconnects == 1
    assert rig.line.wants_seat
    assert not rig.line.silent(t_s + LAPSE_S - 1e-6)
    assert rig.line.measured() is None
    rig.limb.frames_sent, rig.limb.frames_acked, rig.limb.frames_bad = 100, 90, 10
    assert rig.line.frames == (110, 99, 11)
    assert rig.line.files() == [7]
    # Cut again: the pauses begin anew.
    rig.looked.clear()
    rig.back, rig.limb.plugged = False, False
    assert not rig.speak(t_s + 1.0)
    assert rig.line.frames == (110, 99, 11)
    rig.speak(t_s + 1.0999)
    assert rig.looked == []
    rig.speak(t_s + 1.1001)
    rig.speak(t_s + 1.2002)
    assert len(rig.looked) == 2


def test_a_cut_is_noticed_by_whoever_listens(rig: LineBench) -> None:
    rig.limb.plugged = False
    rig.line.listen(0.01)
    assert rig.line.lost
    rig.line.listen(0.02)
    rig.line.clear()
    rig.line.leave()
    assert rig.limb.closed == 1


def test_what_a_person_clears_is_read_again_before_it_is_driven(rig: LineBench) -> None:
    rig.line.clear()
    assert (rig.limb.cleared, rig.line.wants_seat) == (1, False)
    rig.hear(0.01, state(0.01, 2.0, fault=3))
    rig.line.clear((False,))
    assert rig.limb.cleared == 1
    rig.line.clear()
    assert rig.limb.cleared == 2
    assert rig.line.wants_seat
    assert rig.line.measured() == (2.0,) * 6


def test_leaving_says_goodbye_and_closes_even_when_nobody_hears(rig: LineBench) -> None:
    rig.line.leave()
    assert (rig.limb.left, rig.limb.flushed, rig.limb.closed) == (1, 1, 1)


def test_leaving_closes_what_was_cut_in_that_moment(rig: LineBench) -> None:
    def cut() -> None:
        raise LimbLost("unplugged")

    rig.limb.leave = cut  # type: ignore[method-assign]
    rig.line.leave()
    assert rig.limb.closed == 1


def test_a_question_that_did_not_go_out_is_answered_by_nothing() -> None:
    made = LineBench()
    made.limb.ask = lambda: False  # type: ignore[method-assign]
    made.speak(0.01)
    made.hear(0.02)
    made.hear(0.03)
    assert made.line.measured() is None
