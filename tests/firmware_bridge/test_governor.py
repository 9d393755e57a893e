from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from innervate.core.command import Command
from innervate.core.state import Reason
from innervate.firmware_bridge.governor import MAX_STEP_S, Governor, judge
from innervate.firmware_bridge.limits import LimbModel

from .made import ABILITY_HAND, MOTEUS_ANKLE

ANY = st.floats(allow_nan=True, allow_infinity=True)


def command(target: tuple[float, ...], rate: tuple[float, ...], t_s: float = 0.0, seq: int = 1) -> Command:
    return Command(seq, t_s, t_s + 1.0, 5, t_s, target, rate, Reason.NONE)


def hand(target: float, rate: float, t_s: float) -> Command:
    return command((target,) * 5 + (-target,), (rate,) * 6, t_s)


class AnythingAtAll(RuleBasedStateMachine):
    """Whatever is thrown at it: finite, in range, rate and acceleration bounded."""

    model: LimbModel = ABILITY_HAND

    @initialize(data=st.data())
    def start(self, data: st.DataObject) -> None:
        self.t_s = 100.0
        self.measured = tuple(
            data.draw(st.floats(j.least_deg - 20.0, j.most_deg + 20.0)) for j in self.model.joints
        )
        self.governor = Governor(self.model)
        self.governor.seat(self.measured, self.t_s)
        assert self.governor.setpoint.position_deg == self.measured
        self.before = self.now = self.governor.setpoint
        self.dt_s = 0.0

    @rule(data=st.data(), dt_s=st.one_of(st.floats(0.0, 0.02), st.floats(0.0, 5.0)))
    def step(self, data: st.DataObject, dt_s: float) -> None:
        n = len(self.model.joints)
        sane = st.floats(-150.0, 150.0)
        values = st.lists(st.one_of(sane, sane, sane, ANY), min_size=n, max_size=n)
        wanted = None
        if data.draw(st.integers(0, 9)):
            rates = data.draw(st.lists(st.one_of(st.floats(0.0, 500.0), ANY), min_size=n, max_size=n))
            wanted = command(tuple(data.draw(values)), tuple(rates), self.t_s)
        self.t_s += dt_s
        self._advance(dt_s, wanted)

    @rule(steps=st.integers(1, 60), dt_s=st.floats(1e-4, 0.02), towards=st.floats(0.0, 1.0))
    def travel(self, steps: int, dt_s: float, towards: float) -> None:
        """Long runs at full speed, so that ends of the range are reached at speed."""
        target = tuple(j.least_deg + towards * (j.most_deg - j.least_deg) for j in self.model.joints)
        for _ in range(steps):
            self.t_s += dt_s
            self._advance(dt_s, command(target, (1000.0,) * len(target), self.t_s))
            self.check()

    def _advance(self, dt_s: float, wanted: Command | None) -> None:
        self.before = self.now
        self.now = self.governor.step(self.t_s, wanted)
        self.dt_s = min(dt_s, MAX_STEP_S)

    @invariant()
    def check(self) -> None:
        rows = zip(
            self.model.joints,
            self.measured,
            self.before.position_deg,
            self.now.position_deg,
            self.before.rate_deg_s,
            self.now.rate_deg_s,
            strict=True,
        )
        for joint, measured, p0, p1, v0, v1 in rows:
            assert math.isfinite(p1)
            assert math.isfinite(v1)
            assert min(joint.least_deg, measured) <= p1 <= max(joint.most_deg, measured)
            assert abs(v1) <= joint.max_rate_deg_s * (1 + 1e-9)
            assert abs(p1 - p0) <= joint.max_rate_deg_s * self.dt_s + 1e-9
            bound = joint.max_acceleration_deg_s2 if abs(v1) > abs(v0) else joint.max_braking_deg_s2
            assert abs(v1 - v0) <= bound * self.dt_s + 1e-6


class AnythingForTheAnkle(AnythingAtAll):
    model = MOTEUS_ANKLE


TestHand = AnythingAtAll.TestCase
TestAnkle = AnythingForTheAnkle.TestCase
for case in (TestHand, TestAnkle):
    case.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


def test_reaches_the_target_and_stays() -> None:
    governor = Governor(ABILITY_HAND)
    governor.seat((0.0,) * 6, 0.0)
    for k in range(1, 200):
        setpoint = governor.step(k * 0.01, hand(60.0, 120.0, k * 0.01))
    assert setpoint.position_deg == pytest.approx((60.0,) * 5 + (-60.0,), abs=1e-6)
    assert max(map(abs, setpoint.rate_deg_s)) < 1e-3


@given(dt_s=st.floats(0.001, 0.02), target=st.floats(1.0, 100.0), rate=st.floats(1.0, 400.0))
def test_never_overruns_a_target(dt_s: float, target: float, rate: float) -> None:
    governor = Governor(ABILITY_HAND)
    governor.seat((0.0,) * 6, 0.0)
    t_s = 0.0
    for _ in range(50):
        t_s += dt_s
        assert governor.step(t_s, hand(target, rate, t_s)).position_deg[0] <= target + 1e-9


@pytest.mark.parametrize("rate", [60.0, 150.0, 400.0])
def test_no_command_stops_within_one_heartbeat(rate: float) -> None:
    governor = Governor(ABILITY_HAND)
    governor.seat((0.0,) * 6, 0.0)
    for k in range(1, 16):
        governor.step(k * 0.01, hand(100.0, rate, k * 0.01))
    before = governor.setpoint
    assert before.rate_deg_s[0] == pytest.approx(rate)
    after = governor.step(0.16, None)
    assert not after.moving
    assert after.position_deg == before.position_deg


