"""The leg's gate at its very bounds: exact shares, exact instants. What lies inside them: test_phase.py."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from innervate.core.errors import ProfileError, RequestError
from innervate.core.state import SENTENCE, Reason
from innervate.firmware_bridge.leg import NoSensor
from innervate.firmware_bridge.phase import GRAVITY_M_S2, MOST_SHARE, LegPhase, Phase, check

from .gait_bench import GAIT, WEIGHT_KG

WEIGHT_N = WEIGHT_KG * GRAVITY_M_S2
UNLOADED, LOADED = GAIT.unloaded_share, GAIT.loaded_share


def newtons(share: float) -> float:
    """The load that is this share to the last bit, after the division."""
    near = share * WEIGHT_N
    return next(
        n for n in (near, math.nextafter(near, -9e9), math.nextafter(near, 9e9)) if n / WEIGHT_N == share
    )


def hear(phase: LegPhase, t_s: float, share: float) -> None:
    phase.hear_load(t_s, newtons(share))


def stood(phase: LegPhase, until_s: float = 0.0) -> None:
    """Somebody has stood on it for 0.1 s, to `until_s` without it."""
    for k in range(20, 0, -1):
        phase.hear_load(until_s - 0.005 * k, 0.5 * WEIGHT_N + k % 2)


def test_the_numbers_of_phases() -> None:
    assert [int(phase) for phase in (Phase.UNKNOWN, Phase.STANCE, Phase.SWING)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"unloaded_share": 0.26, "loaded_share": 0.4}, "unloaded_share = 0.26: allowed 0.02 to 0.25"),
        ({"unloaded_share": 0.03, "loaded_share": 0.049}, "loaded_share = 0.049: allowed 0.05 to 0.5"),
        ({"swing_deg_s": 29.5}, "swing_deg_s = 29.5: allowed 30 to 400"),
        ({"unloaded_share": 0.2, "loaded_share": 0.1}, "must be below loaded_share = 0.1"),
    ],
)
def test_each_bound_of_the_settings_alone(changes: dict[str, float], told: str) -> None:
    with pytest.raises(ProfileError, match=told):
        check(replace(GAIT, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("share", "reason"),
    [(MOST_SHARE, Reason.LOADED), (-UNLOADED, Reason.NONE), (UNLOADED, Reason.LOADED)],
)
def test_a_share_at_its_bound_is_known(share: float, reason: Reason) -> None:
    phase = LegPhase(GAIT)
    stood(phase)
    for k in range(10):
        hear(phase, 0.005 * k, share)
    assert phase.closed(0.045) is reason


def test_the_loaded_share_itself_is_proof() -> None:
    phase = LegPhase(GAIT)
    for k in range(20):
        hear(phase, -0.1 + 0.005 * k, LOADED)
    assert phase.closed(0.0) is Reason.LOADED


def test_what_reads_the_lowest_share_for_ever_is_frozen_but_its_zero_is_not_low() -> None:
    phase = LegPhase(GAIT)
    stood(phase)
    for k in range(120):
        hear(phase, 0.005 * k, -UNLOADED)
    assert phase.closed(0.6) is Reason.LOAD_UNKNOWN
    for k in range(121, 140):
        phase.hear_load(0.005 * k, 1.0 + k % 2)
    assert phase.closed(0.7) is Reason.NONE


@pytest.mark.parametrize(
    ("share", "reason"), [(0.5 * (UNLOADED + LOADED), Reason.LOAD_UNKNOWN), (0.0, Reason.NONE)]
)
def test_a_zero_that_was_low_is_made_good_by_a_swing_that_reads_nothing_and_by_no_other(
    share: float, reason: Reason
) -> None:
    phase = LegPhase(GAIT)
    stood(phase)
    phase.hear_load(0.0, -0.2 * WEIGHT_N)
    t_s = 0.0
    for rate, read, seconds in ((-50.0, 0.5, 0.2), (150.0, share, 0.2), (30.0, 0.0, 0.055)):
        for k in range(round(seconds / 0.005)):
            t_s += 0.005
            phase.hear_shank(t_s, rate + 0.01 * (k % 2), 0.0)
            phase.hear_load(t_s, read * WEIGHT_N + k % 2)
    assert phase.closed(t_s) is reason


def test_a_swing_that_reads_the_unloaded_share_makes_no_zero_good() -> None:
    phase = LegPhase(GAIT)
    stood(phase)
    phase.hear_load(0.0, -0.2 * WEIGHT_N)
    for k in range(1, 111):
        rate = -50.0 if k < 40 else 150.0 if k < 80 else 30.0
        phase.hear_shank(0.005 * k, rate + 0.01 * (k % 2), 0.0)
        share = 0.5 if k < 40 else UNLOADED if k % 2 and k < 81 else 0.15 if k < 81 else 0.0
        phase.hear_load(0.005 * k, newtons(share) + (k % 2 if k < 40 or k > 80 else 0))
    assert phase.closed(0.55) is Reason.LOAD_UNKNOWN


def test_it_opens_with_the_40th_millisecond() -> None:
    phase = LegPhase(GAIT)
    stood(phase)
    phase.hear_load(0.0, 0.0)
    phase.hear_load(0.0399, 1.0)
    assert phase.closed(0.0399) is Reason.LOADED
    phase.hear_load(0.040, 0.0)
    assert phase.closed(0.040) is Reason.NONE


def test_a_gap_of_45_ms_is_none() -> None:
    phase = LegPhase(GAIT)
    stood(phase, -0.040)
    phase.hear_load(-0.040, 0.0)
    phase.hear_load(0.0, 1.0)
    phase.hear_load(0.045, 0.0)
    assert phase.closed(0.045) is Reason.NONE
    phase.hear_load(0.0901, 0.0)
    assert phase.closed(0.0901) is Reason.LOADED


def test_the_40th_millisecond_is_sound() -> None:
    phase = LegPhase(GAIT)
    phase.hear_load(0.0, 0.5 * WEIGHT_N)
    phase.hear_load(0.040, 0.6 * WEIGHT_N)
    phase.look(0.041)
    assert phase.closed(0.041) is Reason.LOADED


def test_half_a_second_of_not_knowing_is_not_too_long() -> None:
    phase = LegPhase(GAIT)
    phase.hear_load(-0.040, 0.5 * WEIGHT_N)
    phase.hear_load(0.0, 0.6 * WEIGHT_N)
    phase.look(0.5)
    phase.hear_load(0.5, 0.0)
    assert phase.closed(0.5) is Reason.LOADED
    phase.look(0.501)
    assert phase.closed(0.501) is Reason.LOAD_UNKNOWN


def test_a_load_is_fresh_for_45_ms() -> None:
    phase = LegPhase(GAIT)
    stood(phase)
    phase.hear_load(0.0, 0.5 * WEIGHT_N)
    assert phase.closed(0.045) is Reason.LOADED
    assert phase.closed(0.0451) is Reason.LOAD_UNKNOWN


def test_the_same_for_half_a_second_is_not_frozen_yet() -> None:
    phase = LegPhase(GAIT)
    stood(phase)
    for k in range(21):
        phase.hear_load(0.025 * k, 1.0)
    assert phase.closed(0.5) is Reason.NONE
    phase.hear_load(0.501, 1.0)
    assert phase.closed(0.501) is Reason.LOAD_UNKNOWN


def test_a_load_that_changed_with_the_last_movement_may_stand_still_since() -> None:
    phase = LegPhase(GAIT)
    stood(phase)
    for k in range(41):
        phase.hear_shank(0.005 * k, 60.0 if k == 0 else 5.0 + 0.01 * (k % 2), 0.0)
        phase.hear_load(0.005 * k, 0.5 * WEIGHT_N)
    assert phase.closed(0.2) is Reason.LOADED


def test_a_turn_forwards_in_the_moment_the_weight_goes_counts() -> None:
    phase = LegPhase(GAIT)
    stood(phase)
    for k in range(12):
        phase.hear_shank(0.005 * k, 60.0 if k == 0 else 5.0 + 0.01 * (k % 2), 0.0)
        phase.hear_load(0.005 * k, float(k % 2))
    assert phase.closed(0.055) is Reason.NONE


def test_five_seconds_are_long_enough_to_sit() -> None:
    phase = LegPhase(GAIT)
    stood(phase)
    for k in range(1001):
        phase.hear_load(0.005 * k, float(k % 2))
    with pytest.raises(RequestError, match=r"5\.0 s without weight so far"):
        phase.sit(4.9999)
    phase.sit(5.0)
    assert phase.seated


def test_whoever_may_not_sit_is_told_why() -> None:
    phase = LegPhase(GAIT)
    with pytest.raises(RequestError) as told:
        phase.sit(0.0)
    assert SENTENCE[Reason.LOAD_UNKNOWN] in str(told.value)
    stood(phase)
    with pytest.raises(RequestError) as told:
        phase.sit(0.0)
    assert SENTENCE[Reason.LOADED] in str(told.value)


def test_a_leg_without_a_sensor_never_opens_sits_or_counts_as_unloaded() -> None:
    gate = NoSensor()
    gate.listen(0.0)
    gate.stand()
    assert gate.closed(1e9) is Reason.LOAD_UNKNOWN
    assert gate.unloaded_s(1e9) == 0.0
    assert not gate.seated
    assert gate.files() == []
    with pytest.raises(RequestError, match="cannot sit: Is there weight on the limb"):
        gate.sit(1e9)
    assert not gate.seated
