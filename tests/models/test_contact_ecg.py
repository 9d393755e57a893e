"""Heartbeats are seen in a channel at rest, and in nothing else that is regular or sharp."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from innervate.models.signal.flags import Contact
from innervate.models.signal.quality import QualityMonitor
from innervate.models.signal.slots import block_shape

from .signals import bursts, emg, heartbeats

REST_UV = 4.0


def muscle(samples: int, channels: int, level_uv: float = REST_UV, seed: int = 0) -> np.ndarray:
    return (emg(samples, channels, seed, 0.7).astype(np.float64) - 600.0) * level_uv


def found_after_s(x: np.ndarray, rate_hz: float = 1000.0, increment: int = 10) -> list[float]:
    """When each channel was first said to hold a heart; infinite when never."""
    monitor = QualityMonitor(x.shape[1], increment, rate_hz, 50.0, "uV")
    first = np.full(x.shape[1], np.inf)
    for end, _, flags in monitor.push((x + 600.0).astype(np.float32)):
        first[((flags & Contact.ECG) > 0) & np.isinf(first)] = (end + 1) / rate_hz
    return first.tolist()


@pytest.mark.parametrize("bpm", [40, 60, 75, 120, 180])
@pytest.mark.parametrize(
    ("rate_hz", "increment"), [(1000.0, 10), (200.0, 10), (250.0, 3), (2000.0, 36), (500.0, 13)]
)
def test_a_heart_is_found_in_the_channel_that_shows_it(bpm, rate_hz, increment):
    n = int(20 * rate_hz)
    x = muscle(n, 3)
    x[:, 1] += heartbeats(n, rate_hz, bpm, seed=bpm, r=300.0)
    first = found_after_s(x, rate_hz, increment)
    assert first[1] <= 16.0
    assert np.isinf(first[0])
    assert np.isinf(first[2])


@pytest.mark.parametrize("long_s", [0.06, 0.08, 0.12, 0.2, 0.4])
def test_rhythmic_contractions_are_no_heart(long_s):
    for every_s in (0.4, 0.7, 1.2):
        envelope = bursts(20_000, 1000.0, every_s, long_s)[:, None]
        x = muscle(20_000, 6, seed=1) + envelope * muscle(20_000, 6, 60.0, seed=2)
        assert np.isinf(found_after_s(x)).all()


@pytest.mark.parametrize("level_uv", [2.0, 20.0, 200.0])
def test_steady_emg_is_no_heart(level_uv):
    assert np.isinf(found_after_s(muscle(30_000, 8, level_uv))).all()


@pytest.mark.parametrize("every_s", [0.08, 0.1, 0.125, 0.2])
def test_one_motor_unit_that_fires_is_no_heart(every_s):
    x = muscle(20_000, 2) + 200.0 * bursts(20_000, 1000.0, every_s, 0.006, 0.1)[:, None]
    assert np.isinf(found_after_s(x)).all()


def test_knocks_at_odd_times_are_no_heart():
    x = muscle(30_000, 2) + 300.0 * bursts(30_000, 1000.0, 1.0, 0.02, 0.4)[:, None]
    assert np.isinf(found_after_s(x)).all()


def test_it_stays_while_a_muscle_works_and_goes_with_the_heart():
    n = 45_000
    x = muscle(n, 1)
    x[:30_000, 0] += heartbeats(30_000, 1000.0, 80.0, r=300.0)
    for start in range(12_000, 24_000, 3000):
        x[start : start + 1500] += muscle(1500, 1, 150.0, seed=start)
    monitor = QualityMonitor(1, 10, 1000.0, 50.0, "uV")
    seen = [(end, bool(flags[0] & Contact.ECG)) for end, _, flags in monitor.push(x.astype(np.float32))]
    assert all(flag for end, flag in seen if 12_000 < end < 30_000)
    assert not any(flag for end, flag in seen if end > 44_000)


@pytest.mark.parametrize("seed", range(3))
def test_any_chunking_gives_the_same_flags(seed):
    x = muscle(12_000, 2)
    x[:, 0] += heartbeats(12_000, 1000.0, 90.0, r=300.0)
    x = x.astype(np.float32)
    cuts = np.sort(np.random.default_rng(seed).integers(0, len(x), 20))
    whole = QualityMonitor(2, 10, 1000.0, 50.0, "uV").push(x)
    monitor = QualityMonitor(2, 10, 1000.0, 50.0, "uV")
    cut = [found for part in np.split(x, cuts) for found in monitor.push(part)]
    assert [flags.tolist() for _, _, flags in whole] == [flags.tolist() for _, _, flags in cut]
    assert whole[-1][2].tolist() == [Contact.ECG, 0]


@given(st.integers(1, 400), st.sampled_from([50.0, 200.0, 250.0, 1000.0, 2000.0, 10_000.0]))
def test_blocks_are_whole_increments_and_whole_slots(increment, rate_hz):
    n, slot = block_shape(increment, rate_hz)
    assert n >= 1
    assert n * increment % slot == 0
    assert slot >= 1
