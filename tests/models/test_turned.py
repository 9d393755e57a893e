"""Turning features is turning the montage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from innervate.core.errors import BundleError
from innervate.models.signal.features import FEATURE_SETS, Features
from innervate.models.turned import turned_columns

from .signals import emg

COUPLED = ("log C", "log ratio")


def filled(feature_set: str, x: np.ndarray) -> Features:
    made = Features(feature_set, 40, 10, x.shape[1])
    for end in range(10, 61, 10):
        made.push(x[end - 10 : end])
    return made


@given(st.sampled_from(sorted(FEATURE_SETS)), st.integers(1, 8), st.integers(-10, 10), st.integers(0, 99))
@hypothesis_settings(max_examples=60, deadline=None)
def test_features_of_a_turned_montage_are_the_turned_features(feature_set, channels, by, seed):
    x = emg(60, channels, seed).astype(np.float64) - 600.0
    made = filled(feature_set, x)
    # Channel c sees what channel c + by saw.
    there = filled(feature_set, np.roll(x, -by, axis=1)).values()
    turned = made.values()[turned_columns(made.names, by, channels)]
    alone = np.array([not name.startswith(COUPLED) for name in made.names])
    # To the last bit where channels do not meet; a product of matrices may add in another order.
    assert np.array_equal(turned[alone], there[alone])
    np.testing.assert_allclose(turned[~alone], there[~alone], rtol=1e-6, atol=1e-6)


@given(st.integers(1, 8), st.integers(-10, 10), st.integers(-10, 10))
@hypothesis_settings(max_examples=40, deadline=None)
def test_turns_add_up(channels, one, two):
    names = Features("default", 40, 10, channels).names
    first, second = turned_columns(names, one, channels), turned_columns(names, two, channels)
    assert np.array_equal(first[second], turned_columns(names, one + two, channels))
    assert np.array_equal(turned_columns(names, channels, channels), np.arange(len(names)))


@pytest.mark.parametrize("name", ["level", "level[a]", "level[1", "[1]", "level[1,]", ""])
def test_a_name_that_does_not_tell_its_channels_is_refused(name):
    with pytest.raises(BundleError, match=r"does not name its channels"):
        turned_columns(("level[0]", "level[1]", name), 1, 2)


def test_a_feature_that_other_channels_lack_is_refused():
    with pytest.raises(BundleError, match=r"'WL\[0\]' has no 'WL\[1\]' beside it"):
        turned_columns(("level[0]", "level[1]", "WL[0]"), 1, 2)
