"""What a lost channel takes with it: its own features, and no trace in those that remain."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.core.errors import BundleError, RecordingError
from innervate.models.batch import MOST_CHANNELS, joined, windows
from innervate.models.pipeline import PipelineSettings
from innervate.models.signal.conditioning import Conditioner
from innervate.models.signal.features import FEATURE_SETS, Features

from .signals import emg, settings

COUPLED = ("riemann", "spatial", "default")


def filled(feature_set: str, x: np.ndarray, increment: int = 10) -> Features:
    made = Features(feature_set, 200, increment, x.shape[1])
    for end in range(increment, len(x) + 1, increment):
        made.push(x[end - increment : end])
    return made


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
@pytest.mark.parametrize("lost", [(0,), (3,), (5,), (1, 4), (5, 0, 2)])
def test_what_remains_is_what_the_smaller_montage_gives(feature_set, lost):
    x = emg(330, 6, seed=2).astype(np.float64) - 600.0
    x[:, 3] *= 30.0  # a large one, so that the ridge of the covariance would differ
    kept = [c for c in range(6) if c not in lost]
    smaller = filled(feature_set, x[:, kept]).values()
    made = filled(feature_set, x)
    without = made.values(lost)
    gone = np.isnan(without)
    assert gone.tolist() == made.needs[:, list(lost)].any(axis=1).tolist()
    assert (~gone).sum() == len(smaller)
    # The channels' sums are products of matrices, in which a library may add in another order when they are
    # narrower: equal up to that.
    np.testing.assert_allclose(without[~gone], smaller, rtol=1e-12, atol=1e-12)
    names = np.array(made.names)[~gone]
    renamed = {str(c): str(i) for i, c in enumerate(kept)}
    again = [_renamed(name, renamed) for name in names]
    assert again == list(filled(feature_set, x[:, kept]).names)


def _renamed(name: str, to: dict[str, str]) -> str:
    kind, channels = name.removesuffix("]").split("[")
    return f"{kind}[{','.join(to[c] for c in channels.split(','))}]"


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
def test_the_lost_channel_may_carry_anything(feature_set):
    x = emg(330, 4, seed=4).astype(np.float64) - 600.0
    y = x.copy()
    y[:, 2] = 1e4 * np.random.default_rng(0).normal(size=len(y))
    np.testing.assert_allclose(
        filled(feature_set, x).values((2,)), filled(feature_set, y).values((2,)), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("feature_set", FEATURE_SETS)
def test_asking_about_a_loss_changes_nothing(feature_set):
    made = filled(feature_set, emg(330, 4).astype(np.float64) - 600.0)
    before = made.values()
    made.values((1,))
    made.values((0, 2))
    assert np.array_equal(made.values(), before)
    assert np.isnan(made.values((0, 1, 2, 3))).all()


def test_a_channel_that_is_not_there_cannot_be_lost():
    made = filled("default", emg(330, 4).astype(np.float64))
    for channel in (4, -1):
        with pytest.raises(BundleError, match=rf"lost channel {channel} is not known"):
            made.values((channel,))


def marks(n: int) -> tuple[np.ndarray, ...]:
    label = np.repeat([0, 1, -1, 2], n // 4).astype(np.int16)
    rec = (np.arange(n) >= n // 2).astype(np.int16)
    return label, np.zeros(n, np.int16), np.zeros(n, np.int16), rec


@pytest.mark.parametrize(
    ("feature_set", "ch"), [*((name, 4) for name in (*COUPLED, "hudgins", "tdpsd")), ("spatial", 12)]
)
def test_one_pass_gives_every_loss_as_the_stream_does(feature_set, ch):
    n = 1600
    x, made = emg(n, ch), settings(channels=ch, window=100, feature_set=feature_set)
    found = windows(x, *marks(n), made)
    before = found.features.copy()
    assert np.array_equal(found.without(()), before)
    for lost in [(c,) for c in range(ch)] + [(0, 2)]:
        assert np.array_equal(found.without(lost), streamed(x, made, lost, found.index), equal_nan=True)
    assert np.array_equal(found.features, before)


@pytest.mark.parametrize("feature_set", ["default", "hudgins"])
def test_chosen_and_joined_windows_still_know_what_is_lost(feature_set):
    n = 1600
    x, made = emg(n, 4), settings(channels=4, window=100, feature_set=feature_set)
    found = windows(x, *marks(n), made)
    chosen = np.arange(len(found)) % 3 == 1
    expected = found.without((2,))
    assert np.array_equal(found.where(chosen).without((2,)), expected[chosen], equal_nan=True)
    again = joined([found.where(chosen), found.where(~chosen)]).without((2,))
    assert np.array_equal(again, np.vstack([expected[chosen], expected[~chosen]]), equal_nan=True)


def test_many_channels_keep_no_moments():
    n, ch = 800, MOST_CHANNELS + 1
    found = windows(emg(n, ch), *marks(n), settings(channels=ch, window=100))
    assert found.moments is None
    assert len(found.signal_features.names) == found.features.shape[1]
    with pytest.raises(BundleError, match=f"up to {MOST_CHANNELS} channels"):
        found.without((0,))
    few = windows(emg(n, ch)[:, 1:], *marks(n), settings(channels=ch - 1, window=100))
    assert np.isnan(few.without((0,))).any()
    with pytest.raises(BundleError, match=f"lost channel {ch} is not known"):
        few.without((ch,))


def streamed(x: np.ndarray, made: PipelineSettings, lost: tuple[int, ...], index: np.ndarray) -> np.ndarray:
    """`Features.values(lost)` at these rows, from a conditioner and features of their own."""
    ch, found = x.shape[1], []
    for first, end in ((0, len(x) // 2), (len(x) // 2, len(x))):
        conditioner = Conditioner(made.sos, 10, ch)
        features = Features(made.feature_set, made.window_samples, 10, ch)
        for start in range(first, end, 10):
            block = x[start : start + 10].astype(np.float64)
            features.push(conditioner.process(block, np.ones((10, ch), bool)))
            if start + 9 in index:
                found.append(features.values(lost))
    return np.array(found)


def test_no_window_is_said():
    n = 400
    label = np.arange(n, dtype=np.int16)
    with pytest.raises(RecordingError, match="no window of 200 samples"):
        windows(emg(n, 2), label, label, label, label * 0, settings(channels=2))
