"""Without a model, the same levels and flags as a pipeline without calibration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innervate.models.design import WINDOW_MS, design_pipeline
from innervate.models.pipeline import Pipeline
from innervate.models.signal.quality import LEVEL_MS, QualityMonitor

from .signals import emg


def recording(samples: int = 1500) -> tuple[np.ndarray, np.ndarray]:
    """Good, flat, railed, and hole: (samples, valid)."""
    x, valid = emg(samples, 4), np.ones((samples, 4), bool)
    x[500:900, 1] = x[500, 1]
    x[600:, 2] = 187_500.0
    valid[700:950, 3] = False
    x[1100, 0] = np.nan
    return x, valid


@pytest.mark.parametrize("unit", ["uV", "a.u."])
@pytest.mark.parametrize(("rate_hz", "increment"), [(1000.0, 10), (250.0, 3), (2000.0, 18), (200.0, 10)])
def test_it_says_what_the_pipeline_says(unit, rate_hz, increment):
    x, valid = recording()
    settings = design_pipeline(rate_hz, "abcd", 1000 * increment / rate_hz, unit=unit, rail=187_500.0)
    frames = Pipeline(settings).push(x, valid)
    found = QualityMonitor(4, increment, rate_hz, 50.0, unit, 187_500.0).push(x, valid)
    assert WINDOW_MS == LEVEL_MS
    assert [end for end, _, _ in found] == [f.end_index for f in frames]
    assert all(np.allclose(f.rms, rms, 1e-9) for f, (_, rms, _) in zip(frames, found, strict=True))
    assert all(np.array_equal(f.contact, flags) for f, (_, _, flags) in zip(frames, found, strict=True))
    assert any(flags.any() for _, _, flags in found)


@settings(max_examples=15)
@given(st.lists(st.integers(1, 400), max_size=12))
def test_any_chunking_gives_the_same(sizes):
    x, valid = recording()
    whole = QualityMonitor(4, 10, 1000.0, 50.0, "uV").push(x, valid)
    monitor = QualityMonitor(4, 10, 1000.0, 50.0, "uV")
    found = []
    for part, ok in zip(np.split(x, np.cumsum(sizes)), np.split(valid, np.cumsum(sizes)), strict=True):
        found += monitor.push(part, ok)
    assert len(found) == len(whole)
    for (end, rms, flags), (end_, rms_, flags_) in zip(whole, found, strict=True):
        assert end == end_
        assert np.array_equal(rms, rms_)
        assert np.array_equal(flags, flags_)


def test_reset_starts_over():
    x, valid = recording()
    monitor = QualityMonitor(4, 10, 1000.0, 50.0, "uV")
    first = monitor.push(x[:995], valid[:995])
    monitor.reset()
    again = monitor.push(x[:995], valid[:995])
    assert [end for end, _, _ in again] == [end for end, _, _ in first]
    assert all(np.array_equal(a[2], b[2]) for a, b in zip(first, again, strict=True))