def test_rate_zero_holds() -> None:
    governor = Governor(ABILITY_HAND)
    governor.seat((30.0,) * 5 + (-30.0,), 0.0)
    for k in range(1, 20):
        assert governor.step(k * 0.01, hand(100.0, 0.0, k * 0.01)).position_deg[0] == 30.0


def test_a_stall_is_not_a_jump() -> None:
    governor = Governor(ABILITY_HAND)
    governor.seat((0.0,) * 6, 0.0)
    for k in range(1, 20):
        governor.step(k * 0.01, hand(100.0, 100.0, k * 0.01))
    before = governor.setpoint.position_deg[0]
    assert governor.step(10.0, hand(100.0, 100.0, 10.0)).position_deg[0] - before <= 100.0 * 0.020 + 1e-9


def test_time_that_goes_back_moves_nothing() -> None:
    governor = Governor(ABILITY_HAND)
    governor.seat((0.0,) * 6, 5.0)
    assert governor.step(4.0, hand(100.0, 100.0, 4.0)).position_deg == (0.0,) * 6


def test_time_that_goes_back_in_a_movement_neither_moves_nor_brakes() -> None:
    governor = Governor(ABILITY_HAND)
    governor.seat((0.0,) * 6, 0.0)
    for k in range(1, 11):
        governor.step(k * 0.01, hand(100.0, 100.0, k * 0.01))
    before = governor.setpoint
    assert governor.step(0.05, hand(100.0, 100.0, 0.05)) == before
    assert governor.step(0.1, None) == before


def test_a_joint_that_stays_keeps_no_other_from_moving() -> None:
    governor = Governor(ABILITY_HAND)
    governor.seat((0.0,) * 6, 0.0)
    wanted = command((50.0,) * 6, (0.0, 60.0, 0.0, 60.0, 0.0, 0.0), 0.01)
    assert [deg > 0.0 for deg in governor.step(0.01, wanted).position_deg] == [0, 1, 0, 1, 0, 0]


def test_seated_in_a_movement_it_stands_still_where_it_was_found() -> None:
    governor = Governor(ABILITY_HAND)
    governor.seat((0.0,) * 6, 0.0)
    for k in range(1, 11):
        governor.step(k * 0.01, hand(100.0, 100.0, k * 0.01))
    governor.seat((None, 33.0, None, None, None, None), 0.1)
    position, rate = governor.setpoint.position_deg, governor.setpoint.rate_deg_s
    assert (position[1], rate[1]) == (33.0, 0.0)
    assert position[0] > 0.0 < rate[0]
    assert governor.step(0.11, hand(33.0, 0.0, 0.11)).position_deg[1] == 33.0


def test_turning_round_passes_through_rest() -> None:
    governor = Governor(ABILITY_HAND)
    governor.seat((50.0,) * 5 + (-50.0,), 0.0)
    for k in range(1, 11):
        governor.step(k * 0.005, hand(90.0, 400.0, k * 0.005))
    forwards = governor.setpoint.rate_deg_s[0]
    turned = governor.step(0.055, hand(10.0, 400.0, 0.055)).rate_deg_s[0]
    assert 100.0 < forwards < 201.0
    assert turned == pytest.approx(0.0, abs=1e-9)
    governor.step(0.060, hand(10.0, 400.0, 0.060))
    assert governor.step(0.065, hand(10.0, 400.0, 0.065)).rate_deg_s[0] < 0.0


def test_outside_the_range_is_held_and_only_left_inwards() -> None:
    governor = Governor(MOTEUS_ANKLE)
    governor.seat((25.0,), 0.0)
    assert governor.step(0.01, None).position_deg == (25.0,)
    assert governor.step(0.02, command((40.0,), (60.0,), 0.02)).position_deg[0] < 25.0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, Reason.NONE),
        ({"target_deg": (1.0,) * 5}, Reason.COMMAND_INVALID),
        ({"target_deg": (1.0,) * 7}, Reason.COMMAND_INVALID),
        ({"rate_deg_s": (1.0,) * 7}, Reason.COMMAND_INVALID),
        ({"rate_deg_s": (1.0,) * 5}, Reason.COMMAND_INVALID),
        ({"target_deg": (math.nan,) * 6}, Reason.COMMAND_INVALID),
        ({"rate_deg_s": (math.inf,) * 6}, Reason.COMMAND_INVALID),
        ({"rate_deg_s": (-1.0,) * 6}, Reason.COMMAND_INVALID),
        ({"expires_s": math.inf}, Reason.COMMAND_INVALID),
        ({"t_made_s": 10.5}, Reason.COMMAND_INVALID),
        ({"seq": 7}, Reason.COMMAND_OUT_OF_ORDER),
        ({"expires_s": 9.9}, Reason.COMMAND_EXPIRED),
        ({"t_sample_s": 9.85}, Reason.COMMAND_EXPIRED),
    ],
)
def test_refuses(change: dict[str, object], reason: Reason) -> None:
    good = replace(hand(50.0, 10.0, 10.0), seq=8)
    assert judge(replace(good, **change), 6, 7, 10.0) is reason


def test_seat_wants_finite_angles() -> None:
    governor = Governor(MOTEUS_ANKLE)
    for wrong in ((math.nan,), (), (1.0, 2.0)):
        with pytest.raises(ValueError, match="finite"):
            governor.seat(wrong, 0.0)
    assert governor.setpoint.position_deg == (0.0,)
