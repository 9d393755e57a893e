"""A limb that loses an electrode goes on with the others."""

from __future__ import annotations

import numpy as np
import pytest
from innervate.calibration.train import train
from innervate.core.clock import stopwatch
from innervate.drivers.recordings.npz import Recording
from innervate.models.bundle import Wearer, read_bundle, write_bundle
from innervate.models.design import design_pipeline
from innervate.models.keys import make_key, public_hex
from innervate.models.model import Model
from innervate.models.runtime import Decided, Runtime

CLASSES = ("rest", "open", "power")
GAINS = np.array([[2, 2, 2, 2, 2], [40, 30, 4, 8, 20], [5, 6, 45, 35, 9]], float)
RATE_HZ, FAULT_S = 1000.0, 1.0


def signal(which: int, seconds: float, rng: np.random.Generator) -> np.ndarray:
    return (rng.normal(size=(int(seconds * RATE_HZ), 5)) * GAINS[which]).astype(np.float32)


@pytest.fixture(scope="module")
def model() -> Model:
    rng = np.random.default_rng(0)
    parts = [(k, r, signal(k, 1.0, rng) * rng.uniform(0.85, 1.15)) for r in range(3) for k in range(3)]
    emg = np.concatenate([p for _, _, p in parts])
    label = np.repeat([k for k, _, _ in parts], 1000).astype(np.int16)
    rep = np.repeat([r for _, r, _ in parts], 1000).astype(np.int16)
    zero = np.zeros(len(emg), np.int16)
    recording = Recording("p.npz", emg, label, rep, zero, zero, None, RATE_HZ, CLASSES)
    return train([recording], design_pipeline(RATE_HZ, recording.channels, 10.0))


def use(model: Model, which: int, fault: dict[int, np.ndarray | float]) -> list[Decided]:
    """Two seconds of a movement; the fault is there from `FAULT_S` on."""
    x = signal(which, 2.0, np.random.default_rng(which + 10))
    for channel, value in fault.items():
        x[int(FAULT_S * RATE_HZ) :, channel] = value
    return Runtime(model).push(x)


@pytest.mark.parametrize("channel", range(5))
@pytest.mark.parametrize("which", [1, 2])
def test_without_any_one_electrode_it_is_noticed_and_decided_on(model, which, channel):
    after = use(model, which, {channel: 3.0})[round(FAULT_S * 100) :]
    gone = [d.frame.lost == channel for d in after]
    assert gone.index(True) <= 25  # 250 ms
    late = after[40:]
    assert all(d.frame.lost == channel and d.trusted for d in late)
    assert np.mean([d.class_index == which for d in late]) > 0.9


def test_effort_is_judged_by_the_electrodes_that_are_left(model):
    loud = np.random.default_rng(5).normal(size=1000) * 4000
    runtime = Runtime(model)
    x = signal(1, 2.0, np.random.default_rng(3))
    x[1000:, 3] = loud
    late = [d for d in runtime.push(x) if d.frame.lost == 3]
    assert len(late) > 50
    assert 0.5 < np.median([runtime.effort(d, 1) for d in late]) <= 1.0
    quiet = [d for d in Runtime(model).push(x * np.float32(0.5)) if d.frame.lost == 3]
    assert np.median([runtime.effort(d, 1) for d in quiet]) < 0.75


def test_without_two_the_limb_holds(model):
    late = use(model, 1, {0: 3.0, 1: 3.0})[-30:]
    assert not any(d.trusted for d in late)


def missing(model: Model, which: int, *channels: int, until_s: float = 2.0) -> list[Decided]:
    """Three seconds; from `FAULT_S` on the amplifier marks every sample of these channels as not measured."""
    x = signal(which, 3.0, np.random.default_rng(which + 20))
    valid = np.ones(x.shape, np.bool_)
    valid[int(FAULT_S * RATE_HZ) : int(until_s * RATE_HZ), list(channels)] = False
    return Runtime(model).push(x, valid)


@pytest.mark.parametrize("channel", range(5))
def test_without_the_samples_of_one_electrode_it_goes_on(model, channel):
    decided = missing(model, 2, channel)
    gone = [d.frame.lost == channel for d in decided]
    first = gone.index(True)
    assert 100 < first <= 125
    # Until it is known which one is missing, nothing moves.
    assert not any(d.trusted for d in decided[100:first])
    after = decided[first:200]
    assert all(d.trusted and d.frame.lost == channel for d in after)
    assert np.mean([d.class_index == 2 for d in after]) > 0.9
    assert decided[-1].trusted
    assert decided[-1].frame.lost == -1


def test_without_the_samples_of_two_it_holds(model):
    decided = missing(model, 1, 0, 3)
    assert not any(d.trusted for d in decided[100:200])
    assert decided[-1].trusted


def test_one_sample_that_is_missing_elsewhere_holds_it_too(model):
    x = signal(1, 3.0, np.random.default_rng(8))
    valid = np.ones(x.shape, np.bool_)
    valid[1000:, 2] = False
    valid[1505, 4] = False
    decided = Runtime(model).push(x, valid)
    assert decided[149].trusted
    assert not any(d.trusted for d in decided[150:170])
    assert all(d.trusted for d in decided[170:])


def test_a_lead_that_is_plugged_in_again_is_used_again(model):
    x = signal(2, 4.0, np.random.default_rng(1))
    x[1000:2000, 2] = 3.0
    decided = Runtime(model).push(x)
    assert decided[180].frame.lost == 2
    assert decided[-1].frame.lost == -1
    assert decided[-1].class_index == 2


def test_going_on_takes_less_than_a_turn(model):
    """Five milliseconds are asked for (issue 4); what is stored is only looked up."""
    runtime = Runtime(model)
    x = signal(1, 2.0, np.random.default_rng(2))
    x[1000:, 4] = 3.0
    seconds = []
    for start in range(0, 2000, 10):
        begun = stopwatch()
        (decided,) = runtime.push(x[start : start + 10])
        seconds.append((decided.frame.lost, stopwatch() - begun))
    first = next(took for lost, took in seconds if lost == 4)
    usual = np.median([took for lost, took in seconds if lost == -1])
    # A ratio, not a time: no training hides in it, whatever else this computer does.
    assert first < 100 * usual


def test_it_survives_the_file(model, tmp_path):
    key = make_key(tmp_path / "k")
    path = tmp_path / "model.imb"
    write_bundle(path, model, Wearer("p", "ability-hand", "transradial", "left"), key, "ab" * 32)
    read = read_bundle(path, (public_hex(key),), "ab" * 32).model
    assert len(read.decoder.lost) == 5
    assert read.thresholds == model.thresholds
    for ours, theirs in zip(use(model, 1, {2: 3.0}), use(read, 1, {2: 3.0}), strict=True):
        assert ours.class_index == theirs.class_index
        assert np.array_equal(ours.posterior, theirs.posterior)
        assert ours.outlier == theirs.outlier
    assert read.decoder.turns == model.decoder.turns == (0.0, 0.25, -0.25, 0.5, -0.5, 1.0, -1.0)
    assert len(read.decoder.familiar) == 6
    assert read.statistics is not None
    np.testing.assert_array_equal(read.statistics.within, model.statistics.within)
