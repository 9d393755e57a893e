"""Windows of recordings are what the stream gives, whatever was left out on the way."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.core.errors import BundleError
from innervate.models import stretches
from innervate.models.batch import Windows, frames, windows
from innervate.models.pipeline import PipelineSettings
from innervate.models.signal.features import FEATURE_SETS, Features
from innervate.models.signal.flags import Contact
from innervate.models.signal.lanes import SideBySide

from .signals import emg, settings


def assert_as_streamed(found: Windows, x: np.ndarray, rec: np.ndarray, made: PipelineSettings) -> None:
    streamed = dict(frames(x, rec, made))
    assert len(found) > 20
    for i, row in enumerate(found.index.tolist()):
        assert np.array_equal(found.features[i], streamed[row].features)
        assert np.array_equal(found.rms[i], streamed[row].rms)
        assert np.array_equal(found.contact[i], streamed[row].contact)


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
@pytest.mark.parametrize("channels", [1, 8, 17])
def test_windows_hold_the_bits_of_the_stream(feature_set, channels):
    n = 1203
    x, made = emg(n, channels), settings(channels=channels, window=100, feature_set=feature_set)
    label = np.repeat([0, 1, -1, 2], 301)[:n].astype(np.int16)
    rec = (np.arange(n) >= 455).astype(np.int16)
    zeros = np.zeros(n, np.int16)
    assert_as_streamed(windows(x, label, zeros, zeros, rec, made, every=2), x, rec, made)


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
@pytest.mark.parametrize(("channels", "window", "increment"), [(3, 30, 3), (1, 20, 10), (17, 12, 1)])
def test_a_recording_of_many_stretches_is_still_the_stream(
    monkeypatch, feature_set, channels, window, increment
):
    # Small lanes, so that a short recording needs many, and more than are computed at a time.
    monkeypatch.setattr(stretches, "WINDOWS_A_LANE", 2)
    monkeypatch.setattr(stretches, "COLUMNS", 3 * channels)
    n = 16 * window + 5
    x = emg(n, channels)
    x[n // 2 : n // 2 + window, -1] = x[n // 2, -1]  # a channel that stands still
    x[n // 3, 0] = np.nan
    rec = (np.arange(n) >= 2 * n // 3).astype(np.int16)
    zeros = np.zeros(n, np.int16)
    made = settings(channels=channels, window=window, increment=increment, feature_set=feature_set)
    assert_as_streamed(windows(x, zeros, zeros, zeros, rec, made), x, rec, made)


@pytest.mark.parametrize("feature_set", ["hudgins", "default", "tdpsd"])
def test_zeros_at_the_edges_of_stretches_count_as_in_the_stream(feature_set):
    # Of a signal with many exact zeros, conditioned or not: sign changes reach over increments and lanes.
    rng, increment, n_increments, lanes = np.random.default_rng(0), 4, 5, 6
    x = rng.choice([-1.0, 0.0, 0.0, 0.0, 2.0], size=(40 * increment, lanes, 2))
    x[:, 1] = 0.0
    side = SideBySide(feature_set, n_increments * increment, increment, 2, lanes)
    alone = [Features(feature_set, n_increments * increment, increment, 2) for _ in range(lanes)]
    for end in range(increment, len(x) + 1, increment):
        block = x[end - increment : end]
        side.push(block.reshape(increment, -1))
        for lane, made in enumerate(alone):
            made.push(block[:, lane])
        if side.ready:
            features, _ = side.many(np.arange(lanes))
            assert np.array_equal(features, [made.values() for made in alone])


def test_contact_that_nobody_looks_at_is_not_watched():
    n = 2000
    x, made, zeros = emg(n, 2), settings(channels=2), np.zeros(n, np.int16)
    x[500:, 1] = x[500, 1]
    seen = windows(x, zeros, zeros, zeros, zeros, made)
    unseen = windows(x, zeros, zeros, zeros, zeros, made, contact=False)
    assert (seen.contact[-1] & Contact.FLAT).tolist() == [0, Contact.FLAT]
    assert not unseen.contact.any()
    for column in ("features", "rms", "index"):
        assert np.array_equal(getattr(seen, column), getattr(unseen, column))


def test_channels_that_do_not_fit_are_refused():
    zeros = np.zeros(500, np.int16)
    with pytest.raises(
        BundleError, match=r"samples of shape \(500, 3\); the decoder was made for 2 channels"
    ):
        windows(emg(500, 3), zeros, zeros, zeros, zeros, settings(channels=2))
