"""What a lost channel takes with it: its own features, and no trace in those that remain."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.core.errors import BundleError, RecordingError
from innervate.models.batch import windows, windows_of_losses
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


@pytest.mark.parametrize("feature_set", [*COUPLED, "hudgins", "tdpsd"])
def test_one_pass_gives_every_loss_as_the_stream_does(feature_set):
    n, ch = 1600, 4
    x, made = emg(n, ch), settings(channels=ch, window=100, feature_set=feature_set)
    intact = windows(x, *marks(n), made)
    losses = windows_of_losses(x, *marks(n), made)
    assert np.array_equal(losses.intact.features, intact.features)
    assert np.array_equal(losses.without(()).features, intact.features)
    for lost in [(c,) for c in range(ch)] + [(0, 2)]:
        found = losses.without(lost)
        assert np.array_equal(found.index, intact.index)
        assert np.array_equal(found.contact, intact.contact)
        assert np.array_equal(found.features, streamed(x, made, lost, intact.index), equal_nan=True)
        same = windows(x, *marks(n), made, lost=lost)
        assert np.array_equal(same.features, found.features, equal_nan=True)


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


def test_losses_of_what_has_no_windows():
    n = 400
    label = np.arange(n, dtype=np.int16)
    with pytest.raises(RecordingError, match="no window of 200 samples"):
        windows_of_losses(emg(n, 2), label, label, label, label * 0, settings(channels=2))
