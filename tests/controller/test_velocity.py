"""Velocities drive several joints at once, and nothing moves where nothing may."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from innervate.controller.decider import Decider
from innervate.controller.settings import ShapingSettings
from innervate.controller.velocity import VelocityShaper
from innervate.core.command import Command
from innervate.core.errors import ProfileError
from innervate.core.link import LinkState
from innervate.core.state import Reason
from innervate.models.runtime import Runtime
from innervate.models.velocities import DEADBAND

from .driven import DRIVEN, HERE, WRIST, Driven, velocity_model
from .test_loop import SETTINGS, Bench, loudness_model

STILL = (0.0,) * len(HERE)


@pytest.fixture
def driven(tmp_path: Path) -> Iterator[Driven]:
    made = Driven(tmp_path)
    yield made
    made.telemetry.close()


def holds(command: Command, reason: Reason) -> bool:
    return (command.rate_deg_s, command.reason, command.target_deg) == (STILL, reason, HERE)


# -- what moves ---------------------------------------------------------------------------------------------


def test_two_muscles_move_two_joints_at_once_each_at_its_own_speed(driven: Driven) -> None:
    command = driven.turns(60, 100.0, 50.0)
    assert command.reason is Reason.NONE
    assert command.target_deg[0] > 80
    assert command.target_deg[WRIST] == 60.0
    assert max(command.rate_deg_s[:WRIST]) == pytest.approx(100.0, rel=0.2)
    assert command.rate_deg_s[WRIST] == pytest.approx(44.0, rel=0.3)


def test_one_muscle_moves_one_joint(driven: Driven) -> None:
    command = driven.turns(60, 5.0, 80.0)
    assert (set(command.rate_deg_s[:WRIST]), command.target_deg[:WRIST]) == ({0.0}, HERE[:WRIST])
    assert command.rate_deg_s[WRIST] > 50.0


def test_a_muscle_at_rest_keeps_the_joints_still(driven: Driven) -> None:
    driven.turns(60, 80.0, 80.0)
    assert holds(driven.turns(40, 5.0, 5.0), Reason.NONE)


def test_speed_climbs_the_ramp_and_falls_at_once(driven: Driven) -> None:
    driven.turns(60, 5.0, 5.0)
    rates = [driven.turns(1, 100.0, 100.0).rate_deg_s[WRIST] for _ in range(40)]
    assert max(b - a for a, b in pairwise(rates)) <= 10.0 + 1e-6
    assert max(rates) > 80.0


def test_the_ring_says_what_each_degree_of_freedom_is_driven_at(driven: Driven) -> None:
    driven.turns(60, 100.0, 50.0)
    record = driven.newest()
    hand, wrist, *others = record["velocity"]
    assert (hand, wrist) == (pytest.approx(0.95, abs=0.15), pytest.approx(0.44, abs=0.15))
    assert set(others) == {0.0}
    assert record["speed"] == pytest.approx(max(hand, wrist))
    driven.turns(40, 5.0, 5.0)
    assert set(driven.newest()["velocity"]) == {0.0}


def test_classes_leave_the_velocities_of_the_ring_at_zero(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.turns(60, 5.0, 100.0)
    record = bench.ring.new_records()[-1]
    assert record["speed"] > 0.0  # type: ignore[operator]
    assert set(record["velocity"]) == {0.0}  # type: ignore[call-overload]
    bench.telemetry.close()


def test_a_degree_of_freedom_the_limb_lacks_moves_nothing_and_is_named_so(tmp_path: Path) -> None:
    made = Driven(tmp_path, velocity_model(("hand", "elbow")))
    assert holds(made.turns(60, 5.0, 100.0), Reason.UNMAPPED)
    assert made.turns(60, 100.0, 100.0).reason is Reason.NONE
    assert made.newest()["velocity"][1] == 0.0
    made.telemetry.close()


def test_the_hand_closes_to_the_grip_that_is_chosen_after_rest(tmp_path: Path) -> None:
    made = Driven(tmp_path, settings=replace(DRIVEN, grips=("power", "pinch")))
    made.turns(30, 5.0, 5.0)
    assert made.turns(60, 100.0, 5.0).target_deg[1] == 85.0
    made.port.grip, made.port.grips_asked = 1, 1
    made.turns(1, 100.0, 5.0)
    assert holds(made.turns(20, 100.0, 5.0), Reason.REST_FIRST)
    assert set(made.newest()["velocity"]) == {0.0}
    made.turns(40, 5.0, 5.0)
    assert made.turns(60, 100.0, 5.0).target_deg[1] == 10.0
    made.telemetry.close()


# -- what holds ---------------------------------------------------------------------------------------------


def silence(driven: Driven) -> Command:
    for _ in range(10):
        driven.loop.turn()
    return driven.port.commands[-1]


def unplugged(driven: Driven) -> Command:
    driven.amplifier.unplug()
    driven.loop.turn()
    return driven.port.commands[-1]


def reconnecting(driven: Driven) -> Command:
    driven.amplifier.link = LinkState.RECONNECTING
    return driven.turns(1, 100.0, 100.0)


def missing(driven: Driven) -> Command:
    samples = driven.emg(100.0, 100.0)
    valid = np.ones(samples.shape, np.bool_)
    valid[3, 1] = False
    driven.amplifier.queue(samples, valid=valid)
    driven.loop.turn()
    return driven.port.commands[-1]


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (silence, Reason.EMG_STALE),
        (unplugged, Reason.EMG_LOST),
        (reconnecting, Reason.EMG_LOST),
        (missing, Reason.CONTACT),
        (lambda driven: driven.turns(5, 100.0, 100.0, age_s=0.2), Reason.EMG_STALE),
    ],
)
def test_on_input_that_cannot_be_believed_nothing_moves_and_the_ramps_start_again(
    driven: Driven, what: Callable[[Driven], Command], reason: Reason
) -> None:
    full = driven.turns(60, 100.0, 100.0).rate_deg_s[WRIST]
    assert full > 80.0
    assert holds(what(driven), reason)
    driven.amplifier.link = LinkState.STREAMING
    if driven.loop.lost is None:
        again = next(c for c in (driven.turns(1, 100.0, 100.0) for _ in range(40)) if any(c.rate_deg_s))
        assert max(again.rate_deg_s) <= 0.2 * full


def test_before_the_first_window_nothing_moves(driven: Driven) -> None:
    assert holds(driven.turns(19, 100.0, 100.0), Reason.WARMING_UP)


@pytest.mark.parametrize("limit", [0.0, 2.5])
def test_a_velocity_that_is_no_number_holds_the_limb_whatever_the_limit(tmp_path: Path, limit: float) -> None:
    model = velocity_model()
    assert model.regressor is not None
    model.regressor.intact.by_level[0, 0] = 1e308
    made = Driven(tmp_path, model, outlier_limit=limit)
    with np.errstate(over="ignore"):
        assert holds(made.turns(40, 100.0, 100.0), Reason.UNFAMILIAR)
    made.telemetry.close()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 3, 10, 23]),
            st.sampled_from([0.0, 5.0, 100.0, 1e30, math.nan, math.inf]),
            st.floats(0.0, 0.3),
        ),
        max_size=40,
    )
)
def test_whatever_the_amplifier_sends_commands_are_finite(
    tmp_path: Path, script: list[tuple[int, float, float]]
) -> None:
    made = Driven(tmp_path)
    for n, level, age_s in script:
        if n:
            samples = made.emg(level, 100.0, n)
            made.amplifier.queue(samples, age_s, np.isfinite(samples))
        made.loop.turn()
    made.telemetry.close()
    for command in made.port.commands:
        assert all(map(math.isfinite, (*command.target_deg, *command.rate_deg_s)))
        assert all(0.0 <= rate <= 100.0 for rate in command.rate_deg_s)


# -- settings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"thresholds": (("power", 0.9),)}, "control.thresholds"),
        ({"rejection_threshold": 0.7}, "control.rejection_threshold"),
        ({"lock_s": 0.25}, "control.onset_lock_ms"),
        ({"hysteresis": 0.1}, "control.hysteresis"),
    ],
)
def test_a_setting_that_chooses_among_classes_is_refused_not_ignored(
    change: dict[str, object], key: str
) -> None:
    shaping = replace(ShapingSettings(), **change)  # type: ignore[arg-type]
    with pytest.raises(ProfileError, match=key):
        Decider(replace(DRIVEN, shaping=shaping), Runtime(velocity_model()))
    Decider(replace(SETTINGS, shaping=shaping), Runtime(loudness_model()))


def test_following_turns_is_refused() -> None:
    with pytest.raises(ProfileError, match=r"control\.adapt"):
        Decider(replace(DRIVEN, adapt=True), Runtime(velocity_model()))


def test_a_cap_for_a_movement_that_no_velocity_means_is_refused() -> None:
    with pytest.raises(ProfileError, match=r"no velocity of 'power'"):
        VelocityShaper(("elbow",), 0.01, ShapingSettings(speeds=(("power", 0.5),)))


# -- shaping ------------------------------------------------------------------------------------------------


def shaper(dofs: tuple[str, ...] = ("hand", "elbow"), **change: object) -> VelocityShaper:
    return VelocityShaper(dofs, 0.01, ShapingSettings(**{"ramp_s": 0.0, **change}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("velocity", "made"), [(0.1, 0.0), (-0.1, 0.0), (0.55, 0.5), (-1.0, -1.0), (9.0, 1.0), (math.nan, 0.0)]
)
def test_speed_rises_from_nothing_at_the_dead_band_to_all_at_one(velocity: float, made: float) -> None:
    assert DEADBAND == 0.1
    assert shaper().update((velocity, 0.0), rests=False) == (pytest.approx(made), 0.0)


def test_decided_rest_stops_all_of_them_whatever_the_velocities() -> None:
    one = shaper()
    assert any(one.update((1.0, -1.0), rests=False))
    assert one.update((1.0, -1.0), rests=True) == (0.0, 0.0)


def test_nothing_said_moves_nothing() -> None:
    assert shaper().update((), rests=False) == (0.0, 0.0)


def test_the_profiles_caps_count_by_direction() -> None:
    one = shaper(speed=0.8, speeds=(("open", 0.5), ("elbow flexion", 0.0)))
    assert one.update((-1.0, 1.0), rests=False) == (-0.5, 0.0)
    assert one.update((1.0, -1.0), rests=False) == (0.8, -0.8)


def test_turning_round_begins_at_nothing() -> None:
    one = shaper(ramp_s=0.1)
    for _ in range(20):
        one.update((1.0, 0.0), rests=False)
    assert one.update((-1.0, 0.0), rests=False) == (pytest.approx(-0.1), 0.0)


def test_a_mean_over_time_smooths_and_forgets_at_rest() -> None:
    one = shaper(vote_s=0.05)
    made = [one.update((1.0 if k % 2 else 0.2, 0.0), rests=False)[0] for k in range(20)]
    assert max(made[5:]) - min(made[5:]) < 0.3
    one.update((0.0, 0.0), rests=True)
    assert one.update((1.0, 0.0), rests=False)[0] == pytest.approx(1.0)


@given(st.lists(st.tuples(st.floats(), st.floats(), st.booleans()), max_size=50), st.floats(0.0, 0.5))
def test_whatever_comes_a_velocity_is_finite_within_the_cap_and_no_quicker_than_the_ramp(
    script: list[tuple[float, float, bool]], ramp_s: float
) -> None:
    one = shaper(ramp_s=ramp_s, speed=0.7)
    step, before = (1.0 if ramp_s <= 0.01 else 0.01 / ramp_s), (0.0, 0.0)
    for first, second, rests in script:
        now = one.update((first, second), rests)
        for was, made in zip(before, now, strict=True):
            assert abs(made) <= 0.7
            assert abs(made) - (abs(was) if was * made > 0 else 0.0) <= step + 1e-9
        before = now
