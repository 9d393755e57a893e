"""Loose leads, noise as loud as muscle, and faults that are there from the first sample on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from innervate.models.pipeline import Frame, Pipeline
from innervate.models.signal.flags import Contact
from innervate.models.signal.still import StillWatch, part_samples

from .signals import settings

REST, ACTIVE, CHANNELS, BAD, FROM_S = 6.0, 120.0, 8, 3, 1.0


def frames(x: np.ndarray, rate_hz: float, increment_ms: float) -> list[Frame]:
    increment = round(rate_hz * increment_ms / 1000.0)
    levels = {"rest_rms": (REST,) * CHANNELS, "active_rms": (ACTIVE,) * CHANNELS}
    window = round(0.2 * rate_hz / increment) * increment
    return Pipeline(settings(rate_hz, CHANNELS, window, increment, "hudgins", **levels)).push(x)


def muscle(rate_hz: float, level: float, seconds: float = 4.0, seed: int = 0) -> np.ndarray:
    """[n, ch]; at 2 kHz it has little above 450 Hz, as EMG has."""
    x = np.random.default_rng(seed).normal(size=(round(seconds * rate_hz) + 8, CHANNELS))
    if rate_hz > 1500:
        x = np.stack([np.convolve(column, np.hanning(11), "same") for column in x.T], axis=1)
    return (x[8:] / x.std() * level + 600.0).astype(np.float32)


def delay_ms(found: list[Frame], rate_hz: float, from_s: float, flag: int = 255) -> float:
    late = [f.end_index + 1 for f in found if f.contact[BAD] & flag and f.end_index >= from_s * rate_hz]
    return 1000.0 * (late[0] / rate_hz - from_s) if late else np.inf


@pytest.mark.parametrize("increment_ms", [10.0, 50.0])
@pytest.mark.parametrize("rate_hz", [200.0, 2000.0])
@pytest.mark.parametrize("lost_to", [0.0, 5000.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_loose_lead_is_noticed_and_stays_named_while_it_comes_and_goes(
    rate_hz, increment_ms, lost_to, seed
):
    x, rng = muscle(rate_hz, ACTIVE / 2, seed=seed), np.random.default_rng(seed)
    at = round(FROM_S * rate_hz)
    while at < len(x):
        lost, back = (round(s * rate_hz) for s in rng.uniform(0.05, 0.2, 2))
        x[at : at + lost, BAD] = lost_to
        at += lost + back
    found = frames(x, rate_hz, increment_ms)
    assert delay_ms(found, rate_hz, FROM_S) <= 250.0
    assert all(f.contact[BAD] for f in found if f.end_index > (FROM_S + 0.5) * rate_hz)
    assert not any(np.delete(f.contact, BAD).any() for f in found)


@pytest.mark.parametrize("increment_ms", [10.0, 50.0])
def test_a_dropout_shorter_than_an_increment_is_seen(increment_ms):
    x = muscle(2000.0, ACTIVE / 2)
    x[2010:2080, BAD] = x[2009, BAD]
    assert delay_ms(frames(x, 2000.0, increment_ms), 2000.0, 1.005) <= 100.0


@pytest.mark.parametrize("increment_ms", [10.0, 50.0])
@pytest.mark.parametrize("from_s", [0.0, FROM_S])
def test_white_noise_as_loud_as_the_strongest_movement_is_no_muscle(from_s, increment_ms):
    x, rng = muscle(2000.0, REST), np.random.default_rng(1)
    x[round(from_s * 2000) :, BAD] += ACTIVE * rng.normal(size=len(x) - round(from_s * 2000))
    assert delay_ms(frames(x, 2000.0, increment_ms), 2000.0, from_s, Contact.NOISY) <= 250.0


def test_a_movement_as_strong_as_ever_is_no_noise():
    x = muscle(2000.0, REST)
    x[2000:6000, BAD] = muscle(2000.0, ACTIVE, seed=1)[2000:6000, BAD]
    assert not any(f.contact.any() for f in frames(x, 2000.0, 10.0))


def test_at_a_low_rate_one_channel_that_is_loud_alone_is_noise_and_all_together_are_muscle():
    alone, together = muscle(200.0, REST), muscle(200.0, REST)
    alone[200:, BAD] = muscle(200.0, ACTIVE, seed=1)[200:, BAD]
    together[200:] = muscle(200.0, ACTIVE, seed=1)[200:]
    assert delay_ms(frames(alone, 200.0, 10.0), 200.0, FROM_S, Contact.NOISY) <= 300.0
    assert not any(f.contact.any() for f in frames(together, 200.0, 10.0))


@pytest.mark.parametrize("rate_hz", [200.0, 2000.0])
@pytest.mark.parametrize("increment_ms", [10.0, 50.0])
@pytest.mark.parametrize(
    ("loud", "flag"), [("noise", Contact.NOISY), ("mains", Contact.MAINS), ("flat", Contact.FLAT)]
)
def test_a_fault_from_the_first_sample_on_is_noticed(rate_hz, increment_ms, loud, flag):
    x = muscle(rate_hz, REST)
    if loud == "noise":
        x[:, BAD] += 10 * ACTIVE * np.random.default_rng(2).normal(size=len(x))
    elif loud == "mains":
        x[:, BAD] += 10 * ACTIVE * np.sin(2 * np.pi * 50.0 * np.arange(len(x)) / rate_hz + 0.7)
    else:
        x[:, BAD] = 0.0
    found = frames(x, rate_hz, increment_ms)
    assert delay_ms(found, rate_hz, 0.0, flag | Contact.NOISY) <= 250.0
    assert not any(np.delete(f.contact, BAD).any() for f in found)


def test_an_eight_bit_rest_that_is_one_step_high_is_left_in_peace():
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=(4000, CHANNELS)) * 0.9)
    levels = {"rest_rms": (0.95,) * CHANNELS, "active_rms": (40.0,) * CHANNELS}
    found = Pipeline(settings(200.0, CHANNELS, 40, 2, "hudgins", **levels)).push(x.astype(np.float32))
    assert not any(f.contact.any() for f in found)


def test_a_shorted_input_with_the_amplifiers_own_noise_is_flat():
    x = muscle(2000.0, REST)
    x[2000:, BAD] = 600.0 + 0.02 * REST * np.random.default_rng(1).normal(size=6000)
    for increment_ms in (10.0, 50.0):
        assert delay_ms(frames(x, 2000.0, increment_ms), 2000.0, FROM_S, Contact.FLAT) <= 250.0


@trying(max_examples=20)
@given(st.lists(st.integers(1, 700), max_size=12), st.sampled_from([10.0, 50.0]))
def test_any_chunking_gives_the_same_flags(sizes, increment_ms):
    x = muscle(2000.0, ACTIVE / 2, 1.0)
    x[700:800, BAD] = x[1200:1300, BAD] = 0.0
    increment = round(2 * increment_ms)
    levels = {"rest_rms": (REST,) * CHANNELS, "active_rms": (ACTIVE,) * CHANNELS}
    made = settings(2000.0, CHANNELS, 400, increment, "hudgins", **levels)
    whole, pipeline = Pipeline(made).push(x), Pipeline(made)
    cut = [f for part in np.split(x, np.cumsum(sizes)) for f in pipeline.push(part)]
    assert [f.contact.tolist() for f in whole] == [f.contact.tolist() for f in cut]


@given(st.integers(1, 400), st.sampled_from([50.0, 200.0, 1000.0, 2000.0, 10_000.0]))
def test_parts_are_whole_samples_of_an_increment(increment, rate_hz):
    samples = part_samples(increment, rate_hz)
    assert increment % samples == 0
    assert StillWatch(2, increment, rate_hz, None).parts * samples == increment


def test_reset_forgets_a_loose_lead():
    x = muscle(2000.0, ACTIVE / 2, 2.0)
    x[2000:3000, BAD] = 0.0
    increment = 20
    levels = {"rest_rms": (REST,) * CHANNELS, "active_rms": (ACTIVE,) * CHANNELS}
    pipeline = Pipeline(settings(2000.0, CHANNELS, 400, increment, "hudgins", **levels))
    assert pipeline.push(x[:3000])[-1].contact[BAD]
    pipeline.reset()
    assert not any(f.contact.any() for f in pipeline.push(muscle(2000.0, ACTIVE / 2, 1.0)))
