"""When a leg is loaded, unloaded or not known: a virtual person on a virtual clock, and any trace at all."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.core.errors import RequestError
from innervate.core.state import Reason
from innervate.firmware_bridge.phase import (
    OPENS_AFTER_S,
    LegPhase,
    Phase,
)
from innervate.firmware_bridge.shank import STALE_S
from innervate.sim.gait_body import Leg

from .gait_bench import GAIT, LOADED, UNLOADED, WEIGHT_KG, WEIGHT_N, Person

BETWEEN = (UNLOADED + LOADED) / 2


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
    assert 0.7 * swing_s < person.seconds(Reason.NONE) < swing_s
    assert person.seconds(Reason.LOAD_UNKNOWN) == 0.0


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
    assert person.seconds(Reason.NONE) == 0.0
    person.go(5.0, "fault none", "fault offset -0.12")
    assert all(share < UNLOADED for reason, share in person.seen if reason is Reason.NONE)
    assert person.seconds(Reason.LOAD_UNKNOWN) > 1.0


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
    assert person.seconds(Reason.NONE) <= shuts_by_s
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
    assert person.seconds(Reason.NONE) == 0.0
    person.go(1.0, "fault offset 0")
    assert person.closed is Reason.LOAD_UNKNOWN
    person.go(4.0, "walk 100")
    assert person.seconds(Reason.NONE) > 0.3


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
