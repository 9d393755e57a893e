"""Rejection, ramp, proportional speed, and movements to joints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.controller.intent import IntentShaper
from innervate.controller.mapping import Mapper
from innervate.controller.postures import MOVES, POSTURES
from innervate.controller.settings import LimbPart, ShapingSettings
from innervate.core.errors import ProfileError
from innervate.core.state import Reason
from innervate.firmware_bridge.devices import DEVICES, part_model
from innervate.firmware_bridge.limits import JOINTS
from innervate.firmware_bridge.settings import PartSettings

CLASSES = ("rest", "open", "power")
REST, OPEN, POWER = range(3)


def part(device: str) -> LimbPart:
    return LimbPart(device, part_model(PartSettings(device, "p")).joint_names)


HAND = (part("ability-hand"),)


def shaper(**settings: float) -> IntentShaper:
    return IntentShaper(CLASSES, 0.010, ShapingSettings(**settings), (0.0, 0.6, 0.6))


def test_an_unclear_movement_is_not_acted_on() -> None:
    shaped = shaper().update(POWER, 0.59, 1.0)
    assert (shaped.class_index, shaped.speed, shaped.reason) == (REST, 0.0, Reason.LOW_CONFIDENCE)


def test_rest_needs_no_confidence() -> None:
    assert shaper().update(REST, 0.3, 1.0).reason is Reason.NONE


def test_a_decision_reaches_full_speed_only_after_the_ramp() -> None:
    intent = shaper(ramp_s=0.2)
    speeds = [intent.update(POWER, 0.99, 1.0).speed for _ in range(25)]
    assert speeds[0] == pytest.approx(0.05)
    assert speeds[:20] == sorted(speeds[:20])
    assert speeds[19] == pytest.approx(1.0)
    assert max(speeds) <= 1.0


def test_a_flicker_slows_the_running_movement_but_does_not_stop_it() -> None:
    intent = shaper(ramp_s=0.2)
    for _ in range(20):
        intent.update(POWER, 0.99, 1.0)
    wrong = intent.update(OPEN, 0.99, 1.0)
    right = intent.update(POWER, 0.99, 1.0)
    assert wrong.speed <= 0.05 + 1e-9
    assert right.speed > 0.85


def test_speed_follows_effort_between_its_bounds() -> None:
    speeds = [
        shaper(ramp_s=0.0, min_speed=0.2).update(POWER, 0.9, effort).speed for effort in (-1, 0, 0.5, 1, 9)
    ]
    assert speeds == pytest.approx([0.2, 0.2, 0.6, 1.0, 1.0])


def test_after_a_hold_the_ramp_starts_again() -> None:
    intent = shaper(ramp_s=0.2)
    for _ in range(20):
        intent.update(POWER, 0.99, 1.0)
    intent.hold(Reason.CONTACT)
    assert intent.update(POWER, 0.99, 1.0).speed == pytest.approx(0.05)


@given(st.lists(st.tuples(st.sampled_from([REST, OPEN, POWER]), st.floats(0, 1), st.floats(-2, 5))))
def test_speed_is_always_from_nothing_to_one_and_nothing_at_rest(
    decisions: list[tuple[int, float, float]],
) -> None:
    intent = shaper()
    for class_index, posterior, effort in decisions:
        shaped = intent.update(class_index, posterior, effort)
        assert 0.0 <= shaped.speed <= 1.0
        assert shaped.class_index != REST or shaped.speed == 0.0


@pytest.mark.parametrize("device", POSTURES)
def test_every_posture_lies_within_its_device(device: str) -> None:
    joints = DEVICES[device].joints
    for target in POSTURES[device].values():
        assert len(target) == len(joints)
        assert all(j.least_deg <= t <= j.most_deg for j, t in zip(joints, target, strict=True))


def test_every_move_lies_within_its_joint() -> None:
    assert all(JOINTS[joint].least_deg <= deg <= JOINTS[joint].most_deg for joint, deg in MOVES.values())


def test_joints_of_a_grip_arrive_together() -> None:
    mapper = Mapper(HAND, CLASSES, 100.0)
    start = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    target, rate = mapper.command(POWER, 0.5, start)
    times = [abs(t - s) / r for t, s, r in zip(target, start, rate, strict=True)]
    assert max(rate) == pytest.approx(50.0)
    assert times == pytest.approx([times[0]] * 6)


@pytest.mark.parametrize(("class_index", "speed"), [(REST, 1.0), (POWER, 0.0)])
def test_rest_and_no_speed_hold(class_index: int, speed: float) -> None:
    here = (10.0, 20.0, 30.0, 40.0, 50.0, -10.0)
    assert Mapper(HAND, CLASSES, 100.0).command(class_index, speed, here) == (here, (0.0,) * 6)


def test_without_a_setpoint_nothing_moves() -> None:
    assert Mapper(HAND, CLASSES, 100.0).command(POWER, 1.0, None)[1] == (0.0,) * 6


def test_a_movement_without_a_joint_is_named_and_held() -> None:
    mapper = Mapper(HAND, ("rest", "open", "pronation"), 100.0)
    assert mapper.unmapped == ("pronation",)
    assert mapper.command(2, 1.0, (0.0,) * 6)[1] == (0.0,) * 6


def test_at_its_posture_a_movement_still_counts_as_movement() -> None:
    target = POSTURES["ability-hand"]["open"]
    assert all(rate > 0 for rate in Mapper(HAND, CLASSES, 100.0).command(OPEN, 1.0, target)[1])


def test_a_limb_that_can_do_none_of_the_movements_is_refused() -> None:
    with pytest.raises(ProfileError, match="dorsiflexion"):
        Mapper((part("moteus-ankle"),), CLASSES, 30.0)
