"""Windows of recordings are what the stream gives, whatever was left out on the way."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.models.batch import frames, windows
from innervate.models.signal.features import FEATURE_SETS

from .signals import emg, settings


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
@pytest.mark.parametrize("channels", [1, 8, 17])
def test_windows_hold_the_bits_of_the_stream(feature_set, channels):
    n = 1203
    x, made = emg(n, channels), settings(channels=channels, window=100, feature_set=feature_set)
    label = np.repeat([0, 1, -1, 2], 301)[:n].astype(np.int16)
    rec = (np.arange(n) >= 455).astype(np.int16)
    zeros = np.zeros(n, np.int16)
    found = windows(x, label, zeros, zeros, rec, made, every=2)
    streamed = dict(frames(x, rec, made))
    assert len(found) > 20
    for i, row in enumerate(found.index.tolist()):
        assert np.array_equal(found.features[i], streamed[row].features)
        assert np.array_equal(found.rms[i], streamed[row].rms)
        assert np.array_equal(found.contact[i], streamed[row].contact)
