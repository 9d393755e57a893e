"""What good electrodes do that looks like a fault: silence, coarse steps, one muscle alone, a burst."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.models.pipeline import Frame, Pipeline
from innervate.models.signal.flags import Contact
from innervate.models.signal.noise import loudest_alone

from .signals import settings

REST, ACTIVE, CHANNELS, ONE = 6.0, 120.0, 8, 3


def muscle(rate_hz: float, level: float, seconds: float, seed: int = 0) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=(round(seconds * rate_hz), CHANNELS))
    return (x * level + 600.0).astype(np.float32)


def frames(
    x: np.ndarray, rate_hz: float, increment_ms: float, rest: float = REST, active: float = ACTIVE, **more
) -> list[Frame]:
    increment = round(rate_hz * increment_ms / 1000.0)
    levels = {"rest_rms": (rest,) * CHANNELS, "active_rms": (active,) * CHANNELS, **more}
    window = round(0.2 * rate_hz / increment) * increment
    return Pipeline(settings(rate_hz, CHANNELS, window, increment, "hudgins", **levels)).push(x)


@pytest.mark.parametrize("increment_ms", [10.0, 50.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_silence_of_an_eighth_of_a_second_before_a_movement_is_no_fault(increment_ms, seed):
    x = muscle(200.0, REST, 3.0, seed)
    x[290:325, ONE] = 600.0 + (x[290:325, ONE] - 600.0) * np.maximum(0.0, 1.0 - np.arange(35) / 10.0)
    x[325:, ONE] = muscle(200.0, ACTIVE / 2, 3.0, seed + 10)[325:, ONE]
    x[325:, ONE - 1] = muscle(200.0, ACTIVE / 2, 3.0, seed + 20)[325:, ONE]
    assert not any(f.contact.any() for f in frames(x, 200.0, increment_ms, alone_rms=(ACTIVE,) * CHANNELS))


@pytest.mark.parametrize("increment_ms", [10.0, 50.0])
@pytest.mark.parametrize("rate_hz", [200.0, 1000.0])
def test_a_rest_below_the_amplifiers_step_may_stand_still(rate_hz, increment_ms):
    level, second = 0.3, round(rate_hz)
    x = muscle(rate_hz, level, 6.0)
    for start in range(second, 6 * second, 2 * second):
        x[start : start + second] = muscle(rate_hz, 20.0, 1.0, start)
    x = np.round(x)
    assert not any(f.contact.any() for f in frames(x, rate_hz, increment_ms, level, 20.0))
    # Where the muscle never rests, standing still is a fault all the same.
    begins = round(2.3 * rate_hz)
    x[begins:, ONE] = 700.0
    late = [f for f in frames(x, rate_hz, increment_ms, level, 20.0) if f.contact[ONE]]
    assert 0 < late[0].end_index + 1 - begins <= 0.25 * rate_hz


@pytest.mark.parametrize("level", [REST, ACTIVE / 2])
@pytest.mark.parametrize("increment_ms", [10.0, 50.0])
@pytest.mark.parametrize("phase", range(0, 10, 3))
def test_a_dead_lead_of_coarse_steps_is_noticed_at_rest_and_at_work(level, increment_ms, phase):
    step, begins = REST / 0.9, 400 + phase
    x = np.round(muscle(200.0, level, 4.0) / step) * step
    x[begins:, ONE] = x[begins, ONE]
    found = frames(x.astype(np.float32), 200.0, increment_ms)
    late = [f.end_index + 1 - begins for f in found if f.contact[ONE]]
    assert 0 < late[0] <= 50
    assert not any(np.delete(f.contact, ONE).any() for f in found)


@pytest.mark.parametrize("rate_hz", [200.0, 1000.0])
def test_a_muscle_that_worked_alone_in_calibration_may_do_so(rate_hz):
    x, begins = muscle(rate_hz, REST, 3.0), round(rate_hz)
    x[begins:, ONE] = muscle(rate_hz, ACTIVE, 3.0, 1)[begins:, ONE]
    alone = tuple(1.1 * ACTIVE if channel == ONE else 0.0 for channel in range(CHANNELS))
    assert any(f.contact[ONE] & Contact.NOISY for f in frames(x, rate_hz, 50.0))
    assert not any(f.contact.any() for f in frames(x, rate_hz, 50.0, alone_rms=alone))


def test_a_burst_that_a_recording_begins_in_is_no_noise():
    x = muscle(200.0, REST, 2.0)
    x[:30, ONE] = muscle(200.0, ACTIVE, 2.0, 1)[:30, ONE]
    assert not any(f.contact.any() for f in frames(x, 200.0, 50.0))


def test_loudest_alone_counts_while_the_better_half_rests():
    rest = np.ones(4)
    rms = np.array([[9.0, 1.0, 1.0, 1.0], [30.0, 20.0, 5.0, 5.0], [1.0, 7.0, 8.0, 1.0], [9.5, 1.0, 1.5, 1.5]])
    assert loudest_alone(rms, rest).tolist() == [9.0, 7.0, 8.0, 1.0]
    assert loudest_alone(rms[1:2], rest).tolist() == [0.0] * 4
