"""What the default decoder is made of is what its formulas say, from as many windows as say something new."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from innervate.calibration.templates import STEP, Losses, spaced, statistics_of
from innervate.calibration.train import recording_windows
from innervate.models.batch import Windows
from innervate.models.covariance import class_means, shrunk
from innervate.models.design import design_pipeline
from innervate.models.templates import TemplateStatistics
from sklearn.covariance import ledoit_wolf_shrinkage

from .ring import ring, ring_recording, windows_of


@pytest.fixture(scope="module")
def dense() -> Windows:
    """Every 10 ms."""
    recording = ring_recording()
    return recording_windows(recording, design_pipeline(recording.fs, recording.channels, 10.0))


def learnt(windows: Windows) -> TemplateStatistics:
    return statistics_of(windows, np.unique(windows.label), windows.signal_features.names)


def about_their_class(windows: Windows, statistics: TemplateStatistics) -> np.ndarray:
    return statistics.standard(windows.features) - statistics.templates[0][windows.label]


def test_templates_are_the_means_of_their_windows():
    windows = ring(days=(0, 1, 2))
    made = learnt(windows)
    standard = made.standard(windows.features)
    np.testing.assert_allclose(standard.mean(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(standard.std(axis=0), 1.0, rtol=1e-9)
    expected = class_means(standard, windows.label, made.templates.shape[1])
    np.testing.assert_allclose(made.templates[0], expected, atol=1e-9)


@pytest.mark.parametrize("days", [(0,), (0, 1, 2)])
def test_covariances_are_shrunk_as_scikit_learn_shrinks(days):
    windows = ring(days=days)
    made = learnt(windows)
    apart = about_their_class(windows, made)
    share = ledoit_wolf_shrinkage(apart, assume_centered=True)
    expected = shrunk(apart.T @ apart / len(apart), share)
    np.testing.assert_allclose(made.covariance, expected, rtol=1e-9, atol=1e-12)
    cell = windows.cond * made.templates.shape[1] + windows.label
    nearer = apart - class_means(apart, cell, int(cell.max()) + 1)[cell]
    expected = shrunk(nearer.T @ nearer / len(nearer), share)
    np.testing.assert_allclose(made.within, expected, rtol=1e-9, atol=1e-12)


def test_a_class_varies_most_in_its_own_directions():
    windows = ring(days=(0, 1, 2))
    made = learnt(windows)
    apart = about_their_class(windows, made)
    for k in np.unique(windows.label):
        own = apart[windows.label == k]
        there = own @ made.directions[k].T
        np.testing.assert_allclose(there.T @ there / len(own), np.diag(made.variances[k]), atol=1e-9)
        white = own @ made.whitener().T
        most = np.linalg.svd(white, compute_uv=False)[: len(made.variances[k])] ** 2 / len(own)
        np.testing.assert_allclose(made.variances[k], most, rtol=1e-9)


def test_spaced_windows_lie_a_step_apart_and_leave_out_no_trial(dense):
    kept = spaced(dense)
    step = STEP * dense.signal_features.window
    inside = np.diff(dense.trials()[kept]) == 0
    assert np.diff(dense.index[kept])[inside].mean() == pytest.approx(step, rel=0.05)
    assert set(dense.trials()[kept]) == set(dense.trials())


def test_windows_that_lie_apart_are_all_kept():
    assert spaced(ring()).all()
    assert spaced(replace(ring(), signal_features=None)).all()


def test_without_a_channel_dense_windows_decide_as_those_every_fifty_milliseconds(dense):
    labels, names, fresh = (
        np.unique(dense.label),
        dense.signal_features.names,
        windows_of(ring_recording(seed=1)),
    )
    here = fresh.without((2,))
    made, every_window = (Losses(windows, labels, names).statistics(2) for windows in (dense, _all_of(dense)))
    said, expected = (s.weights().by_turn(here).max(axis=1).argmax(axis=1) for s in (made, every_window))
    assert np.mean(said == expected) > 0.97
    assert np.mean(said == fresh.label) > np.mean(expected == fresh.label) - 0.01


def _all_of(windows: Windows) -> Windows:
    """The same windows, as if they lay so far apart that all are kept."""
    return replace(windows, index=windows.index * 10)
