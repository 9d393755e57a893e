"""The temporal network, trained. Needs torch: the extra [deep]."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.models.estimators.temporal import TemporalClassifier
from innervate.models.onnx.export import export
from innervate.models.onnx.session import OnnxDecoder
from sklearn.utils.estimator_checks import parametrize_with_checks

torch = pytest.importorskip("torch", reason="the temporal network is trained with torch: innervate[deep]")


@parametrize_with_checks([TemporalClassifier(filters=8, epochs=15, rate=0.02)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learn_takes_it_for_one_of_its_own(estimator, check):
    check(estimator)


def tones(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Windows of 40 samples, 2 channels, of equal power: only their spectra tell the three classes apart."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    phase = rng.uniform(0, 2 * np.pi, (n, 1, 2))
    wave = np.sin(np.array([0.3, 0.8, 1.6])[y, None, None] * np.arange(40)[:, None] + phase)
    return (wave + 0.3 * rng.normal(size=wave.shape)).reshape(n, -1), y


def test_it_learns_what_no_linear_decoder_of_samples_can():
    x, y = tones(300, 0)
    fresh, truth = tones(300, 1)
    made = TemporalClassifier(channels=2, filters=8, epochs=10).fit(x, y)
    assert (made.predict(fresh) == truth).mean() > 0.95


def test_what_it_decides_without_torch_is_what_was_trained_and_exported():
    x, y = tones(200, 0)
    made = TemporalClassifier(channels=2, filters=8, epochs=2).fit(x, y)
    z = (x.reshape(200, 40, 2) - made.mean_) / made.scale_
    values = torch.tensor(z.transpose(0, 2, 1))
    for (weights, biases), kernel, stride in zip(made.filters_, (9, 5), (1, 2), strict=True):
        kernels = torch.tensor(weights.reshape(kernel, -1, 8).transpose(2, 1, 0).copy())
        values = torch.relu(torch.conv1d(values, kernels, torch.tensor(biases), stride, kernel // 2))
    levels = torch.log(values.reshape(200, 8, 4, 5).mean(3) + 0.01).transpose(1, 2).reshape(200, -1)
    (first, first_bias), (last, last_bias) = made.layers_
    expected = np.maximum(levels.numpy() @ first + first_bias, 0.0) @ last + last_bias
    np.testing.assert_allclose(made.scores(x), expected, atol=1e-9)
    np.testing.assert_allclose(OnnxDecoder(export(made)).scores(x), expected, atol=1e-9)


def test_a_seed_is_a_network_and_leaves_torchs_own_dice_alone():
    x, y = tones(100, 0)
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first, again = (TemporalClassifier(channels=2, filters=4, epochs=1).fit(x, y) for _ in range(2))
    assert torch.rand(1) == expected
    assert np.array_equal(first.scores(x), again.scores(x))
