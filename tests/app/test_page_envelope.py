"""EMG made small: any chunking draws the same columns, and gaps stay gaps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from innervate.app.page.envelope import Envelope, Slice, join


def stream(samples: np.ndarray, edges: list[int], rate_hz: float = 1000.0) -> Slice | None:
    envelope = Envelope(rate_hz, samples.shape[1])
    parts = [envelope.push(first, samples[first:last]) for first, last in pairwise(edges)]
    return join([part for part in parts if part is not None])


@given(cuts=st.lists(st.integers(0, 403), max_size=12), seed=st.integers(0, 99))
def test_any_chunking_gives_the_same_columns(cuts: list[int], seed: int) -> None:
    samples = np.random.default_rng(seed).normal(100, 20, (403, 3)).astype(np.float32)
    whole = stream(samples, [0, 403])
    parts = stream(samples, [0, *sorted(cuts), 403])
    assert whole is not None
    assert parts is not None
    assert whole.first_bin == parts.first_bin == 0
    np.testing.assert_allclose(parts.low, whole.low, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(parts.high, whole.high, rtol=1e-5, atol=1e-4)


def test_an_electrodes_offset_is_taken_away_and_a_spike_stays() -> None:
    samples = np.full((3000, 1), 1500.0, np.float32)
    samples[2505] += 80
    seen = stream(samples, [0, 3000])
    assert seen is not None
    assert abs(seen.high[:240]).max() < 1e-3
    assert 70 < seen.high[250, 0] <= 80
    assert int(np.argmax(seen.high[:, 0])) == 250


def test_lost_samples_leave_a_hole_where_they_were() -> None:
    samples = np.ones((100, 2), np.float32)
    envelope = Envelope(1000.0, 2)
    parts = [envelope.push(0, samples), envelope.push(305, samples[:95])]
    seen = join([part for part in parts if part is not None])
    assert seen is not None
    assert np.isnan(seen.low[10:31]).all()
    assert np.isfinite(seen.low[31:40]).all()
    assert len(seen.low) == 40


def test_a_value_that_is_no_number_blanks_its_own_column_only() -> None:
    samples = np.ones((100, 2), np.float32)
    samples[33, 1] = np.inf
    seen = stream(samples, [0, 100])
    assert seen is not None
    assert np.isnan(seen.low[3, 1])
    assert np.isfinite(seen.low[:, 0]).all()
    assert np.isfinite(np.delete(seen.low[:, 1], 3)).all()


def test_slow_amplifiers_get_whole_samples_per_column() -> None:
    envelope = Envelope(250.0, 8)
    assert envelope.bin_samples >= 2
    assert envelope.bin_s == envelope.bin_samples / 250.0
