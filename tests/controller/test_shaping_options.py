"""Thresholds and speeds of single movements, vote, lock, hysteresis; and what holds whatever is decided."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.controller.intent import IntentShaper, Shaped
from innervate.controller.settings import ShapingSettings
from innervate.core.errors import ProfileError
from innervate.core.state import Reason

CLASSES = ("rest", "open", "power", "point")
REST, OPEN, POWER, POINT = range(4)
LEARNT = (0.0, 0.3, 0.5, 0.7)
STEP_S = 0.010
NO_RAMP = ShapingSettings(ramp_s=0.0, min_speed=0.0)
NOTHING = Shaped(REST, 0.0, Reason.LOW_CONFIDENCE)


def shaper(settings: ShapingSettings = NO_RAMP, **changed: float) -> IntentShaper:
    return IntentShaper(CLASSES, STEP_S, replace(settings, **changed), LEARNT)


def classes_acted_on(shaper: IntentShaper, decisions: list[int], posterior: float = 0.9) -> list[int]:
    return [shaper.update(decided, posterior, 1.0).class_index for decided in decisions]


def test_each_movement_has_the_threshold_the_model_learnt() -> None:
    intent = shaper()
    for k in (OPEN, POWER, POINT):
        assert intent.update(k, LEARNT[k], 1.0).class_index == k
        assert intent.update(k, LEARNT[k] - 1e-9, 1.0) == NOTHING


def test_the_profile_wins_over_the_model_and_one_movement_over_all() -> None:
    wishes = ShapingSettings(rejection_threshold=0.4, thresholds=(("power", 0.9),))
    assert IntentShaper(CLASSES, STEP_S, wishes, LEARNT).thresholds == (0.0, 0.4, 0.9, 0.4)
    only_one = ShapingSettings(thresholds=(("power", 0.9),))
    assert IntentShaper(CLASSES, STEP_S, only_one, LEARNT).thresholds == (0.0, 0.3, 0.9, 0.7)


def test_each_movement_has_its_own_greatest_speed() -> None:
    intent = shaper(replace(NO_RAMP, speed=0.8, speeds=(("open", 0.5), ("power", 1.0), ("point", 0.0))))
    assert [intent.update(k, 0.9, 1.0).speed for k in (OPEN, POWER, POINT)] == [0.5, 0.8, 0.0]


@pytest.mark.parametrize("table", ["thresholds", "speeds"])
def test_a_movement_the_model_does_not_know_is_named(table: str) -> None:
    with pytest.raises(ProfileError, match=rf"control\.{table}: .*'fist'; it has rest, open, power, point"):
        shaper(replace(NO_RAMP, **{table: (("fist", 0.5),)}))


def test_a_vote_takes_out_a_flicker_and_is_late() -> None:
    intent = shaper(vote_s=0.05)
    assert classes_acted_on(intent, [OPEN] * 5 + [POWER] + [OPEN] * 4) == [OPEN] * 10
    assert classes_acted_on(intent, [POWER] * 5) == [OPEN, OPEN, POWER, POWER, POWER]


def test_a_vote_does_not_delay_rest() -> None:
    assert classes_acted_on(shaper(vote_s=0.05), [OPEN] * 5 + [REST]) == [OPEN] * 5 + [REST]


def test_without_a_vote_every_decision_counts() -> None:
    assert classes_acted_on(shaper(), [OPEN, POWER, OPEN]) == [OPEN, POWER, OPEN]


def test_a_locked_movement_slows_down_and_then_makes_way() -> None:
    intent = shaper(ShapingSettings(ramp_s=0.2), lock_s=0.1)
    for _ in range(20):
        intent.update(OPEN, 0.9, 1.0)
    contested = [intent.update(POWER, 0.9, 1.0) for _ in range(9)]
    assert [c.class_index for c in contested] == [OPEN] * 9
    assert [c.speed for c in contested] == pytest.approx([1.0 - 0.1 * (i + 1) for i in range(9)])
    after = intent.update(POWER, 0.9, 1.0)
    assert (after.class_index, after.speed) == (POWER, pytest.approx(0.05))


def test_a_locked_movement_that_stands_still_is_not_acted_on() -> None:
    intent = shaper(ShapingSettings(ramp_s=0.02), lock_s=0.1)
    intent.update(OPEN, 0.9, 1.0)
    assert intent.update(POWER, 0.9, 1.0) == NOTHING


def test_rest_opens_the_lock_at_once_and_a_rejected_movement_does_not() -> None:
    slow = ShapingSettings(ramp_s=1.0, min_speed=1.0)
    intent = shaper(slow, lock_s=0.2)
    assert classes_acted_on(intent, [OPEN] * 9 + [REST, POWER])[-2:] == [REST, POWER]
    for _ in range(9):
        intent.update(POWER, 0.9, 1.0)
    assert intent.update(OPEN, 0.1, 1.0) == NOTHING
    assert intent.update(OPEN, 0.9, 1.0).class_index == POWER


def test_by_default_movements_change_directly() -> None:
    assert classes_acted_on(shaper(ShapingSettings()), [OPEN] * 20 + [POWER])[-1] == POWER


def test_hysteresis_keeps_what_has_started_and_starts_nothing() -> None:
    intent = shaper(hysteresis=0.1)
    assert intent.update(POWER, 0.45, 1.0) == NOTHING
    assert intent.update(POWER, 0.5, 1.0).class_index == POWER
    assert intent.update(POWER, 0.41, 1.0).class_index == POWER
    assert intent.update(POWER, 0.39, 1.0) == NOTHING
    assert intent.update(POWER, 0.41, 1.0) == NOTHING


settings_of_any_kind = st.builds(
    ShapingSettings,
    rejection_threshold=st.none() | st.floats(0.0, 0.99),
    thresholds=st.just(()) | st.floats(0.0, 0.99).map(lambda t: (("power", t),)),
    speeds=st.just(()) | st.floats(0.0, 1.0).map(lambda s: (("open", s),)),
    ramp_s=st.sampled_from([0.0, 0.005, 0.05, 0.2]),
    min_speed=st.floats(0.0, 1.0),
    speed=st.floats(0.01, 1.0),
    vote_s=st.sampled_from([0.0, 0.03, 0.05]),
    lock_s=st.sampled_from([0.0, 0.03, 0.25]),
    hysteresis=st.sampled_from([0.0, 0.1, 0.5]),
)
decisions_of_any_kind = st.lists(
    st.tuples(st.integers(REST, POINT), st.floats(), st.floats())
    | st.sampled_from([(OPEN, 0.99, 1.0), (POWER, 0.99, 1.0), (REST, 0.99, 0.0)])
    | st.sampled_from([Reason.CONTACT, Reason.EMG_STALE]),
    max_size=60,
)


@given(settings_of_any_kind, decisions_of_any_kind)
def test_whatever_is_decided_and_chosen(settings: ShapingSettings, steps: list) -> None:
    """Speeds lie in 0 to their caps; rest and holds stop in the same decision; no ramp outlives a hold."""
    intent = shaper(settings)
    caps = {**dict.fromkeys(CLASSES, settings.speed)}
    caps.update({name: min(settings.speed, cap) for name, cap in settings.speeds})
    step = 1.0 if settings.ramp_s == 0.0 else min(1.0, STEP_S / settings.ramp_s)
    earned = dict.fromkeys(range(len(CLASSES)), 0.0)
    for taken in steps:
        if isinstance(taken, Reason):
            assert intent.hold(taken) == Shaped(REST, 0.0, taken)
            earned = dict.fromkeys(earned, 0.0)
            continue
        decided, posterior, effort = taken
        shaped = intent.update(decided, posterior, effort)
        assert 0.0 <= shaped.speed <= caps[CLASSES[shaped.class_index]]
        assert shaped.class_index != REST or shaped.speed == 0.0
        if decided == REST:
            assert shaped == Shaped(REST, 0.0, Reason.NONE)
        # The most that a class's counter can hold: one step for each decision acted on since the last hold.
        earned[shaped.class_index] += step
        assert shaped.speed <= min(1.0, earned[shaped.class_index]) * settings.speed + 1e-9


@given(settings_of_any_kind, decisions_of_any_kind)
def test_a_movement_that_was_never_sure_enough_is_never_acted_on(
    settings: ShapingSettings, steps: list
) -> None:
    intent = shaper(settings)
    sure = {REST}
    for taken in steps:
        if isinstance(taken, Reason):
            intent.hold(taken)
            sure = {REST}
            continue
        decided, posterior, _ = taken
        if posterior >= intent.thresholds[decided]:
            sure.add(decided)
        shaped = intent.update(*taken)
        assert shaped.class_index in sure
        if settings.hysteresis == settings.vote_s == settings.lock_s == 0.0:
            assert shaped.class_index == REST or (shaped.class_index, True) == (
                decided,
                posterior >= intent.thresholds[decided],
            )


@given(settings_of_any_kind, decisions_of_any_kind, decisions_of_any_kind)
def test_after_a_reset_nothing_of_the_past_is_left(
    settings: ShapingSettings, before: list, after: list
) -> None:
    used, new = shaper(settings), shaper(settings)
    for taken in before:
        used.hold(taken) if isinstance(taken, Reason) else used.update(*taken)
    used.reset()
    for taken in after:
        if not isinstance(taken, Reason):
            assert used.update(*taken) == new.update(*taken)


@given(st.lists(st.integers(REST, POINT), max_size=80), st.sampled_from([0.05, 0.2]))
def test_the_ramp_never_jumps_up(decisions: list[int], ramp_s: float) -> None:
    """At one effort, a movement's speed is at most one step above what it was in the decision before."""
    intent, last = (
        shaper(ShapingSettings(ramp_s=ramp_s), lock_s=0.03, vote_s=0.03),
        Shaped(REST, 0.0, Reason.NONE),
    )
    highest = dict.fromkeys(range(len(CLASSES)), 0.0)
    for decided in decisions:
        shaped = intent.update(decided, 0.99, 1.0)
        before = last.speed if shaped.class_index == last.class_index else highest[shaped.class_index]
        assert shaped.speed <= before + STEP_S / ramp_s + 1e-9
        highest[shaped.class_index] = shaped.speed
        last = shaped
