"""An electrode off the skin is told from hum, tugs, contractions and socket movement, which are harmless or
other things."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.models.pipeline import Pipeline
from innervate.models.signal.flags import Contact

from .signals import emg, settings

REST, ACTIVE, LIFT, CHANNELS = 6.0, 120.0, 4000, 6


def moving(seed: int, samples: int = 9000) -> np.ndarray:
    """[n, ch] EMG at rest and in four movements, each electrode on an offset of some millivolts."""
    level = np.full(samples, REST)
    for start in (1000, 2600, 5000, 7000):
        level[start : start + 800] = ACTIVE
    rng = np.random.default_rng(seed)
    x = (emg(samples, CHANNELS, seed, 0.7).astype(np.float64) - 600.0) * level[:, None]
    return x + rng.normal(size=CHANNELS) * 5000.0


def hum_and_wander(x, rng, t_s):
    """Half off: little of the muscle left, hum over the high impedance, swaying."""
    x -= 0.8 * (x - x.mean())
    x += 200.0 * np.sin(2 * np.pi * 50.0 * t_s) + 6000.0 * (1 - np.exp(-t_s / 0.3))
    x += 5000.0 * np.sin(2 * np.pi * 0.7 * t_s) + 1500.0 * np.sin(2 * np.pi * 1.9 * t_s + 1.0)


def drift_and_noise(x, rng, t_s):
    """The bias current takes the input to another voltage, and the impedance makes noise."""
    x -= 0.9 * (x - x.mean())
    x += 60.0 * rng.normal(size=len(x)) + 40_000.0 * (1 - np.exp(-t_s / 0.5))


def hum(x, rng, t_s):
    x += 200.0 * np.sin(2 * np.pi * 50.0 * t_s)


def tug(x, rng, t_s):
    x += 8000.0 * np.exp(-t_s / 0.4)


def new_place(x, rng, t_s):
    x += 8000.0


def drift(x, rng, t_s):
    x += 500.0 * t_s


def applied(what, seed: int, channels: list[int], unit: str = "uV", levels: bool = True) -> list:
    x, rng = moving(seed), np.random.default_rng(seed + 100)
    for c in channels:
        what(x[LIFT:, c], rng, np.arange(len(x) - LIFT) / 1000.0)
    known = {"rest_rms": (REST,) * CHANNELS, "active_rms": (ACTIVE,) * CHANNELS} if levels else {}
    return Pipeline(settings(channels=CHANNELS, unit=unit, **known)).push(x.astype(np.float32))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("unit", ["uV", "a.u."])
@pytest.mark.parametrize("levels", [True, False])
@pytest.mark.parametrize("lifts", [hum_and_wander, drift_and_noise])
def test_an_electrode_off_the_skin_is_named(lifts, unit, levels, seed):
    frames = applied(lifts, seed, [2], unit, levels)
    named = [f.end_index + 1 - LIFT for f in frames if f.contact[2] & Contact.LIFTED]
    assert 0 < named[0] <= 2500
    assert not any(np.delete(f.contact, 2).any() for f in frames)
    assert not any(f.contact.any() for f in frames if f.end_index < LIFT)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("unit", ["uV", "a.u."])
@pytest.mark.parametrize("harmless", [hum, tug, new_place, drift])
def test_what_else_happens_to_one_electrode_is_not_that(harmless, unit, seed):
    frames = applied(harmless, seed, [2], unit)
    assert not any((f.contact & Contact.LIFTED).any() for f in frames)


@pytest.mark.parametrize("everywhere", [hum, tug, new_place, hum_and_wander])
def test_what_happens_to_all_electrodes_is_not_one_that_lifted(everywhere):
    frames = applied(everywhere, 1, list(range(CHANNELS)))
    assert sum(bool((f.contact & Contact.LIFTED).any()) for f in frames) == 0


def test_it_is_over_when_the_electrode_is_pressed_on_again():
    x, rng = moving(1), np.random.default_rng(1)
    drift_and_noise(x[LIFT:6000, 2], rng, np.arange(2000) / 1000.0)
    levels = {"rest_rms": (REST,) * CHANNELS, "active_rms": (ACTIVE,) * CHANNELS}
    frames = Pipeline(settings(channels=CHANNELS, unit="uV", **levels)).push(x.astype(np.float32))
    assert any(f.contact[2] & Contact.LIFTED for f in frames)
    assert not any(f.contact.any() for f in frames if f.end_index > 7500)
