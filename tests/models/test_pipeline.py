"""Settings survive the trip, and a pipeline that does not fit says so."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from innervate.core.errors import BundleError, RecordingError
from innervate.models.batch import windows
from innervate.models.design import design_pipeline
from innervate.models.pipeline import Pipeline, PipelineSettings

from .signals import emg, settings


def test_settings_come_back_bit_for_bit():
    made = settings(rest_rms=tuple(np.random.default_rng(1).random(8).tolist()))
    assert PipelineSettings.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": 1}, "unknown key 'colour'"),
        ({"increment_samples": 7}, "not whole increments"),
        ({"rate_hz": 1e9}, "allowed is 50 to 20000"),
        ({"channels": []}, "0 channels"),
        ({"rest_rms": [1.0]}, "one value per channel"),
        ({"window_samples": "long"}, "not of type int"),
    ],
)
def test_settings_are_read_strictly(change, said):
    content = {**json.loads(settings().to_json()), **change}
    with pytest.raises(BundleError, match=said):
        PipelineSettings.from_json(json.dumps(content))


def test_settings_that_are_not_json():
    with pytest.raises(BundleError, match="not JSON"):
        PipelineSettings.from_json("{")


def test_frames_count_samples_and_know_when_they_are_ready():
    made = Pipeline(settings(channels=2, window=40), 2, 1000.0)
    frames = made.push(emg(65, 2))
    assert [f.end_index for f in frames] == [9, 19, 29, 39, 49, 59]
    assert [f.ready for f in frames] == [False, False, False, True, True, True]
    assert [f.valid for f in frames] == [False, False, False, True, True, True]
    made.reset()
    again = made.push(emg(65, 2))
    assert np.array_equal(frames[-1].features, again[-1].features)
    assert again[0].end_index == 9


def test_a_source_that_does_not_fit_is_refused():
    with pytest.raises(BundleError, match="8 channels, the source has 4"):
        Pipeline(settings(), 4)
    with pytest.raises(BundleError, match="1000 Hz, the source gives 250 Hz"):
        Pipeline(settings(), 8, 250.0)
    with pytest.raises(BundleError, match="made for 8 channels"):
        Pipeline(settings()).push(np.zeros((5, 7), np.float32))
    with pytest.raises(BundleError, match="validity of shape"):
        Pipeline(settings()).push(np.zeros((8, 8), np.float32), np.ones(8, bool))


def test_increments_must_be_whole_samples():
    with pytest.raises(BundleError, match=r"2\.5 samples at 250 Hz"):
        design_pipeline(250.0, ["a"], 10.0)
    made = design_pipeline(250.0, ["a"], 12.0)
    assert (made.increment_samples, made.window_samples) == (3, 51)


def test_windows_hold_one_label_repetition_condition_and_recording():
    n = 2000
    x, made = emg(n, 2), settings(channels=2, window=100, increment=10)
    label = np.repeat([0, 1, -1, 0], 500).astype(np.int16)
    rep = (np.arange(n) >= 250).astype(np.int16)
    cond = (np.arange(n) >= 1700).astype(np.int16)
    rec = (np.arange(n) >= 755).astype(np.int16)
    found = windows(x, label, rep, cond, rec, made)
    for end in found.index:
        span = slice(end - 99, end + 1)
        assert all(len(np.unique(a[span])) == 1 for a in (label, rep, cond, rec))
    # All that fit are there: ends on the grid of each recording, a whole window inside each run.
    grid = [i for i in range(n) if (i + 1 if i < 755 else i - 754) % 10 == 0]
    runs = [(0, 250), (250, 500), (500, 755), (755, 1000), (1500, 1700), (1700, 2000)]
    assert found.index.tolist() == [i for i in grid for a, b in runs if a + 99 <= i < b]
    assert (found.label == label[found.index]).all()
    # The filter and the window begin anew with each recording.
    second = Pipeline(made).push(x[755:])
    at = {f.end_index + 755: f.features for f in second}
    for row in np.flatnonzero(found.rec == 1):
        assert np.array_equal(found.features[row], at[found.index[row]])
    every = windows(x, label, rep, cond, rec, made, every=5)
    assert set(every.index) == {i for i in found.index if (i + 1 if i < 755 else i - 754) % 50 == 0}


def test_no_window_fits():
    marks = np.arange(300, dtype=np.int16)
    with pytest.raises(RecordingError, match="no window of 200 samples"):
        windows(emg(300, 8), marks, marks, marks, marks * 0, settings())
    with pytest.raises(RecordingError, match="another length"):
        windows(emg(300, 8), marks[1:], marks, marks, marks, settings())


def test_what_decides_in_the_loop_needs_neither_scipy_nor_scikit_learn(signed_bundle):
    path, key, digest = signed_bundle
    program = f"""
import sys, pathlib
for name in ("scipy", "sklearn", "pandas", "matplotlib", "onnxruntime", "pydantic"):
    sys.modules[name] = None                     # importing it now is an error
import numpy as np
from innervate.models.bundle import read_bundle, check_fits
from innervate.models.runtime import Runtime
bundle = read_bundle(pathlib.Path({str(path)!r}), ({key!r},), {digest!r})
check_fits(bundle, bundle.model.settings.channels, 1000.0, "uV")
decided = Runtime(bundle.model).push(np.random.default_rng(0).normal(size=(400, 4)).astype("f4"))
speed = bundle.model.proportional.speed(decided[-1].class_index, decided[-1].frame.rms)
there = any(name.split(".")[0] == "scipy" for name, module in sys.modules.items() if module)
print(decided[-1].class_index, 0 <= speed <= 1, there)
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    index, fits, scipy_there = done.stdout.split()
    assert int(index) >= 0
    assert (fits, scipy_there) == ("True", "False")


def test_importing_the_runtime_costs_numpy_and_core_only():
    program = """
import sys, innervate.models.runtime, innervate.models.bundle, innervate.models.proportional
slow = {"scipy", "sklearn", "cryptography", "pydantic", "onnxruntime", "serial", "pylsl", "asyncio"}
print(sorted(slow & {name.split(".")[0] for name in sys.modules}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
