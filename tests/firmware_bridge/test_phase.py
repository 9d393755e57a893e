"""When a leg is loaded, unloaded or not known: a virtual person on a virtual clock, and any trace at all."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.core.errors import ProfileError, RequestError
from innervate.core.state import Reason
from innervate.firmware_bridge.phase import (
    GRAVITY_M_S2,
    OPENS_AFTER_S,
    SIT_AFTER_S,
    UNKNOWN_ENDS_S,
    LegPhase,
    Phase,
    check,
)
from innervate.firmware_bridge.settings import GaitSettings
from innervate.firmware_bridge.shank import STALE_S
from innervate.sim.gait_body import Leg

from .gait_bench import GAIT, IMU_ONLY, WEIGHT_KG, Person

UNLOADED, LOADED = GAIT.unloaded_share, GAIT.loaded_share
BETWEEN = (UNLOADED + LOADED) / 2
WEIGHT_N = WEIGHT_KG * GRAVITY_M_S2


def seconds(person: Person, reason: Reason) -> float:
    return sum(0.005 for seen, _ in person.seen if seen is reason)


# -- walking and standing ---------------------------------------------------------------------------------


def test_nobody_knows_until_the_cell_has_shown_weight_once() -> None:
    """A cell that is not there also says that there is no weight."""
    person = Person()
    person.go(1.0, "lift")
    assert person.closed is Reason.LOAD_UNKNOWN
    person.go(0.3, "load 0.6")
    assert person.closed is Reason.LOADED
    person.go(0.3, "lift")
    assert person.closed is Reason.NONE


@pytest.mark.parametrize("cadence", [50, 100, 140])
def test_walking_opens_in_every_swing_and_never_with_weight(cadence: int) -> None:
    person = Person()
    strides_s = 5 * 120 / cadence
    person.go(3.0, f"walk {cadence}")
    person.go(strides_s)
    assert all(share < UNLOADED for reason, share in person.seen if reason is Reason.NONE)
    swing_s = 0.38 * strides_s
    assert 0.7 * swing_s < seconds(person, Reason.NONE) < swing_s
    assert seconds(person, Reason.LOAD_UNKNOWN) == 0.0


def test_standing_stays_closed() -> None:
    person = Person()
    person.go(5.0, "stand")
    assert {reason for reason, _ in person.seen[20:]} == {Reason.LOADED}


def test_opens_no_sooner_than_40_ms_after_the_weight_is_gone_and_shuts_with_the_first_sample() -> None:
    phase = LegPhase(GAIT)
    t_s = 10.0
    for k in range(200):
        t_s = 10.0 + 0.005 * k
        phase.hear_load(t_s, 0.5 * WEIGHT_N + k % 2)
        phase.hear_shank(t_s, 50.0 + k % 2, 0.0)
    off_s = t_s + 0.005
    for k in range(30):
        t_s = off_s + 0.005 * k
        phase.hear_load(t_s, 0.05 * WEIGHT_N + k % 2)
        phase.hear_shank(t_s, 50.0 + k % 2, 0.0)
        if t_s - off_s < OPENS_AFTER_S - 1e-9:
            assert phase.closed(t_s) is Reason.LOADED
            assert phase.unloaded_s(t_s) == 0.0
    assert phase.closed(t_s) is Reason.NONE
    assert phase.phase(t_s) is Phase.SWING
    assert phase.unloaded_s(t_s) == pytest.approx(t_s - off_s)
    phase.hear_load(t_s + 0.001, UNLOADED * WEIGHT_N)
    assert phase.closed(t_s + 0.001) is Reason.LOADED
    assert phase.phase(t_s + 0.001) is Phase.STANCE
    assert phase.unloaded_s(t_s + 0.001) == 0.0


def test_a_zero_that_drifts_under_a_standing_person_opens_nothing() -> None:
    """The load falls to nothing, and the shank has not moved: that is the cell, not the leg."""
    person = Person()
    person.go(1.0, "stand")
    person.go(20.0, "fault offset -0.49")
    assert {reason for reason, _ in person.seen[20:]} == {Reason.LOADED}
    assert person.unloaded_s == 0.0


def test_a_zero_too_high_never_opens_and_one_too_low_is_not_believed() -> None:
    person = Person()
    person.go(3.0, "walk 100")
    person.go(5.0, "fault offset 0.2")
    assert seconds(person, Reason.NONE) == 0.0
    person.go(5.0, "fault none", "fault offset -0.12")
    assert all(share < UNLOADED for reason, share in person.seen if reason is Reason.NONE)
    assert seconds(person, Reason.LOAD_UNKNOWN) > 1.0


def test_whoever_walks_while_the_cell_shows_nothing_is_not_followed() -> None:
    """Its cable broke in stance: it says about zero for ever. Open, if at all, in swing and just after it."""
    phase, leg = LegPhase(GAIT), Leg(WEIGHT_KG)
    leg.do("walk 100")
    open_s = stance_s = loaded_s = 0.0
    breaks_at = None
    for k in range(3000):
        t_s = 10.0 + 0.005 * k
        leg.step(0.005)
        loaded_s = loaded_s + 0.005 if leg.share >= LOADED else 0.0
        if breaks_at is None and k > 400 and loaded_s > 0.3:
            breaks_at = k
        phase.hear_shank(t_s, leg.rate_deg_s, leg.pitch_deg)
        phase.hear_load(t_s, leg.load_n if breaks_at is None else 0.3 * (k % 7))
        if breaks_at is not None and phase.closed(t_s) is Reason.NONE:
            open_s += 0.005
            stance_s = max(stance_s, loaded_s)
    assert phase.closed(t_s) is Reason.LOAD_UNKNOWN
    assert open_s < 3 * 0.6
    assert stance_s < 0.1


# -- a sensor that does not know --------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["silent", "stuck", "corrupt", "nan", "frozen", "imu"])
def test_a_board_that_fails_in_the_air_shuts(fault: str) -> None:
    person = Person()
    person.go(0.3, "load 0.6")
    person.go(0.4, "lift")
    assert person.closed is Reason.NONE
    person.go(0.6, f"fault {fault}")
    assert person.closed is Reason.LOAD_UNKNOWN
    assert person.unloaded_s == 0.0
    shuts_by_s = {"nan": 0.010, "frozen": 0.110}.get(fault, 0.060)
    assert seconds(person, Reason.NONE) <= shuts_by_s
    person.go(0.3, "fault none")
    # The cell must show weight again before it is believed; with one that was sound, the shank must swing.
    assert person.closed is (Reason.LOADED if fault == "imu" else Reason.LOAD_UNKNOWN)


@pytest.mark.parametrize("load_n", [math.nan, math.inf, 5.1 * WEIGHT_N])
def test_one_impossible_load_shuts_for_40_ms(load_n: float) -> None:
    phase = LegPhase(GAIT)
    for k in range(100):
        phase.hear_load(10.0 + 0.005 * k, (0.5 if k < 50 else 0.01) * WEIGHT_N + k % 2)
    assert phase.closed(10.495) is Reason.NONE
    phase.hear_load(10.5, load_n)
    assert phase.closed(10.5) is Reason.LOAD_UNKNOWN
    for k in range(10):
        t_s = 10.505 + 0.005 * k
        assert phase.closed(t_s) is not Reason.NONE
        phase.hear_load(t_s, k % 2)
    assert phase.closed(10.555) is Reason.NONE


def test_a_cell_that_read_far_below_zero_is_believed_again_after_a_swing_that_reads_zero() -> None:
    """Its zero may be off, and weight may read as nothing. Standing proves nothing, a swing does."""
    person = Person()
    person.go(2.0, "walk 100")
    person.go(1.0, "load 0.35", "fault offset -0.5")
    assert person.closed is Reason.LOAD_UNKNOWN
    person.go(2.0, "fault offset -0.3")  # 5 %, with 35 % on it, by somebody who has just moved
    assert seconds(person, Reason.NONE) == 0.0
    person.go(1.0, "fault offset 0")
    assert person.closed is Reason.LOAD_UNKNOWN
    person.go(4.0, "walk 100")
    assert seconds(person, Reason.NONE) > 0.3


@pytest.mark.parametrize("load_n", [-math.inf, -0.11 * WEIGHT_N])
def test_without_a_gyroscope_weight_makes_it_good(load_n: float) -> None:
    phase = LegPhase(GAIT)
    for k in range(300):
        level_n = load_n if k == 80 else WEIGHT_N * (0.5 if k < 50 or 180 <= k < 200 else 0.01)
        phase.hear_load(10.0 + 0.005 * k, level_n + k % 2)
        if 80 <= k < 180:
            assert phase.closed(10.0 + 0.005 * k) is Reason.LOAD_UNKNOWN
    assert phase.closed(11.495) is Reason.NONE


def test_a_load_that_stands_still_while_the_shank_moves_is_frozen_after_100_ms() -> None:
    phase = LegPhase(GAIT)
    opened_s = []
    for k in range(200):
        t_s = 10.0 + 0.005 * k
        phase.hear_shank(t_s, 60.0 + 0.1 * (k % 2), 0.0)
        phase.hear_load(t_s, WEIGHT_N * (0.5 if k < 100 else 0.01) + (k % 2 if k < 120 else 0.0))
        if phase.closed(t_s) is Reason.NONE:
            opened_s.append(t_s)
    assert 10.69 < max(opened_s) <= 10.701
    assert phase.closed(t_s) is Reason.LOAD_UNKNOWN


def test_frozen_without_a_gyroscope_is_noticed_too() -> None:
    phase = LegPhase(GAIT)
    for k in range(100):
        phase.hear_load(10.0 + 0.005 * k, 0.5 * WEIGHT_N + k % 2)
    for k in range(200):
        phase.hear_load(10.5 + 0.005 * k, 1.0)
    assert phase.closed(11.495) is Reason.LOAD_UNKNOWN


def test_stale() -> None:
    phase = LegPhase(GAIT)
    for k in range(100):
        phase.hear_load(10.0 + 0.005 * k, (0.5 if k < 50 else 0.01) * WEIGHT_N + k % 2)
    assert phase.closed(10.495 + STALE_S - 0.001) is Reason.NONE
    assert phase.closed(10.495 + 0.050) is Reason.LOAD_UNKNOWN


@given(st.data())
def test_never_open_with_weight_whatever_the_trace(data: st.DataObject) -> None:
    """Open only after 40 ms of sound samples below the threshold, the newest of them fresh."""
    phase = LegPhase(GAIT)
    share = st.one_of(
        st.sampled_from([-0.2, -0.01, 0.0, 0.05, 0.0999, 0.1, 0.17, 0.18, 0.25, 0.6, 1.1, 6.0, math.nan]),
        st.floats(-1.0, 6.0),
        st.floats(),
    )
    step = st.tuples(
        st.integers(1, 40),  # times it is said
        st.sampled_from([0.004, 0.005, 0.02, 0.06, 0.6]),  # so far apart
        share,
        st.sampled_from([0.0, 30.0, -90.0, 200.0, math.nan, None]),  # the shank; None: not told
        st.sampled_from(["", "", "", "sit", "stand", "forget"]),
    )
    t_s, below_s, last_s = 10.0, math.inf, -math.inf
    for times, every_s, level, rate, said in data.draw(st.lists(step, max_size=25)):
        if said == "sit":
            try:
                phase.sit(t_s)
            except RequestError:
                assert not phase.seated
        elif said:
            getattr(phase, said)()
        for k in range(times):
            t_s += every_s
            noisy = level + 1e-4 * (k % 2)
            if rate is not None:
                phase.hear_shank(t_s, rate + 0.1 * (k % 2), 0.0)
            phase.hear_load(t_s, noisy * WEIGHT_N)
            limit = BETWEEN if phase.seated else UNLOADED
            if not -UNLOADED <= noisy < limit or t_s - last_s > STALE_S:
                below_s = math.inf
            elif below_s == math.inf:
                below_s = t_s
            last_s = t_s
            assert not (phase.seated and noisy >= LOADED)
            for later_s in (0.0, 0.044, 0.046, 1.0):
                unloaded_s = phase.unloaded_s(t_s + later_s)
                opened = phase.closed(t_s + later_s) is Reason.NONE
                assert opened == (unloaded_s > 0.0)
                if opened:
                    assert later_s <= STALE_S
                    assert -UNLOADED <= noisy < limit
                    assert t_s - below_s >= OPENS_AFTER_S - 0.021
                    assert unloaded_s <= t_s + later_s - below_s + 0.06


def loads(phase: LegPhase, t_s: float, seconds: float, share: float) -> float:
    """Says a load every 5 ms, never twice the same; returns when it was last said."""
    for k in range(round(seconds / 0.005)):
        t_s += 0.005
        phase.hear_load(t_s, share * WEIGHT_N + 1e-3 * (k % 2))
    return t_s


@pytest.mark.parametrize(
    ("share", "reason"),
    [
        (4.99, Reason.LOADED),
        (5.01, Reason.LOAD_UNKNOWN),
        (0.1001, Reason.LOADED),
        (0.0999, Reason.NONE),
        (-0.0999, Reason.NONE),
        (-0.1001, Reason.LOAD_UNKNOWN),
    ],
)
def test_shares_are_of_the_patients_own_weight(share: float, reason: Reason) -> None:
    phase = LegPhase(GAIT)
    t_s = loads(phase, 10.0, 0.2, 0.5)
    t_s = loads(phase, t_s, 0.1, share)
    assert phase.closed(t_s) is reason
    assert phase.share == pytest.approx(share if reason is not Reason.LOAD_UNKNOWN else 0.5, abs=1e-4)


@pytest.mark.parametrize(("share", "reason"), [(0.249, Reason.LOAD_UNKNOWN), (0.251, Reason.NONE)])
def test_a_cell_proves_itself_with_the_loaded_share(share: float, reason: Reason) -> None:
    phase = LegPhase(GAIT)
    t_s = loads(phase, 10.0, 0.2, share)
    t_s = loads(phase, t_s, 0.1, 0.0)
    assert phase.closed(t_s) is reason


@pytest.mark.parametrize(("gap_s", "reason"), [(0.45, Reason.NONE), (0.51, Reason.LOAD_UNKNOWN)])
def test_a_proof_outlives_half_a_second_of_silence(gap_s: float, reason: Reason) -> None:
    phase = LegPhase(GAIT)
    t_s = loads(phase, 10.0, 0.2, 0.5)
    t_s = loads(phase, t_s, 0.2, 0.0)
    t_s = loads(phase, t_s + gap_s, 0.1, 0.0)
    assert phase.closed(t_s) is reason


@pytest.mark.parametrize(("seconds", "reason"), [(0.49, Reason.NONE), (0.53, Reason.LOAD_UNKNOWN)])
def test_frozen_is_the_same_for_half_a_second(seconds: float, reason: Reason) -> None:
    phase = LegPhase(GAIT)
    t_s = loads(phase, 10.0, 0.2, 0.5)
    for k in range(round(seconds / 0.005)):
        phase.hear_load(t_s + 0.005 * (k + 1), 1.0)
    assert phase.closed(t_s + 0.005 * round(seconds / 0.005)) is reason


@pytest.mark.parametrize(("back", "reason"), [(-19.0, Reason.NONE), (-21.0, Reason.LOADED)])
def test_a_turn_backwards_shuts(back: float, reason: Reason) -> None:
    phase = LegPhase(GAIT)
    t_s = 10.0
    for rate, share, seconds in ((0.0, 0.5, 0.2), (60.0, 0.0, 0.2), (back, 0.0, 0.005)):
        for k in range(round(seconds / 0.005)):
            t_s += 0.005
            phase.hear_shank(t_s, rate + 0.01 * (k % 2), 0.0)
            phase.hear_load(t_s, share * WEIGHT_N + k % 2)
    assert phase.closed(t_s) is reason
    assert (phase.unloaded_s(t_s) > 0.0) is (reason is Reason.NONE)


def test_a_turn_forwards_before_the_weight_was_gone_does_not_count() -> None:
    phase = LegPhase(GAIT)
    for k in range(100):
        t_s = 10.0 + 0.005 * k
        phase.hear_shank(t_s, (60.0 if k < 49 else 5.0) + 0.01 * (k % 2), 0.0)
        phase.hear_load(t_s, (0.5 if k < 50 else 0.0) * WEIGHT_N + k % 2)
    assert phase.closed(t_s) is Reason.LOADED


# -- seated -----------------------------------------------------------------------------------------------


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


# -- a gyroscope alone ------------------------------------------------------------------------------------


@pytest.mark.parametrize("cadence", [60, 100, 140])
def test_by_the_shank_alone_it_opens_in_mid_swing_only(cadence: int) -> None:
    person = Person(IMU_ONLY)
    strides_s = 5 * 120 / cadence
    person.go(3.0, f"walk {cadence}")
    person.go(strides_s)
    assert all(share < UNLOADED for reason, share in person.seen if reason is Reason.NONE)
    assert 0.4 < seconds(person, Reason.NONE) / (0.38 * strides_s) < 1.0
    assert {reason for reason, _ in person.seen} == {Reason.NONE, Reason.LOADED}


def test_by_the_shank_alone_standing_sitting_and_falling_backwards_are_loaded() -> None:
    person = Person(IMU_ONLY)
    for posture in ("stand", "sit", "rest", "lift", "stretch"):
        person.go(2.0, posture)
        assert seconds(person, Reason.NONE) == 0.0
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
    assert seconds(person, Reason.NONE) <= (0.110 if fault == "frozen" else 0.060)


# -- settings ---------------------------------------------------------------------------------------------


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
