"""Features are what their definitions say, at any chunking, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from innervate.core.errors import BundleError
from innervate.models.pipeline import Pipeline
from innervate.models.signal.conditioning import Conditioner, band_hz, design_sos
from innervate.models.signal.features import FEATURE_SETS, Features
from scipy import signal

from .signals import emg, settings
from .slow_features import slow_features

SHAPES = [  # rate, channels, window, increment: LSL, Cyton, one sample at a time, one channel, a short window
    (1000.0, 8, 200, 10),
    (250.0, 8, 51, 3),
    (1000.0, 2, 30, 1),
    (2000.0, 1, 400, 100),
    (200.0, 3, 6, 2),
]


def all_features(made: Pipeline, x: np.ndarray, chunk: int) -> np.ndarray:
    made.reset()
    return np.array([f.features for i in range(0, len(x), chunk) for f in made.push(x[i : i + chunk])])


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
@pytest.mark.parametrize(("rate", "channels", "window", "increment"), SHAPES)
def test_streaming_is_batch_to_the_last_bit(feature_set, rate, channels, window, increment):
    x = emg(600, channels)
    made = Pipeline(settings(rate, channels, window, increment, feature_set))
    batch = all_features(made, x, len(x))
    assert len(batch) == len(x) // increment
    for chunk in (1, 7, 100):
        assert np.array_equal(all_features(made, x, chunk), batch)


@given(st.lists(st.integers(0, 70), min_size=1, max_size=40), st.integers(0, 5))
@hypothesis_settings(max_examples=25, deadline=None)
def test_any_chunking(sizes, seed):
    x = emg(sum(sizes) + 1, 3, seed)
    made, cut = settings(channels=3, window=40), np.cumsum(sizes)
    whole = Pipeline(made).push(x)
    one, frames = Pipeline(made), []
    for part in np.split(x, cut):
        frames += one.push(part)
    assert len(frames) == len(whole)
    for a, b in zip(frames, whole, strict=True):
        assert a.end_index == b.end_index
        assert np.array_equal(a.features, b.features)
        assert np.array_equal(a.rms, b.rms)


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
@pytest.mark.parametrize(("rate", "channels", "window", "increment"), SHAPES)
def test_against_the_definitions(feature_set, rate, channels, window, increment):
    x = emg(700, channels, seed=3).astype(np.float64)
    x[::7] = 0.0
    x[300:340, 0] = 0.0
    x[200] = 1e6  # a knock leaves no trace once it left the window
    made = Features(feature_set, window, increment, channels)
    for step, end in enumerate(range(increment, len(x) + 1, increment)):
        made.push(x[end - increment : end])
        # With increments of few samples every fifth window will do: a window still begins anywhere.
        if made.ready and (increment > 3 or step % 5 == 0):
            expected = slow_features(x[end - window : end], feature_set)
            np.testing.assert_allclose(made.values(), expected, rtol=1e-9, atol=1e-9)


@given(
    st.lists(st.sampled_from([-1.0, 0.0, 0.0, 0.0, 2.0]), min_size=40, max_size=90),
    st.sampled_from([1, 2, 3, 5]),
)
@hypothesis_settings(max_examples=60, deadline=None)
def test_zero_crossings_through_exact_zeros(values, increment):
    x = np.array(values)[:, None]
    made = Features("hudgins", 6 * increment, increment, 1)
    for end in range(increment, len(x) + 1, increment):
        made.push(x[end - increment : end])
        if made.ready:
            expected = slow_features(x[end - 6 * increment : end], "hudgins")
            np.testing.assert_allclose(made.values(), expected, rtol=1e-12)


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
def test_a_flat_signal_gives_numbers(feature_set):
    frames = Pipeline(settings(channels=2, feature_set=feature_set)).push(np.full((400, 2), 7.0, np.float32))
    assert frames[-1].ready
    assert np.isfinite(frames[-1].features).all()
    assert (frames[-1].rms == 0).all()


def test_the_names_are_as_many_as_the_features():
    made = Features("default", 200, 10, 4)
    assert len(made.names) == len(set(made.names)) == made.size == 5 * 4 + 4 * 4 + 10


def test_mean_frequency_and_bands_find_a_sine():
    t = np.arange(1000)
    made = Features("spectral", 200, 10, 3)
    frequency = np.array([0.05, 0.125, 0.375])
    x = np.sin(2 * np.pi * frequency * t[:, None])
    for end in range(10, 1001, 10):
        made.push(x[end - 10 : end])
    rows = made.values()[: 9 * 3].reshape(9, 3)
    np.testing.assert_allclose(rows[3], frequency, atol=0.002)
    assert rows[4:].argmax(axis=0).tolist() == [0, 1, 3]


def test_spatial_ratios_do_not_depend_on_effort():
    x = emg(200, 4).astype(np.float64) - 600.0
    weak, strong = Features("spatial", 200, 200, 4), Features("spatial", 200, 200, 4)
    weak.push(x)
    strong.push(5.0 * x)
    np.testing.assert_allclose(weak.values(), strong.values(), atol=1e-12)


def test_a_reset_leaves_no_trace():
    x = emg(400, 2).astype(np.float64)
    for feature_set in FEATURE_SETS:
        used, fresh = Features(feature_set, 40, 10, 2), Features(feature_set, 40, 10, 2)
        for end in range(10, 201, 10):
            used.push(x[end - 10 : end])
        used.reset()
        for end in range(210, 251, 10):
            used.push(x[end - 10 : end])
            fresh.push(x[end - 10 : end])
        assert np.array_equal(used.values(), fresh.values())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tdpsd9", 200, 10, 8), "'tdpsd9' is not known"),
        (("default", 205, 10, 8), "not whole increments"),
        (("default", 10, 10, 8), "too short"),
        (("tdpsd", 10, 10, 8), "too short"),
        (("time_domain", 1, 1, 8), "too short"),
    ],
)
def test_what_cannot_be_says_so(arguments, said):
    with pytest.raises(BundleError, match=said):
        Features(*arguments)


@pytest.mark.parametrize(("rate", "length"), [(1000.0, 10), (250.0, 3), (2000.0, 100), (1000.0, 1)])
def test_the_filter_is_the_designed_one(rate, length):
    sos = np.array(design_sos(rate, notch_hz=50.0))
    x = emg(600 * length, 2).astype(np.float64)
    expected = signal.sosfilt(sos, x - x[0], axis=0)
    made = Conditioner(design_sos(rate, notch_hz=50.0), length, 2)
    valid = np.ones((length, 2), bool)
    y = np.vstack([made.process(x[i : i + length], valid).copy() for i in range(0, len(x), length)])
    np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-9 * np.abs(expected).max())


def test_the_band_follows_the_rate():
    assert band_hz(2000.0) == (20.0, 450.0)
    assert band_hz(1000.0) == (20.0, 450.0)
    assert band_hz(250.0) == (20.0, None)


def test_an_offset_makes_no_transient():
    made = Conditioner(design_sos(1000.0), 10, 1)
    assert not made.process(np.full((10, 1), 0.62), np.ones((10, 1), bool)).any()


def test_a_filter_that_passes_constants_is_refused():
    low_pass = tuple(map(tuple, signal.butter(2, 100, fs=1000, output="sos").tolist()))
    with pytest.raises(BundleError, match="passes a constant"):
        Conditioner(low_pass, 10, 1)


@pytest.mark.parametrize(
    "section", [(1, 0, -1, 1, -2.1, 1.2), (1, 0, -1, 1, float("nan"), 0), (1, 0, -1, 2, 0, 0)]
)
def test_an_unstable_filter_is_refused(section):
    with pytest.raises(BundleError, match="not a stable"):
        Conditioner((section,), 10, 1)


def test_what_was_lost_repeats_the_last_sample():
    x = emg(600, 2)
    valid = np.ones(x.shape, bool)
    valid[0:4, 1] = valid[305:312, 0] = False
    held = x.copy()
    held[0:4, 1] = x[4, 1]
    held[305:312, 0] = x[304, 0]
    x[~valid] = np.nan
    made = settings(channels=2)
    got, expected = Pipeline(made).push(x, valid), Pipeline(made).push(held)
    assert all(np.array_equal(a.features, b.features) for a, b in zip(got, expected, strict=True))
    assert [f.valid for f in got[19:]] == [20 <= i < 30 or i >= 51 for i in range(19, 60)]
    # A driver that forgot to mark them does no harm either.
    marked = Pipeline(made).push(x)
    assert all(np.array_equal(a.features, b.features) for a, b in zip(got, marked, strict=True))
    assert [f.valid for f in got] == [f.valid for f in marked]
